import type { AlbError, Outcome } from './error.ts';

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
  workersBusy: {
    class: 'throttled',
    code: 'WorkersBusy',
    message: 'As much as may go on there at once is under way.',
  },
  noAnswer: {
    class: 'unavailable',
    code: 'NoAnswer',
    message: 'It has not answered lately, so it is asked by one call at a time, after a pause.',
  },
  notLeading: {
    class: 'busy',
    code: 'NotLeading',
    message: 'Another replica of the operator leads now.',
  },
} as const;

/** See `heldBack`. */
export type HeldBack = Extract<Outcome<never>, { outcome: 'no' }>;

/** What a message is about. */
export interface About {
  /** The place, where it is not the call. */
  readonly place?: string;
  /** The last call that got no answer there. */
  readonly silence?: AlbError | undefined;
}

/**
 * The answer to a call that was not sent because it may not go now: nothing can have happened.
 *
 * The words do not depend on the attempt, so that a call that is held back again does not change a status.
 *
 * @param operation Empty where it is about all calls.
 * @param retryAfterMs When to come again.
 */
export function heldBack(
  cause: keyof typeof CAUSES,
  operation: string,
  retryAfterMs: number,
  { place, silence }: About = {},
): HeldBack {
  const { message, ...rest } = CAUSES[cause];
  const error = {
    ...rest,
    message: [
      place && `${place}:`,
      message,
      // Not which call that was: each probe may be another one, and a status would change with it.
      silence && `The last call: ${silence.message}`,
    ]
      .filter(Boolean)
      .join(' '),
    ...(silence?.unansweredBy !== undefined && { unansweredBy: silence.unansweredBy }),
    operation,
    retryAfterMs: Math.ceil(retryAfterMs),
    notSent: true,
  } as const;
  return { outcome: 'no', error };
}
