import type { AsynJob, ListedListener } from '../alb/api.ts';
import { type AclSight, describeLacking } from './acl-sight.ts';
import {
  adviceToAdopt,
  describeOwner,
  type Home,
  mayAdopt,
  remedyForTakenPort,
  whatAdoptionLacks,
} from './adoption.ts';
import { causeOfFailure, decidePresent, waitForProvisioning } from './decide-present.ts';
import { decideUnreadable } from './decide-unreadable.ts';
import {
  type Again,
  againAfterFailure,
  type Circumstances,
  type Decision,
  type Finding,
  findingOfFailure,
  report,
} from './decision.ts';
import { creationMayBeHidden, mayBeHidden } from './freshness.ts';
import type { Observation } from './observation.ts';
import { type Ownership, ownershipOf } from './ownership.ts';
import { REASONS } from './reason.ts';
import type { Unresolved } from './references.ts';
import { type AlbListener, formatKey } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { Sight } from './sight.ts';
import { underPolicy } from './under-policy.ts';

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
    case 'references':
      return decideUnresolved(observation.unresolved);
    case 'cluster': {
      const { object: rival, lapsesAt } = observation.rival;
      return report(
        'PortClaimed',
        `AlbListener ${formatKey(rival.key)} claims this port of the load balancer and comes first. ${REASONS.PortClaimed.remedy}`,
        lapsesAt === undefined
          ? { when: 'slowly' }
          : { when: 'after', ms: Math.max(0, lapsesAt - circumstances.now) },
      );
    }
    case 'cloud': {
      const { spec } = observation;
      return underPolicy(object, spec, decideSight(object, observation, circumstances));
    }
  }
}

/** Whoever watches what is referred to causes the next look; until then there is nothing to do. */
function decideUnresolved(unresolved: readonly Unresolved[]): Decision {
  const reason = unresolved.every(({ passes }) => passes) ? 'ReferenceNotReady' : 'InvalidReference';
  const problems = unresolved.map(({ path, problem }) => `spec.${path}: ${problem}`).join('; ');
  return report(reason, `${problems}. ${REASONS[reason].remedy}`.trimEnd(), { when: 'slowly' });
}

function decideSight(
  object: AlbListener,
  { spec, sight, acls }: Extract<Observation, { of: 'cloud' }>,
  circumstances: Circumstances,
): Decision {
  switch (sight.seen) {
    case 'unreadable':
      return decideUnreadable(object, sight.error);
    case 'free':
      return decideCreation(object, spec, acls, circumstances);
    case 'candidate':
      return decideCandidate(object, spec, sight, circumstances.home);
    case 'occupied':
      return decideOccupied(object, spec, sight, circumstances);
    case 'absent':
      return decideAbsent(object, sight.job, circumstances);
    case 'present':
      return decidePresent(object, spec, { ...sight, acls }, circumstances);
  }
}

/** A new listener is open to everyone until its access control lists are attached. */
function decideCreation(
  object: AlbListener,
  spec: ResolvedSpec,
  acls: AclSight | undefined,
  circumstances: Circumstances,
): Decision {
  if (acls?.seen === 'unavailable') {
    const { lacking } = acls;
    const isMissing = lacking.some(({ status }) => status === undefined);
    const reason = isMissing ? 'DependencyNotFound' : 'ReferenceNotReady';
    const message = `${describeLacking(lacking, spec)} ${REASONS[reason].remedy}`.trimEnd();
    return report(reason, message, { when: isMissing ? 'slowly' : 'backoff' });
  }
  const unseenAcls = acls?.seen === 'hidden' ? { unseenAcls: acls.error } : {};
  return { do: 'create', spec, incarnation: nextIncarnation(object, circumstances), ...unseenAcls };
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

/**
 * A listener that the user wants to be taken over must be the one that the manifest declares, and no other resource's:
 * neither by its tags nor by the status of one in this cluster.
 */
function decideCandidate(
  object: AlbListener,
  spec: ResolvedSpec,
  { listener, holder }: Extract<Sight, { seen: 'candidate' }>,
  home: Home,
): Decision {
  if (listener === undefined) {
    return adoptionRefused(`There is no such listener. ${REASONS.AdoptionRefused.remedy}`);
  }
  const ownership = ownershipOf(listener.tags, object.uid);
  const refusal = refusalOfAdoption(object, spec, { listener, ownership, holder }, home);
  if (refusal !== undefined) return adoptionRefused(refusal);
  if (ownership.of === 'us') return recordOf(listener, ownership.incarnation);
  return { do: 'adopt', listener, incarnation: 0 };
}

/** A listener that may be adopted, or not. */
interface Candidate {
  readonly listener: ListedListener;
  readonly ownership: Ownership;
  readonly holder: AlbListener | undefined;
}

/** Why the listener is not taken over even if `spec.adopt` names it; `undefined` where it would be. */
function refusalOfAdoption(
  object: AlbListener,
  spec: ResolvedSpec,
  { listener, ownership, holder }: Candidate,
  home: Home,
): string | undefined {
  // The owner is checked first: the place of a listener of another object is not disclosed.
  const { listenerId } = listener;
  if (ownership.of !== 'us' && holder !== undefined) {
    return `Listener ${listenerId} belongs to AlbListener ${formatKey(holder.key)}, whose status has its id. It can be adopted after that AlbListener is gone with deletionPolicy: Retain.`;
  }
  if (ownership.of === 'another' && !mayAdopt(ownership.owner, object.key, home)) {
    const { owner } = ownership;
    return `Listener ${listenerId} ${describeOwner(owner, object.key, home)}. ${whatAdoptionLacks(owner, object.key, home)}`;
  }
  const found = formatPlace(listener);
  const wanted = formatPlace(spec);
  return found === wanted
    ? undefined
    : `It is ${found}, the manifest declares ${wanted}. ${REASONS.AdoptionRefused.remedy}`;
}

function adoptionRefused(message: string): Decision {
  return report('AdoptionRefused', message, { when: 'slowly' });
}

function recordOf({ listenerId, loadBalancerId }: ListedListener, incarnation: number): Decision {
  return { do: 'record', listenerId, loadBalancerId, incarnation };
}

function formatPlace(place: {
  readonly listenerProtocol: string;
  readonly listenerPort: number;
  readonly loadBalancerId: string;
}): string {
  return `${place.listenerProtocol}:${place.listenerPort} of ${place.loadBalancerId}`;
}

function decideOccupied(
  object: AlbListener,
  spec: ResolvedSpec,
  { listener, ownership, holder, site }: Extract<Sight, { seen: 'occupied' }>,
  { now, settle, home }: Circumstances,
): Decision {
  const { listenerId } = listener;
  if (ownership.of === 'us') {
    if (site === undefined && formatPlace(listener) === formatPlace(spec))
      return recordOf(listener, ownership.incarnation);
    const region = site === undefined ? '' : ` in region ${site.regionId}`;
    return report(
      'ListenerElsewhere',
      `Listener ${listenerId} of this object is ${formatPlace(listener)}${region}, the manifest declares ${formatPlace(spec)}. ${REASONS.ListenerElsewhere.remedy}`,
      { when: 'slowly' },
    );
  }
  // Tags may become visible later than the listener; a stranger's listener will still be there then.
  if (ownership.of === 'nobody' && mayBeHidden(object.status.creation?.unsettledAt, now, settle)) {
    return report(
      'CreateOutcomeUnknown',
      `Listener ${listenerId} stands on the port and carries no ownership tag yet; looking again.`,
      { when: 'poll' },
    );
  }
  const whose =
    ownership.of === 'another'
      ? describeOwner(ownership.owner, object.key, home)
      : 'was not made by this operator';
  const isAdoptable = refusalOfAdoption(object, spec, { listener, ownership, holder }, home) === undefined;
  const use = spec.reconcilePolicy === 'Observe' ? 'watch it' : 'take it over';
  const remedy = isAdoptable
    ? adviceToAdopt(listenerId, use)
    : remedyWithoutAdoption(listenerId, object, ownership, home);
  return report(
    'PortTaken',
    `Listener ${listenerId} (${listener.listenerProtocol}, port ${listener.listenerPort}) of load balancer ${listener.loadBalancerId} ${whose}. ${remedy}`,
    { when: 'slowly' },
  );
}

function remedyWithoutAdoption(
  listenerId: string,
  { key }: AlbListener,
  ownership: Ownership,
  home: Home,
): string {
  return ownership.of === 'another'
    ? remedyForTakenPort(listenerId, ownership.owner, key, home)
    : REASONS.PortTaken.remedy;
}

function decideAbsent(
  object: AlbListener,
  job: AsynJob | undefined,
  { now, settle }: Circumstances,
): Decision {
  const { operation, listenerId } = object.status;
  const isHidden = creationMayBeHidden(object.status, now, settle);
  if (operation?.kind === 'Create') {
    if (job?.status === 'Processing') return waitForProvisioning(listenerId);
    const failure = failureOf(object, operation, job);
    // A failed creation may leave a listener, which a read that trails behind does not show yet.
    if (failure !== undefined && isHidden)
      return { do: 'report', finding: failure.finding, again: { when: 'poll' } };
    if (failure !== undefined) return { do: 'startOver', ...failure };
  }
  if (isHidden) return waitForProvisioning(listenerId);
  if (operation?.kind === 'Delete') {
    const message = causeOfFailure(object) ?? `What was left of listener ${listenerId ?? '?'} is gone.`;
    return { do: 'startOver', finding: { reason: 'CreateFailed', message }, again: { when: 'backoff' } };
  }
  const message = `Listener ${listenerId ?? '?'} no longer exists; it was deleted outside Kubernetes and is created again.`;
  return { do: 'startOver', finding: { reason: 'ListenerLost', message }, again: { when: 'now' } };
}

/** Why the creation has failed: its job says so, or the status once the cloud has forgotten the job. */
function failureOf(
  object: AlbListener,
  { requestId }: NonNullable<AlbListener['status']['operation']>,
  job: AsynJob | undefined,
): { readonly finding: Finding; readonly again: Again } | undefined {
  if (job?.error !== undefined) {
    const finding = findingOfFailure(job.error, 'CreateFailed', requestId);
    return { finding, again: againAfterFailure(job.error) };
  }
  const message = job === undefined ? causeOfFailure(object) : undefined;
  return message === undefined
    ? undefined
    : { finding: { reason: 'CreateFailed', message, requestId }, again: { when: 'backoff' } };
}
