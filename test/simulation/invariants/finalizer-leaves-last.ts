import { FINALIZER } from '../../../src/listener/resource.ts';
import { readStatus } from '../../../src/listener/schema/status.ts';
import { ALB_LISTENERS } from '../api-server/resources.ts';
import type { Cloud, CloudCall } from '../cloud.ts';
import type { ClusterChange } from '../cluster.ts';
import { isRetained } from '../declared.ts';
import { type Life, ownerIn, type Records } from '../records.ts';
import { HINDSIGHT_MS } from './hindsight.ts';
import type { Invariant } from './invariant.ts';

/** Promise 4: the finalizer leaves only when nothing of the resource is left in the cloud, and nothing comes after it. */
export class FinalizerLeavesLast implements Invariant {
  readonly name = 'the finalizer leaves last';
  readonly #records: Records;
  readonly #cloud: Cloud;

  constructor(records: Records, cloud: Cloud) {
    this.#records = records;
    this.#cloud = cloud;
  }

  judgeChange({ resource, type, object, before, by }: ClusterChange): string | undefined {
    if (resource !== ALB_LISTENERS || by === 'user') return undefined;
    const had = before?.metadata.finalizers?.includes(FINALIZER) === true;
    const has = type !== 'DELETED' && object.metadata.finalizers?.includes(FINALIZER) === true;
    if (!had || has) return undefined;
    const { uid, name } = object.metadata;
    const life = this.#records.lives.get(uid);
    const specs = life === undefined ? [] : this.#records.specsSince(life, this.#records.now - HINDSIGHT_MS);
    // What is to be taken over is not ours before the status names it.
    const mayStay = specs.some((spec) => isRetained(spec) || spec.adopt !== undefined);
    const isBeyondUs =
      life !== undefined && (life.lied || this.#records.hasLostTrack(life) || hasForgotten(life));
    const [left] = mayStay || isBeyondUs ? [] : this.#cloud.listenersOf(uid);
    return left && `${name} is let go while ${left.ListenerId} stands`;
  }

  judgeCall({ parameters, effect }: CloudCall): string | undefined {
    if (effect?.kind !== 'created') return undefined;
    const life = this.#records.lives.get(ownerIn(parameters) ?? '');
    if (life === undefined) return `${effect.listenerIds.join()} is made for nobody`;
    return life.isGone && !life.tornOut
      ? `${effect.listenerIds.join()} is made for ${life.object.metadata.name}, which has been let go`
      : undefined;
  }
}

/**
 * Whether a restore of etcd has undone the write ahead of a creation.
 *
 * An object whose status says that nothing was begun goes although the cloud cannot be read (docs/operations.md).
 */
function hasForgotten({ restored, object }: Life): boolean {
  const { creation, observedGeneration } = readStatus(object['status']);
  return restored && creation === undefined && observedGeneration >= 0;
}
