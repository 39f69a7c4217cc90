import type { Random } from '../runtime/random.ts';
import { FairShare, type Flow } from './fair-share.ts';

/** The most writes to one load balancer at once. */
const MAX_IN_FLIGHT = 8;
/** A longer lock than this is not learned: the lane then goes by trying. */
const LONGEST_HOLD_MS = 30_000;
/** After a hold that was long enough, the next one is tried a little shorter. */
const SHORTER = 0.95;
/** Those held back come again within a time that grows with their number, so that they do not come together. */
const PER_WAITER_MS = { open: 20, closed: 100 } as const;
const LONGEST_SPREAD_MS = 10_000;

/** One write on its way. */
export interface Passage {
  readonly operation: string;
  readonly leftAt: number;
}

/**
 * What the answer to a write says about the load balancer: it took the write, it was busy, or nothing (any other
 * refusal, a lost answer, a call that was not sent after all).
 */
export type Verdict = 'accepted' | 'busy' | 'unrelated';

/** How long the load balancer is busy after it accepted a write. */
interface Hold {
  readonly ms: number;
  readonly confirmed: boolean;
}

/**
 * The writes to one load balancer. All times are monotonic milliseconds.
 *
 * - How many go at once adapts: one at first, slowly more while writes are accepted, half as many after a busy answer.
 * - A busy answer closes the lane for a short constant delay. Then a single write tests it; the lane is open again
 *   when one is accepted.
 * - A load balancer may be locked for a while by a write it accepted; some do it for every creation. How long is
 *   learned for each operation from the busy answers that follow, and the next write waits for that time at once
 *   instead of asking all through it.
 * - Namespaces that share the load balancer take turns: one that waits is next, before the second write of any other.
 *
 * It cannot stay shut: every closure has an end, and after it at least one write may go.
 */
export class Lane {
  readonly #random: Random;
  readonly #busyDelayMs: number;
  readonly #holds = new Map<string, Hold>();
  #limit = 1;
  #inFlight = 0;
  #opensAt = Number.NEGATIVE_INFINITY;
  #testing = false;
  #busyAt = Number.NEGATIVE_INFINITY;
  #accepted: { readonly operation: string; readonly at: number } | undefined;
  readonly #share = new FairShare();
  /** By namespace, how often a write was held back since one of it last went. */
  readonly #heldBack = new Map<string, number>();

  constructor(options: { readonly busyDelayMs: number; readonly random: Random }) {
    this.#busyDelayMs = options.busyDelayMs;
    this.#random = options.random;
  }

  /** Zero when a write may go now, else a good moment to come again. Promises nothing to the one who asks. */
  waitMs(namespace: string, now: number): number {
    const flow = flowOf(namespace);
    const before = this.#share.before(flow, now);
    if (now >= this.#opensAt && this.#inFlight + before < this.#allowed()) return 0;

    const heldBack = (this.#heldBack.get(namespace) ?? 0) + 1;
    this.#heldBack.set(namespace, heldBack);
    const perWaiterMs = now >= this.#opensAt ? PER_WAITER_MS.open : PER_WAITER_MS.closed;
    const spread = Math.min(LONGEST_SPREAD_MS, perWaiterMs * (1 + heldBack));
    const waitMs = Math.max(0, this.#opensAt - now) + spread * (0.1 + 0.9 * this.#random.next());
    this.#share.arrive(flow, now);
    this.#share.wait(flow, now + waitMs);
    return waitMs;
  }

  /** To be called right after `waitMs` was zero; every passage must be given back to `leave`. */
  enter(operation: string, namespace: string, now: number): Passage {
    this.#inFlight += 1;
    this.#share.serve(flowOf(namespace));
    this.#heldBack.delete(namespace);
    for (const other of this.#heldBack.keys())
      if (this.#share.waiting(flowOf(other)) === 0) this.#heldBack.delete(other);
    return { operation, leftAt: now };
  }

  leave(passage: Passage, verdict: Verdict, now: number): void {
    this.#inFlight -= 1;
    switch (verdict) {
      case 'accepted':
        this.#afterAccepted(passage, now);
        return;
      case 'busy':
        this.#afterBusy(passage, now);
        return;
      case 'unrelated':
        return;
    }
  }

  get isIdle(): boolean {
    return this.#inFlight === 0;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How often a write was held back since one last went: about how many wait. */
  get depth(): number {
    return [...this.#heldBack.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Whether no write may go for a while: after a busy answer, or after a write that is known to lock the load balancer. */
  isClosed(now: number): boolean {
    return now < this.#opensAt;
  }

  #allowed(): number {
    return this.#testing ? 1 : Math.floor(this.#limit);
  }

  #afterAccepted({ operation, leftAt }: Passage, now: number): void {
    if (!this.#testing && this.#accepted !== undefined) this.#relaxHold(this.#accepted.operation);
    // A write that left before the busy answer proves nothing about now.
    if (leftAt >= this.#busyAt) this.#testing = false;
    this.#accepted = { operation, at: now };

    const hold = this.#holds.get(operation);
    if (hold?.confirmed) this.#opensAt = Math.max(this.#opensAt, now + hold.ms);
    else this.#limit = Math.min(MAX_IN_FLIGHT, this.#limit + 1 / this.#limit);
  }

  #afterBusy({ leftAt }: Passage, now: number): void {
    // Writes that left together and meet the same obstacle are one sign, not many.
    if (leftAt >= this.#busyAt) this.#limit = Math.max(1, this.#limit / 2);
    this.#busyAt = now;
    // Give or take a fifth.
    const delayMs = this.#busyDelayMs * (0.8 + 0.4 * this.#random.next());
    this.#opensAt = Math.max(this.#opensAt, now + delayMs);
    this.#learnHold(leftAt);
    this.#testing = true;
  }

  /**
   * Only a busy time that goes on without a gap since our own write can come from it. It may still be chance, so it
   * counts when the next write of that operation is followed by one too.
   */
  #learnHold(leftAt: number): void {
    if (this.#accepted === undefined) return;
    const { operation, at } = this.#accepted;
    const known = this.#holds.get(operation);
    if (leftAt - at > (known?.ms ?? 0) + 2 * this.#busyDelayMs) return;
    const again = known !== undefined && (known.confirmed || !this.#testing);
    const ms = this.#opensAt - at;
    if (ms > LONGEST_HOLD_MS) this.#holds.delete(operation);
    else this.#holds.set(operation, { ms, confirmed: again });
  }

  /** The write of this operation was followed by another without a busy answer. */
  #relaxHold(operation: string): void {
    const hold = this.#holds.get(operation);
    if (hold === undefined) return;
    const ms = hold.ms * SHORTER;
    if (!hold.confirmed || ms < this.#busyDelayMs / 10) this.#holds.delete(operation);
    else this.#holds.set(operation, { ms, confirmed: true });
  }
}

function flowOf(namespace: string): Flow {
  return { id: namespace, weight: 1 };
}
