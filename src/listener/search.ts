import type { AlbError } from '../alb/error.ts';
import { type Claim, transportOf } from './claim.ts';
import { isPassing } from './error-policy.ts';
import { mayBeHidden } from './freshness.ts';
import { ownershipOf, uidTag } from './ownership.ts';
import type { Cloud, View } from './ports.ts';
import type { AlbListener } from './resource.ts';
import { hasOurTag, isAbsence, type Search, type Sight } from './sight.ts';

export interface OwnSearch extends Search {
  /** A listener with our ownership tag, or that the cloud did not say. */
  readonly found?: Extract<Sight, { seen: 'occupied' | 'unreadable' }>;
}

interface Around extends Search {
  readonly sight: Sight;
}

/** Whether a listener of the resource may exist of which its status has no id. */
export function isUncertain({ status }: AlbListener): boolean {
  return status.recovery !== undefined || status.creation?.unsettledAt !== undefined;
}

/** Looks at the port and, where what it shows may be no proof, beyond it. */
export async function lookAround(object: AlbListener, claim: Claim, view: View): Promise<Around> {
  if (!mayStandBeyond(object, view)) return { sight: await lookAtPort(object, claim, view.cloud) };
  return view.cloud.withTurnToSearch<Around>(
    async (listenersTagged) => {
      const sight = await lookAtPort(object, claim, view.cloud);
      const isEnough = sight.seen === 'unreadable' || hasOurTag(sight);
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
 * Searches for a listener with our ownership tag.
 *
 * On the load balancer of the creation; after a wiped status in the whole account and region. The region may have been
 * edited, too, so for an edited manifest the regions that settings name are searched as well.
 */
export async function searchOwn(
  object: AlbListener,
  claim: Claim | undefined,
  view: View,
): Promise<OwnSearch> {
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

/** Says why the object waits for a region that its manifest does not name. */
function withCause(error: AlbError): AlbError {
  const cause = 'The status of this object was removed after an edit: a listener of it may be there.';
  return { ...error, message: `${error.message} ${cause}`.trimStart() };
}

/** Whether the spec was ever edited. A deletion adds a generation (kube-apiserver, `markAsDeleting`). */
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
