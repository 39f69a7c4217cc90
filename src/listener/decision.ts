import type { Tag } from '../alb/api.ts';
import type { AlbError } from '../alb/error.ts';
import type { Difference } from './difference.ts';
import type { Retry } from './error-policy.ts';
import { ERROR_POLICY, explainError } from './error-policy.ts';
import type { Reason } from './reason.ts';
import type { AlbListenerSpec } from './schema/spec.ts';

/** What a person shall read about the resource now. */
export interface Finding {
  readonly reason: Reason;
  /** One or two sentences, without a RequestId. */
  readonly message: string;
  /** Of the answer the finding rests on. */
  readonly requestId?: string;
}

/** What to do about what was observed. Plain data: the plan command prints it, `act` carries it out. */
export type Decision =
  /** The listener runs as declared. */
  | { readonly do: 'nothing'; readonly listenerId: string }
  /** Report, and look again at the given time. */
  | { readonly do: 'report'; readonly finding: Finding; readonly again: Again }
  /** The cloud did not say, and what is known still stands: leave the status as it is. */
  | { readonly do: 'keepStatus'; readonly error: AlbError; readonly again: Again }
  | { readonly do: 'create'; readonly spec: AlbListenerSpec; readonly incarnation: number }
  /** A listener of ours was found: put its id into the status. */
  | { readonly do: 'record'; readonly listenerId: string; readonly incarnation: number }
  /** The listener is proven gone: forget it and make the next one. */
  | { readonly do: 'startOver'; readonly finding: Finding; readonly again: Again }
  | {
      readonly do: 'update';
      readonly spec: AlbListenerSpec;
      readonly listenerId: string;
      readonly differences: readonly Difference[];
      readonly repeated: boolean;
    }
  | { readonly do: 'tag'; readonly listenerId: string; readonly tags: readonly Tag[] }
  /** Delete the listener: because the resource goes, or because its creation failed half-way. */
  | { readonly do: 'delete'; readonly listenerId: string; readonly finding: Finding }
  /** An operation the cloud had accepted has failed: report it, and forget the operation so that it is tried again. */
  | { readonly do: 'reportFailure'; readonly finding: Finding; readonly again: Again }
  /** Nothing is left in the cloud: let the resource go. */
  | { readonly do: 'release' };

/** When to look again. */
export type Again =
  | { readonly when: Retry }
  /** While the cloud works on the listener. */
  | { readonly when: 'poll' }
  | { readonly when: 'now' }
  /** As the cloud asked; milliseconds. */
  | { readonly when: 'after'; readonly ms: number };

export function report(reason: Reason, message: string, again: Again): Decision {
  return { do: 'report', finding: { reason, message }, again };
}

/** What a failed call means for the resource. */
export function findingOf(error: AlbError): Finding {
  const { reason } = ERROR_POLICY[error.class];
  return {
    reason,
    message: explainError(error, reason),
    ...(error.requestId !== undefined && { requestId: error.requestId }),
  };
}

export function againAfter(error: AlbError): Again {
  if (error.retryAfterMs !== undefined) return { when: 'after', ms: error.retryAfterMs };
  return { when: ERROR_POLICY[error.class].retry };
}
