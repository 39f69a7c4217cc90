import type { Facts } from './facts.ts';
import type { AlbListener } from './resource.ts';

/**
 * Listeners that were created and whose id is not yet seen in a status: if the API server is away right after a
 * creation, the id lives here until it can be written. By UID of the resource.
 */
export class Unconfirmed {
  readonly #facts = new Map<string, Facts>();

  add(uid: string, facts: Facts): void {
    this.#facts.set(uid, facts);
  }

  forget(uid: string): void {
    this.#facts.delete(uid);
  }

  /**
   * The object with the id it should have had, or as it is once its status has one, or tells of a later creation: the
   * earlier one was proven gone meanwhile, while this process slept.
   */
  complete(object: AlbListener): AlbListener {
    const facts = this.#facts.get(object.uid);
    if (facts === undefined) return object;
    const isOutdone = incarnationOf(object.status) > incarnationOf(facts);
    if (object.status.listenerId !== undefined || isOutdone) {
      this.#facts.delete(object.uid);
      return object;
    }
    return { ...object, status: { ...object.status, ...facts } };
  }
}

function incarnationOf({ creation }: Facts): number {
  return creation?.incarnation ?? 0;
}
