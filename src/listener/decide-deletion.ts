import type { ListenerAttribute } from '../alb/api.ts';
import { isOurs, ownershipLost } from './decide-present.ts';
import { decideUnreadable } from './decide-unreadable.ts';
import { type Circumstances, type Decision, type Finding, findingOfFailure, report } from './decision.ts';
import { isPassing, isWaitingInLine } from './error-policy.ts';
import { creationMayBeHidden, mayBeHidden } from './freshness.ts';
import { mayStand } from './links.ts';
import type { DeletionObservation } from './observation.ts';
import { ownershipOf } from './ownership.ts';
import { policiesOf } from './policies.ts';
import { REASONS } from './reason.ts';
import { type AlbListener, formatKey } from './resource.ts';
import type { Sight } from './sight.ts';
import { toInstant } from './time.ts';

/**
 * Decides for a resource that shall go. Pure and total. It lets go only when the cloud said that nothing of ours
 * is left; anything the cloud does not say keeps the finalizer.
 */
export function decideDeletion(
  object: AlbListener,
  observation: DeletionObservation,
  circumstances: Circumstances,
): Decision {
  const { now, settle } = circumstances;
  const { sight } = observation;
  /** Whether a create call of unknown outcome may still come into sight. */
  const { creation, recovery } = object.status;
  const lost = mayBeHidden(creation?.unsettledAt, now, settle) || mayBeHidden(recovery?.since, now, settle);
  switch (sight.seen) {
    case 'unreadable':
      // Each creation is written down before its call, so there is nothing to look for: an object with a wrong Secret or
      // region, say, that was never more than a mistake. After a refused creation, what passes is worth another look.
      // After the status was wiped, nothing is known before the look.
      if (neverBegan(object) && !isWaitingInLine(sight.error)) return { do: 'release' };
      if (!mayStand(object.status) && recovery === undefined && !isPassing(sight.error))
        return { do: 'release' };
      return decideUnreadable(object, sight.error);
    case 'occupied': {
      const { listener, ownership, site } = sight;
      if (ownership.of !== 'us') return lost ? stillHidden(object, circumstances) : { do: 'release' };
      const { listenerId, loadBalancerId } = listener;
      return { do: 'record', listenerId, loadBalancerId, incarnation: ownership.incarnation, site };
    }
    case 'nowhere':
      // No load balancer was ever named, so nothing can have been created.
      if (creation === undefined) return lost ? stillHidden(object, circumstances) : { do: 'release' };
      return report('InvalidReference', `${UNKNOWN_PLACE} ${REASONS.InvalidReference.remedy}`, {
        when: 'slowly',
      });
    case 'candidate':
    case 'free':
      return lost ? stillHidden(object, circumstances) : { do: 'release' };
    case 'absent': {
      // Even a creation that failed may have left a listener, which a read that trails behind does not show yet.
      if (creationMayBeHidden(object.status, now, settle)) return stillHidden(object, circumstances);
      // A call of unknown outcome may have made another listener than the one that is gone, however long ago: a list
      // that trailed behind may have given us the id of an earlier one. And an id that we have not seen to its end may
      // be wrong, from a backup for example. So the port has the last word.
      const failed = sight.job?.error !== undefined;
      const seenToItsEnd = failed || object.status.operation?.kind === 'Delete';
      const mayHaveMadeAnother = object.status.creation?.unsettledAt !== undefined;
      return mayHaveMadeAnother || !seenToItsEnd
        ? { do: 'startOver', finding: HIDDEN, again: { when: 'poll' } }
        : { do: 'release' };
    }
    case 'present':
      return (
        holdsBack(object, sight.listener, observation, now) ?? decidePresent(object, sight, circumstances)
      );
  }
}

/**
 * Whether no call was ever made for the object that could have left something: creations and adoptions are recorded
 * ahead of their call. An empty status says nothing, since it may have been wiped.
 */
function neverBegan({ status }: AlbListener): boolean {
  const { creation, listenerId, observedGeneration, recovery } = status;
  const isKnown = observedGeneration >= 0 && recovery === undefined;
  return isKnown && creation === undefined && listenerId === undefined;
}

const HIDDEN: Finding = {
  reason: 'Deleting',
  message: 'A creation may still become visible in the cloud; waiting until it would be seen.',
};

/** Several resources that are deleted together are deleted one after another; `deletedAt` counts whole seconds. */
const ONE_BREATH_MS = 3000;

const UNKNOWN_PLACE = 'A listener may have been created, but nothing says on which load balancer.';

/** After a wiped status, a search that found nothing is repeated once, after the settle time. */
function stillHidden({ status }: AlbListener, { now, settle }: Circumstances): Decision {
  const { creation, recovery } = status;
  if (recovery === undefined || creation !== undefined)
    return { do: 'report', finding: HIDDEN, again: { when: 'poll' } };
  const since = toInstant(recovery.since) ?? now;
  return { do: 'report', finding: HIDDEN, again: { when: 'after', ms: Math.max(0, since + settle - now) } };
}

/** What speaks against deleting a listener of ours now, although its resource shall go. */
function holdsBack(
  object: AlbListener,
  { listenerId }: ListenerAttribute,
  { sweep, referrers }: DeletionObservation,
  now: number,
): Decision | undefined {
  // What the cloud has agreed to delete is followed to its end.
  if (object.status.operation?.kind === 'Delete') return undefined;
  if (policiesOf(object.spec).retains) return undefined;
  switch (sweep.of) {
    case 'namespace':
    case 'definition': {
      const what =
        sweep.of === 'namespace' ? `namespace ${object.key.namespace}` : 'CustomResourceDefinition';
      return report(
        'DeletionHeld',
        `The ${what} is being deleted, which does not say that listener ${listenerId} shall go. ${REASONS.DeletionHeld.remedy}`,
        { when: 'slowly' },
      );
    }
    case 'unknown':
      return report('Deleting', `Whether this deletion may go on is not known yet: ${sweep.message}`, {
        when: 'backoff',
      });
    case 'object':
      break;
  }

  const [referrer] = referrers;
  if (referrer === undefined) return undefined;
  const message = `Listener ${listenerId} is deleted as soon as AlbListener ${formatKey(referrer.key)} no longer sends its clients to it.`;
  // One that goes too goes first; anything else is for a person to change, if it is not deleted in the same breath.
  if (referrers.every(({ beingDeleted }) => beingDeleted))
    return report('Deleting', message, { when: 'slowly' });
  if (mayBeHidden(object.deletedAt, now, ONE_BREATH_MS))
    return report('Deleting', message, { when: 'after', ms: ONE_BREATH_MS });
  return report('ListenerInUse', `${message} ${REASONS.ListenerInUse.remedy}`, { when: 'slowly' });
}

function decidePresent(
  object: AlbListener,
  { listener, job, contender }: Extract<Sight, { seen: 'present' }>,
  { now, settle }: Circumstances,
): Decision {
  const { operation } = object.status;
  const { listenerId } = listener;
  const ownership = ownershipOf(listener.tags, object.uid);
  if (policiesOf(object.spec).retains) {
    if (ownership.of === 'us') return { do: 'disown', listenerId };
    const isNew = operation?.kind === 'Create' && mayBeHidden(operation.startedAt, now, settle);
    if (ownership.of !== 'nobody' || !isNew) return { do: 'release' };
    // Its tags may trail behind. Left on the listener that is retained, they would keep it from every adoption.
    const message = `Listener ${listenerId} stays, and its ownership tags are removed as soon as the cloud shows them.`;
    return report('Deleting', message, { when: 'poll' });
  }
  if (!isOurs(object, listener, ownership, contender)) return ownershipLost(object, listenerId);

  const underWay = operation !== undefined && mayBeHidden(operation.startedAt, now, settle);
  if (operation?.kind === 'Delete') {
    if (job?.error !== undefined) {
      return {
        do: 'reportFailure',
        finding: findingOfFailure(job.error, 'OperationFailed', operation.requestId),
        again: { when: 'backoff' },
      };
    }
    if (underWay)
      return report('Deleting', `The cloud is deleting listener ${listenerId}.`, { when: 'poll' });
  }
  const unfinished = listener.listenerStatus === 'Provisioning' || listener.listenerStatus === 'Configuring';
  if (unfinished && underWay && job?.error === undefined) {
    return report(
      'Deleting',
      `Listener ${listenerId} is deleted as soon as the cloud has finished with it (${listener.listenerStatus}).`,
      { when: 'poll' },
    );
  }
  const message = `The cloud is deleting listener ${listenerId}.`;
  return { do: 'delete', listenerId, finding: { reason: 'Deleting', message } };
}
