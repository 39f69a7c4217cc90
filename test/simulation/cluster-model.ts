import type { AlbListener, ObjectKey } from '../../src/listener/resource.ts';
import { FINALIZER, formatKey, readAlbListener } from '../../src/listener/resource.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';

interface Stored {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly finalizers: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: object;
  readonly status: unknown;
}

export type Written = AlbListener | 'conflict' | 'gone';

/** What the API server does with AlbListeners: versions, preconditions, the status subresource, finalizers. */
export class ClusterModel {
  readonly #objects = new Map<string, Stored>();
  /** Every state an object ever had, oldest first; `undefined` is its absence. A cache may be anywhere in it. */
  readonly #histories = new Map<string, (AlbListener | undefined)[]>();
  #versions = 0;

  history(key: ObjectKey): readonly (AlbListener | undefined)[] {
    return this.#histories.get(formatKey(key)) ?? [undefined];
  }

  get(key: ObjectKey): AlbListener | undefined {
    return this.history(key).at(-1);
  }

  keys(): readonly ObjectKey[] {
    return [...this.#histories.keys()].map((text) => {
      const [namespace = '', name = ''] = text.split('/');
      return { namespace, name };
    });
  }

  /** @param finalizers that stand in the manifest */
  create(key: ObjectKey, uid: string, spec: object, finalizers: readonly string[] = []): void {
    if (this.#objects.has(formatKey(key))) return;
    this.#put({
      ...key,
      uid,
      generation: 1,
      resourceVersion: '',
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers,
      spec,
      status: { observedGeneration: -1 },
    });
  }

  edit(key: ObjectKey, change: object): void {
    const stored = this.#objects.get(formatKey(key));
    if (stored === undefined || stored.deletionTimestamp !== undefined) return;
    this.#put({ ...stored, generation: stored.generation + 1, spec: { ...stored.spec, ...change } });
  }

  annotate(key: ObjectKey, annotations: Readonly<Record<string, string>>): void {
    const stored = this.#objects.get(formatKey(key));
    if (stored !== undefined) this.#put({ ...stored, annotations });
  }

  delete(key: ObjectKey): void {
    const stored = this.#objects.get(formatKey(key));
    if (stored === undefined || stored.deletionTimestamp !== undefined) return;
    if (stored.finalizers.length === 0) {
      this.#remove(stored);
      return;
    }
    this.#put({ ...stored, generation: stored.generation + 1, deletionTimestamp: '2026-01-02T00:00:00Z' });
  }

  /** Somebody removes every finalizer by force. */
  tearOut(key: ObjectKey): void {
    const stored = this.#objects.get(formatKey(key));
    if (stored !== undefined) this.#remove(stored);
  }

  wipeStatus(key: ObjectKey): void {
    const stored = this.#objects.get(formatKey(key));
    if (stored !== undefined) this.#put({ ...stored, status: {} });
  }

  writeStatus(seen: AlbListener, status: AlbListenerStatus, guard: 'version' | 'incarnation'): Written {
    const stored = this.#sameObject(seen);
    if (stored === undefined) return 'gone';
    if (guard === 'version' && stored.resourceVersion !== seen.resourceVersion) return 'conflict';
    const incarnation = readAlbListener(manifestOf(stored)).status.creation?.incarnation;
    if (guard === 'incarnation' && incarnation !== seen.status.creation?.incarnation) return 'conflict';
    // JSON, as on the wire: undefined fields vanish.
    const wire: unknown = JSON.parse(JSON.stringify(status));
    if (JSON.stringify(stored.status) === JSON.stringify(wire)) return readAlbListener(manifestOf(stored));
    return this.#put({ ...stored, status: wire });
  }

  setFinalizer(seen: AlbListener, present: boolean): Written {
    const stored = this.#sameObject(seen);
    if (stored === undefined) return 'gone';
    // The patch tests the finalizers it was made for.
    if (stored.finalizers.includes(FINALIZER) === present) return 'conflict';
    if (present && stored.deletionTimestamp !== undefined) return 'conflict';
    const next = { ...stored, finalizers: present ? [FINALIZER] : [] };
    if (next.deletionTimestamp === undefined || present) return this.#put(next);
    this.#remove(stored);
    return 'gone';
  }

  #sameObject(seen: AlbListener): Stored | undefined {
    const stored = this.#objects.get(formatKey(seen.key));
    return stored?.uid === seen.uid ? stored : undefined;
  }

  #put(stored: Stored): AlbListener {
    this.#versions += 1;
    const next = { ...stored, resourceVersion: String(this.#versions) };
    const key = `${stored.namespace}/${stored.name}`;
    const object = readAlbListener(manifestOf(next));
    this.#objects.set(key, next);
    this.#histories.set(key, [...(this.#histories.get(key) ?? [undefined]), object]);
    return object;
  }

  #remove({ namespace, name }: Stored): void {
    const key = `${namespace}/${name}`;
    this.#objects.delete(key);
    this.#histories.set(key, [...(this.#histories.get(key) ?? []), undefined]);
  }
}

function manifestOf({ spec, status, ...metadata }: Stored): object {
  return { metadata, spec, status };
}
