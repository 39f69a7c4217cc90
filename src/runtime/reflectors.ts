import { Reflector, type ReflectorOptions } from './reflector.ts';

/** The part of a resource that is watched. */
export interface WatchScope {
  /** The whole cluster where none is named. */
  readonly namespaces: readonly string[];
  /** See `ReflectorOptions`. */
  readonly labelSelector?: string | undefined;
}

export interface ReflectorsOptions<IndexName extends string>
  extends Omit<ReflectorOptions<IndexName>, 'namespace' | 'labelSelector'> {
  readonly scope: WatchScope;
}

/**
 * Keeps one store equal to chosen namespaces of a resource, by a reflector for each: who may read only those cannot
 * list the whole cluster.
 */
export class Reflectors<IndexName extends string> {
  readonly #reflectors: readonly Reflector<IndexName>[];

  /** Resolves when the store holds the first complete list of every namespace. Pending as long as one is missing. */
  readonly synced: Promise<void>;

  constructor({ scope: { namespaces, labelSelector }, ...options }: ReflectorsOptions<IndexName>) {
    this.#reflectors =
      namespaces.length === 0
        ? [new Reflector({ ...options, labelSelector })]
        : namespaces.map((namespace) => new Reflector({ ...options, labelSelector, namespace }));
    this.synced = this.#allSynced();
  }

  /** Whether `synced` has resolved. */
  get isSynced(): boolean {
    return this.#reflectors.every(({ isSynced }) => isSynced);
  }

  /** Whether one of them is. See `Reflector`. */
  get isStuck(): boolean {
    return this.#reflectors.some(({ isStuck }) => isStuck);
  }

  /** See `Reflector`. */
  listAnew(): void {
    for (const reflector of this.#reflectors) reflector.listAnew();
  }

  /** Runs until the signal aborts, then resolves. Run it once. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }

  async #allSynced(): Promise<void> {
    await Promise.all(this.#reflectors.map(({ synced }) => synced));
  }
}
