import { type Again, againAfter } from './decision.ts';
import type { Cloud, Cluster, Log } from './ports.ts';
import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';
import type { Unconfirmed, UnconfirmedListener } from './unconfirmed.ts';

/** A listener whose resource vanished while it was being created: someone removed the finalizer by force. */
export interface Orphan {
  /** As it was last seen. */
  readonly object: AlbListener;
  readonly listenerId: string;
  readonly loadBalancerId: string;
}

/**
 * The listeners that nothing in the cluster refers to any more, by the key of the resource they were made for. Kept in
 * memory alone: there is nowhere left to write them down.
 */
export class Orphans {
  readonly #orphans = new Map<string, Orphan>();

  add(orphan: Orphan): void {
    this.#orphans.set(formatKey(orphan.object.key), orphan);
  }

  of(key: ObjectKey): Orphan | undefined {
    return this.#orphans.get(formatKey(key));
  }

  forget({ object }: Orphan): void {
    this.#orphans.delete(formatKey(object.key));
  }
}

/**
 * The resource vanished while its listener was being created: someone removed the finalizer by force. The listener
 * is seconds old and nothing will ever refer to it, so it goes too.
 */
export function leaveBehind(
  { object, listenerId, loadBalancerId }: Orphan,
  tools: { readonly unconfirmed: Unconfirmed; readonly orphans: Orphans; readonly log: Log },
): void {
  tools.unconfirmed.forget(object.uid);
  tools.orphans.add({ object, listenerId, loadBalancerId });
  const fields = { key: formatKey(object.key), uid: object.uid, listenerId };
  tools.log.warn(fields, 'the resource vanished while its listener was created; the listener is deleted');
}

/**
 * The object of a listener whose id is not confirmed is not in the cache any more. It may only have left the watched
 * scope, so the API server has the last word: the id is written once more, and only if the object with this UID is gone
 * is the listener deleted.
 *
 * @returns when to come again
 */
export async function followUp(
  { object, facts, listenerId, loadBalancerId }: UnconfirmedListener,
  tools: {
    readonly cluster: Pick<Cluster, 'writeStatus'>;
    readonly unconfirmed: Unconfirmed;
    readonly orphans: Orphans;
    readonly log: Log;
  },
): Promise<Again> {
  const told = await tools.cluster.writeStatus(object, { ...object.status, ...facts }, 'incarnation');
  switch (told.write) {
    case 'written':
      tools.unconfirmed.forget(object.uid);
      return { when: 'now' };
    case 'gone':
      leaveBehind({ object, listenerId, loadBalancerId }, tools);
      return { when: 'now' };
    case 'conflict':
    case 'failed':
      return { when: 'backoff' };
  }
}

/**
 * Asks for the deletion of an orphan, or finds that it is gone. It is ours, since its id comes from the answer to our
 * own create call. Called again until the cloud says that there is no such listener: the call has to wait for its
 * turn, and a listener that is being created cannot be deleted yet.
 */
export async function removeOrphan(
  orphan: Orphan,
  cloud: Cloud,
  { orphans, log }: { readonly orphans: Orphans; readonly log: Log },
): Promise<Again> {
  const { object, listenerId } = orphan;
  const answer = await cloud.deleteListener(listenerId);
  if (answer.outcome === 'yes') return { when: 'poll' };
  if (answer.outcome === 'unknown' || answer.error.class !== 'listenerNotFound')
    return againAfter(answer.error);
  orphans.forget(orphan);
  log.info(
    { key: formatKey(object.key), uid: object.uid, listenerId },
    'the listener that its resource left behind is gone',
  );
  return { when: 'now' };
}
