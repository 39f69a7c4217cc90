import { pino } from 'pino';
import type { ApiRequest } from '../../src/runtime/kubernetes/api-transport.ts';
import type { ObjectKey } from '../../src/runtime/object.ts';
import type { Reply } from '../../src/simulator/reply.ts';
import type { ApiServer } from './api-server/api-server.ts';
import type { ApiFaults } from './api-server/faults.ts';
import type { Chance } from './chance.ts';
import type { Cloud } from './cloud.ts';
import type { Departure } from './cloud-connection.ts';
import type { FaultTally } from './fault-tally.ts';
import type { Gates } from './gates.ts';
import { type DeathAt, OperatorProcess } from './operator-process.ts';
import type { Timeline } from './timeline.ts';

/** The clocks of nodes are off by no more than this, either way. */
const LONGEST_SKEW_MS = 15_000;

export interface ProcessesOptions {
  readonly timeline: Timeline;
  readonly gates: Gates;
  readonly chance: Chance;
  readonly server: ApiServer;
  readonly apiFaults: ApiFaults;
  /** Whether the API server does not answer the request at all. */
  readonly isSilent: (request: ApiRequest) => boolean;
  readonly cloud: Cloud;
  readonly cloudFaultRate: number;
  readonly tally: FaultTally;
  /** Where there is an election, two replicas compete for it; `undefined`: one process, without. */
  readonly lease: ObjectKey | undefined;
  /** Told of every call that leaves a process. */
  readonly departs: (departure: Departure) => void;
  /** Told of every answer of the cloud that a process receives whole. */
  readonly hears: (process: string, operation: string, reply: Reply) => void;
  /** Takes every line that a process logs. */
  readonly log: (process: string, line: string) => void;
  /** Takes every death. */
  readonly died: (deaths: readonly DeathAt[], wasStopping: boolean) => void;
}

/** The processes of the operator: usually one, or a leader and a standby. It is started again when it died, and for a while there may be two. */
export class Processes {
  readonly #options: ProcessesOptions;
  #all: OperatorProcess[] = [];
  #started = 0;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  get living(): readonly OperatorProcess[] {
    return this.#all.filter(({ isAlive }) => isAlive);
  }

  /** Those that ended although nobody wanted that. */
  get failures(): readonly string[] {
    return this.#all.flatMap(({ name, failure }) =>
      failure === undefined ? [] : [`${name} failed: ${failure}`],
    );
  }

  start(): OperatorProcess {
    const { chance, log, died: _, ...world } = this.#options;
    this.#all = this.#all.filter(({ isAlive, failure }) => isAlive || failure !== undefined);
    this.#started += 1;
    const name = `op${this.#started}`;
    const destination = { write: (line: string) => log(name, line) };
    const logger = pino({ level: 'warn', base: null, timestamp: false }, destination);
    const process = new OperatorProcess({
      ...world,
      name,
      chance: chance.fork(),
      logger,
      aheadMs: this.skew(),
      lost: () => this.#startAgain(),
    });
    this.#all.push(process);
    return process;
  }

  /** As many as there are at rest. */
  startAll(): void {
    for (let missing = this.#replicas; missing > 0; missing -= 1) this.start();
  }

  /** It comes back by itself after a while, as Kubernetes starts pods again. */
  kill(process: OperatorProcess): void {
    const { isStopping } = process;
    this.#options.died(process.kill(), isStopping);
    this.#startAgain();
  }

  /** Its successor may begin before it has ended. */
  terminate(process: OperatorProcess): void {
    process.terminate();
    this.#startAgain();
  }

  skew(): number {
    return Math.floor(this.#options.chance.between(-LONGEST_SKEW_MS, LONGEST_SKEW_MS));
  }

  get #replicas(): number {
    return this.#options.lease === undefined ? 1 : 2;
  }

  #startAgain(): void {
    const { timeline, chance } = this.#options;
    timeline.schedule(chance.between(0, 20_000), () => {
      if (this.living.filter(({ isStopping }) => !isStopping).length < this.#replicas) this.start();
    });
  }
}
