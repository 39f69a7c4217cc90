import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../src/runtime/clock.ts';

interface Scheduled {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test advances it. */
export class VirtualClock implements Clock {
  readonly #startedAt: number;
  /** In the order of scheduling, which is the order of timers that are due together. */
  readonly #scheduled = new Set<Scheduled>();
  #elapsed = 0;

  constructor(startedAt = Date.UTC(2026, 0, 1)) {
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#startedAt + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const scheduled = { dueAt: this.#elapsed + Math.max(0, delayMs), callback };
    this.#scheduled.add(scheduled);
    return { cancel: () => this.#scheduled.delete(scheduled) };
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#scheduled.size;
  }

  /** Runs what is due within the next `ms`, in order, and lets promises settle before, between and after. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await nextTurn();
    for (let next = this.#earliest(); next !== undefined && next.dueAt <= until; next = this.#earliest()) {
      this.#elapsed = Math.max(this.#elapsed, next.dueAt);
      this.#scheduled.delete(next);
      next.callback();
      await nextTurn();
    }
    this.#elapsed = until;
  }

  #earliest(): Scheduled | undefined {
    let earliest: Scheduled | undefined;
    for (const scheduled of this.#scheduled) {
      if (earliest === undefined || scheduled.dueAt < earliest.dueAt) earliest = scheduled;
    }
    return earliest;
  }
}
