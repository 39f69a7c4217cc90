import type { Random } from './random.ts';

/** An exponential range of delays: `baseMs`, twice that, four times … never more than `maxMs`. */
export interface BackoffRange {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The delay before retry number `attempt` (from 0): uniform between 0 and the exponential bound. The full
 * spread keeps many clients that failed together from coming back together.
 */
export function fullJitter(range: BackoffRange, attempt: number, random: Random): number {
  return random.next() * Math.min(range.maxMs, range.baseMs * 2 ** attempt);
}

/** The delays of one activity that fails and recovers. */
export class Backoff {
  readonly #range: BackoffRange;
  readonly #random: Random;
  #attempt = 0;

  constructor(range: BackoffRange, random: Random) {
    this.#range = range;
    this.#random = random;
  }

  /** The delay after one more failure. */
  next(): number {
    const delay = fullJitter(this.#range, this.#attempt, this.#random);
    this.#attempt += 1;
    return delay;
  }

  /** The activity works again: the next failure is the first. */
  reset(): void {
    this.#attempt = 0;
  }
}
