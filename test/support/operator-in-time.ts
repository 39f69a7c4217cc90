import { isDeepStrictEqual } from 'node:util';
import { CloudSessions } from '../../src/cloud-sessions.ts';
import { readClaim } from '../../src/listener/claim.ts';
import { isReady, isToldOf } from '../../src/listener/freshness.ts';
import type { Cluster, ListenerEvent, Log, WriteOutcome } from '../../src/listener/ports.ts';
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

type CloudOptions = ConstructorParameters<typeof SimulatedCloud>[0];

interface Options extends CloudOptions {
  /** The cloud of another operator, with which this one shares the account. */
  readonly cloud?: SimulatedCloud;
  readonly clusterUid?: string;
  readonly adoptFrom?: readonly string[];
}

/**
 * The whole controller in this process: the queue, the workers, the reconcile, the budget, the lanes and the bulk
 * reader of the operator, with a cluster and a cloud that take their time. Hours of it pass in a second.
 */
export class OperatorInTime {
  readonly cloud: SimulatedCloud;
  readonly cluster = new ClusterModel();
  readonly events: { readonly key: string; readonly type: ListenerEvent['type']; readonly reason: string }[] =
    [];
  /** Writes to the cluster. */
  writes = 0;
  reconciles = 0;
  readonly #queue: WorkQueue<string>;
  readonly #clusterUid: string;
  #created = 0;
  /** Whether no credentials can be had: the Secret is gone, say. */
  refusesKeys = false;
  /** Whether the API server takes writes. */
  takesWrites = true;
  readonly #readyAt = new Map<string, number>();

  constructor({ cloud, clusterUid = CLUSTER_UID, adoptFrom = [], ...options }: Options) {
    this.cloud = cloud ?? new SimulatedCloud(options);
    this.#clusterUid = clusterUid;
    const { clock, random, connection } = this.cloud;
    const reconcile = createReconcile({
      cluster: this.#clusterPort(),
      openSession: new CloudSessions({
        open: (access) => (this.refusesKeys ? REFUSED : oneAccount(connection)(access)),
        observed: (observed) => observed,
        clock,
        random,
        callsPerMinute: 160,
        busyDelayMs: PACE.busy,
      }).open,
      now: () => clock.now(),
      random: () => random.next(),
      pace: PACE,
      installation: 'cluster',
      furtherRegions: [],
      home: () => ({ clusterUid, adoptFrom: new Set(adoptFrom) }),
      audit: () => {},
    });
    this.#queue = new WorkQueue({ backoff: { baseMs: 1000, maxMs: 60_000 }, clock, random });
    const controller = new Controller({
      queue: this.#queue,
      workers: 10,
      clock,
      random,
      logger: recordingLogger(),
      reconcile: async (key, { priority }) => {
        this.reconciles += 1;
        return reconcile(keyFrom(key), priority, SILENT);
      },
    });
    controller.start();
  }

  /** Somebody applies a manifest; `before` the operator looked, so that nobody waits for it. */
  apply(
    name: string,
    spec: object,
    when: 'now' | 'before' = 'now',
    finalizers: readonly string[] = [],
  ): void {
    const key = { namespace: 'shop', name };
    this.#created += 1;
    const uid = `${this.#clusterUid.slice(0, 8)}-0000-4000-8000-${String(this.#created).padStart(12, '0')}`;
    this.cluster.create(key, uid, spec, finalizers);
    this.#queue.add(formatKey(key), when === 'now' ? 'high' : 'low');
  }

  edit(name: string, change: object): void {
    const key = { namespace: 'shop', name };
    this.cluster.edit(key, change);
    this.#queue.add(formatKey(key), 'high');
  }

  /** Somebody deletes the object. */
  delete(name: string): void {
    const key = { namespace: 'shop', name };
    this.cluster.delete(key);
    this.#queue.add(formatKey(key), 'high');
  }

  /** Somebody removes every finalizer by force, and the object is gone. */
  tearOut(name: string): void {
    const key = { namespace: 'shop', name };
    this.cluster.tearOut(key);
    this.#queue.add(formatKey(key), 'high');
  }

  wipeStatus(name: string): void {
    const key = { namespace: 'shop', name };
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
    const key = { namespace: 'shop', name };
    this.cluster.annotate(key, { [RECONCILE_REQUEST]: String(this.cloud.clock.now()) });
    this.#queue.add(formatKey(key), 'high');
  }

  /** Lets time pass until the listeners run as declared; fails when that takes longer than `limitMs`. */
  async untilReady(names: readonly string[], limitMs: number): Promise<void> {
    const start = this.cloud.clock.monotonic();
    const waiting = () => names.filter((name) => !isRunning(this.get(name)));
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

  /** When the listener was first said to run as it was then declared; milliseconds since the beginning. */
  readyAt(name: string): number | undefined {
    return this.#readyAt.get(name);
  }

  get(name: string): AlbListener | undefined {
    return this.cluster.get({ namespace: 'shop', name });
  }

  #clusterPort(): Cluster {
    const write = async (effect: () => Written): Promise<WriteOutcome> => {
      await sleep(this.cloud.clock, CLUSTER_WRITE_MS);
      if (!this.takesWrites) return { write: 'failed', message: 'the API server takes no write' };
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
          .filter(({ spec }) => isDeepStrictEqual(readClaim(spec), claim)),
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
      configMapValue: () => ({ found: 'unread' }),
      referrers: () => [],
      sweep: async () => ({ of: 'object' }),
      recordEvent: ({ key }, { type, reason }) => {
        this.events.push({ key: formatKey(key), type, reason });
      },
    };
  }

  #note(object: AlbListener): void {
    const { name } = object.key;
    if (isRunning(object) && !this.#readyAt.has(name)) this.#readyAt.set(name, this.cloud.clock.monotonic());
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
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}

/** As on the wire, where undefined fields vanish. */
function wire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
