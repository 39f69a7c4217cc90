import type { AsynJob, ListedListener } from '../alb/api.ts';
import type { AlbError } from '../alb/error.ts';
import type { AclSight } from './acl-sight.ts';
import { claimOf, formatClaim, readClaim } from './claim.ts';
import { awaitsStop, decideFailedAttachment, decideWhileProvisioning } from './decide-access.ts';
import { decideAtRest } from './decide-at-rest.ts';
import {
  againAfterFailure,
  type Circumstances,
  type Decision,
  findingOfFailure,
  report,
} from './decision.ts';
import { mayBeHidden } from './freshness.ts';
import { isAtRest } from './jobs.ts';
import { type Ownership, ownershipOf, ownershipProof } from './ownership.ts';
import { isAssociating } from './plan.ts';
import { REASONS } from './reason.ts';
import type { AlbListener } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';
import type { Sight } from './sight.ts';
import { conditionOf, withoutRequestId } from './summary.ts';

/** Decides for the listener whose id is in the status. Pure and total. */
export function decidePresent(
  object: AlbListener,
  spec: ResolvedSpec,
  {
    listener,
    job,
    contender,
    acls,
  }: Extract<Sight, { seen: 'present' }> & {
    readonly acls: AclSight | undefined;
  },
  circumstances: Circumstances,
): Decision {
  const { operation } = object.status;
  const { listenerId } = listener;
  const ownership = ownershipOf(listener.tags, object.uid);
  const observes = spec.reconcilePolicy === 'Observe';
  if (observes && isOfAnotherNamespace(object, ownership, contender))
    return ownershipLost(object, listenerId);
  if (!observes && !isOurs(object, listener, ownership, contender)) {
    // A listener that was only watched so far is taken over when the same manifest comes to manage it.
    const given =
      ownership.of === 'nobody' && contender === undefined && spec.adopt?.listenerId === listenerId;
    return given ? { do: 'adopt', listener, incarnation: 0 } : ownershipLost(object, listenerId);
  }

  if (operation?.kind === 'Delete') return decideRemains(object, operation, listenerId, job, circumstances);
  // Without an operation of ours on record, only the job of a creation was asked for.
  const kind = operation?.kind ?? 'Create';
  if (job?.error !== undefined) {
    const failed = decideFailedJob(kind, listenerId, job.error, operation?.requestId);
    return decideFailedAttachment(object, spec, listener, { error: job.error, failed }) ?? failed;
  }
  // A read may trail behind a job that has just begun; deciding on it would send the same update again.
  const updating = operation?.kind === 'Update' && job?.status === 'Processing';
  const underWay = updating || isAssociating(spec, listener, object.status);
  switch (underWay && isAtRest(listener) ? 'Configuring' : listener.listenerStatus) {
    case 'Running':
    case 'Stopped':
      return observes || ownership.of === 'us'
        ? decideAtRest(object, spec, listener, { acls, circumstances })
        : { do: 'adopt', listener, incarnation: object.status.creation?.incarnation ?? 0 };
    case 'Provisioning': {
      const early = ownership.of === 'us' ? decideWhileProvisioning(object, spec, listener) : undefined;
      if (early !== undefined) return early;
      return overdue(object, circumstances) ?? waitForProvisioning(listenerId);
    }
    default:
      // Nobody knows when a change made by someone else began.
      if (operation === undefined) return waitForConfiguring(listener);
      return (
        overdue(object, circumstances) ?? awaitsStop(object, spec, listener) ?? waitForConfiguring(listener)
      );
  }
}

/**
 * Whether the listener may be changed or deleted. Until it first runs, its id comes from the answer to our own
 * create call, so tags that are missing altogether are ours to add; but a status may have been written by others:
 * what was created for this manifest stands where the manifest wants it, and no other resource has it.
 */
export function isOurs(
  object: AlbListener,
  listener: ListedListener,
  ownership: Ownership,
  contender: AlbListener | undefined,
): boolean {
  if (ownership.of === 'us') return true;
  if (contender !== undefined) return false;
  if (ownership.of === 'another' || object.status.operation?.kind !== 'Create') return false;
  const claim = readClaim(object.spec) ?? readClaim(object.spec, object.status.loadBalancerId);
  return claim !== undefined && formatClaim(claim) === formatClaim(claimOf(listener));
}

/**
 * Whether the listener belongs to another namespace, by its tags or by the status of an object there.
 *
 * Users can write any id into the status of their own object, so `observed` must not show them its settings.
 */
function isOfAnotherNamespace(
  { key }: AlbListener,
  ownership: Ownership,
  contender: AlbListener | undefined,
): boolean {
  if (ownership.of === 'us') return false;
  const owner = ownership.of === 'another' ? ownership.owner.namespace : contender?.key.namespace;
  return owner !== undefined && owner !== key.namespace;
}

/** Why the creation failed, as it was told when it did: this stays of interest until the next one succeeds. */
export function causeOfFailure(object: AlbListener): string | undefined {
  const ready = conditionOf(object, 'Ready');
  return ready?.reason === 'CreateFailed' ? withoutRequestId(ready.message) : undefined;
}

/** What a failed creation left behind goes before the next one begins. */
function decideRemains(
  object: AlbListener,
  operation: NonNullable<AlbListener['status']['operation']>,
  listenerId: string,
  job: AsynJob | undefined,
  { now, settle }: Circumstances,
): Decision {
  const message = causeOfFailure(object) ?? `What is left of listener ${listenerId} is deleted.`;
  const underWay = job?.error === undefined && mayBeHidden(operation.startedAt, now, settle);
  if (underWay) return report('CreateFailed', message, { when: 'poll' });
  return { do: 'delete', listenerId, finding: { reason: 'CreateFailed', message } };
}

function decideFailedJob(
  kind: 'Create' | 'Update',
  listenerId: string,
  error: AlbError,
  requestId: string | undefined,
): Decision {
  if (kind === 'Create') {
    return { do: 'delete', listenerId, finding: findingOfFailure(error, 'CreateFailed', requestId) };
  }
  const finding = findingOfFailure(error, 'OperationFailed', requestId);
  return { do: 'reportFailure', finding, again: againAfterFailure(error) };
}

/** An operation that never ends must not look like one that is about to. */
function overdue(object: AlbListener, { now, patience }: Circumstances): Decision | undefined {
  const { operation, creation } = object.status;
  const startedAt = operation?.startedAt ?? creation?.startedAt;
  if (startedAt === undefined || mayBeHidden(startedAt, now, patience)) return undefined;
  const which =
    operation === undefined
      ? 'The creation of the listener'
      : `${operation.kind} of the listener, job ${operation.jobId} (RequestId ${operation.requestId}),`;
  const message = `${which} has not ended since ${startedAt}. ${REASONS.OperationOverdue.remedy}`;
  return report('OperationOverdue', message, { when: 'slowly' });
}

export function waitForProvisioning(listenerId: string | undefined): Decision {
  return report('Provisioning', `The cloud is creating listener ${listenerId ?? '?'}.`, { when: 'poll' });
}

function waitForConfiguring(listener: SeenListener): Decision {
  const { listenerId, listenerStatus } = listener;
  // The listener itself may trail behind its job, and may show nothing of certificates and ACLs on their way.
  const message = isAtRest(listener)
    ? `The cloud has not finished its work on listener ${listenerId}.`
    : `The cloud reports listener ${listenerId} as ${listenerStatus}.`;
  return report('Configuring', message, { when: 'poll' });
}

export function ownershipLost(object: AlbListener, listenerId: string): Decision {
  return report(
    'OwnershipLost',
    `Listener ${listenerId} does not carry the tag ${ownershipProof(object.uid)}, so it is neither changed nor deleted. ${REASONS.OwnershipLost.remedy}`,
    { when: 'slowly' },
  );
}
