import type { CloudCall } from '../cloud.ts';
import { isReadOnly, isRetained } from '../declared.ts';
import { ownerIn, type Records } from '../records.ts';
import { HINDSIGHT_MS } from './hindsight.ts';
import type { Invariant } from './invariant.ts';

/** Whoever only watches, rehearses or has the operator keep out is not surprised by a write to the cloud. */
export class PoliciesAreKept implements Invariant {
  readonly name = 'policies are kept';
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  judgeCall({ operation, parameters, effect, before }: CloudCall): string | undefined {
    if (effect === null) return undefined;
    const since = this.#records.now - HINDSIGHT_MS;
    const uid = ownerIn(parameters) ?? this.#records.ownerSince(before?.ListenerId ?? '', since);
    const life = this.#records.lives.get(uid ?? '');
    if (life === undefined || life.isGone || this.#records.mayRecallLostSpecs(life)) return undefined;
    const specs = this.#records.specsSince(life, since);
    const { name } = life.object.metadata;
    // Its own tags are taken off a listener that its resource leaves behind.
    if (operation === 'UnTagResources' && life.object.metadata.deletionTimestamp !== undefined)
      return undefined;
    if (specs.every(isReadOnly)) return `${operation} for ${name}, which is not to be managed`;
    // What is left of a creation that failed was never anybody's to retain.
    if (before?.ListenerStatus === 'Provisioning') return undefined;
    if (effect.kind === 'deleted' && specs.every(isRetained))
      return `${operation} for ${name}, which is to be retained`;
    return undefined;
  }
}
