import type { Facts } from './facts.ts';
import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';

/** A listener that was created and whose id is not yet seen in a status. */
export interface UnconfirmedListener {
  /** As it was when the creation was answered, with the id. */
  readonly object: AlbListener;
  readonly facts: Facts;
  readonly listenerId: string;
  readonly loadBalancerId: string;
}

/**
 * Listeners that were created and whose id is not yet seen in a status: if the API server is away right after a
 * creation, the id lives here until it can be written, or until the object is known to be gone. By UID of the object.
 */
export class Unconfirmed {
  readonly #listeners = new Map<string, UnconfirmedListener>();

  add(listener: UnconfirmedListener): void {
    this.#listeners.set(listener.object.uid, listener);
  }

  forget(uid: string): void {
    this.#listeners.delete(uid);
  }

  /**
   * The object with the id it should have had, or as it is once its status has one, or tells of a later creation: the
   * earlier one was proven gone meanwhile, while this process slept.
   */
  complete(object: AlbListener): AlbListener {
    const facts = this.#listeners.get(object.uid)?.facts;
    if (facts === undefined) return object;
    const isOutdone = incarnationOf(object.status) > incarnationOf(facts);
    if (object.status.listenerId !== undefined || isOutdone) {
      this.#listeners.delete(object.uid);
      return object;
    }
    return { ...object, status: { ...object.status, ...facts } };
  }

  /** A listener whose object is missing from the cache: its key has no object, or one with another UID. */
  missing(key: ObjectKey, present: AlbListener | undefined): UnconfirmedListener | undefined {
    // Empty but for the moments in which the API server takes no write.
    for (const listener of this.#listeners.values()) {
      const { object } = listener;
      if (formatKey(object.key) === formatKey(key) && object.uid !== present?.uid) return listener;
    }
    return undefined;
  }
}

function incarnationOf({ creation }: Facts): number {
  return creation?.incarnation ?? 0;
}
