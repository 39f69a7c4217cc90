import type { Cluster, Session } from './ports.ts';
import { REASONS } from './reason.ts';
import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';

/**
 * Warns, once for each object, of a listener in a region that is not a known one. It was created before regions were
 * checked, and goes on being looked after where its status says that it is.
 */
export class UnlistedRegions {
  /** UIDs of objects that were warned of, by key. */
  readonly #told = new Map<string, string>();

  tell(object: AlbListener, { isUnlisted, site }: Session, cluster: Pick<Cluster, 'recordEvent'>): void {
    const key = formatKey(object.key);
    if (!isUnlisted || this.#told.get(key) === object.uid) return;
    this.#told.set(key, object.uid);
    cluster.recordEvent(object, {
      type: 'Warning',
      reason: 'InvalidRegion',
      action: 'Reconcile',
      note: `Region ${site?.regionId ?? '?'} is not a known one. Its listener is looked after all the same; another could not be created there. ${REASONS.InvalidRegion.remedy}`,
    });
  }

  /** There is no such object any more. */
  forget(key: ObjectKey): void {
    this.#told.delete(formatKey(key));
  }
}
