import { isDeepStrictEqual } from 'node:util';
import { guardOf, isOpen } from './access-guard.ts';
import type { AclSight } from './acl-sight.ts';
import { isInVain } from './convergence.ts';
import { decideAccess } from './decide-access.ts';
import type { Circumstances, Decision } from './decision.ts';
import { type Difference, describeChanges } from './difference.ts';
import { isReady, isToldOf, mayBeHidden } from './freshness.ts';
import { observedOf } from './observed.ts';
import { withClusterTag } from './ownership.ts';
import { planFor } from './plan.ts';
import { REASONS } from './reason.ts';
import { isRequested } from './request.ts';
import type { AlbListener } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';
import type { Step } from './step.ts';
import { conditionOf } from './summary.ts';

/** Decides for a listener that the cloud is not working on: compare it with the manifest. Pure and total. */
export function decideAtRest(
  object: AlbListener,
  spec: ResolvedSpec,
  listener: SeenListener,
  { acls, circumstances }: { readonly acls: AclSight | undefined; readonly circumstances: Circumstances },
): Decision {
  const { now, settle, home } = circumstances;
  const plan = planFor(spec, listener, object.status);
  const { differences, steps } = plan;
  const [step] = steps;
  if (step === undefined) return { do: 'nothing', spec, listener };

  if (spec.reconcilePolicy === 'DryRun') {
    return { do: 'rehearse', rehearsal: { of: 'changes', listener, steps, differences } };
  }
  const changes = describeChanges(differences);
  if (leavesAlone(object, spec, listener)) {
    const message = `The listener differs from the manifest: ${changes}. ${REASONS.Drifted.remedy}`;
    return { do: 'reportDrift', listener, differences, finding: { reason: 'Drifted', message } };
  }
  const isGivenUp = givesUp(object, differences);
  const access = decideAccess(object, spec, listener, { acls, plan, isGivenUp, settle });
  if (access !== undefined) return access;
  // Refused again and again for the state that the manifest wants: what the status says of it still holds.
  const isKeptOff = isGivenUp && conditionOf(object, 'Ready')?.reason === 'ListenerStopped';
  if (isKeptOff) return { do: 'keepStatus', again: { when: 'slowly' } };
  // A read may trail behind the last update. Until it cannot any more, the listener is only looked at.
  if (isGivenUp && mayBeHidden(object.status.operation?.startedAt, now, settle))
    return { do: 'keepStatus', again: { when: 'poll' } };
  if (isGivenUp) {
    const message = `The cloud accepts updates and keeps its value: ${changes}. ${REASONS.NotConverging.remedy}`;
    return { do: 'reportDrift', listener, differences, finding: { reason: 'NotConverging', message } };
  }
  const { listenerId } = listener;
  const called = tagged(step, listener, home.clusterUid);
  const apply: Decision = { do: 'apply', spec, listenerId, step: called, differences };
  if (!isOpen(spec, listener)) return apply;
  const guard = guardOf(object);
  const closes = step.call === 'associateAcls' || step.call === 'dissociateAcls';
  return { ...apply, ...(guard !== undefined && { guard }), ...(closes && { closes: listener }) };
}

/** A tag write that happens anyway brings the cluster tag to a listener from before there was one. */
function tagged(step: Step, { tags }: SeenListener, clusterUid: string | undefined): Step {
  return step.call === 'tag' ? { ...step, tags: withClusterTag(step.tags, tags, clusterUid) } : step;
}

/** A policy of reporting concerns what others change; an edit of the manifest is brought in place all the same. */
function leavesAlone(object: AlbListener, spec: ResolvedSpec, listener: SeenListener): boolean {
  if (spec.reconcilePolicy === 'Observe') return true;
  if (spec.driftPolicy !== 'Report' || !isToldOf(object)) return false;
  // It was as declared and is as it was: what has changed is an id that the manifest refers to.
  if (isReady(object.status)) return !isDeepStrictEqual(observedOf(listener), object.status.observed);
  return conditionOf(object, 'Ready')?.reason === 'Drifted';
}

/** An edit, or a request through the annotation, starts the updates again. */
function givesUp(object: AlbListener, differences: readonly Difference[]): boolean {
  if (!isToldOf(object) || isRequested(object)) return false;
  return isInVain(object.status.convergence, differences);
}
