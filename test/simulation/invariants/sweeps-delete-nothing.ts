import { ALLOW_SWEEP } from '../../../src/listener/resource.ts';
import type { CloudCall } from '../cloud.ts';
import type { Cluster } from '../cluster.ts';
import type { Records } from '../records.ts';
import type { Invariant } from './invariant.ts';

/** Whoever deletes a namespace or the CRD does not mean the listeners of production, unless he says so. */
export class SweepsDeleteNothing implements Invariant {
  readonly name = 'sweeps delete nothing unasked';
  readonly #records: Records;
  readonly #cluster: Cluster;
  /** Listeners whose deletion was begun for another reason. That is followed to its end. */
  readonly #goingAnyway = new Set<string>();

  constructor(records: Records, cluster: Cluster) {
    this.#records = records;
    this.#cluster = cluster;
  }

  judgeCall({ effect, before }: CloudCall): string | undefined {
    // What is left of a creation that failed was never anybody's to keep.
    if (effect?.kind !== 'deleted' || before === undefined || before.ListenerStatus === 'Provisioning')
      return undefined;
    const { ListenerId: listenerId } = before;
    const uid = this.#records.ownerSince(listenerId, this.#records.now);
    const life = this.#records.lives.get(uid ?? '');
    if (life === undefined || life.isGone) return undefined;
    if (!this.#cluster.swept.has(life.object.metadata.uid)) this.#goingAnyway.add(listenerId);
    if (this.#goingAnyway.has(listenerId)) return undefined;
    const isAllowed = life.object.metadata.annotations?.[ALLOW_SWEEP] === 'true';
    return isAllowed
      ? undefined
      : `${listenerId} of ${life.object.metadata.name} goes with its namespace or its CRD`;
  }
}
