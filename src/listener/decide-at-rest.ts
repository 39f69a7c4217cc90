import type { ListenerAttribute } from '../alb/api.ts';
import { isInVain } from './convergence.ts';
import type { Decision } from './decision.ts';
import { type Difference, describeDifference } from './difference.ts';
import { isReady } from './freshness.ts';
import { planFor } from './plan.ts';
import { REASONS } from './reason.ts';
import type { AlbListener } from './resource.ts';
import type { AlbListenerSpec } from './schema/spec.ts';
import { conditionOf, LONGEST_REQUEST } from './summary.ts';

/** Decides for a listener that the cloud is not working on: compare it with the manifest. Pure and total. */
export function decideAtRest(
  object: AlbListener,
  spec: AlbListenerSpec,
  listener: ListenerAttribute,
): Decision {
  const { differences, steps } = planFor(spec, listener, object.status.managedTagKeys ?? []);
  const [step] = steps;
  if (step === undefined) return { do: 'nothing', spec, listener };

  const changes = differences.map(describeDifference).join(', ');
  if (leavesAlone(object, spec)) {
    const message = `The listener differs from the manifest: ${changes}. ${REASONS.Drifted.remedy}`;
    return { do: 'reportDrift', listener, differences, finding: { reason: 'Drifted', message } };
  }
  if (givesUp(object, differences)) {
    const message = `The cloud accepts updates and keeps its value: ${changes}. ${REASONS.NotConverging.remedy}`;
    return { do: 'reportDrift', listener, differences, finding: { reason: 'NotConverging', message } };
  }
  return { do: 'apply', spec, listenerId: listener.listenerId, step, differences };
}

/** A policy of reporting concerns what others change; an edit of the manifest is brought in place all the same. */
function leavesAlone(object: AlbListener, spec: AlbListenerSpec): boolean {
  if (spec.reconcilePolicy === 'Observe') return true;
  if (spec.driftPolicy !== 'Report' || object.status.observedGeneration !== object.generation) return false;
  return isReady(object.status) || conditionOf(object, 'Ready')?.reason === 'Drifted';
}

/** An edit, or a request through the annotation, starts the updates again. */
function givesUp(
  { status, generation, reconcileRequestedAt }: AlbListener,
  differences: readonly Difference[],
): boolean {
  if (status.observedGeneration !== generation) return false;
  if (reconcileRequestedAt?.slice(0, LONGEST_REQUEST) !== status.handledReconcileAt) return false;
  return isInVain(status.convergence, differences);
}
