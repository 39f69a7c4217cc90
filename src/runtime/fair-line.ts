/**
 * Keys in line. Namespaces take turns, and within one it is first come, first served; so a namespace waits for at most
 * one key of each other, however many those have. A namespace can be paused: its keys stay in line without a turn.
 * Every operation but `shiftLongest` takes constant time.
 */
export class FairLine<Key extends string> {
  /** Those whose turn comes, the next one first. None is empty. */
  readonly #turns = new Map<string, Set<Key>>();
  readonly #paused = new Map<string, Set<Key>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The key must not be in line. */
  add(key: Key): void {
    const namespace = namespaceOf(key);
    const keys = this.#paused.get(namespace) ?? this.#turns.get(namespace) ?? new Set();
    keys.add(key);
    this.#size += 1;
    if (!this.#paused.has(namespace)) this.#turns.set(namespace, keys);
  }

  delete(key: Key): void {
    const namespace = namespaceOf(key);
    const keys = this.#paused.get(namespace) ?? this.#turns.get(namespace);
    if (keys === undefined || !keys.delete(key)) return;
    this.#size -= 1;
    if (keys.size === 0) this.#turns.delete(namespace);
  }

  /** Takes the key whose turn it is; its namespace goes to the end. */
  shift(): Key | undefined {
    const [turn] = this.#turns;
    if (turn === undefined) return undefined;
    const [namespace, keys] = turn;
    const [key] = keys;
    this.#turns.delete(namespace);
    if (key === undefined) return undefined;
    keys.delete(key);
    this.#size -= 1;
    if (keys.size > 0) this.#turns.set(namespace, keys);
    return key;
  }

  /** Takes the oldest key of the namespace with the most unpaused keys in line, and keeps its turn. */
  shiftLongest(): Key | undefined {
    let longest = new Set<Key>();
    for (const keys of this.#turns.values()) if (keys.size > longest.size) longest = keys;
    const [key] = longest;
    if (key !== undefined) this.delete(key);
    return key;
  }

  pause(namespace: string): void {
    if (this.#paused.has(namespace)) return;
    this.#paused.set(namespace, this.#turns.get(namespace) ?? new Set());
    this.#turns.delete(namespace);
  }

  resume(namespace: string): void {
    const keys = this.#paused.get(namespace);
    this.#paused.delete(namespace);
    if (keys !== undefined && keys.size > 0) this.#turns.set(namespace, keys);
  }

  clear(): void {
    this.#turns.clear();
    this.#paused.clear();
    this.#size = 0;
  }
}

/** What stands before the slash of `namespace/name`; empty where there is none. */
export function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}
