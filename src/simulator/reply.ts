import type { Answer, IncomingCall } from './answer.ts';
import { type CallFault, refusalOf } from './fault.ts';

/** What a caller without a network gets of a call. `delayMs` is how long a real one would have waited. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly delayMs: number }
  | { readonly kind: 'body'; readonly status: number; readonly text: string; readonly delayMs: number }
  /** No answer ever comes. Whether the call took effect is what the caller cannot know. */
  | { readonly kind: 'silence'; readonly delayMs: number };

/** Takes a call from its arrival to the caller. One that is to be held is silence: nobody could release it. */
export function replyTo(call: IncomingCall): Reply {
  const early = befall(call, call.before, 0);
  if (early.end !== undefined) return early.end;
  const { answer, after } = call.perform();
  const late = befall(call, after, early.delayMs);
  if (late.end !== undefined) return late.end;
  call.end(true);
  return { kind: 'answer', answer, delayMs: late.delayMs };
}

/** `end` is set when the faults leave nothing to come. */
function befall(
  call: IncomingCall,
  faults: readonly CallFault[],
  waited: number,
): { readonly delayMs: number; readonly end?: Reply } {
  let delayMs = waited;
  const ended = (outcome: string, reached: boolean, end: Reply) => {
    call.told(outcome);
    call.end(reached);
    return { delayMs, end };
  };
  for (const fault of faults) {
    switch (fault.kind) {
      case 'delay':
        delayMs += fault.ms;
        break;
      case 'cut':
      case 'hang':
      case 'hold':
        return ended(fault.kind, false, { kind: 'silence', delayMs });
      case 'error': {
        const answer = { ok: false as const, requestId: call.requestId, refusal: refusalOf(fault) };
        return ended(fault.code, true, { kind: 'answer', answer, delayMs });
      }
      case 'body': {
        const { status, text } = fault;
        return ended(`body ${status}`, true, { kind: 'body', status, text, delayMs });
      }
    }
  }
  return { delayMs };
}
