import type { AsynJob, ListedListener, ListenerAttribute } from '../alb/api.ts';
import type { AlbError } from '../alb/error.ts';
import { againAfter, type Decision, type Finding, findingOf, report } from './decision.ts';
import { differingSettings, missingTags } from './difference.ts';
import { isPassing } from './error-policy.ts';
import { creationMayBeHidden, isReady, mayBeHidden } from './freshness.ts';
import type { Observation, Sight } from './observation.ts';
import { type Ownership, ownershipOf, ownershipProof, ownershipTags } from './ownership.ts';
import { REASONS } from './reason.ts';
import { type AlbListener, formatKey } from './resource.ts';
import type { AlbListenerSpec } from './schema/spec.ts';

/** What there is to decide on, besides the observation. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** See `Pace`. */
  readonly settle: number;
  readonly patience: number;
}

/** Decides for a resource that shall have a listener. Pure and total. */
export function decideLife(
  object: AlbListener,
  observation: Observation,
  circumstances: Circumstances,
): Decision {
  switch (observation.of) {
    case 'spec': {
      const problems = observation.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
      return report('InvalidSpec', `${problems}. ${REASONS.InvalidSpec.remedy}`, { when: 'onEdit' });
    }
    case 'cluster':
      return report(
        'PortClaimed',
        `AlbListener ${formatKey(observation.rival.key)} claims this port of the load balancer and comes first. ${REASONS.PortClaimed.remedy}`,
        { when: 'slowly' },
      );
    case 'cloud':
      return decideSight(object, observation.spec, observation.sight, circumstances);
  }
}

function decideSight(
  object: AlbListener,
  spec: AlbListenerSpec,
  sight: Sight,
  circumstances: Circumstances,
): Decision {
  switch (sight.seen) {
    case 'unreadable':
      return decideUnreadable(object, sight.error);
    case 'free':
      return { do: 'create', spec, incarnation: nextIncarnation(object, circumstances) };
    case 'occupied':
      return decideOccupied(object, sight.listener, sight.ownership, circumstances);
    case 'absent':
      return decideAbsent(object, sight.job, circumstances);
    case 'present':
      return decidePresent(object, spec, sight.listener, sight.job, circumstances);
  }
}

/** A cloud that cannot be read for a moment does not make a running listener less running. */
function decideUnreadable(object: AlbListener, error: AlbError): Decision {
  const stillStands = isReady(object.status) && object.status.observedGeneration === object.generation;
  if (stillStands && isPassing(error)) return { do: 'keepStatus', error, again: againAfter(error) };
  return { do: 'report', finding: findingOf(error), again: againAfter(error) };
}

/**
 * The incarnation to create. It rises only where nothing of the present one can exist: its calls of unknown
 * outcome are so old that what they made would be seen, or there are none and the cloud has refused it for so
 * long that a remembered refusal of its token must not stand in the way.
 */
function nextIncarnation(object: AlbListener, { now, settle }: Circumstances): number {
  const { creation } = object.status;
  if (creation === undefined) return 0;
  const mayExist = mayBeHidden(creation.unsettledAt ?? creation.startedAt, now, settle);
  return mayExist ? creation.incarnation : creation.incarnation + 1;
}

function decideOccupied(
  object: AlbListener,
  listener: ListedListener,
  ownership: Ownership,
  { now, settle }: Circumstances,
): Decision {
  const { listenerId } = listener;
  if (ownership.of === 'us') return { do: 'record', listenerId, incarnation: ownership.incarnation };
  // Tags may become visible later than the listener; a stranger's listener will still be there then.
  if (ownership.of === 'nobody' && mayBeHidden(object.status.creation?.unsettledAt, now, settle)) {
    return report(
      'CreateOutcomeUnknown',
      `Listener ${listenerId} stands on the port and carries no ownership tag yet; looking again.`,
      { when: 'soon' },
    );
  }
  const whose =
    ownership.of === 'another'
      ? `belongs to AlbListener ${ownership.owner}`
      : 'was not made by this operator';
  return report(
    'PortTaken',
    `Listener ${listenerId} (${listener.listenerProtocol}, port ${listener.listenerPort}) of load balancer ${listener.loadBalancerId} ${whose}. ${REASONS.PortTaken.remedy}`,
    { when: 'slowly' },
  );
}

function decideAbsent(
  object: AlbListener,
  job: AsynJob | undefined,
  { now, settle }: Circumstances,
): Decision {
  const { operation, listenerId } = object.status;
  if (operation?.kind === 'Create') {
    if (job?.error !== undefined) return startOverAfterFailure(job.error);
    if (job?.status === 'Processing') return waitForProvisioning(listenerId);
  }
  if (creationMayBeHidden(object.status, now, settle)) return waitForProvisioning(listenerId);
  if (operation?.kind === 'Delete') {
    const message = `What was left of listener ${listenerId ?? '?'} is gone; it is created again.`;
    return { do: 'startOver', finding: { reason: 'CreateFailed', message }, again: { when: 'backoff' } };
  }
  const message = `Listener ${listenerId ?? '?'} no longer exists; it was deleted outside Kubernetes and is created again.`;
  return { do: 'startOver', finding: { reason: 'ListenerLost', message }, again: { when: 'now' } };
}

function startOverAfterFailure(error: AlbError): Decision {
  const cause = findingOf(error);
  return { do: 'startOver', finding: { ...cause, reason: 'CreateFailed' }, again: againAfterFailure(error) };
}

/** A failed job is never repeated without a pause, whatever its error says. */
function againAfterFailure(error: AlbError): ReturnType<typeof againAfter> {
  const again = againAfter(error);
  return again.when === 'soon' ? { when: 'backoff' } : again;
}

function decidePresent(
  object: AlbListener,
  spec: AlbListenerSpec,
  listener: ListenerAttribute,
  job: AsynJob | undefined,
  circumstances: Circumstances,
): Decision {
  const { operation } = object.status;
  const { listenerId } = listener;
  const ownership = ownershipOf(listener.tags, object.uid);
  if (!isOurs(object, ownership)) return ownershipLost(object, listenerId);

  if (operation?.kind === 'Delete') return decideRemains(operation, listenerId, job, circumstances);
  // Without an operation of ours on record, only the job of a creation was asked for.
  const kind = operation?.kind ?? 'Create';
  if (job?.error !== undefined) return decideFailedJob(kind, listenerId, job.error);
  // A read may trail behind a job that has just begun; deciding on it would send the same update again.
  const updating = operation?.kind === 'Update' && job?.status === 'Processing';
  switch (updating ? 'Configuring' : listener.listenerStatus) {
    case 'Running':
      return decideRunning(object, spec, listener, ownership);
    case 'Stopped':
      return report('Stopped', `Listener ${listenerId} is stopped. ${REASONS.Stopped.remedy}`, {
        when: 'slowly',
      });
    case 'Provisioning':
      return overdue(object, circumstances) ?? waitForProvisioning(listenerId);
    default:
      // Nobody knows when a change made by someone else began.
      if (operation === undefined) return waitForConfiguring(listener);
      return overdue(object, circumstances) ?? waitForConfiguring(listener);
  }
}

/**
 * Whether the listener may be changed or deleted. Until it first runs, its id comes from the answer to our own
 * create call, so tags that are missing altogether are ours to add.
 */
export function isOurs(object: AlbListener, ownership: Ownership): boolean {
  return ownership.of === 'us' || (ownership.of === 'nobody' && object.status.operation?.kind === 'Create');
}

/** What a failed creation left behind goes before the next one begins. */
function decideRemains(
  operation: NonNullable<AlbListener['status']['operation']>,
  listenerId: string,
  job: AsynJob | undefined,
  { now, settle }: Circumstances,
): Decision {
  const message = `What is left of listener ${listenerId} is deleted before it is created again.`;
  const underWay = job?.error === undefined && mayBeHidden(operation.startedAt, now, settle);
  if (underWay) return report('CreateFailed', message, { when: 'poll' });
  return { do: 'delete', listenerId, finding: { reason: 'CreateFailed', message } };
}

function decideFailedJob(kind: 'Create' | 'Update', listenerId: string, error: AlbError): Decision {
  if (kind === 'Create')
    return { do: 'delete', listenerId, finding: { ...findingOf(error), reason: 'CreateFailed' } };
  const finding: Finding = { ...findingOf(error), reason: 'OperationFailed' };
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

function decideRunning(
  object: AlbListener,
  spec: AlbListenerSpec,
  listener: ListenerAttribute,
  ownership: Ownership,
): Decision {
  const { listenerId } = listener;
  if (ownership.of !== 'us') {
    const incarnation = object.status.creation?.incarnation ?? 0;
    return { do: 'tag', listenerId, tags: ownershipTags({ uid: object.uid, ...object.key }, incarnation) };
  }
  const differences = differingSettings(spec, listener);
  if (differences.length > 0) {
    const repeated = object.status.operation?.kind === 'Update';
    return { do: 'update', spec, listenerId, differences, repeated };
  }
  const tags = missingTags(spec.tags ?? [], listener.tags);
  if (tags.length > 0) return { do: 'tag', listenerId, tags };
  return { do: 'nothing', listenerId };
}

function waitForProvisioning(listenerId: string | undefined): Decision {
  return report('Provisioning', `The cloud is creating listener ${listenerId ?? '?'}.`, { when: 'poll' });
}

function waitForConfiguring({ listenerId, listenerStatus }: ListenerAttribute): Decision {
  return report('Configuring', `The cloud reports listener ${listenerId} as ${listenerStatus}.`, {
    when: 'poll',
  });
}

export function ownershipLost(object: AlbListener, listenerId: string): Decision {
  return report(
    'OwnershipLost',
    `Listener ${listenerId} does not carry the tag ${ownershipProof(object.uid)}, so it is neither changed nor deleted. ${REASONS.OwnershipLost.remedy}`,
    { when: 'slowly' },
  );
}
