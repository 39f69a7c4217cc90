import type { AlbError } from '../alb/error.ts';
import {
  type AccessGuard,
  guardOf,
  isOpen,
  isToBeAttachedAtOnce,
  isToBeStopped,
  MOST_STARTS,
  refusedIn,
  startedOnceMore,
  wasRefused,
} from './access-guard.ts';
import { type AclSight, describeLacking } from './acl-sight.ts';
import { cut } from './cut.ts';
import type { Decision, Finding } from './decision.ts';
import { isToldOf } from './freshness.ts';
import { isAtRest } from './jobs.ts';
import { planFor } from './plan.ts';
import { aclPlan } from './plan-acls.ts';
import { REASONS } from './reason.ts';
import { isRequested } from './request.ts';
import type { AlbListener } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';
import type { Plan } from './step.ts';
import { conditionOf } from './summary.ts';

interface Given {
  /** Of the declared lists; absent where they were not asked for. */
  readonly acls: AclSight | undefined;
  readonly plan: Plan;
  /** Whether the cloud has accepted the plan several times without following it. */
  readonly isGivenUp: boolean;
  /** See `Pace.settle`: the first pause between two starts. */
  readonly settle: number;
}

/** The longest text of a refusal that a status takes. */
export const LONGEST_REFUSAL = 512;
const NOT_FOLLOWED = 'The cloud accepts the access control lists and does not attach them.';

/**
 * Decides about a listener at rest that is open to addresses which its manifest keeps out; `undefined` where the plan
 * goes on as for any other listener. Pure.
 */
export function decideAccess(
  object: AlbListener,
  spec: ResolvedSpec,
  listener: SeenListener,
  given: Given,
): Decision | undefined {
  const { acls } = given;
  if ((spec.reconcilePolicy ?? 'Manage') !== 'Manage' || !isOpen(spec, listener)) return undefined;
  const guard = guardOf(object);
  const isStopping = guard !== undefined && isToBeStopped(spec);
  if (listener.listenerStatus === 'Running') {
    const cause = guard && refusalOf(guard, given);
    if (isStopping && cause !== undefined) return stop(spec, listener, guard, cause);
    if (acls?.seen !== 'unavailable') return undefined;
    const finding = openFinding(spec, listener, guard, describeLacking(acls.lacking, spec));
    return { do: 'report', finding, again: { when: 'slowly' } };
  }
  if (!isStopping || spec.listenerState === 'Stopped') return undefined;
  return decideWhileStopped(object, spec, listener, { ...given, guard });
}

/** The lists are attached before the listener serves, if the cloud takes them while it is stopped. */
function decideWhileStopped(
  object: AlbListener,
  spec: ResolvedSpec,
  listener: SeenListener,
  { acls, plan, isGivenUp, settle, guard }: Given & { readonly guard: AccessGuard },
): Decision {
  const { listenerId } = listener;
  const stopped = (cause: string) => stoppedFinding(listenerId, guard, cause);
  if (acls?.seen === 'unavailable') {
    return {
      do: 'report',
      finding: stopped(describeLacking(acls.lacking, spec)),
      again: { when: 'slowly' },
    };
  }
  if (!wasRefused(guard, 'Stopped') && !isGivenUp) {
    const [step] = aclPlan(spec, listener, object.status).steps;
    if (step !== undefined) return attach(spec, listener, step, plan, guard);
  }
  const finding = stopped(guard.refusal ?? NOT_FOLLOWED);
  if (guard.starts >= MOST_STARTS) return { do: 'report', finding, again: { when: 'slowly' } };
  // Each start opens the listener for a moment, so the pauses grow. The one before this start ends with this look.
  const hasPaused = guard.starts === 0 || conditionOf(object, 'Ready')?.reason === 'StoppedWithoutAcl';
  if (!hasPaused) {
    const ms = settle * 2 ** (guard.starts - 1);
    return { do: 'report', finding, again: { when: 'after', ms } };
  }
  const next = startedOnceMore(guard);
  return {
    do: 'protect',
    spec,
    listenerId,
    call: 'start',
    guard: next,
    finding: {
      reason: 'Updating',
      message: `Listener ${listenerId} is started to attach its access control lists, which the cloud does not take while it is stopped: attempt ${next.starts} of ${MOST_STARTS}.`,
    },
  };
}

/** The first attempt, while the listener is created: if it is accepted, the listener is never open. */
export function decideWhileProvisioning(
  object: AlbListener,
  spec: ResolvedSpec,
  listener: SeenListener,
): Decision | undefined {
  const guard = guardOf(object);
  if (guard === undefined || !isOpen(spec, listener)) return undefined;
  if (isToBeAttachedAtOnce(object, spec)) {
    const plan = planFor(spec, listener, object.status);
    const [step] = aclPlan(spec, listener, object.status).steps;
    if (step !== undefined) return attach(spec, listener, step, plan, guard);
  }
  return awaitsStop(object, spec, listener);
}

/** A failed job of a listener that runs open: the attachment, or the stop after it, has come to nothing. */
export function decideFailedAttachment(
  object: AlbListener,
  spec: ResolvedSpec,
  listener: SeenListener,
  { error, failed }: { readonly error: AlbError; readonly failed: Decision },
): Decision | undefined {
  if ((spec.reconcilePolicy ?? 'Manage') !== 'Manage' || failed.do !== 'reportFailure') return undefined;
  // Lists that are there already were not refused: the read trails behind.
  if (error.class === 'alreadyAssociated' && error.operation === 'AssociateAclsWithListener') {
    return { ...failed, again: { when: 'backoff' } };
  }
  const guard = guardOf(object);
  if (guard === undefined || listener.listenerStatus !== 'Running' || !isOpen(spec, listener))
    return undefined;
  const { finding, again } = failed;
  const changed = { ...refusedIn(guard, 'Running'), refusal: cut(finding.message, LONGEST_REFUSAL) };
  return {
    ...failed,
    guard: changed,
    finding: { ...finding, ...openFinding(spec, listener, changed, changed.refusal) },
    // A stop that fails again and again is not hurried.
    again: wasRefused(guard, 'Running') || !isToBeStopped(spec) ? again : { when: 'now' },
  };
}

/** Says as long as the cloud works on it that a listener is open, or is about to be. */
export function awaitsStop(
  object: AlbListener,
  spec: ResolvedSpec,
  listener: SeenListener,
): Decision | undefined {
  const guard = guardOf(object);
  if ((spec.reconcilePolicy ?? 'Manage') !== 'Manage' || guard === undefined) return undefined;
  if (!wasRefused(guard, 'Running') || !isOpen(spec, listener)) return undefined;
  const finding = openFinding(spec, listener, guard, guard.refusal ?? NOT_FOLLOWED);
  return { do: 'report', finding, again: { when: 'poll' } };
}

/**
 * Whether the lists are to be asked for before they are attached again: they were refused, and the listener waits for
 * them. A listener that is about to be stopped does not wait.
 */
export function waitsForAcls(object: AlbListener, spec: ResolvedSpec, listener: SeenListener): boolean {
  if ((spec.reconcilePolicy ?? 'Manage') !== 'Manage') return false;
  if (!isAtRest(listener) || !isOpen(spec, listener)) return false;
  const reason = conditionOf(object, 'Ready')?.reason;
  if (reason !== 'OpenToEveryone' && reason !== 'StoppedWithoutAcl') return false;
  if (!isToldOf(object) || isRequested(object)) return false;
  const guard = guardOf(object);
  const isStopping = guard !== undefined && wasRefused(guard, 'Running') && isToBeStopped(spec);
  return listener.listenerStatus === 'Stopped' || !isStopping;
}

/** What a person reads about a listener that serves addresses which its manifest keeps out. */
export function openFinding(
  spec: ResolvedSpec,
  { listenerId, listenerStatus }: SeenListener,
  guard: AccessGuard | undefined,
  cause: string,
): Finding {
  const whom =
    spec.aclConfig?.aclType === 'Black' ? 'the addresses that spec.aclConfig keeps out' : 'everyone';
  const when = listenerStatus === 'Provisioning' ? 'will be open' : 'is open';
  const { remedy } = REASONS.OpenToEveryone;
  const message = `${cause} Listener ${listenerId} ${when} to ${whom} and ${fateOf(spec, guard)}. ${remedy}`;
  return { reason: 'OpenToEveryone', message };
}

function fateOf(spec: ResolvedSpec, guard: AccessGuard | undefined): string {
  if (guard === undefined) return 'is not stopped, since clients may rely on it already';
  return isToBeStopped(spec)
    ? 'is stopped until they are attached'
    : 'is not stopped, since spec.aclConfig.whenNotAttached is Serve';
}

export function stoppedFinding(listenerId: string, { starts }: AccessGuard, cause: string): Finding {
  const attempts =
    starts >= MOST_STARTS
      ? ` It was started ${starts} times to attach them, and is not started again before an edit.`
      : '';
  const message = `${cause} Listener ${listenerId} is kept stopped, for it would be open without them.${attempts} ${REASONS.StoppedWithoutAcl.remedy}`;
  return { reason: 'StoppedWithoutAcl', message };
}

/** Why the lists are not attached to the running listener, so that it has to be stopped first. */
function refusalOf(guard: AccessGuard, { isGivenUp }: Given): string | undefined {
  if (wasRefused(guard, 'Running')) return guard.refusal ?? NOT_FOLLOWED;
  return isGivenUp ? NOT_FOLLOWED : undefined;
}

function stop(spec: ResolvedSpec, listener: SeenListener, guard: AccessGuard, cause: string): Decision {
  const { listenerId } = listener;
  return {
    do: 'protect',
    spec,
    listenerId,
    call: 'stop',
    guard,
    finding: openFinding(spec, listener, guard, cause),
  };
}

function attach(
  spec: ResolvedSpec,
  listener: SeenListener,
  step: Plan['steps'][number],
  { differences }: Plan,
  guard: AccessGuard,
): Decision {
  return {
    do: 'apply',
    spec,
    listenerId: listener.listenerId,
    step,
    differences,
    guard,
    closes: listener,
  };
}
