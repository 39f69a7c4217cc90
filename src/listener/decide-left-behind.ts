import { type Decision, report } from './decision.ts';
import { describeError, isWaitingInLine } from './error-policy.ts';
import { type KnownOrphan, ORPHAN_PATIENCE_MS } from './orphans.ts';
import { policiesOf } from './policies.ts';
import { REASONS } from './reason.ts';
import type { AlbListener } from './resource.ts';

/**
 * Decides for an object whose port is held by a listener that an earlier object of its name left behind; `undefined`
 * where nothing is held up. Pure and total.
 */
export function decideLeftBehind(
  { status, beingDeleted, spec }: AlbListener,
  orphan: KnownOrphan | undefined,
  now: number,
): Decision | undefined {
  const waits = !beingDeleted && status.listenerId === undefined && !policiesOf(spec).observes;
  if (orphan === undefined || !waits) return undefined;
  const { listenerId, loadBalancerId, object, error, since } = orphan;
  const problem = error === undefined || isWaitingInLine(error) ? '' : ` ${describeError(error)}`;
  const message = `Listener ${listenerId} of load balancer ${loadBalancerId} holds the port. An AlbListener of this name, UID ${object.uid}, left it behind when its finalizer was removed by force; it is deleted first.${problem}`;
  const leftMs = since + ORPHAN_PATIENCE_MS - now;
  if (leftMs > 0) return report('Creating', message, { when: 'after', ms: leftMs });
  return report('PortTaken', `${message} ${REASONS.PortTaken.remedy}`, { when: 'slowly' });
}
