import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Outcome } from './error.ts';
import { heldBack } from './held-back.ts';
import { type CallPriority, RateBucket } from './rate-bucket.ts';
import type { Rpc } from './rpc.ts';

const DEFAULT_CALLS_PER_MINUTE = 160;

export interface BudgetOptions {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Calls a minute of each operation. The cloud gives an account 200 in a region, to everyone who uses it together.
   * Default 160.
   */
  readonly callsPerMinute?: number;
}

/**
 * What this process may ask of the cloud: a bucket for each operation of one account in one region. Nothing waits in
 * here: a call that may not go now is answered at once as `throttled`, with the code `BudgetExhausted` and the time
 * to come again.
 */
export class Budget {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #callsPerMinute: number;
  readonly #buckets = new Map<string, RateBucket>();

  constructor({ clock, random, callsPerMinute = DEFAULT_CALLS_PER_MINUTE }: BudgetOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#callsPerMinute = callsPerMinute;
  }

  /**
   * Zero when a call of the operation would go now, else milliseconds to a good moment to come again. For a caller
   * whose call needs costly preparation; the call itself may still be held back.
   */
  waitMs(operation: string, priority: CallPriority): number {
    return this.#bucket(operation).waitMs(priority, this.#clock.monotonic());
  }

  /** Makes one call from the budget. A throttling answer of the cloud, too, says when to come again. */
  async spend<T>(
    operation: string,
    priority: CallPriority | 'owed',
    call: () => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const bucket = this.#bucket(operation);
    const leftAt = this.#clock.monotonic();
    const waitMs = priority === 'owed' ? 0 : bucket.waitMs(priority, leftAt);
    if (waitMs > 0) return heldBack('budgetExhausted', operation, waitMs);

    bucket.take(leftAt);
    const answer = await call();
    if (answer.outcome === 'yes' || answer.error.class !== 'throttled') return answer;
    const now = this.#clock.monotonic();
    bucket.throttled(leftAt, answer.error.retryAfterMs, now);
    const retryAfterMs = Math.ceil(bucket.waitMs(priority === 'owed' ? 'normal' : priority, now));
    return { ...answer, error: { ...answer.error, retryAfterMs } };
  }

  #bucket(operation: string): RateBucket {
    const known = this.#buckets.get(operation);
    if (known !== undefined) return known;
    const now = this.#clock.monotonic();
    const bucket = new RateBucket({ callsPerMinute: this.#callsPerMinute, random: this.#random, now });
    this.#buckets.set(operation, bucket);
    return bucket;
  }
}

/**
 * The same carrier of calls with every request taken from the budget. A list that has begun is finished: its further
 * pages always go, and what they overdraw is paid before anything else goes.
 */
export function withBudget(rpc: Rpc, budget: Budget, priority: CallPriority): Rpc {
  return (operation, parameters) =>
    budget.spend(operation, 'NextToken' in parameters ? 'owed' : priority, () => rpc(operation, parameters));
}
