import type { Random } from '../runtime/random.ts';

/** So many calls in a row without an answer say that none will come; one that was lost says little. */
const SILENCES = 3;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 60_000;
/** While a probe is under way nothing is known yet. */
const PROBE_MS = 1000;
/** Those held back come again within a time that grows with their number: none of them holds a worker for long, but all together do. */
const PER_WAITER_MS = 50;
const LONGEST_SPREAD_MS = 300_000;

/**
 * Stops calling a place that does not answer, since each such call holds a worker until it times out. After a pause, which
 * doubles from 5 s to a minute, one caller at a time probes it; the first answer lets all others through again. A place
 * that has never answered is believed to be silent after its first call. Times are monotonic milliseconds.
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

  /** Whether the last that is known of the place is an answer. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** Zero when a caller may go now, else a good moment to come again. */
  waitMs(now: number): number {
    if (this.#open === undefined) return 0;
    const waitMs = this.#isProbing ? PROBE_MS : this.#open.until - now;
    if (waitMs <= 0) return 0;
    this.#heldBack += 1;
    const spread = Math.min(LONGEST_SPREAD_MS, PER_WAITER_MS * this.#heldBack);
    return waitMs + spread * this.#random.next();
  }

  /** A caller goes, right after `waitMs` was zero. The result is to be called once, when it is through. */
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

  /** A call that left at `leftAt` had no answer. Tells whether that opened the breaker, or kept it open. */
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
