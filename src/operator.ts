import type { Logger } from 'pino';
import type { AlbConnection } from './alb/alb-client.ts';
import { albCloud } from './alb-cloud.ts';
import { ConfigMaps } from './cluster/config-maps.ts';
import { DeletionGuard } from './cluster/deletion-guard.ts';
import { enqueueChanges } from './cluster/enqueue.ts';
import { listenerStore, Relations } from './cluster/relations.ts';
import type { Config } from './config.ts';
import { kubernetesCluster } from './kubernetes-cluster.ts';
import { createReconcile } from './listener/reconcile.ts';
import { GROUP, PLURAL, VERSION } from './listener/schema/resource.ts';
import { type Clock, sleep } from './runtime/clock.ts';
import { Controller } from './runtime/controller.ts';
import { EventRecorder } from './runtime/event-recorder.ts';
import type { ApiTransport } from './runtime/kubernetes/api-transport.ts';
import { ResourceClient } from './runtime/kubernetes/resource-client.ts';
import { type ObjectKey, splitKey } from './runtime/object.ts';
import type { Random } from './runtime/random.ts';
import { Reflector } from './runtime/reflector.ts';
import { WorkQueue } from './runtime/work-queue.ts';

export interface OperatorOptions {
  readonly config: Pick<Config, 'pace' | 'workers' | 'callsPerMinute' | 'installation'>;
  /** The way to the API server. */
  readonly transport: ApiTransport;
  /** The way to the cloud. */
  readonly cloud: AlbConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Names this process in events. */
  readonly instance: string;
}

export const NAME = 'alb-listener-operator';
const RETRY_BACKOFF = { baseMs: 1000, maxMs: 60_000 };
/** Shorter than the 30 s that Kubernetes gives a pod to end. */
const STOP_GRACE_MS = 25_000;
/** How long a start waits for ConfigMaps. With them, a running listener whose id comes from one stays Ready. */
const CONFIG_MAPS_GRACE_MS = 10_000;

/**
 * Everything behind the domain's ports, tied together; production and the simulation differ only in what is passed in.
 * Runs until the signal aborts, then finishes what is in flight.
 */
export async function runOperator(options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const { config, transport, cloud, clock, random, logger, instance } = options;
  const client = new ResourceClient(transport, { group: GROUP, version: VERSION, plural: PLURAL });
  const store = listenerStore(logger);
  const configMaps = new ConfigMaps({
    transport,
    clock,
    random,
    logger: logger.child({ resource: 'configmaps' }),
  });
  const relations = new Relations(store, configMaps);
  const events = new EventRecorder({
    transport,
    reportingController: `${GROUP}/${NAME}`,
    reportingInstance: instance,
    clock,
    random,
    logger,
  });
  // Its own stream within the log: kept apart by this field, whatever the level of the rest.
  const audit = logger.child({ stream: 'audit' }, { level: 'info' });
  const reconcile = createReconcile({
    cluster: kubernetesCluster({
      store,
      relations,
      configMaps,
      deletionGuard: new DeletionGuard(transport, logger),
      client,
      events,
    }),
    cloudFor: albCloud({
      connection: cloud,
      callsPerMinute: config.callsPerMinute,
      busyDelayMs: config.pace.busy,
      clock,
      random,
    }),
    now: () => clock.now(),
    random: () => random.next(),
    pace: config.pace,
    installation: config.installation,
    audit: (entry) => audit.info(entry, 'wrote to the cloud'),
  });
  const queue = new WorkQueue<ObjectKey>({ backoff: RETRY_BACKOFF, clock, random });
  const controller = new Controller({
    queue,
    workers: config.workers,
    clock,
    random,
    logger,
    reconcile: async (key, { reconcileId, priority }) =>
      reconcile(splitKey(key), priority, logger.child({ reconcileId })),
  });

  enqueueChanges({ store, relations, configMaps, queue });
  const reflector = new Reflector({ client, store, clock, random, logger });
  const stopWatching = new AbortController();
  const watching = reflector.run(stopWatching.signal);
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

  await Promise.race([reflector.synced, stopped]);
  if (relations.usersOfConfigMaps().length > 0) {
    configMaps.start();
    await Promise.race([configMaps.synced, sleep(clock, CONFIG_MAPS_GRACE_MS, signal)]);
  }
  if (!signal.aborted) {
    logger.info({ listeners: store.size }, 'watching');
    controller.start();
  }
  await stopped;

  // Intake ends first, then what is in flight is finished and written, then the watch goes.
  const ending = await controller.stop(STOP_GRACE_MS);
  await events.flush();
  stopWatching.abort();
  await Promise.all([watching, configMaps.stop()]);
  logger.info({ ending }, 'drained');
}
