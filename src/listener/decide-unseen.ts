import { closedSession } from './closed-session.ts';
import { type Decision, report } from './decision.ts';
import { mayStand } from './links.ts';
import { policiesOf } from './policies.ts';
import type { Session } from './ports.ts';
import { REASONS } from './reason.ts';
import type { AlbListener } from './resource.ts';

/**
 * Decides where the cloud has no say; `undefined` where it has. Pure and total.
 *
 * @param notAllowed the load balancer, if the object may not use it with the operator's own credentials
 */
export function decideUnseen(object: AlbListener, notAllowed?: string): Decision | undefined {
  const { suspended, observes } = policiesOf(object.spec);

  // The user wants us to keep out, whatever else is asked for.
  if (suspended) {
    return report('Suspended', 'spec.suspend is true: nothing is read or written in the cloud.', {
      when: 'onEdit',
    });
  }

  // A watcher leaves no trace, so there is nothing to look at before it goes.
  if (object.beingDeleted && observes) return { do: 'release' };
  return notAllowed === undefined ? undefined : decideNotAllowed(object, notAllowed);
}

/**
 * The administrator has not given the load balancer to this namespace. A listener from before stays as it is and is
 * not looked at; its deletion goes on, since that is how the load balancer comes free.
 */
function decideNotAllowed(object: AlbListener, loadBalancerId: string): Decision | undefined {
  const { status, key, beingDeleted } = object;
  // After a wiped status, too, a listener may exist: it is searched for before the object is released.
  if (beingDeleted && (mayStand(status) || status.recovery !== undefined)) return undefined;
  if (beingDeleted) return { do: 'release' };
  const rest =
    status.listenerId === undefined
      ? ''
      : `Listener ${status.listenerId} stays as it is until its object goes. `;
  return report(
    'LoadBalancerNotAllowed',
    `Namespace ${key.namespace} may not use load balancer ${loadBalancerId} with the operator’s own credentials. ${rest}${REASONS.LoadBalancerNotAllowed.remedy}`,
    { when: 'onEdit' },
  );
}

/** For what was decided unseen: it needs no credentials, and they may be missing. */
export const NO_SESSION: Session = closedSession({
  class: 'unavailable',
  operation: 'GetCallerIdentity',
  code: 'NoSession',
  message: 'Nothing is to be asked of the cloud.',
  notSent: true,
});
