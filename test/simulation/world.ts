import type { ObjectKey } from '../../src/runtime/object.ts';
import { ADOPTED_PLACE, castFor, NO_POLICIES, type Role, STRANGERS_PLACE } from './cast.ts';
import { Chance } from './chance.ts';
import { Cloud, LOAD_BALANCERS } from './cloud.ts';
import { Cluster, LEASE } from './cluster.ts';
import { TalliedApiFaults } from './cluster-connection.ts';
import { DISTURBANCES } from './disturbances/all.ts';
import { RIGHT_IDS, repairSecret } from './disturbances/cluster-troubles.ts';
import type { Disturbance } from './disturbances/disturbance.ts';
import { CRASH, crashAt, riskAt } from './disturbances/machines.ts';
import { MALICE, ROGUE_KEYS } from './disturbances/malice.ts';
import { PEOPLE } from './disturbances/people.ts';
import { FaultTally } from './fault-tally.ts';
import { type Gate, Gates } from './gates.ts';
import type { DeathAt } from './operator-process.ts';
import { Processes } from './processes.ts';
import { Records } from './records.ts';
import { settled, Timeline } from './timeline.ts';
import { Watchers } from './watchers.ts';

/** How long anything is under way at the most, if it is not lost. */
const LONGEST_FLIGHT_MS = 10_000;
const LONGEST_PAUSE_MS = 30_000;
/** In each step: trouble comes in spells, so that in between listeners get far enough to be worth it. */
const WEATHER_CHANGES = 0.02;
const FAIR_WEATHER = 0.5;
/** How often people do something, in each step, while nothing goes wrong. */
const WORK_RATE = 0.1;
/** The part of all histories in which replicas elect a leader: without, two of them do more harm to each other. */
const WITH_ELECTION = 0.25;
/** The part of all histories in which one namespace means harm to the others. */
const WITH_MALICE = 0.5;
/** The part of all histories in which strangers have so many listeners that lists have several pages. */
const WITH_CROWD = 0.3;
/** In peace, of requests that go on and of timers. */
const MOST_IN_A_MINUTE = 2000;

export interface WorldOptions {
  readonly seed: number;
  /** Kinds of faults that do not strike. */
  readonly off: ReadonlySet<string>;
  /** Takes a line for everything that happens. */
  readonly trace?: (line: string) => void;
  readonly died: (deaths: readonly DeathAt[], wasStopping: boolean) => void;
  readonly waited: (gate: Gate) => void;
}

/** Something that lasts, and its end. */
interface Passing {
  readonly end: () => void;
}

/** A cluster, a cloud, users and processes of the operator on one time. Everything in it follows from the seed. */
export class World {
  readonly timeline = new Timeline();
  readonly chance: Chance;
  readonly gates: Gates;
  readonly cloud: Cloud;
  readonly cluster: Cluster;
  readonly processes: Processes;
  readonly tally: FaultTally;
  readonly records: Records;
  readonly watchers: Watchers;
  readonly cast: readonly Role[];
  readonly hasElection: boolean;
  readonly #disturbances: readonly Disturbance[];
  readonly #disturbanceRate: number;
  readonly #passing = new Set<Passing>();
  readonly #trace: ((line: string) => void) | undefined;

  constructor({ seed, off, trace, died, waited }: WorldOptions) {
    const chance = new Chance(seed);
    const { timeline } = this;
    this.chance = chance;
    this.#trace = trace;
    this.tally = new FaultTally(off);
    this.gates = new Gates(() => timeline.monotonic(), waited);
    this.cloud = new Cloud(timeline, chance);
    this.cluster = new Cluster(timeline, chance.fork());
    this.records = new Records(timeline, this.cloud);
    this.watchers = new Watchers(this);

    this.cloud.makeStranger(STRANGERS_PLACE.loadBalancerId, STRANGERS_PLACE.port);
    const adopted = this.cloud.makeStranger(ADOPTED_PLACE.loadBalancerId, ADOPTED_PLACE.port);
    this.cast = castFor(chance, adopted.ListenerId);
    if (chance.happens(WITH_CROWD)) this.#makeCrowd();
    // Each history has some kinds of trouble and not others: all at once, they would hide each other.
    const possible = chance.happens(WITH_MALICE) ? [...DISTURBANCES, ...MALICE] : DISTURBANCES;
    this.#disturbances = possible.filter(() => chance.happens(0.75));
    this.#disturbanceRate = chance.oneOf(0.25, 0.35, 0.5);
    const apiFaults = new TalliedApiFaults(this.tally, {
      random: chance.fork(),
      rate: chance.oneOf(0.05, 0.15, 0.3),
    });
    this.hasElection = chance.happens(WITH_ELECTION);
    const { gates, cloud, tally } = this;
    this.processes = new Processes({
      timeline,
      chance,
      gates,
      cloud,
      tally,
      server: this.cluster.server,
      apiFaults,
      isSilent: ({ path }) => this.cluster.silentPath?.test(path) === true,
      cloudFaultRate: chance.oneOf(0, 0.15, 0.35),
      lease: this.hasElection ? LEASE : undefined,
      departs: (departure) => this.watchers.seeDeparture(departure),
      hears: (process, operation, reply) => this.records.noteAnswer(process, operation, reply),
      died,
      log: (process, line) => this.watchers.seeLine(process, line),
    });
    if (chance.happens(0.8)) this.cluster.setIds(RIGHT_IDS);
    if (chance.happens(0.9)) repairSecret(this);
    for (const { key, spec } of this.cast) if (chance.happens(0.8)) this.cluster.create(key, spec);
    this.processes.startAll();
  }

  get keys(): readonly ObjectKey[] {
    return [...this.cast.map(({ key }) => key), ...ROGUE_KEYS];
  }

  /** A line of the trace; made only where somebody reads it. */
  tell(line: () => string): void {
    this.#trace?.(`${(this.timeline.monotonic() / 1000).toFixed(3).padStart(10)}  ${line()}`);
  }

  /** Has something end after a while, or when peace comes. */
  endLater(afterMs: number, what: string, end: () => void): void {
    const passing = { end };
    this.#passing.add(passing);
    this.timeline.schedule(afterMs, () => {
      if (!this.#passing.delete(passing)) return;
      this.tell(() => what);
      end();
    });
  }

  /** One thing happens: something that is under way goes on, trouble strikes, or time passes. */
  async step(): Promise<void> {
    if (this.chance.happens(WEATHER_CHANGES)) this.tally.isFair = this.chance.happens(FAIR_WEATHER);
    const draw = this.chance.next();
    if (draw < (this.tally.isFair ? WORK_RATE : this.#disturbanceRate)) await this.#disturb();
    else if (draw < 0.93) await this.#goOn();
    else await this.#passTime();
    this.watchers.seeWorld();
  }

  /** No more trouble: whatever was broken is whole again, and one process is left. */
  async makePeace(): Promise<void> {
    this.tell(() => 'peace');
    this.tally.isFair = true;
    for (const passing of this.#passing) passing.end();
    this.#passing.clear();
    this.cloud.heal();
    const [leader, ...others] = this.processes.living.filter(({ isStopping }) => !isStopping);
    for (const other of others) other.terminate();
    if (leader === undefined) this.processes.start();
    if (this.chance.happens(0.7)) this.cluster.setIds(RIGHT_IDS);
    repairSecret(this);
    for (const { key } of this.cast) {
      if (this.chance.happens(0.6)) this.cluster.edit(key, NO_POLICIES);
      if (this.cluster.isBeingSwept(key) && this.chance.happens(0.5)) this.cluster.allowSweep(key);
    }
    await settled();
  }

  /** Lets peaceful time pass. */
  async rest(ms: number): Promise<void> {
    const until = this.timeline.monotonic() + ms;
    const most = MOST_IN_A_MINUTE * (1 + ms / 60_000);
    // What was changed before has its consequences first.
    await settled();
    for (let count = 0; this.timeline.monotonic() < until && !this.watchers.hasFailed; count += 1) {
      if (count > most)
        this.watchers.fail('no loop runs hot', `more than ${count} things happened in ${ms} ms of peace`);
      const [gate] = this.gates.openable;
      if (gate === undefined) await this.timeline.advance(until);
      else await this.#open(gate);
      this.watchers.seeWorld();
      this.cluster.endSweeps(this.keys);
    }
  }

  #makeCrowd(): void {
    for (let port = 8001; port <= 8003; port += 1)
      for (const loadBalancerId of LOAD_BALANCERS) this.cloud.makeStranger(loadBalancerId, port);
  }

  async #disturb(): Promise<void> {
    const disturbance = this.chance.weighted(this.tally.isFair ? PEOPLE : this.#disturbances);
    if (disturbance === undefined || !this.tally.isOn(disturbance.kind)) return;
    this.#note(disturbance.kind, disturbance.strike(this));
    this.cluster.endSweeps(this.keys);
    await settled();
  }

  async #goOn(): Promise<void> {
    const gate = this.chance.pick(this.gates.openable);
    if (gate === undefined) {
      await this.#passTime();
      return;
    }
    const isDoomed = this.chance.happens(riskAt(gate));
    if (isDoomed && this.tally.isOn(CRASH.kind)) this.#note(CRASH.kind, crashAt(gate, this));
    else await this.#open(gate);
  }

  #note(kind: string, what: string | undefined): void {
    if (what === undefined) return;
    this.tally.count(kind);
    this.tell(() => `${kind}: ${what}`);
  }

  async #open(gate: Gate): Promise<void> {
    this.tell(() => `${gate.process.name} ${gate.point} (${gate.stage})`);
    this.gates.open(gate);
    await settled();
  }

  /** To the next timer, if nothing is under way for too long by then. */
  async #passTime(): Promise<void> {
    const now = this.timeline.monotonic();
    const next = Math.min(this.timeline.nextAt, now + this.chance.between(0, LONGEST_PAUSE_MS));
    const overdue = this.gates.openable.find(({ since }) => since + LONGEST_FLIGHT_MS < next);
    if (overdue === undefined) await this.timeline.advance(next);
    else await this.#open(overdue);
  }
}
