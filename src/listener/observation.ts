import type { AsynJob, ListedListener, Site } from '../alb/api.ts';
import type { AlbError, Outcome } from '../alb/error.ts';
import { type AclSight, declaredAcls, lookAtAcls } from './acl-sight.ts';
import { type Claim, claimOf, readClaim, transportOf } from './claim.ts';
import { waitsForAcls } from './decide-access.ts';
import { isPassing } from './error-policy.ts';
import { mayBeHidden } from './freshness.ts';
import { pendingJob } from './jobs.ts';
import { mayStand } from './links.ts';
import { type Ownership, ownershipOf, uidTag } from './ownership.ts';
import { policiesOf } from './policies.ts';
import type { Cloud, Cluster, Sweep, View } from './ports.ts';
import { readListener } from './read-listener.ts';
import { resolveReferences, sourcedLoadBalancer, type Unresolved } from './references.ts';
import type { AlbListener } from './resource.ts';
import { holderOf, type Rival, rivalOf } from './rivals.ts';
import { type Problem, type ResolvedSpec, readSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';

/** What the cloud showed. */
export type Sight =
  /** The listener whose id is in the status. */
  | {
      readonly seen: 'present';
      readonly listener: SeenListener;
      readonly job: AsynJob | undefined;
      /** Where its tags do not name this resource: another one that has it, or comes first on the port. */
      readonly contender?: AlbListener | undefined;
    }
  /** There is no listener with the id in the status. */
  | { readonly seen: 'absent'; readonly job: AsynJob | undefined }
  /** The listener that the user wants to be taken over; `undefined` when there is none. */
  | {
      readonly seen: 'candidate';
      readonly listener: SeenListener | undefined;
      /** Another resource whose status has its id. */
      readonly holder?: AlbListener | undefined;
    }
  /** No id is known, and a listener stands on the port, or one with our ownership tag elsewhere. */
  | {
      readonly seen: 'occupied';
      readonly listener: ListedListener;
      readonly ownership: Ownership;
      /** Its site, if in another region than the manifest names. */
      readonly site?: Site | undefined;
    }
  /** No id is known, and no listener is to be seen on the port. */
  | { readonly seen: 'free' }
  /** The cloud did not say, or was not asked because what would follow may not go yet. */
  | { readonly seen: 'unreadable'; readonly error: AlbError };

/** Present after a search by the ownership tag that found no listener of the resource. */
interface Search {
  readonly searched?: 'nothing' | undefined;
}

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
  if (sight.seen === 'unreadable' || isOurs(sight)) return { sight };
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
  if (sight.seen === 'unreadable' || isOurs(sight)) return { sight };
  // Where nobody remembers in which account something may have been made, a free port proves something only together
  // with its load balancer.
  const isLost = (mayStand(object.status) && accountId === undefined) || recovery !== undefined;
  return sight.seen === 'free' && isLost
    ? { sight: await onLoadBalancer(sight, claim, cloud), ...search }
    : { sight, ...search };
}

interface OwnSearch extends Search {
  /** A listener with our ownership tag, or that the cloud did not say. */
  readonly found?: Extract<Sight, { seen: 'occupied' | 'unreadable' }>;
}

interface Around extends Search {
  readonly sight: Sight;
}

/** Whether a listener of the resource may exist of which its status has no id. */
function isUncertain({ status }: AlbListener): boolean {
  return status.recovery !== undefined || status.creation?.unsettledAt !== undefined;
}

/** Looks at the port and, where what it shows may be no proof, beyond it. */
async function lookAround(object: AlbListener, claim: Claim, view: View): Promise<Around> {
  if (!mayStandBeyond(object, view)) return { sight: await lookAtPort(object, claim, view.cloud) };
  return view.cloud.withTurnToSearch<Around>(
    async (listenersTagged) => {
      const sight = await lookAtPort(object, claim, view.cloud);
      const isEnough = sight.seen === 'unreadable' || isOurs(sight);
      if (isEnough || (sight.seen !== 'free' && object.status.recovery === undefined)) return { sight };
      const cloud = { ...view.cloud, listenersTagged };
      const { found, searched } = await searchOwn(object, claim, { ...view, cloud });
      return { sight: found ?? sight, searched };
    },
    (error) => ({ sight: { seen: 'unreadable', error } }),
  );
}

/**
 * Whether what the port shows may be no proof that no listener of ours exists:
 *
 * - The status was wiped: the manifest may have been edited since, so the listener may stand elsewhere.
 * - A creation was begun and is to be given up: paging can hide a listener from a long list, in which others come and
 *   go while it is read. The list of those with our tag has one page. Until then, an attempt is repeated anyway.
 */
function mayStandBeyond({ status, beingDeleted }: AlbListener, { now, pace }: View): boolean {
  const { recovery, creation } = status;
  if (recovery !== undefined) return true;
  const givesUp = beingDeleted ? creation !== undefined : creation?.unsettledAt !== undefined;
  return givesUp && !mayBeHidden(creation?.unsettledAt, now, pace.settle);
}

/**
 * Searches for a listener with our ownership tag: in the whole account and region where the status was wiped, else on
 * the load balancer of the creation. After a wiped status the region may have been edited, too, so an edited manifest is
 * searched for in the regions that settings of the operator name.
 */
async function searchOwn(object: AlbListener, claim: Claim | undefined, view: View): Promise<OwnSearch> {
  if (object.status.recovery === undefined) return searchIn(view.cloud, object, claim, claim?.loadBalancerId);
  const here = await searchIn(view.cloud, object, claim, undefined);
  if (here.found !== undefined || !isEdited(object)) return here;
  for (const { site, cloudFor } of await view.elsewhere()) {
    const { found } = await searchIn(cloudFor(claim?.loadBalancerId ?? ''), object, undefined, undefined);
    if (found?.seen === 'occupied') return { found: { ...found, site } };
    // Credentials that are good for nothing there cannot have created anything there.
    if (found?.seen === 'unreadable' && isPassing(found.error))
      return { found: { ...found, error: withCause(found.error) } };
  }
  return here;
}

/** An object that names another region itself would not say why it waits for this one. */
function withCause(error: AlbError): AlbError {
  const cause = 'The status of this object was removed after an edit: a listener of it may be there.';
  return { ...error, message: `${error.message} ${cause}`.trimStart() };
}

/** Whether the spec was ever another one. Its deletion counts as one generation, too (the API server's `markAsDeleting`). */
function isEdited({ generation, beingDeleted }: AlbListener): boolean {
  return generation > (beingDeleted ? 2 : 1);
}

/** Credentials that may only list single load balancers search the declared one. */
async function searchIn(
  cloud: Cloud,
  { uid }: AlbListener,
  claim: Claim | undefined,
  place: string | undefined,
): Promise<OwnSearch> {
  const tag = uidTag(uid);
  let listed = await cloud.listenersTagged(tag, place);
  const mayNot = listed.outcome === 'no' && listed.error.class === 'permission';
  if (mayNot && place === undefined && claim !== undefined) {
    listed = await cloud.listenersTagged(tag, claim.loadBalancerId);
  }
  if (listed.outcome !== 'yes') {
    return isAbsence(listed)
      ? { searched: 'nothing' }
      : { found: { seen: 'unreadable', error: listed.error } };
  }
  // A list may ignore the filter or trail behind it; the tags decide.
  for (const listener of listed.value) {
    const ownership = ownershipOf(listener.tags, uid);
    if (ownership.of === 'us') return { found: { seen: 'occupied', listener, ownership } };
  }
  return { searched: 'nothing' };
}

function isOurs(sight: Sight): boolean {
  return sight.seen === 'occupied' && sight.ownership.of === 'us';
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
