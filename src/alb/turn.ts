import type { Outcome } from './error.ts';
import type { HeldBack } from './held-back.ts';

/** A place that is taken in a lane or a budget. One of the two ends it. */
export interface Place {
  /** The call was answered. The answer may gain the time to come again. */
  settle<T>(answer: Outcome<T>): Outcome<T>;
  /** The call was not made, or it threw. */
  giveBack(): void;
}

/** The answer to the question whether a call may go now. */
export type Turn =
  | { readonly given: true; readonly place: Place }
  /** What the call would be answered without being sent. */
  | { readonly given: false; readonly refusal: HeldBack };

/** Makes the one call that a place is kept for. */
export type Use = <T>(call: () => Promise<Outcome<T>>) => Promise<Outcome<T>>;

/**
 * Runs `given` with the place, or `refused` where there is none. The only way to hold a place: it ends with `given`,
 * whatever that returns or throws, so no path can leak it.
 */
export async function withTurn<Result>(
  turn: Turn,
  given: (use: Use) => Promise<Result>,
  refused: (refusal: HeldBack) => Result,
): Promise<Result> {
  if (!turn.given) return refused(turn.refusal);
  const { place } = turn;
  let isHeld = true;
  const use: Use = async (call) => {
    const answer = await call();
    if (!isHeld) return answer;
    isHeld = false;
    return place.settle(answer);
  };
  try {
    return await given(use);
  } finally {
    if (isHeld) place.giveBack();
    isHeld = false;
  }
}
