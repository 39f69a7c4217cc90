import type { AwaitPoint } from './await-points.ts';

/** As far as the gates know a process. */
export interface Traveller {
  readonly name: string;
  readonly isAlive: boolean;
  readonly isPaused: boolean;
}

/** Where something that is under way waits: before it takes effect, and before the process hears of it. */
export type Stage = 'request' | 'answer' | 'event';

export interface Gate {
  readonly process: Traveller;
  readonly stage: Stage;
  readonly point: AwaitPoint;
  readonly since: number;
  readonly open: () => void;
}

/**
 * Everything that is under way between the processes and the world. Nothing goes on before somebody opens its gate, so
 * that every order of events can be had from a seed, and a process can be killed at every place where it waits.
 */
export class Gates {
  readonly #now: () => number;
  readonly #reached: (gate: Gate) => void;
  #gates: Gate[] = [];

  /** @param reached told of every gate that something comes to */
  constructor(now: () => number, reached: (gate: Gate) => void) {
    this.#now = now;
    this.#reached = reached;
  }

  async wait(process: Traveller, stage: Stage, point: AwaitPoint): Promise<void> {
    const { promise, resolve: open } = Promise.withResolvers<void>();
    const gate = { process, stage, point, since: this.#now(), open };
    this.#gates.push(gate);
    this.#reached(gate);
    await promise;
  }

  /** Those that can be opened: to a process that sleeps or is dead nothing comes, but what has left it arrives. */
  get openable(): readonly Gate[] {
    return this.#gates.filter(
      ({ process, stage }) => stage === 'request' || (process.isAlive && !process.isPaused),
    );
  }

  of(process: Traveller): readonly Gate[] {
    return this.#gates.filter((gate) => gate.process === process);
  }

  get living(): readonly Gate[] {
    return this.#gates.filter(({ process }) => process.isAlive);
  }

  open(gate: Gate): void {
    this.#gates = this.#gates.filter((other) => other !== gate);
    gate.open();
  }

  /** What waits there is lost for ever. */
  close(gates: readonly Gate[]): void {
    this.#gates = this.#gates.filter((gate) => !gates.includes(gate));
  }
}
