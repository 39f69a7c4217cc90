import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Caller } from './api.ts';
import type { Outcome } from './error.ts';
import { type HeldBack, heldBack } from './held-back.ts';
import { RateBucket } from './rate-bucket.ts';
import type { Rpc } from './rpc.ts';
import { type Turn, type Use, withTurn } from './turn.ts';

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
  heldBack(operation: string, caller: Caller): HeldBack | undefined {
    const waitMs = this.#bucket(operation).waitMs(caller, this.#clock.monotonic());
    return waitMs > 0 ? heldBack('budgetExhausted', operation, waitMs) : undefined;
  }

  /** Takes one call from the budget, if one is left. A throttling answer also gets a retry time. */
  turn(operation: string, caller: Caller): Turn {
    const refusal = this.heldBack(operation, caller);
    return refusal === undefined ? this.owed(operation, caller) : { given: false, refusal };
  }

  /** Takes a call that must go, whatever is left. */
  owed(operation: string, caller: Caller): Turn {
    const bucket = this.#bucket(operation);
    const takenAt = this.#clock.monotonic();
    bucket.take(caller, takenAt);
    const settle = <T>(answer: Outcome<T>): Outcome<T> => {
      if (answer.outcome === 'yes' || answer.error.class !== 'throttled') return answer;
      const now = this.#clock.monotonic();
      if (bucket.throttled(takenAt, answer.error.retryAfterMs, now)) this.#onCut();
      const retryAfterMs = Math.ceil(bucket.waitMs(caller, now));
      return { ...answer, error: { ...answer.error, retryAfterMs } };
    };
    return { given: true, place: { settle, giveBack: () => bucket.giveBack(caller, takenAt) } };
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
export function withBudget(rpc: Rpc, budget: Budget, caller: Caller): Rpc {
  return async (operation, parameters) => {
    const turn = 'NextToken' in parameters ? budget.owed(operation, caller) : budget.turn(operation, caller);
    return inTurn(turn, () => rpc(operation, parameters));
  };
}

/**
 * The same carrier for one reconcile: only the first request of each operation waits for its turn.
 *
 * Further ones are always sent, like pages of a list, and paid afterwards. A reconcile that is deferred at the second
 * request begins anew with the first, which would use the turn of the second, and so for ever.
 */
export function withBudgetOnce(rpc: Rpc, budget: Budget, caller: Caller): Rpc {
  const begun = new Set<string>();
  return async (operation, parameters) => {
    const turn = begun.has(operation) ? budget.owed(operation, caller) : budget.turn(operation, caller);
    if (turn.given) begun.add(operation);
    return inTurn(turn, () => rpc(operation, parameters));
  };
}

/** The same carrier with a place kept for the first request; later ones are sent like pages of a list. */
export function withPlace(rpc: Rpc, budget: Budget, caller: Caller, pay: Use): Rpc {
  let isPaid = false;
  return async (operation, parameters) => {
    const call = () => rpc(operation, parameters);
    if (isPaid) return inTurn(budget.owed(operation, caller), call);
    isPaid = true;
    return pay(call);
  };
}

async function inTurn(turn: Turn, call: () => Promise<Outcome<unknown>>): Promise<Outcome<unknown>> {
  return withTurn<Outcome<unknown>>(
    turn,
    (use) => use(call),
    (refusal) => refusal,
  );
}
