import { isDeepStrictEqual } from 'node:util';
import type { OpenSession } from '../../src/alb/sessions.ts';
import { CloudSessions } from '../../src/cloud-sessions.ts';
import { formatClaim, readClaim } from '../../src/listener/claim.ts';
import { isReady, isToldOf } from '../../src/listener/freshness.ts';
import { linksOf } from '../../src/listener/links.ts';
import type { MayUse } from '../../src/listener/load-balancer-access.ts';
import type { Cluster, ListenerEvent, Log, Sweep, WriteOutcome } from '../../src/listener/ports.ts';
import { createReconcile } from '../../src/listener/reconcile.ts';
import {
  type AlbListener,
  formatKey,
  type ObjectKey,
  RECONCILE_REQUEST,
  readAlbListener,
} from '../../src/listener/resource.ts';
import { sleep } from '../../src/runtime/clock.ts';
import { Controller } from '../../src/runtime/controller.ts';
import { WorkQueue } from '../../src/runtime/work-queue.ts';
import { SimulatedCloud } from '../alb/simulated-cloud.ts';
import { ClusterModel, type Written } from '../simulation/cluster-model.ts';
import { oneAccount } from './one-account.ts';
import { recordingLogger } from './recording-logger.ts';

/** As long as the default settings have it. */
export const PACE = {
  poll: 2000,
  busy: 2000,
  slow: 300_000,
  resync: 600_000,
  settle: 120_000,
  patience: 600_000,
} as const;
/** UID of the namespace kube-system. */
const CLUSTER_UID = '11111111-1111-4111-8111-111111111111';
/** How long the API server takes for a write. */
const CLUSTER_WRITE_MS = 10;
const REFUSED = Promise.resolve({
  opened: false,
  error: {
    class: 'credentialsMissing',
    operation: 'GetCallerIdentity',
    code: 'SecretMissing',
    message: 'There is no Secret shop/alb.',
    notSent: true,
  },
} as const);
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

const WORKERS = 10;

type CloudOptions = ConstructorParameters<typeof SimulatedCloud>[0] & {
  /** The ways to the cloud; all lead to the one account of the simulator where this is not given. */
  readonly open?: (cloud: SimulatedCloud) => OpenSession;
};

interface Options extends CloudOptions {
  /** The cloud of another operator, with which this one shares the account. */
  readonly cloud?: SimulatedCloud;
  readonly clusterUid?: string;
  readonly adoptFrom?: readonly string[];
  /** Every load balancer may be used from every namespace where this is not given. */
  readonly mayUse?: MayUse;
  /** Called with each object whose status was written, as it is then. */
  readonly onStatus?: (object: AlbListener) => void;
}

/**
 * The whole controller in this process: the queue, the workers, the reconcile, the budget, the lanes and the bulk
 * reader of the operator, with a cluster and a cloud that take their time. Hours of it pass in a second.
 *
 * Names are `namespace/name`, or names in the namespace `shop`.
 */
export class OperatorInTime {
  readonly cloud: SimulatedCloud;
  readonly cluster = new ClusterModel();
  readonly events: { readonly key: string; readonly type: ListenerEvent['type']; readonly reason: string }[] =
    [];
  /** Writes to the cluster. */
  writes = 0;
  reconciles = 0;
  readonly #clusterUid: string;
  readonly #adoptFrom: readonly string[];
  readonly #mayUse: MayUse;
  readonly #onStatus: (object: AlbListener) => void;
  #created = 0;
  /** Whether no credentials can be had: the Secret is gone, say. */
  refusesKeys = false;
  /** What deletions are aimed at. */
  sweep: Sweep = { of: 'object' };
  /** Whether the API server takes writes. */
  takesWrites = true;
  /** Whether the API server knows none of the objects, which the cache of the operator still has. */
  findsNothing = false;
  readonly #open: OpenSession;
  readonly #readyAt = new Map<string, number>();
  /** The one value of each ConfigMap. */
  readonly #configMaps = new Map<string, string>();
  readonly #claims = new WeakMap<AlbListener, string | undefined>();
  #process: { readonly queue: WorkQueue<string>; readonly controller: Controller<string> };

  constructor({ cloud, clusterUid = CLUSTER_UID, adoptFrom = [], ...options }: Options) {
    this.cloud = cloud ?? new SimulatedCloud(options);
    this.#clusterUid = clusterUid;
    this.#adoptFrom = adoptFrom;
    this.#mayUse = options.mayUse ?? (() => true);
    this.#onStatus = options.onStatus ?? (() => {});
    this.#open = options.open?.(this.cloud) ?? oneAccount(this.cloud.connection);
    this.#process = this.#start();
  }

  /** Another process takes over and knows nothing but what it lists. */
  async restart(): Promise<void> {
    const stopped = this.#process.controller.stop(0);
    await this.cloud.clock.advance(0);
    await stopped;
    this.#process = this.#start();
    for (const key of this.cluster.keys())
      if (this.cluster.get(key) !== undefined) this.#queue.add(formatKey(key), 'low');
  }

  get #queue(): WorkQueue<string> {
    return this.#process.queue;
  }

  #start(): { readonly queue: WorkQueue<string>; readonly controller: Controller<string> } {
    const { clock, random } = this.cloud;
    const reconcile = createReconcile({
      cluster: this.#clusterPort(),
      openSession: new CloudSessions({
        open: (access) => (this.refusesKeys ? REFUSED : this.#open(access)),
        observed: (observed) => observed,
        clock,
        random,
        callsPerMinute: 160,
        workers: WORKERS,
        busyDelayMs: PACE.busy,
      }).open,
      mayUse: this.#mayUse,
      now: () => clock.now(),
      random: () => random.next(),
      pace: PACE,
      installation: 'cluster',
      furtherRegions: [],
      home: () => ({ clusterUid: this.#clusterUid, adoptFrom: new Set(this.#adoptFrom) }),
      audit: () => {},
    });
    const queue = new WorkQueue<string>({
      backoff: { baseMs: 1000, maxMs: 60_000 },
      clock,
      random,
      mostOfOneNamespace: 0.7 * WORKERS,
    });
    const controller = new Controller({
      queue,
      workers: WORKERS,
      clock,
      random,
      logger: recordingLogger(),
      reconcile: async (key, { priority }) => {
        this.reconciles += 1;
        return reconcile(keyFrom(key), priority, SILENT);
      },
    });
    controller.start();
    return { queue, controller };
  }

  /** Somebody applies a manifest; `before` the operator looked, so that nobody waits for it. */
  apply(
    name: string,
    spec: object,
    when: 'now' | 'before' = 'now',
    finalizers: readonly string[] = [],
  ): void {
    const key = keyFrom(name);
    this.#created += 1;
    const uid = `${this.#clusterUid.slice(0, 8)}-0000-4000-8000-${String(this.#created).padStart(12, '0')}`;
    this.cluster.create(key, uid, spec, finalizers);
    this.#queue.add(formatKey(key), when === 'now' ? 'high' : 'low');
    this.#enqueueReferrers(key);
  }

  edit(name: string, change: object): void {
    const key = keyFrom(name);
    this.cluster.edit(key, change);
    this.#queue.add(formatKey(key), 'high');
  }

  /** Somebody deletes the object. */
  delete(name: string): void {
    const key = keyFrom(name);
    this.cluster.delete(key);
    this.#queue.add(formatKey(key), 'high');
  }

  /** Somebody removes every finalizer by force, and the object is gone. */
  tearOut(name: string): void {
    const key = keyFrom(name);
    this.cluster.tearOut(key);
    this.#queue.add(formatKey(key), 'high');
    this.#enqueueReferrers(key);
  }

  /** Sets the one value of a ConfigMap, and enqueues its users as `enqueueChanges` does. */
  setConfigMap(name: string, value: string): void {
    const configMap = keyFrom(name);
    this.#configMaps.set(formatKey(configMap), value);
    for (const { key, spec, status } of this.#inNamespace(configMap.namespace))
      if (linksOf(spec, status).configMaps.includes(configMap.name)) this.#queue.add(formatKey(key), 'high');
  }

  #enqueueReferrers(to: ObjectKey): void {
    for (const { key } of this.#referrers(to)) this.#queue.add(formatKey(key), 'normal');
  }

  #referrers({ namespace, name }: ObjectKey): readonly AlbListener[] {
    return this.#inNamespace(namespace).filter(
      ({ spec, status }) => linksOf(spec, status).quicListenerName === name,
    );
  }

  #inNamespace(namespace: string): readonly AlbListener[] {
    return this.cluster
      .keys()
      .filter((key) => key.namespace === namespace)
      .flatMap((key) => this.cluster.get(key) ?? []);
  }

  wipeStatus(name: string): void {
    const key = keyFrom(name);
    this.cluster.wipeStatus(key);
    this.#queue.add(formatKey(key), 'high');
  }

  /** Why the object is in the state it is in. */
  reasonOf(name: string): string | undefined {
    return this.#ready(name)?.reason;
  }

  messageOf(name: string): string {
    return this.#ready(name)?.message ?? '';
  }

  #ready(name: string) {
    return this.get(name)?.status.conditions?.find(({ type }) => type === 'Ready');
  }

  /** Somebody asks through the annotation. */
  request(name: string): void {
    const key = keyFrom(name);
    this.cluster.annotate(key, { [RECONCILE_REQUEST]: String(this.cloud.clock.now()) });
    this.#queue.add(formatKey(key), 'high');
  }

  /** Lets time pass until the listeners run as declared; fails when that takes longer than `limitMs`. */
  async untilReady(names: readonly string[], limitMs: number): Promise<void> {
    const start = this.cloud.clock.monotonic();
    const waiting = () => names.filter((name) => !this.isRunning(name));
    while (waiting().length > 0) {
      if (this.cloud.clock.monotonic() - start > limitMs) {
        const [first = ''] = waiting();
        throw new Error(
          `${waiting().length} do not run after ${limitMs} ms, among them ${JSON.stringify(this.get(first)?.status)}`,
        );
      }
      await this.cloud.clock.advance(100);
    }
  }

  /** Whether the listener is said to run as declared now. */
  isRunning(name: string): boolean {
    return isRunning(this.get(name));
  }

  /** When the listener was first said to run as it was then declared; milliseconds since the beginning. */
  readyAt(name: string): number | undefined {
    return this.#readyAt.get(formatKey(keyFrom(name)));
  }

  get(name: string): AlbListener | undefined {
    return this.cluster.get(keyFrom(name));
  }

  #clusterPort(): Cluster {
    const write = async (effect: () => Written): Promise<WriteOutcome> => {
      await sleep(this.cloud.clock, CLUSTER_WRITE_MS);
      if (!this.takesWrites) return { write: 'failed', message: 'the API server takes no write' };
      if (this.findsNothing) return { write: 'gone' };
      this.writes += 1;
      const written = effect();
      return typeof written === 'string' ? { write: written } : { write: 'written', object: written };
    };
    return {
      read: (key) => this.cluster.get(key),
      holders: (listenerId) =>
        this.cluster
          .keys()
          .flatMap((key) => this.cluster.get(key) ?? [])
          .filter(({ status }) => status.listenerId === listenerId),
      claimants: (claim) =>
        this.cluster
          .keys()
          .flatMap((key) => this.cluster.get(key) ?? [])
          .filter((object) => this.#claimOf(object) === formatClaim(claim)),
      writeStatus: async (object, status, guard) => {
        // Nothing is sent when nothing has changed.
        const stored = readAlbListener(object.stored);
        if (isDeepStrictEqual(wire(status), wire(stored.status))) return { write: 'written', object };
        const outcome = await write(() => this.cluster.writeStatus(object, status, guard));
        if (outcome.write === 'written') this.#note(outcome.object);
        return outcome;
      },
      addFinalizer: (object) => write(() => this.cluster.setFinalizer(object, true)),
      removeFinalizer: (object) => write(() => this.cluster.setFinalizer(object, false)),
      configMapValue: (key) => {
        const value = this.#configMaps.get(formatKey(key));
        return value === undefined ? { found: 'unread' } : { found: 'value', value };
      },
      referrers: ({ key }) => this.#referrers(key),
      sweep: async () => this.sweep,
      recordEvent: ({ key }, { type, reason }) => {
        this.events.push({ key: formatKey(key), type, reason });
      },
    };
  }

  #claimOf(object: AlbListener): string | undefined {
    if (this.#claims.has(object)) return this.#claims.get(object);
    const claim = readClaim(object.spec);
    const text = claim && formatClaim(claim);
    this.#claims.set(object, text);
    return text;
  }

  #note(object: AlbListener): void {
    this.#onStatus(object);
    const key = formatKey(object.key);
    if (isRunning(object) && !this.#readyAt.has(key)) this.#readyAt.set(key, this.cloud.clock.monotonic());
  }
}

/** The smallest HTTP spec. */
export function httpSpec(loadBalancerId: string, listenerPort: number): object {
  return {
    loadBalancerId,
    listenerProtocol: 'HTTP',
    listenerPort,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
  };
}

function isRunning(object: AlbListener | undefined): boolean {
  return (
    object !== undefined && isReady(object.status) && isToldOf(object) && object.status.phase === 'Running'
  );
}

function keyFrom(text: string): ObjectKey {
  const [first = '', second] = text.split('/');
  return second === undefined ? { namespace: 'shop', name: first } : { namespace: first, name: second };
}

/** As on the wire, where undefined fields vanish. */
function wire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
