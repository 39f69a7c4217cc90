import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, keyOf, type ObjectKey } from '../../../src/runtime/object.ts';
import { withDefaults } from './object-rules.ts';
import { RESOURCES, type Resource } from './resources.ts';

export interface Change {
  readonly version: number;
  readonly resource: Resource;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** A deleted object is in its last state, with the version of its deletion. */
  readonly object: KubeObject;
  /** Absent for an addition. */
  readonly before: KubeObject | undefined;
}

/** All that there was at some moment, as a backup of etcd has it. */
export interface Backup {
  readonly version: number;
  readonly objects: ReadonlyMap<Resource, ReadonlyMap<ObjectKey, KubeObject>>;
}

/** What there is, and every change that led there since the last compaction, in one count of versions for all. */
export class History {
  /** As they were written: readers see them with the defaults of their schema. */
  readonly #objects = new Map(RESOURCES.map((resource) => [resource, new Map<ObjectKey, KubeObject>()]));
  readonly #watchers = new Set<(change: Change) => void>();
  readonly #cuts = new Set<() => void>();
  #changes: Change[] = [];
  #compactedTo = 1;
  #version = 1;

  get version(): number {
    return this.#version;
  }

  /** The oldest version that is still known. */
  get oldest(): number {
    return this.#compactedTo;
  }

  /** A version for something that is not kept here. */
  skip(): number {
    this.#version += 1;
    return this.#version;
  }

  get(resource: Resource, key: ObjectKey): KubeObject | undefined {
    const object = this.#objects.get(resource)?.get(key);
    return object && withDefaults(resource, object);
  }

  /** Whether this is, to the letter, what is stored: writing it again would change nothing. */
  holds(resource: Resource, object: KubeObject): boolean {
    return isDeepStrictEqual(this.#objects.get(resource)?.get(keyOf(object)), object);
  }

  /** Stores the object under the next version, in which it comes back. */
  put(resource: Resource, object: KubeObject): KubeObject {
    const before = this.get(resource, keyOf(object));
    const type = before === undefined ? 'ADDED' : 'MODIFIED';
    const stored = atVersion(object, this.skip());
    this.#objects.get(resource)?.set(keyOf(stored), stored);
    const shown = withDefaults(resource, stored);
    this.#tell({ version: this.#version, resource, type, object: shown, before });
    return shown;
  }

  remove(resource: Resource, before: KubeObject): void {
    const object = atVersion(before, this.skip());
    this.#objects.get(resource)?.delete(keyOf(before));
    this.#tell({ version: this.#version, resource, type: 'DELETED', object, before });
  }

  /** All objects of a resource as they were, in the order of their keys; `undefined` when that is forgotten. */
  listAt(resource: Resource, version: number): readonly KubeObject[] | undefined {
    if (version < this.#compactedTo) return undefined;
    const objects = new Map(this.#objects.get(resource));
    for (const [key, object] of objects) objects.set(key, withDefaults(resource, object));
    for (const { object, before } of this.changesAfter(resource, version)?.toReversed() ?? []) {
      if (before === undefined) objects.delete(keyOf(object));
      else objects.set(keyOf(before), before);
    }
    return [...objects].sort(([key], [other]) => (key < other ? -1 : 1)).map(([, object]) => object);
  }

  /** `undefined` when some of them are forgotten. */
  changesAfter(resource: Resource, version: number): readonly Change[] | undefined {
    if (version < this.#compactedTo) return undefined;
    return this.#changes.filter((change) => change.version > version && change.resource === resource);
  }

  /** Calls back with each change from now on, while it is made. Returns the function that ends it. */
  follow(watcher: (change: Change) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Forgets how it came to this version. Who follows already has been told. */
  compact(version: number): void {
    this.#compactedTo = Math.max(this.#compactedTo, Math.min(version, this.#version));
    this.#changes = this.#changes.filter((change) => change.version > this.#compactedTo);
  }

  backup(): Backup {
    const objects = [...this.#objects].map(([resource, ones]) => [resource, new Map(ones)] as const);
    return { version: this.#version, objects: new Map(objects) };
  }

  /**
   * Goes back to a backup. Nothing from before is known, and versions are counted on from there, so that they come again
   * for other states. No watcher is told of it, but those who asked are told that they are cut off.
   */
  restore({ version, objects }: Backup): void {
    for (const [resource, ones] of this.#objects) {
      ones.clear();
      for (const [key, object] of objects.get(resource) ?? []) ones.set(key, object);
    }
    this.#version = version;
    this.#compactedTo = version;
    this.#changes = [];
    for (const cut of this.#cuts) cut();
  }

  /** Calls back at each restore. Returns the function that ends it. */
  onRestore(cut: () => void): () => void {
    this.#cuts.add(cut);
    return () => this.#cuts.delete(cut);
  }

  #tell(change: Change): void {
    this.#changes.push(change);
    for (const watcher of this.#watchers) watcher(change);
  }
}

function atVersion(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}
