import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../src/runtime/clock.ts';

interface Scheduled {
  readonly dueAt: number;
  readonly callback: () => void;
}

const START = Date.UTC(2026, 0, 1);

/** The time of the whole world. It stands still until somebody lets it pass. */
export class Timeline implements Clock {
  /** In the order of scheduling, which is the order of timers that are due together. */
  readonly #scheduled = new Set<Scheduled>();
  #elapsed = 0;

  now(): number {
    return Math.floor(START + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const scheduled = { dueAt: this.#elapsed + Math.max(0, delayMs), callback };
    this.#scheduled.add(scheduled);
    return { cancel: () => this.#scheduled.delete(scheduled) };
  }

  /** When the next timer is due, on the monotonic scale. */
  get nextAt(): number {
    return this.#earliest()?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  /** Lets time pass to the next timer, but not beyond `until`, and lets everything settle that follows from it. */
  async advance(until: number): Promise<void> {
    const next = this.#earliest();
    if (next === undefined || next.dueAt > until) {
      this.#elapsed = Math.max(this.#elapsed, until);
      return;
    }
    this.#elapsed = Math.max(this.#elapsed, next.dueAt);
    this.#scheduled.delete(next);
    next.callback();
    await settled();
  }

  #earliest(): Scheduled | undefined {
    let earliest: Scheduled | undefined;
    for (const scheduled of this.#scheduled) {
      if (earliest === undefined || scheduled.dueAt < earliest.dueAt) earliest = scheduled;
    }
    return earliest;
  }
}

/** Resolves when every promise that can go on has gone on. */
export async function settled(): Promise<void> {
  await nextTurn();
}
