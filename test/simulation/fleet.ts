import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Outcome } from '../../src/alb/error.ts';
import { albCloud } from '../../src/alb-cloud.ts';
import { readClaim } from '../../src/listener/claim.ts';
import { ownershipOf } from '../../src/listener/ownership.ts';
import type { Cluster, Log, NextStep, Pace, WriteOutcome } from '../../src/listener/ports.ts';
import { createReconcile, type Reconcile } from '../../src/listener/reconcile.ts';
import { hasBegun } from '../../src/listener/references.ts';
import { type AlbListener, formatKey, type ObjectKey } from '../../src/listener/resource.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { faultSchema } from '../../src/simulator/fault.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { statusProblems } from '../support/status-invariants.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { type Call, connectionTo, lost } from './cloud-model.ts';
import { ClusterModel, type Written } from './cluster-model.ts';
import { Process, Scheduler } from './scheduler.ts';

const START = Date.UTC(2026, 0, 1);
const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };
const PACE: Pace = {
  poll: 1000,
  busy: 2000,
  slow: 60_000,
  resync: 120_000,
  settle: 60_000,
  patience: 300_000,
};
/** Of the cloud, in seconds. */
const DEFAULT_IDLE_TIMEOUT = 15;
const FOREIGN_PORT = 99;
const QUIC_PORT = 84;
const HTTPS_PORT = 85;
/** Takes its ids from a ConfigMap. */
const REFERRING_PORT = 83;
/** The last one claims the port that a stranger's listener holds. */
const PORTS = [81, 82, REFERRING_PORT, QUIC_PORT, HTTPS_PORT, FOREIGN_PORT];
const KEYS: readonly ObjectKey[] = PORTS.map((port) => ({ namespace: 'shop', name: `web-${port}` }));
/** What a manifest without policies means. */
const NO_POLICIES = {
  suspend: false,
  reconcilePolicy: 'Manage',
  driftPolicy: 'Correct',
  listenerState: 'Running',
};
const QUIC_KEY: ObjectKey = { namespace: 'shop', name: `web-${QUIC_PORT}` };
const HTTPS_KEY: ObjectKey = { namespace: 'shop', name: `web-${HTTPS_PORT}` };
const SLOWEST_CALL_MS = 10_000;

interface Leader {
  readonly process: Process;
  readonly reconcile: Reconcile;
  /** How far its cache has come in the history of each object. */
  readonly caughtUp: Map<string, number>;
  readonly dueAt: Map<string, number>;
  readonly working: Set<string>;
}

/**
 * A few listeners, one or two operators that lead at once, a cloud and users, all in one process on virtual time.
 * Everything that happens follows from the seed.
 */
export class Fleet {
  readonly cluster = new ClusterModel();
  readonly simulator: Simulator;
  readonly #clock = new VirtualClock(START);
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #leaders: Leader[] = [];
  readonly #foreign: string;
  /** What the cloud held when a status claimed that it ran, where the two disagreed. */
  readonly violations: string[] = [];
  /** Listeners that a process saw running, with what they then had. */
  readonly #closeLooks: { readonly listenerId: string; readonly idleTimeout: number; readonly at: number }[] =
    [];
  /** When each generation of each resource was declared. */
  readonly #generations = new Map<string, number>();
  #uids = 0;
  #calm = false;
  /** What the ConfigMap holds; `undefined` while it is not there. */
  #network: { readonly loadBalancerId: string; readonly serverGroupId: string } | undefined;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#scheduler = new Scheduler(this.#random, () => this.#clock.now());
    let now = () => START - 60_000;
    this.simulator = new Simulator({
      clock: () => now(),
      seed: String(seed),
      settings: this.#drawSettings(),
      inventory: {
        loadBalancers: [{ LoadBalancerId: 'alb-one', VpcId: 'vpc' }],
        serverGroups: ['sgp-web', 'sgp-api'].map((ServerGroupId) => ({ ServerGroupId, VpcId: 'vpc' })),
        certificates: [{ CertificateId: '1001-cn-hangzhou' }],
      },
    });
    this.simulator.call('CreateListener', {
      LoadBalancerId: 'alb-one',
      ListenerProtocol: 'HTTP',
      ListenerPort: String(FOREIGN_PORT),
      'DefaultActions.1.Type': 'ForwardGroup',
      'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId': 'sgp-web',
    });
    now = () => this.#clock.now();
    this.simulator.saved();
    this.#foreign = this.#stranger();
    this.#elect();
  }

  /** One thing happens: a call goes on, a user acts, a fault strikes, a worker begins, or time passes. */
  async step(): Promise<void> {
    const draw = this.#random.next();
    if (draw < 0.05) await this.#disturb();
    else if (draw > 0.65 || !(await this.#scheduler.step())) await this.#work();
  }

  /** No more faults and no more users: from here on everything has to come to rest within this time. */
  async settle(virtualMs: number): Promise<void> {
    this.#calm = true;
    this.simulator.state.faultRules = [];
    this.#putInOrder();
    const until = this.#clock.now() + virtualMs;
    while (this.#clock.now() < until) {
      while (await this.#scheduler.step());
      await this.#work();
    }
  }

  listenersOf(uid: string): readonly { readonly ListenerId: string; readonly ListenerStatus: string }[] {
    return [...this.simulator.state.listeners.values()].filter(
      ({ Tags }) =>
        ownershipOf(
          Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
          uid,
        ).of === 'us',
    );
  }

  /** The stranger's listener, as bytes. */
  #stranger(): string {
    const listeners = [...this.simulator.state.listeners.values()];
    return JSON.stringify(listeners.filter(({ ListenerPort }) => ListenerPort === FOREIGN_PORT));
  }

  claimsPortOfStranger({ spec }: AlbListener): boolean {
    return readClaim(spec)?.listenerPort === FOREIGN_PORT;
  }

  get foreignUntouched(): boolean {
    return this.#stranger() === this.#foreign;
  }

  #pick<T>(...values: readonly [T, ...T[]]): T {
    return values[Math.floor(this.#random.next() * values.length)] ?? values[0];
  }

  #drawSettings(): SettingsInput {
    return {
      tokenLifetimeMs: this.#pick(86_400_000, 5000, 0),
      replayAfterDelete: this.#pick('replay', 'create', 'refuse'),
      tokenMismatchCode: this.#pick('IdempotentParameterMismatch', 'IdempotenceParamNotMatch'),
      replayFailures: this.#pick(false, true),
      createLocksLoadBalancer: this.#pick(true, false),
      listLagMs: this.#pick(0, 3000, 20_000),
      afterFailedCreate: this.#pick('gone', 'provisioning'),
      provisioningMs: this.#pick(0, 3000, 15_000),
      deletingMs: this.#pick(0, 4000),
    };
  }

  #elect(): void {
    const process = new Process();
    const leader: Leader = {
      process,
      reconcile: createReconcile({
        cluster: this.#clusterFor(process, () => leader),
        cloudFor: albCloud({
          connection: connectionTo(this.simulator, (call) => this.#carry(process, call)),
          callsPerMinute: 160,
          busyDelayMs: PACE.busy,
          clock: this.#clockOf(process),
          random: this.#random,
        }),
        now: () => this.#clock.now(),
        random: () => this.#random.next(),
        pace: PACE,
        installation: 'cluster',
        audit: () => {},
      }),
      caughtUp: new Map(),
      dueAt: new Map(),
      working: new Set(),
    };
    this.#leaders.push(leader);
  }

  /** What a process that died had set itself to do does not happen. */
  #clockOf(process: Process): Clock {
    return {
      now: () => this.#clock.now(),
      monotonic: () => this.#clock.monotonic(),
      schedule: (delayMs, callback) =>
        this.#clock.schedule(delayMs, () => {
          if (process.alive) callback();
        }),
    };
  }

  /** A call to the cloud: it may be lost on the way there, or its answer on the way back. */
  async #carry(process: Process, { operation, parameters, arrive }: Call): Promise<Outcome<unknown>> {
    const fate = this.#calm ? 1 : this.#random.next();
    return this.#scheduler.pass(process, () => {
      if (fate < 0.05) return lost(operation);
      const answer = arrive();
      if (fate < 0.12) return lost(operation);
      if (operation === 'GetListenerAttribute') this.#noteCloseLook(parameters['ListenerId'] ?? '');
      return answer;
    });
  }

  #noteCloseLook(listenerId: string): void {
    const listener = this.simulator.state.listeners.get(listenerId);
    if (listener?.ListenerStatus !== 'Running') return;
    const { IdleTimeout } = listener;
    this.#closeLooks.push({ listenerId, idleTimeout: IdleTimeout, at: this.#clock.now() });
  }

  #clusterFor(process: Process, leader: () => Leader): Cluster {
    const write = async (effect: () => Written): Promise<WriteOutcome> => {
      const fate = this.#calm ? 1 : this.#random.next();
      const written = await this.#scheduler.pass(process, () => (fate < 0.05 ? undefined : effect()));
      if (written === undefined || fate < 0.1) return { write: 'failed', message: 'no answer' };
      if (written === 'conflict' || written === 'gone') return { write: written };
      return { write: 'written', object: written };
    };
    return {
      read: (key) => this.#cached(leader(), key),
      configMapValue: (_, key) => {
        if (this.#network === undefined) return { found: 'noConfigMap' };
        const value = z.record(z.string(), z.string()).parse(this.#network)[key];
        return value === undefined ? { found: 'noKey' } : { found: 'value', value };
      },
      referrers: ({ key }) => {
        const referrer = key.name === `web-${QUIC_PORT}` ? this.#cached(leader(), HTTPS_KEY) : undefined;
        return referrer !== undefined && hasBegun(referrer.status) ? [referrer] : [];
      },
      sweep: async () => ({ of: this.#calm ? 'object' : this.#pick('object', 'namespace', 'object') }),
      claimants: (claim) =>
        this.cluster
          .keys()
          .flatMap((key) => this.#cached(leader(), key) ?? [])
          .filter(({ spec }) => isDeepStrictEqual(readClaim(spec), claim)),
      writeStatus: (object, status, guard) =>
        write(() => {
          const written = this.cluster.writeStatus(object, status, guard);
          if (typeof written === 'object') {
            this.violations.push(...statusProblems(written.stored));
            this.#judge(written, status);
          }
          return written;
        }),
      addFinalizer: (object) => write(() => this.cluster.setFinalizer(object, true)),
      removeFinalizer: (object) => write(() => this.cluster.setFinalizer(object, false)),
      recordEvent: () => {},
    };
  }

  /** Promise: Running is written only for what the cloud has been seen to run, as declared, since it was declared. */
  #judge(object: AlbListener, status: AlbListenerStatus): void {
    if (status.phase !== 'Running' || object.generation !== status.observedGeneration) return;
    const listener = this.simulator.state.listeners.get(status.listenerId ?? '');
    const declared = idleTimeoutOf(object.spec);
    const since = this.#generations.get(`${object.uid}/${object.generation}`) ?? START;
    const ran = this.#closeLooks.some(
      ({ listenerId, idleTimeout, at }) =>
        listenerId === status.listenerId && idleTimeout === declared && at >= since,
    );
    if (!ran) this.violations.push(`${formatKey(object.key)} was called Running before the cloud said so`);
    if (listener !== undefined && ownershipOf(tagsOf(listener), object.uid).of !== 'us') {
      this.violations.push(`${formatKey(object.key)} was called Running with the listener of another`);
    }
  }

  /** A cache that may lag behind, but never goes back. */
  #cached(leader: Leader, key: ObjectKey): AlbListener | undefined {
    const history = this.cluster.history(key);
    const latest = history.length - 1;
    const seen = Math.min(leader.caughtUp.get(formatKey(key)) ?? 0, latest);
    const next = this.#calm ? latest : seen + Math.floor(this.#random.next() * (latest - seen + 1));
    leader.caughtUp.set(formatKey(key), next);
    return history[next];
  }

  async #disturb(): Promise<void> {
    const key = KEYS[Math.floor(this.#random.next() * KEYS.length)];
    if (key === undefined) return;
    const [leader] = this.#leaders;
    switch (Math.floor(this.#random.next() * 16)) {
      case 0:
      case 1:
      case 2:
        this.#uids += 1;
        this.cluster.create(
          key,
          `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`,
          specOf(key),
        );
        this.#noteGeneration(key);
        break;
      case 3:
      case 4:
        // Back and forth between a few values, so that an old read may show what is declared now.
        this.cluster.edit(key, { idleTimeout: this.#pick(DEFAULT_IDLE_TIMEOUT, 20, 25) });
        this.#noteGeneration(key);
        break;
      case 5:
        // Under other policies the listener stays behind, as it shall.
        this.cluster.edit(key, NO_POLICIES);
        this.#noteGeneration(key);
        this.cluster.delete(key);
        break;
      case 12:
        this.cluster.edit(key, this.#drawPolicy());
        this.#noteGeneration(key);
        break;
      case 13:
        this.#driftOutOfBand(key);
        break;
      case 14:
        this.#network = this.#drawNetwork();
        break;
      case 6:
        this.cluster.wipeStatus(key);
        break;
      case 7:
        this.#deleteOutOfBand(key);
        break;
      case 8:
        // The process dies wherever it is, and another one starts with nothing but what is written down.
        if (leader !== undefined) leader.process.alive = false;
        this.#leaders.shift();
        this.#elect();
        break;
      case 9:
        // Two that believe they lead, until the older one finds out.
        if (this.#leaders.length === 1) this.#elect();
        else if (leader !== undefined) {
          leader.process.alive = false;
          this.#leaders.shift();
        }
        break;
      case 10:
        this.#failNextJob();
        break;
      default:
        await this.#pass(Math.floor(this.#random.next() * 20_000));
    }
    // Whatever happened, the watch would tell.
    for (const { dueAt } of this.#leaders)
      for (const { namespace, name } of KEYS) dueAt.delete(`${namespace}/${name}`);
  }

  #drawPolicy(): object {
    return this.#pick<object>(
      NO_POLICIES,
      { suspend: true },
      { reconcilePolicy: 'Observe' },
      { reconcilePolicy: 'DryRun' },
      { driftPolicy: 'Report' },
      { listenerState: 'Stopped' },
    );
  }

  #drawNetwork() {
    const loadBalancerId = 'alb-one';
    return this.#pick(
      { loadBalancerId, serverGroupId: 'sgp-web' },
      { loadBalancerId, serverGroupId: 'sgp-api' },
      { loadBalancerId, serverGroupId: 'to be filled in' },
      undefined,
    );
  }

  /** Nothing that only users could change stands in the way of coming to rest. */
  #putInOrder(): void {
    this.#network = { loadBalancerId: 'alb-one', serverGroupId: 'sgp-web' };
    for (const key of KEYS) {
      this.cluster.edit(key, NO_POLICIES);
      this.#noteGeneration(key);
    }
    const quic = this.cluster.get(QUIC_KEY);
    if (quic === undefined || quic.beingDeleted) this.cluster.delete(HTTPS_KEY);
    for (const { dueAt } of this.#leaders) dueAt.clear();
  }

  #driftOutOfBand(key: ObjectKey): void {
    const uid = this.cluster.get(key)?.uid;
    const [mine] = uid === undefined ? [] : this.listenersOf(uid);
    const listener = this.simulator.state.listeners.get(mine?.ListenerId ?? '');
    if (listener?.ListenerStatus !== 'Running') return;
    this.simulator.change([{ kind: 'putListener', listener: { ...listener, IdleTimeout: 77 } }]);
  }

  #noteGeneration(key: ObjectKey): void {
    const object = this.cluster.get(key);
    if (object === undefined) return;
    const generation = `${object.uid}/${object.generation}`;
    if (!this.#generations.has(generation)) this.#generations.set(generation, this.#clock.now());
  }

  #deleteOutOfBand(key: ObjectKey): void {
    const uid = this.cluster.get(key)?.uid;
    const [listener] = uid === undefined ? [] : this.listenersOf(uid);
    if (listener?.ListenerStatus !== 'Running') return;
    this.simulator.change([{ kind: 'removeListener', listenerId: listener.ListenerId }]);
  }

  #failNextJob(): void {
    const fault = faultSchema.parse({
      kind: 'failJob',
      operation: 'CreateListener',
      count: 1,
      code: 'ResourceQuotaExceeded.ServerAddedNum',
    });
    this.simulator.state.faultRules.push({ id: 'fail-next', fault, fired: 0, matched: 0 });
  }

  /** Begins work that is due, or lets time pass until some is. */
  async #work(): Promise<void> {
    for (const leader of this.#leaders) {
      for (const key of this.cluster.keys()) {
        const text = formatKey(key);
        const due = leader.dueAt.get(text) ?? 0;
        if (leader.working.has(text) || due > this.#clock.now()) continue;
        leader.working.add(text);
        leader.dueAt.set(text, this.#clock.now() + 1000);
        void this.#reconcile(leader, key);
        return;
      }
    }
    await this.#pass(500);
  }

  async #reconcile({ reconcile, working, dueAt }: Leader, key: ObjectKey): Promise<void> {
    const step = await reconcile(key, this.#pick('high', 'normal', 'low'), SILENT);
    working.delete(formatKey(key));
    dueAt.set(formatKey(key), this.#clock.now() + delayOf(step));
  }

  /** Lets time pass, but no call takes longer than the network allows. */
  async #pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      while (await this.#scheduler.step(this.#clock.now() - SLOWEST_CALL_MS));
      await this.#clock.advance(Math.min(500, ms - passed));
    }
  }
}

function delayOf(step: NextStep): number {
  switch (step.next) {
    case 'done':
      return PACE.resync;
    case 'after':
    case 'poll':
      return step.ms;
    case 'retry':
      return 2000;
  }
}

function idleTimeoutOf(spec: unknown): number {
  return z.object({ idleTimeout: z.number().default(DEFAULT_IDLE_TIMEOUT) }).parse(spec).idleTimeout;
}

function tagsOf({ Tags }: { readonly Tags: readonly { Key: string; Value: string }[] }) {
  return Tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
}

function specOf({ name }: ObjectKey): object {
  const listenerPort = Number(name.split('-').at(-1));
  const refers = listenerPort === REFERRING_PORT;
  const group = refers ? { serverGroupIdFrom: from('serverGroupId') } : { serverGroupId: 'sgp-web' };
  return {
    ...(refers ? { loadBalancerIdFrom: from('loadBalancerId') } : { loadBalancerId: 'alb-one' }),
    ...protocolOf(listenerPort),
    listenerPort,
    defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [group] } }],
  };
}

function from(key: string): object {
  return { configMapKeyRef: { name: 'network', key } };
}

function protocolOf(listenerPort: number): object {
  const certificates = [{ certificateId: '1001-cn-hangzhou' }];
  const quicConfig = { quicUpgradeEnabled: true, quicListenerRef: { name: QUIC_KEY.name } };
  switch (listenerPort) {
    case QUIC_PORT:
      return { listenerProtocol: 'QUIC', certificates };
    case HTTPS_PORT:
      return { listenerProtocol: 'HTTPS', certificates, quicConfig };
    default:
      return { listenerProtocol: 'HTTP' };
  }
}
