import { isDeepStrictEqual } from 'node:util';
import type { Logger } from './log.ts';
import { describeThrown } from './log.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import { keyOf } from './object.ts';

export type StoreChange =
  | { readonly type: 'added'; readonly object: KubeObject; readonly cause: ChangeCause }
  | {
      readonly type: 'updated';
      readonly object: KubeObject;
      readonly previous: KubeObject;
      readonly cause: ChangeCause;
    }
  /** `object` is the last state seen. A recreated object is a deletion followed by an addition. */
  | { readonly type: 'deleted'; readonly object: KubeObject; readonly cause: ChangeCause };

/** `initialList`: the object was there before we looked. `live`: it changed since, watched or found by relisting. */
export type ChangeCause = 'initialList' | 'live';

export type StoreListener = (change: StoreChange) => void;

/** The values an object is found under; none leaves it out of the index. */
export type IndexFunction = (object: KubeObject) => readonly string[];

/**
 * The last known state of one resource, by key and by index.
 *
 * Guarantees: listeners are called synchronously, in the order of the changes, after the store and all its
 * indexes show the change. A listener that throws is logged and hinders nobody. An object whose uid and
 * resourceVersion did not change causes no notification, unless its content did: after the API server went back to an
 * earlier state the same version can come again.
 */
export class Store<IndexName extends string = never> {
  readonly #objects = new Map<ObjectKey, KubeObject>();
  readonly #indexes: Map<string, Index>;
  readonly #listeners = new Set<StoreListener>();
  readonly #logger: Logger;
  /** The namespaces whose first list is in; the empty name stands for the whole cluster. */
  readonly #filled = new Set<string>();

  constructor(indexes: Readonly<Record<IndexName, IndexFunction>>, logger: Logger) {
    const functions = Object.entries<IndexFunction>(indexes);
    this.#indexes = new Map(functions.map(([name, valuesOf]) => [name, new Index(valuesOf)]));
    this.#logger = logger;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#objects.get(key);
  }

  list(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  byIndex(index: IndexName, value: string): readonly KubeObject[] {
    return this.#indexes.get(index)?.get(value) ?? [];
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes a complete list: adds, updates, and deletes what is missing from it. The list of one namespace leaves the
   * objects of others alone.
   */
  replace(objects: readonly KubeObject[], namespace = ''): void {
    const cause = this.#filled.has(namespace) ? 'live' : 'initialList';
    this.#filled.add(namespace);
    const present = new Set(objects.map(keyOf));
    for (const object of this.list()) {
      const isListed = namespace === '' || object.metadata.namespace === namespace;
      if (isListed && !present.has(keyOf(object))) this.#delete(object, cause);
    }
    for (const object of objects) this.#put(object, cause);
  }

  /** Takes one added or changed object. */
  apply(object: KubeObject): void {
    this.#put(object, 'live');
  }

  /** Takes one deleted object, in its last state. */
  remove(object: KubeObject): void {
    if (this.#objects.has(keyOf(object))) this.#delete(object, 'live');
  }

  #put(object: KubeObject, cause: ChangeCause): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      this.#delete(previous, cause);
      this.#put(object, cause);
      return;
    }
    if (isDeepStrictEqual(previous, object)) return;

    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) index.put(key, object);
    this.#notify(
      previous === undefined
        ? { type: 'added', object, cause }
        : { type: 'updated', object, previous, cause },
    );
  }

  #delete(object: KubeObject, cause: ChangeCause): void {
    const key = keyOf(object);
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) index.delete(key);
    this.#notify({ type: 'deleted', object, cause });
  }

  #notify(change: StoreChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (thrown) {
        const object = keyOf(change.object);
        this.#logger.error(
          { object, change: change.type, error: describeThrown(thrown) },
          'a store listener threw',
        );
      }
    }
  }
}

/** Objects by value, and the values of each key so that a changed object leaves its old places. */
class Index {
  readonly #valuesOf: IndexFunction;
  readonly #objects = new Map<string, Map<ObjectKey, KubeObject>>();
  readonly #values = new Map<ObjectKey, readonly string[]>();

  constructor(valuesOf: IndexFunction) {
    this.#valuesOf = valuesOf;
  }

  get(value: string): readonly KubeObject[] {
    return [...(this.#objects.get(value)?.values() ?? [])];
  }

  put(key: ObjectKey, object: KubeObject): void {
    this.delete(key);
    const values = this.#valuesOf(object);
    this.#values.set(key, values);
    for (const value of values) {
      const objects = this.#objects.get(value) ?? new Map<ObjectKey, KubeObject>();
      this.#objects.set(value, objects.set(key, object));
    }
  }

  delete(key: ObjectKey): void {
    for (const value of this.#values.get(key) ?? []) {
      const objects = this.#objects.get(value);
      objects?.delete(key);
      if (objects?.size === 0) this.#objects.delete(value);
    }
    this.#values.delete(key);
  }
}
