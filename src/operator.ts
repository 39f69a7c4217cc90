import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { createAlbApi } from './alb/alb-client.ts';
import type { Config } from './config.ts';
import { CLAIM_INDEX, kubernetesCluster } from './kubernetes-cluster.ts';
import { createReconcile } from './listener/reconcile.ts';
import { RECONCILE_REQUEST } from './listener/resource.ts';
import { GROUP, PLURAL, VERSION } from './listener/schema/resource.ts';
import { systemClock } from './runtime/clock.ts';
import { Controller } from './runtime/controller.ts';
import { EventRecorder } from './runtime/event-recorder.ts';
import { connectionFrom } from './runtime/kubernetes/connection.ts';
import { ResourceClient } from './runtime/kubernetes/resource-client.ts';
import { Transport } from './runtime/kubernetes/transport.ts';
import { type KubeObject, keyOf, type ObjectKey, splitKey } from './runtime/object.ts';
import { systemRandom } from './runtime/random.ts';
import { Reflector } from './runtime/reflector.ts';
import { Store, type StoreChange } from './runtime/store.ts';
import { WorkQueue } from './runtime/work-queue.ts';

export interface OperatorOptions {
  readonly config: Config;
  readonly kubeConfig: KubeConfig;
  readonly logger: Logger;
  /** Names this process in events. */
  readonly instance: string;
}

const NAME = 'alb-listener-operator';
const RETRY_BACKOFF = { baseMs: 1000, maxMs: 60_000 };
/** Shorter than the 30 s that Kubernetes gives a pod to end. */
const STOP_GRACE_MS = 25_000;

/** Everything behind the domain's ports, tied together. Runs until the signal aborts, then finishes what is in flight. */
export async function runOperator(options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const { config, kubeConfig, logger, instance } = options;
  const clock = systemClock;
  const random = systemRandom;

  const connection = connectionFrom(kubeConfig);
  const transport = new Transport({ connection, userAgent: NAME, clock });
  const client = new ResourceClient(transport, { group: GROUP, version: VERSION, plural: PLURAL });
  const store = new Store({ claim: CLAIM_INDEX }, logger);
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
    cluster: kubernetesCluster({ store, client, events }),
    cloud: createAlbApi(config),
    now: () => clock.now(),
    random: () => random.next(),
    pace: config.pace,
    audit: (entry) => audit.info(entry, 'wrote to the cloud'),
  });
  const queue = new WorkQueue<ObjectKey>({ backoff: RETRY_BACKOFF, clock, random });
  const controller = new Controller({
    queue,
    workers: config.workers,
    clock,
    random,
    logger,
    reconcile: async (key, { reconcileId }) => reconcile(splitKey(key), logger.child({ reconcileId })),
  });

  store.subscribe((change) => enqueue(change, queue, store));
  const reflector = new Reflector({ client, store, clock, random, logger });
  const stopWatching = new AbortController();
  const watching = reflector.run(stopWatching.signal);
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

  await Promise.race([reflector.synced, stopped]);
  if (!signal.aborted) {
    logger.info(
      { listeners: store.size, server: connection.server.origin, endpoint: config.endpoint },
      'watching',
    );
    controller.start();
  }
  await stopped;

  // Intake ends first, then what is in flight is finished and written, then the watch goes.
  const ending = await controller.stop(STOP_GRACE_MS);
  await events.flush();
  stopWatching.abort();
  await watching;
  await transport.close();
  logger.info({ ending }, 'stopped');
}

/**
 * What a user did goes first; what was there before we looked comes after it. Our own status writes are no reason
 * to look again: with them, every failed attempt would at once cause the next one.
 */
function enqueue(change: StoreChange, queue: WorkQueue<ObjectKey>, store: Store<'claim'>): void {
  switch (change.type) {
    case 'added':
      queue.add(keyOf(change.object), change.cause === 'initialList' ? 'low' : 'high');
      return;
    case 'updated':
      if (isEdit(change.object, change.previous)) queue.add(keyOf(change.object), 'high');
      return;
    case 'deleted':
      // Its port is free now, so those that waited for it are looked at.
      for (const claim of CLAIM_INDEX(change.object)) {
        for (const claimant of store.byIndex('claim', claim)) queue.add(keyOf(claimant), 'normal');
      }
      queue.add(keyOf(change.object), 'normal');
  }
}

/** What users do: edits of the spec and deletions, which the generation counts, and the request to look now. */
function isEdit(object: KubeObject, previous: KubeObject): boolean {
  const requested = object.metadata.annotations?.[RECONCILE_REQUEST];
  return (
    object.metadata.generation !== previous.metadata.generation ||
    requested !== previous.metadata.annotations?.[RECONCILE_REQUEST]
  );
}
