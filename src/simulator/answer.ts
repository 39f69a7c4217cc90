import type { CallFault } from './fault.ts';
import type { Body } from './operations/operation.ts';
import type { Refusal } from './refusal.ts';

export type Answer =
  | { readonly ok: true; readonly requestId: string; readonly body: Body }
  | { readonly ok: false; readonly requestId: string; readonly refusal: Refusal };

/** A call that has arrived. Its faults are for whoever carries the answer to act out. */
export interface IncomingCall {
  readonly sequence: number;
  readonly requestId: string;
  /** What befalls the call before it is looked at. Where one of these ends it, `perform` is not to be called. */
  readonly before: readonly CallFault[];
  /** Lets the call take effect, once. `after` is what befalls the answer. */
  perform(): { readonly answer: Answer; readonly after: readonly CallFault[] };
  /** Notes what the caller was given, in place of what `perform` answered where that differs. */
  told(outcome: string): void;
  /** Ends the call. `reached`: whether the caller was still there. */
  end(reached: boolean): void;
}
