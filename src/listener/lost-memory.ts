import type { Circumstances } from './decision.ts';
import { mayBeHidden } from './freshness.ts';
import type { DeletionObservation, Observation } from './observation.ts';
import type { AlbListener } from './resource.ts';
import { toMilliseconds } from './time.ts';

/**
 * An object with our finalizer and an empty status: the status was wiped, the process stopped right after adding the
 * finalizer, or the manifest came with it. Since the finalizer precedes the first call, a listener may exist. That is
 * a reason to search for it by the ownership tag, and gives no right: neither to the port nor to what stands there.
 */
export function withLostMemory(object: AlbListener, now: number): AlbListener {
  const { status, hasFinalizer } = object;
  const remembers =
    status.observedGeneration >= 0 ||
    status.creation !== undefined ||
    status.listenerId !== undefined ||
    status.recovery !== undefined;
  if (!hasFinalizer || remembers) return object;
  return { ...object, status: { ...status, recovery: { since: toMilliseconds(now) } } };
}

/**
 * The object after the look: a search that found no listener of it ends the recovery, once a creation from before the
 * status was wiped would be visible. Where something could not be read the search proves nothing: in another account,
 * which does not have the load balancer either, every list is empty.
 */
export function afterSearch(
  object: AlbListener,
  observation: Observation | DeletionObservation,
  { now, settle }: Pick<Circumstances, 'now' | 'settle'>,
): AlbListener {
  const { recovery, ...status } = object.status;
  if (recovery === undefined || mayBeHidden(recovery.since, now, settle)) return object;
  const isUnread = 'sight' in observation && observation.sight.seen === 'unreadable';
  if (observation.searched !== 'nothing' || isUnread) return object;
  return { ...object, status };
}
