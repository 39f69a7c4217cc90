import type { Logger } from 'pino';
import type { SecretReading } from './alb/credentials/secret.ts';
import { observedRpc } from './alb/observed-rpc.ts';
import type { OpenSession } from './alb/sessions.ts';
import { addChecks } from './checks.ts';
import { CloudSessions } from './cloud-sessions.ts';
import { ClusterUid } from './cluster/cluster-uid.ts';
import { ConfigMaps } from './cluster/config-maps.ts';
import { DeletionGuard } from './cluster/deletion-guard.ts';
import { enqueueChanges } from './cluster/enqueue.ts';
import { listenerStore, Relations } from './cluster/relations.ts';
import { Secrets } from './cluster/secrets.ts';
import { slimAlbListener } from './cluster/slim-alb-listener.ts';
import { StaleCache } from './cluster/stale-cache.ts';
import type { Config } from './config.ts';
import { kubernetesCluster } from './kubernetes-cluster.ts';
import { mayUseOf } from './listener/load-balancer-access.ts';
import { createReconcile } from './listener/reconcile.ts';
import { GROUP, PLURAL, VERSION } from './listener/schema/resource.ts';
import type { OperatorMetrics } from './metrics/operator-metrics.ts';
import { ApiContact } from './runtime/api-contact.ts';
import { type Clock, sleep } from './runtime/clock.ts';
import { Controller } from './runtime/controller.ts';
import { Elector } from './runtime/elector.ts';
import { EventRecorder } from './runtime/event-recorder.ts';
import type { ApiTransport } from './runtime/kubernetes/api-transport.ts';
import { ResourceClient } from './runtime/kubernetes/resource-client.ts';
import { type ObjectKey, splitKey } from './runtime/object.ts';
import type { Probes } from './runtime/probes.ts';
import type { Random } from './runtime/random.ts';
import { Reflectors } from './runtime/reflectors.ts';
import { WorkQueue } from './runtime/work-queue.ts';
import { inReconcileSpan, tracedRpc, tracedTransport } from './tracing/spans.ts';

export interface OperatorOptions {
  readonly config: Pick<
    Config,
    | 'pace'
    | 'workers'
    | 'callsPerMinute'
    | 'installation'
    | 'adoptFrom'
    | 'namedRegions'
    | 'watch'
    | 'loadBalancerNamespaces'
  >;
  /** The way to the API server. */
  readonly transport: ApiTransport;
  /** Its base URL, for messages. */
  readonly server: string;
  /** Opens the ways to the cloud. */
  readonly connectCloud: (parts: CloudParts) => OpenSession;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Names this process in events. */
  readonly instance: string;
  /** Where replicas share the work: one leads, and the others stand by. Without, this process is the only one. */
  readonly leadership?: Leadership | undefined;
  /** Where others may ask how it is. */
  readonly probes?: Probes | undefined;
  /** What it measures. */
  readonly metrics?: OperatorMetrics | undefined;
}

/** What the ways to the cloud need of the operator. */
export interface CloudParts {
  /** Each write must ask this right before it leaves. */
  readonly mayWrite: () => boolean;
  readonly readSecret: (
    secret: { readonly namespace: string; readonly name: string },
    age: 'recent' | 'latest',
  ) => Promise<SecretReading>;
  /** Whether an AlbListener in the cache refers to the Secret, `namespace/name`. */
  readonly isReferred: (secret: string) => boolean;
}

export interface Leadership {
  /** The Lease they compete for. */
  readonly lease: ObjectKey;
  /** See `ElectorOptions`. */
  readonly identity: string;
}

/** Why an operator came to its end. After `leadershipLost` the process must go at once: another one is at work. */
export type Ending = 'stopped' | 'leadershipLost';

export const NAME = 'alb-listener-operator';
/** Share of the workers that one namespace may hold, whatever its reconciles wait for. */
const SHARE_OF_ONE_NAMESPACE = 0.7;
const RETRY_BACKOFF = { baseMs: 1000, maxMs: 60_000 };
/** How long a stop waits for work in flight; for pending events after that, while the lease is released. */
const DRAIN_MS = 20_000;
const EVENTS_MS = 2000;
/** How long a start waits for ConfigMaps. With them, a running listener whose id comes from one stays Ready. */
const CONFIG_MAPS_GRACE_MS = 10_000;

/**
 * Everything behind the domain's ports, tied together; production and the simulation differ only in what is passed in.
 * Runs until the signal aborts, then finishes what is in flight; or until another replica leads.
 */
export async function runOperator(options: OperatorOptions, signal: AbortSignal): Promise<Ending> {
  const { config, connectCloud, clock, random, logger, instance, leadership, probes, metrics } = options;
  const transport = tracedTransport(options.transport);
  const contact = new ApiContact({ server: options.server, clock, logger });
  const elector = leadership && new Elector({ ...leadership, transport, clock, random, contact, logger });
  const resource = { group: GROUP, version: VERSION, plural: PLURAL };
  const client = new ResourceClient(transport, resource, { keep: slimAlbListener });
  const store = listenerStore(logger);
  if (metrics !== undefined) store.subscribe(metrics.census.follow);
  const configMaps = new ConfigMaps({
    transport,
    listeners: store,
    namespaces: config.watch.namespaces,
    clock,
    random,
    contact,
    logger: logger.child({ resource: 'configmaps' }),
  });
  const relations = new Relations(store, configMaps);
  const events = new EventRecorder({
    transport,
    reportingController: `${GROUP}/${NAME}`,
    reportingInstance: instance,
    clock,
    random,
    contact,
    logger,
  });
  // Its own stream within the log: kept apart by this field, whatever the level of the rest.
  const audit = logger.child({ stream: 'audit' }, { level: 'info' });
  const cluster = kubernetesCluster({
    store,
    relations,
    configMaps,
    deletionGuard: new DeletionGuard(transport, logger),
    client,
    staleCache: new StaleCache({
      clock,
      listAnew: () => {
        reflectors.listAnew();
        configMaps.listAnew();
      },
    }),
    events,
    contact,
    logger,
  });
  const sessions = new CloudSessions({
    open: connectCloud({
      mayWrite: () => elector?.isLeading ?? true,
      readSecret: new Secrets(transport, clock).read,
      isReferred: (secret) => relations.isReferred(secret),
    }),
    observed: ({ rpc, redact }) => ({
      rpc: observedRpc(tracedRpc(rpc), clock, (call) => metrics?.onCall(call)),
      redact,
    }),
    callsPerMinute: config.callsPerMinute,
    workers: config.workers,
    busyDelayMs: config.pace.busy,
    clock,
    random,
    onTrip: metrics?.onTrip,
  });
  const clusterUid = new ClusterUid({ transport, clock, random, contact, logger });
  const reconcile = createReconcile({
    cluster: metrics?.measured(cluster) ?? cluster,
    openSession: sessions.open,
    mayUse: mayUseOf(config.loadBalancerNamespaces),
    now: () => clock.now(),
    random: () => random.next(),
    pace: config.pace,
    installation: config.installation,
    furtherRegions: config.namedRegions,
    home: () => ({ clusterUid: clusterUid.value, adoptFrom: config.adoptFrom }),
    audit: (entry) => {
      audit.info(entry, 'wrote to the cloud');
      metrics?.onWrite(entry);
    },
  });
  const queue = new WorkQueue<ObjectKey>({
    backoff: RETRY_BACKOFF,
    clock,
    random,
    mostOfOneNamespace: Math.max(1, Math.floor(config.workers * SHARE_OF_ONE_NAMESPACE)),
    observer: metrics?.queue,
  });
  const controller = new Controller({
    queue,
    workers: config.workers,
    clock,
    random,
    logger,
    observer: metrics?.controller,
    reconcile: async (key, { reconcileId, priority }) =>
      inReconcileSpan(
        () => ({
          key,
          'reconcile.id': reconcileId,
          priority,
          generation: store.get(key)?.metadata.generation,
        }),
        () => reconcile(splitKey(key), priority, logger.child({ reconcileId })),
      ),
  });

  enqueueChanges({ store, relations, configMaps, queue });
  const reflectors = new Reflectors({ client, store, scope: config.watch, clock, random, contact, logger });
  metrics?.watch({
    workers: config.workers,
    queueDepth: () => queue.depth(),
    cloudLoad: () => sessions.load(),
    election: elector,
  });
  if (probes !== undefined) addChecks(probes, { reflectors, configMaps, elector, signal });
  const stopWatching = new AbortController();
  const watching = reflectors.run(stopWatching.signal);
  const stopped = new Promise<'stopped'>((resolve) => {
    if (signal.aborted) resolve('stopped');
    else signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });

  await Promise.race([reflectors.synced, stopped]);
  await Promise.race([clusterUid.read(signal), stopped]);
  if (configMaps.isNeeded) {
    await Promise.race([configMaps.synced, sleep(clock, CONFIG_MAPS_GRACE_MS, signal)]);
  }
  // Standing by with caches in step: whoever takes over needs no list first.
  await elector?.acquire(signal);
  if (!signal.aborted) {
    logger.info({ listeners: store.size, ...config.watch }, 'watching');
    controller.start();
  }
  const resign = new AbortController();
  const leading = elector?.keep(resign.signal);
  const lost = leading?.then(() => 'leadershipLost' as const) ?? new Promise<never>(() => {});
  const ending = await Promise.race([stopped, lost]);

  // Intake ends first, then what is in flight is finished and written, then the watch goes. Whoever does not lead any
  // more finishes nothing: that is for the one who does. With the release of the lease (3 s at most) all of this takes
  // up to 23 s, whether the API server answers or not; Kubernetes gives a pod 30 s.
  const drained = await controller.stop(ending === 'stopped' ? DRAIN_MS : 0);
  if (ending === 'stopped') {
    // Nothing is left that needs the lease, so a renewal under way is given up, and events do not delay the release.
    resign.abort();
    await leading;
    await Promise.all([elector?.release(), events.close(EVENTS_MS)]);
  }
  stopWatching.abort();
  await Promise.all([watching, configMaps.stop()]);
  logger.info({ ending: drained }, 'drained');
  return ending;
}
