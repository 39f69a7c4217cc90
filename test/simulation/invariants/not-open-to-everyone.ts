import type { Cloud, CloudCall } from '../cloud.ts';
import { ownerIn, type Records } from '../records.ts';
import type { Invariant } from './invariant.ts';

/** How old the look may be on which a creation follows: the time until the call leaves, and its flight. */
const OLDEST_LOOK_MS = 60_000;

/** No listener is created while one of its access control lists does not exist: it would be open to everyone. */
export class NotOpenToEveryone implements Invariant {
  readonly name = 'no listener is created without its access control lists';
  readonly #records: Records;
  readonly #cloud: Cloud;

  constructor(records: Records, cloud: Cloud) {
    this.#records = records;
    this.#cloud = cloud;
  }

  judgeCall({ parameters, effect, at }: CloudCall): string | undefined {
    if (effect?.kind !== 'created') return undefined;
    const life = this.#records.lives.get(ownerIn(parameters) ?? '');
    if (life === undefined || life.lied || life.wiped) return undefined;
    // A role that may not list them is no obstacle.
    if (at - this.#cloud.aclsHiddenAt < OLDEST_LOOK_MS) return undefined;
    const missing = this.#cloud.absentAcls.find(
      ({ aclId, since }) =>
        // An attempt that began before is repeated: it may have made the listener already.
        (life.unsettledSince ?? at) - since >= OLDEST_LOOK_MS &&
        this.#records
          .specsSince(life, at - OLDEST_LOOK_MS)
          .every(
            ({ aclConfig, regionId }) => regionId === undefined && aclConfig?.aclIds.includes(aclId) === true,
          ),
    );
    const { name } = life.object.metadata;
    return missing && `${name} gets a listener, and its ${missing.aclId} does not exist`;
  }
}
