import type { AlbError } from './error.ts';

/** Why a call may not go now. */
const CAUSES = {
  laneBusy: {
    class: 'busy',
    code: 'LaneBusy',
    message: 'Not sent: other changes of the load balancer go first.',
  },
  budgetExhausted: {
    class: 'throttled',
    code: 'BudgetExhausted',
    message: 'Not sent: the calls of this operation for now are used up.',
  },
} as const;

/**
 * The answer to a call that was not sent because it may not go now: nothing can have happened. The words are always
 * the same, so that a caller who is held back again has nothing new to tell.
 *
 * @param retryAfterMs When to come again.
 */
export function heldBack(
  cause: keyof typeof CAUSES,
  operation: string,
  retryAfterMs: number,
): { outcome: 'no'; error: AlbError } {
  return { outcome: 'no', error: { ...CAUSES[cause], operation, retryAfterMs: Math.ceil(retryAfterMs) } };
}
