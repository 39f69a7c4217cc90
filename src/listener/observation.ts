import type { AsynJob, ListedListener } from '../alb/api.ts';
import type { AlbError, Outcome } from '../alb/error.ts';
import { type AclSight, declaredAcls, lookAtAcls } from './acl-sight.ts';
import { type Claim, claimOf, readClaim, rivalThatComesFirst, transportOf } from './claim.ts';
import { mayBeHidden } from './freshness.ts';
import { pendingJob } from './jobs.ts';
import { mayStand } from './links.ts';
import { type Ownership, ownershipOf } from './ownership.ts';
import { policiesOf } from './policies.ts';
import type { Cloud, Cluster, Sweep, View } from './ports.ts';
import { readListener } from './read-listener.ts';
import { resolveReferences, sourcedLoadBalancer, type Unresolved } from './references.ts';
import type { AlbListener } from './resource.ts';
import { type Problem, type ResolvedSpec, readSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';

/** What the cloud showed. */
export type Sight =
  /** The listener whose id is in the status. */
  | { readonly seen: 'present'; readonly listener: SeenListener; readonly job: AsynJob | undefined }
  /** There is no listener with the id in the status. */
  | { readonly seen: 'absent'; readonly job: AsynJob | undefined }
  /** The listener that the user wants to be taken over; `undefined` when there is none. */
  | { readonly seen: 'candidate'; readonly listener: SeenListener | undefined }
  /** No id is known, and a listener stands on the port. */
  | { readonly seen: 'occupied'; readonly listener: ListedListener; readonly ownership: Ownership }
  /** No id is known, and no listener is to be seen on the port. */
  | { readonly seen: 'free' }
  /** The cloud did not say, or was not asked because what would follow may not go yet. */
  | { readonly seen: 'unreadable'; readonly error: AlbError };

/** What was found out about a resource that shall go. */
export interface DeletionObservation {
  readonly sight:
    | Sight
    /** No id is known, nor the load balancer to look at. The cloud was not asked. */
    | { readonly seen: 'nowhere' };
  /** The resources whose listeners may still send their clients on to this one. */
  readonly referrers: readonly AlbListener[];
  /** What the deletion was aimed at; asked only before a first call to delete. */
  readonly sweep: Sweep;
}

/** What was found out about a resource that shall have a listener, before anything is decided. */
export type Observation =
  /** The stored spec breaks a rule. The cloud was not asked. */
  | { readonly of: 'spec'; readonly problems: readonly Problem[] }
  /** Something that the spec refers to is missing, or not ready yet. The cloud was not asked. */
  | { readonly of: 'references'; readonly unresolved: readonly Unresolved[] }
  /** Another resource claims the port and comes first. The cloud was not asked. */
  | { readonly of: 'cluster'; readonly rival: AlbListener }
  | {
      readonly of: 'cloud';
      readonly spec: ResolvedSpec;
      readonly sight: Sight;
      /** Of the declared access control lists; absent where they were not asked for. */
      readonly acls?: AclSight;
    };

/** What the manifest asks for, or why nobody can tell. */
type Declaration =
  | { readonly of: 'declaration'; readonly spec: ResolvedSpec }
  | Extract<Observation, { of: 'spec' | 'references' }>;

/** Reads the manifest and what it refers to. Does not ask the cloud. */
export function declarationOf(object: AlbListener, cluster: Cluster): Declaration {
  const reading = readSpec(object.spec);
  if (!reading.ok) return { of: 'spec', problems: reading.problems };
  const resolution = resolveReferences(object, reading.spec, cluster);
  if (!resolution.resolved) return { of: 'references', unresolved: resolution.unresolved };
  return { of: 'declaration', spec: resolution.spec };
}

/** Looks closely at a resource that shall have a listener. Reads only. */
export async function observeLife(object: AlbListener, view: View): Promise<Observation> {
  const { cluster, cloud } = view;
  const declaration = declarationOf(object, cluster);
  if (declaration.of !== 'declaration') return declaration;
  const { spec } = declaration;
  const { listenerId, creation } = object.status;
  if (listenerId !== undefined) {
    const answer = await readListener(listenerId, spec, object.status, cloud);
    return { of: 'cloud', spec, sight: await sightOf(answer, object, view) };
  }

  const claim = claimOf(spec);
  // A creation whose outcome is unknown goes first: what it may have made must be found, rival or not.
  if (creation?.unsettledAt === undefined) {
    const rival = rivalThatComesFirst(object, cluster.claimants(claim));
    if (rival !== undefined) return { of: 'cluster', rival };
  }
  if (spec.adopt !== undefined) {
    return { of: 'cloud', spec, sight: await lookAtCandidate(object, spec, spec.adopt, cloud) };
  }
  // Fifty creations that wait for one load balancer shall not look at it all the while.
  const creates = creation?.unsettledAt === undefined && (spec.reconcilePolicy ?? 'Manage') === 'Manage';
  const obstacle = creates ? cloud.obstacleToCreation(claim.loadBalancerId) : undefined;
  if (obstacle !== undefined) return { of: 'cloud', spec, sight: { seen: 'unreadable', error: obstacle } };
  const sight = await lookAtPort(object, claim, cloud);
  if (sight.seen !== 'free' || spec.reconcilePolicy === 'Observe') return { of: 'cloud', spec, sight };
  // A call into an account that has no such load balancer could make nothing; but if its answer were lost, nobody who
  // comes back to the right account could ever account for it.
  const place = creates ? await onLoadBalancer(sight, claim, cloud) : sight;
  return place.seen === 'free' ? lookBeforeCreation(object, spec, view) : { of: 'cloud', spec, sight: place };
}

/**
 * A new listener serves everybody until its access control lists are attached, so they have to be there first. A call
 * of unknown outcome is not held up: it may have created the listener, which then has to be found.
 */
async function lookBeforeCreation(
  { status }: AlbListener,
  spec: ResolvedSpec,
  { cloud, now, pace }: View,
): Promise<Observation> {
  const declared = declaredAcls(spec);
  const isUnderWay = mayBeHidden(status.creation?.unsettledAt, now, pace.settle);
  if (declared === undefined || isUnderWay) return { of: 'cloud', spec, sight: { seen: 'free' } };
  const acls = await lookAtAcls(declared.aclIds, cloud);
  return acls.seen === 'unreadable'
    ? { of: 'cloud', spec, sight: acls }
    : { of: 'cloud', spec, sight: { seen: 'free' }, acls };
}

/** Looks at a resource that shall go. It does not need a valid spec, only the port it claimed. Reads only. */
export async function observeDeletion(object: AlbListener, view: View): Promise<DeletionObservation> {
  const { cluster } = view;
  const sight = await lookForDeletion(object, view);
  const begun = object.status.operation?.kind === 'Delete';
  const asks = sight.seen === 'present' && !begun && !policiesOf(object.spec).retains;
  return {
    sight,
    referrers: cluster.referrers(object),
    sweep: asks ? await cluster.sweep(object) : { of: 'object' },
  };
}

async function lookForDeletion(object: AlbListener, view: View): Promise<DeletionObservation['sight']> {
  const { cluster, cloud } = view;
  const { listenerId } = object.status;
  if (listenerId !== undefined) return sightOf(await cloud.getListenerAttribute(listenerId), object, view);
  const claim = readClaim(object.spec, object.status.loadBalancerId ?? sourcedLoadBalancer(object, cluster));
  if (claim === undefined) return { seen: 'nowhere' };
  const sight = await lookAtPort(object, claim, cloud);
  // Where nobody remembers in which account something may have been made, a free port proves something only together
  // with its load balancer.
  const isLost = mayStand(object.status) && object.status.accountId === undefined;
  return sight.seen === 'free' && isLost ? onLoadBalancer(sight, claim, cloud) : sight;
}

/** The same, if the account has the load balancer at all. */
async function onLoadBalancer(sight: Sight, { loadBalancerId }: Claim, cloud: Cloud): Promise<Sight> {
  const place = await cloud.seeLoadBalancer(loadBalancerId);
  return place.outcome === 'yes' ? sight : { seen: 'unreadable', error: place.error };
}

/** What was seen of the listener with the id in the status. */
async function sightOf(answer: Outcome<SeenListener>, object: AlbListener, view: View): Promise<Sight> {
  if (answer.outcome === 'yes') {
    const listener = answer.value;
    return { seen: 'present', listener, job: await pendingJob(object, listener, view) };
  }
  if (!isAbsence(answer)) return { seen: 'unreadable', error: answer.error };
  return { seen: 'absent', job: await pendingJob(object, undefined, view) };
}

async function lookAtCandidate(
  { status }: AlbListener,
  spec: ResolvedSpec,
  adopt: { readonly listenerId: string },
  cloud: Cloud,
): Promise<Sight> {
  const listener = await readListener(adopt.listenerId, spec, status, cloud);
  if (listener.outcome === 'yes') return { seen: 'candidate', listener: listener.value };
  return isAbsence(listener)
    ? { seen: 'candidate', listener: undefined }
    : { seen: 'unreadable', error: listener.error };
}

async function lookAtPort(object: AlbListener, claim: Claim, cloud: Cloud): Promise<Sight> {
  const listed = await cloud.listenersOf(claim.loadBalancerId);
  if (listed.outcome !== 'yes') {
    return isAbsence(listed) ? { seen: 'free' } : { seen: 'unreadable', error: listed.error };
  }
  const listener = listed.value.find(
    (candidate) =>
      candidate.loadBalancerId === claim.loadBalancerId &&
      candidate.listenerPort === claim.listenerPort &&
      transportOf(candidate.listenerProtocol) === claim.transport,
  );
  if (listener === undefined) return { seen: 'free' };
  return { seen: 'occupied', listener, ownership: ownershipOf(listener.tags, object.uid) };
}

/** No listener and no load balancer are both an absence; "forbidden" or no answer never is. */
function isAbsence(answer: Exclude<Outcome<unknown>, { outcome: 'yes' }>): boolean {
  if (answer.outcome === 'unknown') return false;
  return answer.error.class === 'listenerNotFound' || answer.error.class === 'loadBalancerNotFound';
}
