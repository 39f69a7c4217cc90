import { type Again, againAfter } from './decision.ts';
import type { Cloud, Log } from './ports.ts';
import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';

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
