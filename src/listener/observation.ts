import type { Outcome } from '../alb/error.ts';
import { type AclSight, declaredAcls, lookAtAcls } from './acl-sight.ts';
import { type Claim, claimOf, readClaim } from './claim.ts';
import { waitsForAcls } from './decide-access.ts';
import { mayBeHidden } from './freshness.ts';
import { pendingJob } from './jobs.ts';
import { mayStand } from './links.ts';
import { ownershipOf } from './ownership.ts';
import { policiesOf } from './policies.ts';
import type { Cloud, Cluster, Sweep, View } from './ports.ts';
import { readListener } from './read-listener.ts';
import { resolveReferences, sourcedLoadBalancer, type Unresolved } from './references.ts';
import type { AlbListener } from './resource.ts';
import { holderOf, type Rival, rivalOf } from './rivals.ts';
import { type Problem, type ResolvedSpec, readSpec } from './schema/spec.ts';
import { isUncertain, lookAround, type OwnSearch, searchOwn } from './search.ts';
import type { SeenListener } from './seen-listener.ts';
import { hasOurTag, isAbsence, type Search, type Sight } from './sight.ts';

/** What was found out about a resource that shall go. */
export interface DeletionObservation extends Search {
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
export type Observation = Search &
  /** The stored spec breaks a rule. The cloud was not asked. */
  (
    | { readonly of: 'spec'; readonly problems: readonly Problem[] }
    /** Something that the spec refers to is missing, or not ready yet. The cloud was not asked. */
    | { readonly of: 'references'; readonly unresolved: readonly Unresolved[] }
    /** Another resource claims the port and comes first, and no listener of ours was found. */
    | { readonly of: 'cluster'; readonly rival: Rival }
    | {
        readonly of: 'cloud';
        readonly spec: ResolvedSpec;
        readonly sight: Sight;
        /** Of the declared access control lists; absent where they were not asked for. */
        readonly acls?: AclSight;
      }
  );

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
  // Without a session nothing can be created, so rivals are not the obstacle.
  const { problem } = view.session;
  if (problem !== undefined) return { of: 'cloud', spec, sight: { seen: 'unreadable', error: problem } };
  const { listenerId } = object.status;
  if (listenerId !== undefined) {
    const answer = await readListener(listenerId, spec, object.status, cloud);
    const sight = await sightOf(answer, object, view, spec);
    const declared = declaredAcls(spec);
    const isWaiting = sight.seen === 'present' && waitsForAcls(object, spec, sight.listener);
    if (declared === undefined || !isWaiting) return { of: 'cloud', spec, sight };
    const acls = await lookAtAcls(declared.aclIds, cloud);
    return acls.seen === 'unreadable' ? { of: 'cloud', spec, sight } : { of: 'cloud', spec, sight, acls };
  }

  // Rivals come first, whatever our status says. Only what already carries our tag is ours all the same.
  const claim = claimOf(spec);
  const rival = await rivalOf(object, claim, view);
  if (rival !== undefined) {
    const search = isUncertain(object) ? await searchOwn(object, claim, view) : {};
    return search.found === undefined
      ? { of: 'cluster', rival, ...search }
      : { of: 'cloud', spec, sight: search.found };
  }
  if (spec.adopt !== undefined) {
    const search = isUncertain(object) ? await searchOwn(object, claim, view) : {};
    const sight = search.found ?? (await lookAtCandidate(object, spec, spec.adopt, view));
    return { of: 'cloud', spec, sight, ...search };
  }
  return { of: 'cloud', spec, ...(await lookForPlace(object, spec, claim, view)) };
}

/** What was seen of the place where the listener is to be created. */
type Place = Search & Pick<Extract<Observation, { of: 'cloud' }>, 'sight' | 'acls'>;

/** Looks at the port on which the listener is to be created. */
async function lookForPlace(
  object: AlbListener,
  spec: ResolvedSpec,
  claim: Claim,
  view: View,
): Promise<Place> {
  const { cloud } = view;
  const { creation } = object.status;
  // Fifty creations that wait for one load balancer shall not look at it all the while.
  const creates = creation?.unsettledAt === undefined && (spec.reconcilePolicy ?? 'Manage') === 'Manage';
  const obstacle = creates ? cloud.obstacleToCreation(claim.loadBalancerId) : undefined;
  if (obstacle !== undefined) return { sight: { seen: 'unreadable', error: obstacle } };
  const { sight, ...search } = await lookAround(object, claim, view);
  if (sight.seen === 'unreadable' || hasOurTag(sight)) return { sight };
  if (sight.seen === 'occupied') {
    const holder = holderOf(sight.listener, object, view);
    return { sight: holder === undefined ? sight : { ...sight, holder }, ...search };
  }
  if (sight.seen !== 'free' || spec.reconcilePolicy === 'Observe') return { sight, ...search };
  // A call into an account that has no such load balancer could make nothing; but if its answer were lost, nobody who
  // comes back to the right account could ever account for it.
  const { observes } = policiesOf(object.spec);
  const place = observes ? sight : await onLoadBalancer(sight, claim, cloud);
  if (place.seen !== 'free') return { sight: place, ...search };
  return { ...(await lookBeforeCreation(object, spec, view)), ...search };
}

/**
 * A new listener is open to everyone until its access control lists are attached, so they must exist first. A call
 * of unknown outcome is not held up: it may have created the listener, which then has to be found.
 */
async function lookBeforeCreation(
  { status }: AlbListener,
  spec: ResolvedSpec,
  { cloud, now, pace }: View,
): Promise<Place> {
  const declared = declaredAcls(spec);
  const isUnderWay = mayBeHidden(status.creation?.unsettledAt, now, pace.settle);
  if (declared === undefined || isUnderWay) return { sight: { seen: 'free' } };
  const acls = await lookAtAcls(declared.aclIds, cloud);
  return acls.seen === 'unreadable' ? { sight: acls } : { sight: { seen: 'free' }, acls };
}

/** Looks at a resource that shall go. It does not need a valid spec, only the port it claimed. Reads only. */
export async function observeDeletion(object: AlbListener, view: View): Promise<DeletionObservation> {
  const { cluster } = view;
  const { sight, searched } = await lookForDeletion(object, view);
  const begun = object.status.operation?.kind === 'Delete';
  const asks = sight.seen === 'present' && !begun && !policiesOf(object.spec).retains;
  return {
    sight,
    searched,
    referrers: cluster.referrers(object),
    sweep: asks ? await cluster.sweep(object) : { of: 'object' },
  };
}

async function lookForDeletion(
  object: AlbListener,
  view: View,
): Promise<Search & { readonly sight: DeletionObservation['sight'] }> {
  const { cluster, cloud } = view;
  const { listenerId, recovery, accountId } = object.status;
  if (listenerId !== undefined)
    return { sight: await sightOf(await cloud.getListenerAttribute(listenerId), object, view) };
  const claim = readClaim(object.spec, object.status.loadBalancerId ?? sourcedLoadBalancer(object, cluster));
  if (claim === undefined) {
    const search: OwnSearch = recovery === undefined ? {} : await searchOwn(object, undefined, view);
    return { sight: search.found ?? { seen: 'nowhere' }, ...search };
  }
  const { sight, ...search } = await lookAround(object, claim, view);
  if (sight.seen === 'unreadable' || hasOurTag(sight)) return { sight };
  // Where nobody remembers in which account something may have been made, a free port proves something only together
  // with its load balancer.
  const isLost = (mayStand(object.status) && accountId === undefined) || recovery !== undefined;
  return sight.seen === 'free' && isLost
    ? { sight: await onLoadBalancer(sight, claim, cloud), ...search }
    : { sight, ...search };
}

/** The same, if the account has the load balancer at all. */
async function onLoadBalancer(sight: Sight, { loadBalancerId }: Claim, cloud: Cloud): Promise<Sight> {
  const place = await cloud.seeLoadBalancer(loadBalancerId);
  return place.outcome === 'yes' ? sight : { seen: 'unreadable', error: place.error };
}

/** What was seen of the listener with the id in the status. */
async function sightOf(
  answer: Outcome<SeenListener>,
  object: AlbListener,
  view: View,
  spec?: ResolvedSpec,
): Promise<Sight> {
  if (answer.outcome === 'yes') {
    const listener = answer.value;
    const contender = await contenderFor(object, listener, view, spec);
    return { seen: 'present', listener, job: await pendingJob(object, listener, view), contender };
  }
  if (!isAbsence(answer)) return { seen: 'unreadable', error: answer.error };
  return { seen: 'absent', job: await pendingJob(object, undefined, view) };
}

/**
 * Who else may have a listener whose tags do not name this resource. Its own tags may lag behind or have been removed,
 * and others may have written our status, so neither the id in it nor an `adopt` is enough against another resource.
 */
async function contenderFor(
  object: AlbListener,
  listener: SeenListener,
  view: View,
  spec: ResolvedSpec | undefined,
): Promise<AlbListener | undefined> {
  if (ownershipOf(listener.tags, object.uid).of === 'us') return undefined;
  const holder = holderOf(listener, object, view);
  if (holder !== undefined || spec?.adopt?.listenerId !== listener.listenerId) return holder;
  return (await rivalOf(object, claimOf(spec), view))?.object;
}

async function lookAtCandidate(
  object: AlbListener,
  spec: ResolvedSpec,
  adopt: { readonly listenerId: string },
  view: View,
): Promise<Sight> {
  const listener = await readListener(adopt.listenerId, spec, object.status, view.cloud);
  if (listener.outcome === 'yes') {
    const holder = holderOf(listener.value, object, view);
    return { seen: 'candidate', listener: listener.value, holder };
  }
  return isAbsence(listener)
    ? { seen: 'candidate', listener: undefined }
    : { seen: 'unreadable', error: listener.error };
}
