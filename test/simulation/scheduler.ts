import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Random } from '../../src/runtime/random.ts';

/** One running operator. When it dies, no answer reaches it any more. */
export class Process {
  alive = true;
}

interface Gate {
  readonly process: Process;
  readonly stage: 'request' | 'answer';
  readonly since: number;
  /** A request that has left its process arrives even if the process then dies. */
  readonly hasLeft: boolean;
  readonly open: () => void;
}

/**
 * Decides which of all waiting steps goes next, so that every order of events can be had from a seed. Every call
 * that leaves a process stops at two gates: before it takes effect, and before its answer is read.
 */
export class Scheduler {
  readonly #random: Random;
  readonly #now: () => number;
  #gates: Gate[] = [];

  constructor(random: Random, now: () => number) {
    this.#random = random;
    this.#now = now;
  }

  /** Takes a call of a process through its two gates. */
  async pass<T>(process: Process, effect: () => T): Promise<T> {
    await this.#gate(process, 'request');
    const result = effect();
    await this.#gate(process, 'answer');
    return result;
  }

  /** Opens one gate, drawn by chance among those that wait since `before` at the latest. False when none does. */
  async step(before = Number.POSITIVE_INFINITY): Promise<boolean> {
    await nextTurn();
    this.#gates = this.#gates.filter(
      ({ process, stage, hasLeft }) => process.alive || (stage === 'request' && hasLeft),
    );
    const waiting = this.#gates.filter(({ since }) => since <= before);
    const gate = waiting[Math.floor(this.#random.next() * waiting.length)];
    if (gate === undefined) return false;
    this.#gates = this.#gates.filter((other) => other !== gate);
    gate.open();
    await nextTurn();
    return true;
  }

  #gate(process: Process, stage: Gate['stage']): Promise<void> {
    const hasLeft = this.#random.next() < 0.5;
    return new Promise((open) => this.#gates.push({ process, stage, since: this.#now(), hasLeft, open }));
  }
}
