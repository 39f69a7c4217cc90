import type { Random } from '../runtime/random.ts';
import type { Caller } from './api.ts';
import { CallerShare } from './caller-share.ts';

/**
 * What a call has to leave in the bucket for more urgent ones that may come, as a share of the full bucket. Where such
 * wait already, it is decided who is next, and a reserve on top would starve all others.
 */
const RESERVE = { high: 0, normal: 0.15, low: 0.4 } as const satisfies Record<Caller['priority'], number>;

const MINUTE_MS = 60_000;
/** A full bucket holds the calls of so many seconds, and at least so many calls that the reserves mean something. */
const BURST_SECONDS = 4;
const SMALLEST_BURST = 5;
/** The cloud counts by the minute, so a full minute clears in half of one on average. */
const CLOSED_WITHOUT_WORD_MS = 30_000;
/** How much of what the cloud let through in the last minute is asked of it in the next. */
const OF_WHAT_PASSED = 0.8;
/** Without throttling the rate grows by a tenth of itself each minute: from a half back to the whole takes seven. */
const GROWTH_PER_MINUTE = 1.1;
/** Somebody else may use the whole limit for a while; a twentieth is always asked for. */
const LEAST_SHARE = 1 / 20;
/** Nobody is sent away for longer than this after the first token comes: asking again costs no call. */
const LONGEST_QUEUE_MS = 10_000;

/**
 * The calls of one operation: a token bucket that finds out by itself what the cloud gives. All times are monotonic
 * milliseconds, all rates calls a minute.
 *
 * The limit belongs to the account, and others use it too, so the configured rate is only where it starts. When the
 * cloud throttles, the bucket is emptied, closed for the time the cloud asks for, and the rate is cut to what just
 * proved possible: to between a half and a quarter. Then it grows back.
 */
export class RateBucket {
  readonly #configured: number;
  readonly #random: Random;
  readonly #share = new CallerShare();
  /** When the calls of the last minute went. */
  #passed: number[] = [];
  #rate: number;
  #tokens: number;
  /** May lie ahead: no tokens come before it. */
  #countedAt: number;
  #cutAt = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly callsPerMinute: number; readonly random: Random; readonly now: number }) {
    this.#configured = options.callsPerMinute;
    this.#random = options.random;
    this.#rate = options.callsPerMinute;
    this.#tokens = this.#burst();
    this.#countedAt = options.now;
  }

  /** Calls a minute that are asked of the cloud at present. */
  get rate(): number {
    return this.#rate;
  }

  /** How many calls of the highest priority may go now. */
  left(now: number): number {
    this.#refill(now);
    return now < this.#countedAt ? 0 : Math.max(0, Math.floor(this.#tokens));
  }

  /**
   * Zero when a call may go now, else a good moment to come again. Those held back get moments one after another,
   * so that they do not come together, and the tokens of those whose turn comes earlier are left for them. Whoever of
   * the same namespace and priority comes by chance when a token is there may take it all the same.
   */
  waitMs(caller: Caller, now: number): number {
    this.#refill(now);
    const interval = MINUTE_MS / this.#rate;
    const needed = 1 + this.#reserve(caller, now);
    const missing = needed + this.#share.before(caller, now) - this.#tokens;
    if (now >= this.#countedAt && missing <= 0) return 0;

    this.#share.arrive(caller, now);
    const missingInTurn = needed + this.#share.beforeLast(caller, now) - this.#tokens;
    const from = Math.max(this.#countedAt, now);
    const earliest = from + Math.max(0, missing) * interval;
    const inTurn = Math.min(from + Math.max(0, missingInTurn) * interval, earliest + LONGEST_QUEUE_MS);
    const until = inTurn + interval * this.#random.next();
    this.#share.wait(caller, until);
    return until - now;
  }

  /** Takes the token of a call that goes now, whatever is left: the debt is paid before the next one goes. */
  take(caller: Caller, now: number): void {
    this.#refill(now);
    this.#tokens -= 1;
    this.#passed.push(now);
    this.#share.serve(caller);
  }

  /** The call that was to go did not. */
  giveBack(caller: Caller, takenAt: number): void {
    this.#tokens += 1;
    this.#share.giveBack(caller);
    const place = this.#passed.indexOf(takenAt);
    this.#passed = this.#passed.filter((_, index) => index !== place);
  }

  /** The cloud throttled a call that left at `leftAt`. Tells whether the rate was cut. */
  throttled(leftAt: number, retryAfterMs: number | undefined, now: number): boolean {
    this.#refill(now);
    // A second answer within the minute is about the same full minute: it tells nothing new about the rate.
    const isNews = leftAt - this.#cutAt >= MINUTE_MS;
    if (isNews) this.#cut(now);
    this.#tokens = Math.min(0, this.#tokens);
    this.#countedAt = Math.max(this.#countedAt, now + (retryAfterMs ?? CLOSED_WITHOUT_WORD_MS));
    return isNews;
  }

  #cut(now: number): void {
    const possible = OF_WHAT_PASSED * (this.#passed.length - 1);
    const cut = Math.max(this.#rate / 4, Math.min(this.#rate / 2, possible));
    this.#rate = Math.max(this.#configured * LEAST_SHARE, cut);
    this.#cutAt = now;
  }

  #refill(now: number): void {
    this.#passed = this.#passed.filter((at) => now - at < MINUTE_MS);
    if (now <= this.#countedAt) return;
    const minutes = (now - this.#countedAt) / MINUTE_MS;
    this.#countedAt = now;
    this.#rate = Math.min(this.#configured, this.#rate * GROWTH_PER_MINUTE ** minutes);
    this.#tokens = Math.min(this.#burst(), this.#tokens + minutes * this.#rate);
  }

  #reserve(caller: Caller, now: number): number {
    return this.#share.isMoreUrgentWaiting(caller, now) ? 0 : RESERVE[caller.priority] * this.#burst();
  }

  #burst(): number {
    return Math.max(SMALLEST_BURST, (this.#rate / 60) * BURST_SECONDS);
  }
}
