/**
 * What an ALB error means to a caller. The table in `error-classes.ts` maps every documented code to one of
 * these; no other file compares code strings.
 */
export type AlbErrorClass =
  /** The load balancer is being changed by another operation: no write to it goes now. Passes within seconds. */
  | 'busy'
  /**
   * The listener, or something else that only this call names, is being changed by another operation. Says nothing
   * about other writes to the load balancer. Passes within seconds.
   */
  | 'listenerBusy'
  /** An access control list that the call names is being changed. Passes within seconds. */
  | 'aclBusy'
  /** Too many calls in this minute. The call was turned away before anything looked at it. */
  | 'throttled'
  /** No readable answer, or a server-side failure: the call may or may not have taken effect. */
  | 'unavailable'
  /** A call with the same ClientToken is still being worked on. */
  | 'tokenInProgress'
  /** The ClientToken was used before with other parameters: an earlier call got through. */
  | 'tokenMismatch'
  /** The credentials were not accepted, or the clock is off. */
  | 'authentication'
  /** There are no credentials: what they are read from is missing, incomplete or may not be read. Nothing was sent. */
  | 'credentialsMissing'
  /** The credentials are those of another account than the listener is in. Nothing was sent. */
  | 'wrongAccount'
  /** The region is not a known one. Nothing was sent. */
  | 'unknownRegion'
  /** The credentials are good but not allowed to do this. */
  | 'permission'
  | 'quotaExceeded'
  | 'loadBalancerNotFound'
  | 'listenerNotFound'
  /** A server group, certificate, security policy or ACL the call refers to is not there (yet). */
  | 'dependencyNotFound'
  /** The settings need the access log of the load balancer, which is off. */
  | 'accessLogDisabled'
  /** The load balancer is locked: overdue payment or a security lock. */
  | 'loadBalancerLocked'
  /** Another listener still refers to this one (an HTTPS listener to its QUIC listener). */
  | 'listenerInUse'
  /** Another listener already holds the port. */
  | 'portTaken'
  /** The named resource is attached elsewhere and can be attached once only. */
  | 'alreadyAssociated'
  /** The named resource was not attached (any more): a removal that is already done. */
  | 'notAssociated'
  /** The parameters are refused as they stand; only other parameters help. */
  | 'invalidParameter'
  /** The parameters are well formed but do not go together with what they refer to. */
  | 'operationDenied'
  /** The listener is managed by another Alibaba Cloud service and refuses changes from anyone else. */
  | 'serviceManaged'
  /** A dry run that found nothing wrong; the API reports it as an error. */
  | 'dryRunPassed'
  /** A code that is not documented: nothing is known about what the call did. */
  | 'unclassified';

/** An answer that is not a success, with every secret removed. A plain value: it is returned, never thrown. */
export interface AlbError {
  readonly class: AlbErrorClass;
  /** The API operation, for example `CreateListener`. Empty where all calls are answered so. */
  readonly operation: string;
  /** Alibaba's code, for example `ResourceNotFound.ServerGroup`; a word of ours (`Timeout`, `ConnectionReset`, …) where no code came. */
  readonly code: string;
  /** One line without secrets, at most 512 characters. Empty where the cloud sent a code alone. */
  readonly message: string;
  /** Alibaba's RequestId, where an answer carried one. */
  readonly requestId?: string;
  readonly httpStatus?: number;
  /** When to come again, in milliseconds: as the cloud asked, or when it is this call's turn. */
  readonly retryAfterMs?: number;
  /** The host, where no readable answer came from it: the message says why, and what to do. */
  readonly unansweredBy?: string;
  /** Nothing left this process: the call had to wait for its turn, or cannot be said on the wire. */
  readonly notSent?: true;
}

/**
 * The three things that can be known after a call.
 *
 * - `yes`: the answer parsed to the shape the operation promises.
 * - `no`: a documented refusal; this call changed nothing.
 * - `unknown`: timeout, reset, 5xx, unreadable or undocumented answer; the call may have taken effect.
 */
export type Outcome<T> =
  | { readonly outcome: 'yes'; readonly value: T; readonly requestId: string }
  | { readonly outcome: 'no'; readonly error: AlbError }
  | { readonly outcome: 'unknown'; readonly error: AlbError };
