import type { Clock } from './clock.ts';
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

/** Backoff of one activity that fails and recovers; it starts over after a healthy stretch. */
export class Backoff {
  readonly #range: BackoffRange;
  readonly #resetAfterMs: number;
  readonly #clock: Clock;
  readonly #random: Random;
  #attempt = 0;

  /** `resetAfterMs`: how long the activity must have been healthy for its failures to be forgotten. */
  constructor(range: BackoffRange, resetAfterMs: number, clock: Clock, random: Random) {
    this.#range = range;
    this.#resetAfterMs = resetAfterMs;
    this.#clock = clock;
    this.#random = random;
  }

  /** The delay after a failure; `healthySince` (monotonic) is when the activity last began to work, if it did. */
  next(healthySince?: number): number {
    if (healthySince !== undefined && this.wasHealthy(healthySince)) this.#attempt = 0;
    const delay = fullJitter(this.#range, this.#attempt, this.#random);
    this.#attempt += 1;
    return delay;
  }

  wasHealthy(since: number): boolean {
    return this.#clock.monotonic() - since >= this.#resetAfterMs;
  }
}
