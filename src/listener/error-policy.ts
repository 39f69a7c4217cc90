import type { AlbError, AlbErrorClass } from '../alb/error.ts';
import { ramActionOf } from './ram-action.ts';
import { REASONS, type Reason } from './reason.ts';

/**
 * When a failed call is worth repeating.
 *
 * - `soon`: a short constant delay; the obstacle passes within seconds and waiting longer helps nobody.
 * - `poll`: as while the cloud works on the listener, with pauses that grow; a read of it may trail behind for minutes.
 * - `backoff`: exponential with jitter; nobody knows when it passes.
 * - `slowly`: every few minutes; something outside the resource must change first.
 * - `onEdit`: the manifest must change; looked at again with every resync all the same, since the cloud can
 *   change its mind (a feature enabled, an edition upgraded).
 */
export type Retry = 'soon' | 'poll' | 'backoff' | 'slowly' | 'onEdit';

export interface ErrorPolicy {
  readonly reason: Reason;
  readonly retry: Retry;
}

/** The one table from what an error means to what is done about it and what the user reads. */
export const ERROR_POLICY: Readonly<Record<AlbErrorClass, ErrorPolicy>> = {
  busy: { reason: 'LoadBalancerBusy', retry: 'soon' },
  listenerBusy: { reason: 'LoadBalancerBusy', retry: 'poll' },
  aclBusy: { reason: 'ReferenceNotReady', retry: 'poll' },
  throttled: { reason: 'Throttled', retry: 'backoff' },
  unavailable: { reason: 'CloudUnavailable', retry: 'backoff' },
  unclassified: { reason: 'UnexpectedAnswer', retry: 'backoff' },
  tokenInProgress: { reason: 'CreateOutcomeUnknown', retry: 'poll' },
  tokenMismatch: { reason: 'CreateOutcomeUnknown', retry: 'backoff' },
  authentication: { reason: 'AuthenticationFailed', retry: 'slowly' },
  credentialsMissing: { reason: 'InvalidReference', retry: 'slowly' },
  wrongAccount: { reason: 'WrongAccount', retry: 'slowly' },
  unknownRegion: { reason: 'InvalidRegion', retry: 'slowly' },
  permission: { reason: 'Forbidden', retry: 'slowly' },
  quotaExceeded: { reason: 'QuotaExceeded', retry: 'slowly' },
  loadBalancerNotFound: { reason: 'LoadBalancerNotFound', retry: 'slowly' },
  listenerNotFound: { reason: 'DependencyNotFound', retry: 'slowly' },
  dependencyNotFound: { reason: 'DependencyNotFound', retry: 'slowly' },
  accessLogDisabled: { reason: 'AccessLogDisabled', retry: 'slowly' },
  loadBalancerLocked: { reason: 'LoadBalancerLocked', retry: 'slowly' },
  listenerInUse: { reason: 'ListenerInUse', retry: 'slowly' },
  portTaken: { reason: 'PortTaken', retry: 'slowly' },
  alreadyAssociated: { reason: 'AlreadyAssociated', retry: 'slowly' },
  notAssociated: { reason: 'UnexpectedAnswer', retry: 'backoff' },
  serviceManaged: { reason: 'ServiceManaged', retry: 'slowly' },
  invalidParameter: { reason: 'InvalidParameter', retry: 'onEdit' },
  operationDenied: { reason: 'OperationDenied', retry: 'slowly' },
  dryRunPassed: { reason: 'UnexpectedAnswer', retry: 'backoff' },
};

/** Whether the cloud turned the call away for something that passes by itself, so that the same call is worth repeating. */
export function isPassing(error: AlbError): boolean {
  return REASONS[ERROR_POLICY[error.class].reason].stance === 'reconciling';
}

/** Whether a call has to wait until others are through: those of the cloud, or our own that go first. */
export function isWaitingInLine(error: AlbError): boolean {
  const { reason } = ERROR_POLICY[error.class];
  return reason === 'LoadBalancerBusy' || reason === 'Throttled';
}

/** What a person reads about a refused call: what was asked and what came back. */
export function describeError(error: AlbError): string {
  return sentences(whatHappened(error), missingRight(error));
}

function whatHappened(error: AlbError): string {
  // About the credentials as such: no call is at fault.
  if (error.class === 'credentialsMissing') return `spec.credentialsSecretRef: ${error.message}`;
  if (error.class === 'unknownRegion') return `spec.regionId: ${error.message}`;
  if (error.class === 'wrongAccount') return error.message;
  // About all calls.
  if (error.operation === '') return error.message;
  if (error.unansweredBy !== undefined) {
    return `${error.operation}${error.notSent ? ' was not sent' : ''}: ${error.message}`;
  }
  if (error.notSent) return `${error.operation} was not sent. ${error.message}`;
  return `${error.operation} was answered with ${said(error)}`;
}

/** The same, and what to do. */
export function explainError(error: AlbError, reason: Reason): string {
  return sentences(describeError(error), REASONS[reason].remedy);
}

/** What a person reads about an operation that the cloud had accepted. */
export function explainFailure(error: AlbError, reason: Reason): string {
  const failure = `${error.operation} was accepted and has failed with ${said(error)}`;
  return sentences(sentences(failure, missingRight(error)), REASONS[reason].remedy);
}

/** The code of a refusal does not say which action of a policy is missing. */
function missingRight(error: AlbError): string {
  if (error.class !== 'permission' || error.operation === '') return '';
  return `It needs the RAM action ${ramActionOf(error.operation)}.`;
}

function said({ code, message }: AlbError): string {
  return message === '' ? code : `${code}: ${message}`;
}

function sentences(first: string, second: string): string {
  return `${first}${/[.!?]$/.test(first) ? '' : '.'} ${second}`.trimEnd();
}
