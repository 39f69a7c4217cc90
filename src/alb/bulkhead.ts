import type { Random } from '../runtime/random.ts';
import { FairShare, type Flow } from './fair-share.ts';

/** How long one stays, as long as nothing is known of it. */
const USUAL_STAY_MS = 100;
const LONGEST_WAIT_MS = 60_000;

/**
 * Limits how many callers are inside at once. At the limit, namespaces take turns.
 *
 * Times are monotonic milliseconds.
 */
export class Bulkhead {
  readonly #most: number;
  readonly #random: Random;
  readonly #share = new FairShare();
  #inside = 0;
  /** Smoothed over the last stays. */
  #stayMs = USUAL_STAY_MS;
  /** When one last entered or left. */
  #movedAt = Number.NEGATIVE_INFINITY;

  constructor(options: { readonly most: number; readonly random: Random }) {
    this.#most = options.most;
    this.#random = options.random;
  }

  /** Milliseconds until the next attempt, 0 if one more may enter now. */
  waitMs(namespace: string, now: number): number {
    const flow = flowOf(namespace);
    if (this.#inside + this.#share.before(flow, now) < this.#most) return 0;
    this.#share.arrive(flow, now);
    const ahead = this.#share.waiting(flow);
    const place = 1 + ahead + this.#share.before(flow, now, ahead);
    // If nothing has moved for longer than a usual stay, stays have become longer: the target may be silent.
    const stayMs = Math.max(this.#stayMs, now - this.#movedAt);
    const inTurnMs = Math.min(LONGEST_WAIT_MS, (place * stayMs) / this.#most);
    const waitMs = inTurnMs * (0.5 + this.#random.next());
    this.#share.wait(flow, now + waitMs);
    return waitMs;
  }

  /** To be called right after `waitMs` was zero. The result is to be called once, when it is over. */
  enter(namespace: string, now: number): (now: number) => void {
    this.#inside += 1;
    this.#movedAt = now;
    this.#share.serve(flowOf(namespace));
    return (then) => {
      this.#inside -= 1;
      this.#movedAt = then;
      this.#stayMs += (then - now - this.#stayMs) / 8;
    };
  }
}

function flowOf(namespace: string): Flow {
  return { id: namespace, weight: 1 };
}
