import { linksOf } from '../listener/links.ts';
import { ALLOW_SWEEP, RECONCILE_REQUEST } from '../listener/resource.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../runtime/object.ts';
import type { StoreChange } from '../runtime/store.ts';
import type { WorkQueue } from '../runtime/work-queue.ts';
import type { ConfigMaps } from './config-maps.ts';
import { type ListenerStore, type Relations, readyReason } from './relations.ts';

export interface EnqueueParts {
  readonly store: ListenerStore;
  readonly relations: Relations;
  readonly configMaps: Pick<ConfigMaps, 'subscribe'>;
  readonly queue: Pick<WorkQueue<ObjectKey>, 'add'>;
}

/** From now on, whatever changes in the cluster brings those that it concerns into the queue. */
export function enqueueChanges({ store, relations, configMaps, queue }: EnqueueParts): void {
  store.subscribe((change) => {
    addItself(change, queue);
    // The first list brings everybody anyway.
    if (change.cause === 'initialList') return;
    for (const other of concerned(change, relations)) queue.add(keyOf(other), 'normal');
  });
  configMaps.subscribe((configMap) => {
    for (const user of relations.usersOf(configMap)) queue.add(keyOf(user), 'high');
  });
}

/**
 * What a user did goes first; what was there before we looked comes after it. Our own status writes are no reason
 * to look again: with them, every failed attempt would at once cause the next one.
 */
function addItself(change: StoreChange, queue: EnqueueParts['queue']): void {
  const key = keyOf(change.object);
  switch (change.type) {
    case 'added':
      queue.add(key, change.cause === 'initialList' ? 'low' : 'high');
      return;
    case 'updated':
      if (isEdit(change.object, change.previous)) queue.add(key, 'high');
      return;
    case 'deleted':
      queue.add(key, 'normal');
  }
}

/** Annotations by which a user tells the operator something. */
const REQUESTS = [RECONCILE_REQUEST, ALLOW_SWEEP];

/** What users do: edits of the spec and deletions, which the generation counts, and requests. */
function isEdit({ metadata }: KubeObject, { metadata: previous }: KubeObject): boolean {
  return (
    metadata.generation !== previous.generation ||
    REQUESTS.some((name) => metadata.annotations?.[name] !== previous.annotations?.[name])
  );
}

/** Others for which a change may open the way. Status writes of ours are among the changes, but seldom concern anyone. */
function concerned(change: StoreChange, relations: Relations): readonly KubeObject[] {
  const { object } = change;
  switch (change.type) {
    case 'added':
      return relations.referrers(object);
    case 'updated':
      return [
        ...(idToReferTo(object) === idToReferTo(change.previous) ? [] : relations.referrers(object)),
        ...leaving(relations.referred(change.previous)),
        ...(mayGiveWay(object, change.previous) ? relations.nextWaitingFor(change.previous) : []),
      ];
    case 'deleted':
      // Its port is free now, too.
      return [
        ...relations.rivals(object).filter((other) => readyReason(other) !== 'PortClaimed'),
        ...relations.nextWaitingFor(object),
        ...relations.referrers(object),
        ...leaving(relations.referred(object)),
      ];
  }
}

/** The id that a reference by name stands for (`resolveReferences`). */
function idToReferTo({ spec, status }: KubeObject): string | undefined {
  const { listenerId, isObserved } = linksOf(spec, status);
  return isObserved ? listenerId : undefined;
}

/**
 * Whether the change may end a claim on a port: an edit, or another reason of the Ready condition.
 *
 * A new object that begins to wait ends no claim. With many of them on one port, each would enqueue all the others.
 */
function mayGiveWay(object: KubeObject, previous: KubeObject): boolean {
  if (isEdit(object, previous)) return true;
  const reason = readyReason(object);
  const before = readyReason(previous);
  const beginsToWait = before === undefined && reason === 'PortClaimed';
  return reason !== before && !beginsToWait;
}

/** A deletion waits for those that refer to the listener, one by one. */
function leaving(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
}
