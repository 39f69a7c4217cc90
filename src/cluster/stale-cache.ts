import type { Clock } from '../runtime/clock.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../runtime/object.ts';
import { RecentMap } from '../runtime/recent-map.ts';

export interface StaleCacheOptions {
  readonly clock: Clock;
  /** The cache lacks changes that its watch will not bring: only a new list does. */
  readonly listAnew: () => void;
}

interface Conflict {
  readonly resourceVersion: string;
  /** When writes began to conflict on that version; monotonic. */
  readonly since: number;
}

/** Far longer than a watch lags behind a write on a busy API server. */
const MOST_LAG_MS = 15_000;
/** Entries that are kept. An object whose entry is evicted only waits longer for the list. */
const MOST_OBJECTS = 1000;

/**
 * Tells a cache that lags from one that is wrong, by the writes that conflict.
 *
 * A conflict is ordinary: the event of the other write is on its way, and the next attempt is made on a newer version.
 * The cache is wrong when the server holds an older version than the cache (etcd was restored from a backup), and when
 * writes on one and the same cached version go on to conflict: the watch has lost a change.
 */
export class StaleCache {
  readonly #options: StaleCacheOptions;
  readonly #conflicts = new RecentMap<ObjectKey, Conflict>(MOST_OBJECTS);

  constructor(options: StaleCacheOptions) {
    this.#options = options;
  }

  /** Records a conflict on the version of `seen`, and lists anew if it shows that the cache is wrong. */
  onConflict(seen: KubeObject, { serverIsBehind }: { readonly serverIsBehind: boolean }): void {
    if (serverIsBehind || this.#goesOn(seen)) this.#options.listAnew();
  }

  #goesOn(seen: KubeObject): boolean {
    const { resourceVersion } = seen.metadata;
    const now = this.#options.clock.monotonic();
    const key = keyOf(seen);
    const known = this.#conflicts.get(key);
    const isKnown = known?.resourceVersion === resourceVersion;
    if (isKnown && now - known.since < MOST_LAG_MS) return false;
    // Also when a list is made: it has as long to come as the event had.
    this.#conflicts.set(key, { resourceVersion, since: now });
    return isKnown;
  }
}
