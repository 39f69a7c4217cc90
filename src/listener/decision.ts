import type { Site } from '../alb/api.ts';
import type { AlbError } from '../alb/error.ts';
import type { AccessGuard } from './access-guard.ts';
import type { Home } from './adoption.ts';
import type { Difference } from './difference.ts';
import { ERROR_POLICY, explainError, explainFailure, type Retry } from './error-policy.ts';
import type { Reason } from './reason.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';
import type { Step } from './step.ts';

/** What a person shall read about the resource now. */
export interface Finding {
  readonly reason: Reason;
  /** One or two sentences, without a RequestId. */
  readonly message: string;
  /** Of the answer the finding rests on. */
  readonly requestId?: string;
  /** The host, where the finding rests on a call that it did not answer. */
  readonly unansweredBy?: string;
}

/** What there is to decide on, besides the observation. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** See `Pace`. */
  readonly settle: number;
  readonly patience: number;
  readonly home: Home;
}

/** What to do about what was observed. Plain data: the plan command prints it, `act` carries it out. */
export type Decision =
  /** The listener is as declared. */
  | { readonly do: 'nothing'; readonly spec: ResolvedSpec; readonly listener: SeenListener }
  /** Report, and look again at the given time. */
  | { readonly do: 'report'; readonly finding: Finding; readonly again: Again }
  /** What is known still stands: leave the status as it is. With the error, where the cloud could not be asked. */
  | { readonly do: 'keepStatus'; readonly error?: AlbError; readonly again: Again }
  | {
      readonly do: 'create';
      readonly spec: ResolvedSpec;
      readonly incarnation: number;
      /** Why it is not known whether the declared access control lists exist. */
      readonly unseenAcls?: AlbError;
    }
  /** A listener of ours was found: put its id into the status. */
  | {
      readonly do: 'record';
      readonly listenerId: string;
      readonly loadBalancerId: string;
      readonly incarnation: number;
      /** Its site, if in another region than the manifest names. */
      readonly site?: Site | undefined;
    }
  /** Follow a listener that is only observed, or none any more. It is not ours: no creation is recorded. */
  | {
      readonly do: 'watch';
      readonly listenerId: string | undefined;
      readonly finding: Finding;
      readonly again: Again;
    }
  /** The listener is proven gone: forget it and make the next one. */
  | { readonly do: 'startOver'; readonly finding: Finding; readonly again: Again }
  /** One call that brings the listener closer to its declaration. */
  | {
      readonly do: 'apply';
      readonly spec: ResolvedSpec;
      readonly listenerId: string;
      readonly step: Step;
      readonly differences: readonly Difference[];
      /** What is left of the right to stop the listener. */
      readonly guard?: AccessGuard;
      /** The listener, where it is open without this call to addresses that the manifest keeps out. */
      readonly closes?: SeenListener;
    }
  /** Stop a new listener that is open, or start it to attach its lists; with the guard from now on. */
  | {
      readonly do: 'protect';
      readonly spec: ResolvedSpec;
      readonly listenerId: string;
      readonly call: 'start' | 'stop';
      readonly guard: AccessGuard;
      readonly finding: Finding;
    }
  /** The listener differs and shall be left so, or cannot be changed: put the differences into the status. */
  | {
      readonly do: 'reportDrift';
      readonly listener: SeenListener;
      readonly differences: readonly Difference[];
      readonly finding: Finding;
    }
  /** Ask the cloud what it would say to the first call, and put its answer and the whole plan into the status. */
  | { readonly do: 'rehearse'; readonly rehearsal: Rehearsal }
  /** Put our ownership tags on a listener that is ours, or that the user gave us, and its id into the status. */
  | { readonly do: 'adopt'; readonly listener: SeenListener; readonly incarnation: number }
  /** Take our ownership tags off a listener that stays when the resource goes. */
  | { readonly do: 'disown'; readonly listenerId: string }
  /** Delete the listener: because the resource goes, or because its creation failed half-way. */
  | { readonly do: 'delete'; readonly listenerId: string; readonly finding: Finding }
  /** An operation the cloud had accepted has failed: report it, and forget the operation so that it is tried again. */
  | {
      readonly do: 'reportFailure';
      readonly finding: Finding;
      readonly again: Again;
      /** Where the failure changes it. */
      readonly guard?: AccessGuard;
    }
  /** Nothing is left in the cloud: let the resource go. */
  | { readonly do: 'release' };

/** When to look again. */
export type Again =
  /** `poll` also while the cloud works on the listener, or does not show yet what it has agreed to. */
  | { readonly when: Retry }
  /** At once the first time; a poll where it was at once already, since what follows is no news. */
  | { readonly when: 'now' }
  /** At once, and what failed on the way here no longer counts. */
  | { readonly when: 'onward' }
  /** It is as declared; to see whether it stays so. */
  | { readonly when: 'resync' }
  /** As the cloud asked; milliseconds. */
  | { readonly when: 'after'; readonly ms: number };

export function report(reason: Reason, message: string, again: Again): Decision {
  return { do: 'report', finding: { reason, message }, again };
}

/** What would be done, if it were done. */
export type Rehearsal =
  | { readonly of: 'creation'; readonly spec: ResolvedSpec; readonly incarnation: number }
  | {
      readonly of: 'changes';
      readonly listener: SeenListener;
      /** At least one. */
      readonly steps: readonly Step[];
      readonly differences: readonly Difference[];
    };

/** What a failed call means for the resource. */
export function findingOf(error: AlbError): Finding {
  const { reason } = ERROR_POLICY[error.class];
  return {
    reason,
    message: explainError(error, reason),
    ...(error.requestId !== undefined && { requestId: error.requestId }),
    ...(error.unansweredBy !== undefined && { unansweredBy: error.unansweredBy }),
  };
}

/** What a failed job means for the resource; the RequestId is that of the call which started it. */
export function findingOfFailure(
  error: AlbError,
  reason: 'CreateFailed' | 'OperationFailed',
  requestId: string | undefined,
): Finding {
  return { reason, message: explainFailure(error, reason), ...(requestId !== undefined && { requestId }) };
}

/** Shorter retry times, from a proxy perhaps, would repeat the call at the full budget. */
const SHORTEST_WAIT_MS = 1000;

export function againAfter(error: AlbError): Again {
  const { class: of, retryAfterMs, notSent = false } = error;
  // Of a lane or a budget, the wait is exact and costs no call.
  const isExact = notSent || of === 'busy' || of === 'throttled';
  if (retryAfterMs !== undefined && (isExact || retryAfterMs >= SHORTEST_WAIT_MS))
    return { when: 'after', ms: retryAfterMs };
  return { when: ERROR_POLICY[of].retry };
}

/** A failed job is never repeated without a pause, whatever its error says. */
export function againAfterFailure(error: AlbError): Again {
  const again = againAfter(error);
  return again.when === 'soon' || again.when === 'poll' ? { when: 'backoff' } : again;
}
