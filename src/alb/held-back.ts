import type { Outcome } from './error.ts';

/** Why a call may not go now. */
const CAUSES = {
  laneBusy: {
    class: 'busy',
    code: 'LaneBusy',
    message: 'Other changes of the load balancer go first.',
  },
  budgetExhausted: {
    class: 'throttled',
    code: 'BudgetExhausted',
    message: 'The calls of this operation for now are used up.',
  },
  notLeading: {
    class: 'busy',
    code: 'NotLeading',
    message: 'Another replica of the operator leads now.',
  },
} as const;

/** See `heldBack`. */
export type HeldBack = Extract<Outcome<never>, { outcome: 'no' }>;

/**
 * The answer to a call that was not sent because it may not go now: nothing can have happened. The words are always
 * the same, so that a caller who is held back again has nothing new to tell.
 *
 * @param retryAfterMs When to come again.
 */
export function heldBack(cause: keyof typeof CAUSES, operation: string, retryAfterMs: number): HeldBack {
  const error = {
    ...CAUSES[cause],
    operation,
    retryAfterMs: Math.ceil(retryAfterMs),
    notSent: true,
  } as const;
  return { outcome: 'no', error };
}
