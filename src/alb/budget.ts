import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Outcome } from './error.ts';
import { type HeldBack, heldBack } from './held-back.ts';
import { type CallPriority, RateBucket } from './rate-bucket.ts';
import type { Rpc } from './rpc.ts';
import { type Turn, withTurn } from './turn.ts';

export interface BudgetOptions {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Calls a minute of each operation. The cloud gives an account 200 in a region, to everyone who uses it together.
   */
  readonly callsPerMinute: number;
  /** Called when the cloud's throttling has the calls of an operation cut down. */
  readonly onCut?: (() => void) | undefined;
}

/** The calls of one operation. */
export interface OperationBudget {
  readonly operation: string;
  /** How many may go at once. */
  readonly left: number;
  /** How many a minute are asked of the cloud at present. */
  readonly callsPerMinute: number;
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
  readonly #onCut: NonNullable<BudgetOptions['onCut']>;
  readonly #buckets = new Map<string, RateBucket>();

  constructor({ clock, random, callsPerMinute, onCut = () => {} }: BudgetOptions) {
    this.#onCut = onCut;
    this.#clock = clock;
    this.#random = random;
    this.#callsPerMinute = callsPerMinute;
  }

  /**
   * The answer that a call of the operation would get now without being sent; `undefined` when it would go. Takes
   * nothing.
   */
  heldBack(operation: string, priority: CallPriority): HeldBack | undefined {
    const waitMs = this.#bucket(operation).waitMs(priority, this.#clock.monotonic());
    return waitMs > 0 ? heldBack('budgetExhausted', operation, waitMs) : undefined;
  }

  /** Takes one call from the budget. A throttling answer of the cloud, too, says when to come again. */
  turn(operation: string, priority: CallPriority | 'owed'): Turn {
    const refusal = priority === 'owed' ? undefined : this.heldBack(operation, priority);
    if (refusal !== undefined) return { given: false, refusal };

    const bucket = this.#bucket(operation);
    const takenAt = this.#clock.monotonic();
    bucket.take(takenAt);
    const settle = <T>(answer: Outcome<T>): Outcome<T> => {
      if (answer.outcome === 'yes' || answer.error.class !== 'throttled') return answer;
      const now = this.#clock.monotonic();
      if (bucket.throttled(takenAt, answer.error.retryAfterMs, now)) this.#onCut();
      const retryAfterMs = Math.ceil(bucket.waitMs(priority === 'owed' ? 'normal' : priority, now));
      return { ...answer, error: { ...answer.error, retryAfterMs } };
    };
    return { given: true, place: { settle, giveBack: () => bucket.giveBack(takenAt) } };
  }

  /** Of every operation that was called so far. */
  left(): readonly OperationBudget[] {
    const now = this.#clock.monotonic();
    return [...this.#buckets].map(([operation, bucket]) => ({
      operation,
      left: bucket.left(now),
      callsPerMinute: bucket.rate,
    }));
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
  return async (operation, parameters) =>
    withTurn<Outcome<unknown>>(
      budget.turn(operation, 'NextToken' in parameters ? 'owed' : priority),
      (use) => use(() => rpc(operation, parameters)),
      (refusal) => refusal,
    );
}
