import type { Outcome } from './error.ts';
import type { HeldBack } from './held-back.ts';

/** The answer to the question whether a call may go now. */
export type Turn =
  /** It may, and its place is kept until it is over or given back. Exactly one of the two is to be done, once. */
  | {
      readonly given: true;
      use<T>(call: () => Promise<Outcome<T>>): Promise<Outcome<T>>;
      giveBack(): void;
    }
  /** It may not: what it would be answered without being sent. */
  | { readonly given: false; readonly refusal: HeldBack };
