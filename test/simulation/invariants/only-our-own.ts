import { readStatus } from '../../../src/listener/schema/status.ts';
import { type Cloud, type CloudCall, ownerOf } from '../cloud.ts';
import type { Records } from '../records.ts';
import { HINDSIGHT_MS } from './hindsight.ts';
import type { Invariant } from './invariant.ts';

/** Promise 2: no listener is changed or deleted unless it is known to be ours, or a manifest names it for adoption. */
export class OnlyOurOwn implements Invariant {
  readonly name = 'only what is ours is touched';
  readonly #records: Records;
  readonly #cloud: Cloud;

  constructor(records: Records, cloud: Cloud) {
    this.#records = records;
    this.#cloud = cloud;
  }

  judgeWorld(): string | undefined {
    for (const [id, stranger] of this.#cloud.strangers) {
      // The simulator never changes a listener in place.
      if (this.#cloud.listener(id) !== stranger) return `${id}, the listener of a stranger, was touched`;
    }
    return undefined;
  }

  judgeCall({ operation, effect, before }: CloudCall): string | undefined {
    if (effect === null || effect.kind === 'created' || before === undefined) return undefined;
    const { ListenerId: id } = before;
    const isGiven = this.#records.adopted.has(id);
    const creation = this.#records.creations.find(({ listenerId }) => listenerId === id);
    // What a manifest names is given to us, be it without tags.
    if (operation === 'TagResources' && isGiven && ownerOf(before) === undefined) return undefined;
    const owner = this.#records.ownerSince(id, this.#records.now - HINDSIGHT_MS);
    // Until a listener has been seen to run, the answer to its creation says whose it is.
    const isBeingMade = creation !== undefined && this.#isCreating(creation.uid);
    if (owner === undefined && !isBeingMade) return `${operation} of ${id}, which is not ours`;
    return effect.kind === 'deleted' ? this.#judgeDeletion(id, owner, before.ListenerStatus) : undefined;
  }

  #isCreating(uid: string): boolean {
    const life = this.#records.lives.get(uid);
    // A wiped status does not tell any more; the operator may have read it a moment before.
    if (life === undefined || life.isGone || life.wiped) return true;
    return readStatus(life.object['status']).operation?.kind === 'Create';
  }

  #judgeDeletion(id: string, owner: string | undefined, status: string): string | undefined {
    const life = this.#records.lives.get(owner ?? '');
    // What is left of a creation that failed, or of a resource whose finalizer was removed by force.
    if (life === undefined || life.isGone || status === 'Provisioning') return undefined;
    // Whoever may write the status of an object may have its own listener deleted.
    if (life.lied) return undefined;
    // A restored backup takes a deletion back of which a process has heard.
    if (this.#records.mayTakeForDeleted(life)) return undefined;
    return life.object.metadata.deletionTimestamp === undefined
      ? `${id} is deleted, and nobody has deleted its resource ${life.object.metadata.name}`
      : undefined;
  }
}
