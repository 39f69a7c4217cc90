import type { AsynJob, ListenerAttribute } from '../alb/api.ts';
import { isOurs, ownershipLost } from './decide-present.ts';
import {
  againAfter,
  type Circumstances,
  type Decision,
  type Finding,
  findingOf,
  findingOfFailure,
  report,
} from './decision.ts';
import { creationMayBeHidden, mayBeHidden } from './freshness.ts';
import type { Sight } from './observation.ts';
import { ownershipOf } from './ownership.ts';
import { policiesOf } from './policies.ts';
import type { AlbListener } from './resource.ts';

/**
 * Decides for a resource that shall go. Pure and total. It lets go only when the cloud said that nothing of ours
 * is left; anything the cloud does not say keeps the finalizer.
 */
export function decideDeletion(object: AlbListener, sight: Sight, circumstances: Circumstances): Decision {
  const { now, settle } = circumstances;
  /** Whether a create call of unknown outcome may still come into sight. */
  const lost = mayBeHidden(object.status.creation?.unsettledAt, now, settle);
  switch (sight.seen) {
    case 'unreadable':
      return { do: 'report', finding: findingOf(sight.error), again: againAfter(sight.error) };
    case 'occupied': {
      const { listener, ownership } = sight;
      if (ownership.of !== 'us') return lost ? stillHidden() : { do: 'release' };
      return { do: 'record', listenerId: listener.listenerId, incarnation: ownership.incarnation };
    }
    case 'candidate':
    case 'free':
      return lost ? stillHidden() : { do: 'release' };
    case 'absent': {
      const failed = sight.job?.error !== undefined;
      if (!failed && creationMayBeHidden(object.status, now, settle)) return stillHidden();
      // It may have made another listener than the one that is gone: look at the port.
      return lost ? { do: 'startOver', finding: HIDDEN, again: { when: 'soon' } } : { do: 'release' };
    }
    case 'present':
      return decidePresent(object, sight.listener, sight.job, circumstances);
  }
}

const HIDDEN: Finding = {
  reason: 'Deleting',
  message: 'A creation may still become visible in the cloud; waiting until it would be seen.',
};

function stillHidden(): Decision {
  return { do: 'report', finding: HIDDEN, again: { when: 'soon' } };
}

function decidePresent(
  object: AlbListener,
  listener: ListenerAttribute,
  job: AsynJob | undefined,
  { now, settle }: Circumstances,
): Decision {
  const { operation } = object.status;
  const { listenerId } = listener;
  const ownership = ownershipOf(listener.tags, object.uid);
  if (policiesOf(object.spec).retains) {
    return ownership.of === 'us' ? { do: 'disown', listenerId } : { do: 'release' };
  }
  if (!isOurs(object, ownership)) return ownershipLost(object, listenerId);

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
