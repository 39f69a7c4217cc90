import type { Random } from '../runtime/random.ts';

/** Opens after so many calls in a row without an answer; a single lost call is no sign. */
const SILENCES = 3;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 60_000;
/** While a probe is under way nothing is known yet. */
const PROBE_MS = 1000;
/** Each deferred caller widens the retry window by this, so that together they hold few workers. */
const PER_WAITER_MS = 50;
const LONGEST_SPREAD_MS = 300_000;

/**
 * Opens after calls without an answer, since each of them holds a worker until it times out. After a pause, which doubles
 * from 5 s to a minute, one caller at a time probes (half-open); the first answer closes it. A target that has never
 * answered opens it with its first call. Times are monotonic milliseconds.
 */
export class CircuitBreaker {
  readonly #random: Random;
  #isProven = false;
  #silences = 0;
  #pauseMs = FIRST_PAUSE_MS;
  /** While it is open. */
  #open: { readonly since: number; readonly until: number } | undefined;
  #isProbing = false;
  /** How often a caller was held back since one last went. */
  #heldBack = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether a call was answered since it last opened. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** Milliseconds until the next attempt, 0 if a call may start now. */
  waitMs(now: number): number {
    if (this.#open === undefined) return 0;
    const waitMs = this.#isProbing ? PROBE_MS : this.#open.until - now;
    if (waitMs <= 0) return 0;
    this.#heldBack += 1;
    const spread = Math.min(LONGEST_SPREAD_MS, PER_WAITER_MS * this.#heldBack);
    return waitMs + spread * this.#random.next();
  }

  /** A call starts, right after `waitMs` was 0. The result is to be called once, when it is over. */
  enter(): () => void {
    this.#heldBack = 0;
    if (this.#open === undefined) return () => {};
    this.#isProbing = true;
    return () => {
      this.#isProbing = false;
    };
  }

  answered(): void {
    this.#isProven = true;
    this.#silences = 0;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#open = undefined;
  }

  /** A call of `leftAt` got no answer. Returns whether that opened the breaker, or kept it open. */
  silent(leftAt: number, now: number): boolean {
    // Calls that were under way when it opened are the same sign.
    if (this.#open !== undefined && leftAt < this.#open.since) return false;
    this.#silences += 1;
    if (this.#isProven && this.#silences < SILENCES) return false;
    this.#isProven = false;
    this.#open = { since: now, until: now + this.#pauseMs * (0.8 + 0.4 * this.#random.next()) };
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    return true;
  }
}
