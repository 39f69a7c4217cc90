import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from '../../src/alb/error.ts';
import { readClaim } from '../../src/listener/claim.ts';
import { ownershipOf } from '../../src/listener/ownership.ts';
import type { Cluster, Log, NextStep, Pace, WriteOutcome } from '../../src/listener/ports.ts';
import { createReconcile, type Reconcile } from '../../src/listener/reconcile.ts';
import { type AlbListener, formatKey, type ObjectKey } from '../../src/listener/resource.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { faultSchema } from '../../src/simulator/fault.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { cloudOver, lost } from './cloud-model.ts';
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
const FOREIGN_PORT = 99;
/** The last one claims the port that a stranger's listener holds. */
const PORTS = [81, 82, 83, FOREIGN_PORT];
const KEYS: readonly ObjectKey[] = PORTS.map((port) => ({ namespace: 'shop', name: `web-${port}` }));
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
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #leaders: Leader[] = [];
  readonly #foreign: string;
  /** What the cloud held when a status claimed that it ran, where the two disagreed. */
  readonly violations: string[] = [];
  #now = START;
  #uids = 0;
  #calm = false;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#scheduler = new Scheduler(this.#random, () => this.#now);
    this.simulator = new Simulator({
      clock: () => this.#now,
      seed: String(seed),
      settings: this.#drawSettings(),
      inventory: {
        loadBalancers: [{ LoadBalancerId: 'alb-one', VpcId: 'vpc' }],
        serverGroups: [{ ServerGroupId: 'sgp-web', VpcId: 'vpc' }],
      },
    });
    this.simulator.call('CreateListener', {
      LoadBalancerId: 'alb-one',
      ListenerProtocol: 'HTTP',
      ListenerPort: String(FOREIGN_PORT),
      'DefaultActions.1.Type': 'ForwardGroup',
      'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId': 'sgp-web',
    });
    this.#now += 60_000;
    this.simulator.saved();
    this.#foreign = this.#stranger();
    this.#elect();
  }

  /** One thing happens: a call goes on, a user acts, a fault strikes, a worker begins, or time passes. */
  async step(): Promise<void> {
    const draw = this.#random.next();
    if (draw < 0.6 && (await this.#scheduler.step())) return;
    if (!this.#calm && draw < 0.7) await this.#disturb();
    else await this.#work();
  }

  /** No more faults and no more users: from here on everything has to come to rest within this time. */
  async settle(virtualMs: number): Promise<void> {
    this.#calm = true;
    this.simulator.state.faultRules = [];
    const until = this.#now + virtualMs;
    while (this.#now < until) {
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

  #drawSettings(): SettingsInput {
    const pick = <T>(...values: readonly [T, ...T[]]): T =>
      values[Math.floor(this.#random.next() * values.length)] ?? values[0];
    return {
      tokenLifetimeMs: pick(86_400_000, 5000, 0),
      replayAfterDelete: pick('replay', 'create', 'refuse'),
      tokenMismatchCode: pick('IdempotentParameterMismatch', 'IdempotenceParamNotMatch'),
      replayFailures: pick(false, true),
      createLocksLoadBalancer: pick(true, false),
      listLagMs: pick(0, 3000, 20_000),
      afterFailedCreate: pick('gone', 'provisioning'),
      provisioningMs: pick(0, 3000, 15_000),
      deletingMs: pick(0, 4000),
    };
  }

  #elect(): void {
    const process = new Process();
    const leader: Leader = {
      process,
      reconcile: createReconcile({
        cluster: this.#clusterFor(process, () => leader),
        cloud: cloudOver(this.simulator, (call) => this.#carry(process, call)),
        now: () => this.#now,
        random: () => this.#random.next(),
        pace: PACE,
        audit: () => {},
      }),
      caughtUp: new Map(),
      dueAt: new Map(),
      working: new Set(),
    };
    this.#leaders.push(leader);
  }

  /** A call to the cloud: it may be lost on the way there, or its answer on the way back. */
  async #carry(process: Process, call: () => Outcome<unknown>): Promise<Outcome<unknown>> {
    const fate = this.#calm ? 1 : this.#random.next();
    return this.#scheduler.pass(process, () => {
      if (fate < 0.05) return lost('call');
      const answer = call();
      return fate < 0.12 ? lost('call') : answer;
    });
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
      claimants: (claim) =>
        this.cluster
          .keys()
          .flatMap((key) => this.#cached(leader(), key) ?? [])
          .filter(({ spec }) => isDeepStrictEqual(readClaim(spec), claim)),
      writeStatus: (object, status, guard) =>
        write(() => {
          const written = this.cluster.writeStatus(object, status, guard);
          if (typeof written === 'object') this.#judge(written, status);
          return written;
        }),
      addFinalizer: (object) => write(() => this.cluster.setFinalizer(object, true)),
      removeFinalizer: (object) => write(() => this.cluster.setFinalizer(object, false)),
      recordEvent: () => {},
    };
  }

  /** Promise: Running is written only for what the cloud has been seen to run. */
  #judge(object: AlbListener, status: AlbListenerStatus): void {
    if (status.phase !== 'Running' || object.generation !== status.observedGeneration) return;
    const listener = this.simulator.state.listeners.get(status.listenerId ?? '');
    const ran = this.simulator.state.calls.some(
      ({ action, parameters, outcome }) =>
        action === 'GetListenerAttribute' &&
        parameters['ListenerId'] === status.listenerId &&
        outcome === 'Success',
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
    switch (Math.floor(this.#random.next() * 12)) {
      case 0:
      case 1:
      case 2:
        this.#uids += 1;
        this.cluster.create(
          key,
          `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`,
          specOf(key),
        );
        break;
      case 3:
      case 4:
        this.cluster.edit(key, { idleTimeout: 1 + Math.floor(this.#random.next() * 60) });
        break;
      case 5:
        this.cluster.delete(key);
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
        if (leader.working.has(text) || due > this.#now) continue;
        leader.working.add(text);
        leader.dueAt.set(text, this.#now + 1000);
        void this.#reconcile(leader, key);
        return;
      }
    }
    await this.#pass(500);
  }

  async #reconcile({ reconcile, working, dueAt }: Leader, key: ObjectKey): Promise<void> {
    const step = await reconcile(key, SILENT);
    working.delete(formatKey(key));
    dueAt.set(formatKey(key), this.#now + delayOf(step));
  }

  /** Lets time pass, but no call takes longer than the network allows. */
  async #pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      while (await this.#scheduler.step(this.#now - SLOWEST_CALL_MS));
      this.#now += Math.min(500, ms - passed);
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

function tagsOf({ Tags }: { readonly Tags: readonly { Key: string; Value: string }[] }) {
  return Tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
}

function specOf({ name }: ObjectKey): object {
  return {
    loadBalancerId: 'alb-one',
    listenerProtocol: 'HTTP',
    listenerPort: Number(name.split('-').at(-1)),
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
  };
}
