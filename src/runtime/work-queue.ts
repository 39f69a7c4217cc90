import type { BackoffRange } from './backoff.ts';
import { fullJitter } from './backoff.ts';
import type { Clock, Timer } from './clock.ts';
import { FairLine, namespaceOf } from './fair-line.ts';
import type { Random } from './random.ts';

/** `high`: somebody edited and waits. `normal`: work that goes on. `low`: a look that nobody waits for. */
export type Priority = 'high' | 'normal' | 'low';

const PRIORITIES = ['high', 'normal', 'low'] as const satisfies readonly Priority[];

/** Whose take it is, over and over. Where its level is empty, a take goes to the highest that is not. */
const TAKES = [
  'high',
  'high',
  'normal',
  'high',
  'high',
  'normal',
  'high',
  'low',
] as const satisfies readonly Priority[];

export interface WorkQueueOptions {
  /** Delays of `retry`, with full jitter. */
  readonly backoff: BackoffRange;
  readonly clock: Clock;
  readonly random: Random;
  /** The most keys of one namespace that are with workers at once; without, there is no such limit. */
  readonly mostOfOneNamespace?: number | undefined;
  readonly observer?: QueueObserver | undefined;
}

/** Hears of each key on its way through a queue, at the moment it happens. Must not throw. */
export interface QueueObserver {
  /** It waits from now on. One that is with a worker waits too, until the worker is through with it. */
  added(key: string): void;
  taken(key: string): void;
  done(key: string): void;
  /** It comes again after its backoff. */
  retried(): void;
}

export interface Work<Key extends string> {
  readonly key: Key;
  readonly priority: Priority;
  /** How many retries came before since the key was last forgotten. */
  readonly retries: number;
}

export interface QueueDepth {
  readonly ready: Readonly<Record<Priority, number>>;
  readonly delayed: number;
  readonly processing: number;
}

/**
 * Keys that need work. What stands before the slash of a key is its namespace.
 *
 * Guarantees:
 * - A key is with one worker at most. Added meanwhile, it is dirty and comes again after `done`.
 * - A key waits once, whatever the number of adds. An add with a higher priority raises it.
 * - Higher priorities go first, and none starves those below: of eight takes `normal` has two and `low` one.
 * - Within a priority namespaces take turns, first come, first served in each. So a namespace waits for at most one
 *   key of each other, however many keys those add and however often.
 * - No namespace is with more workers than it may be, however long its work takes.
 * - A key has at most one delay pending, the one that ends first. Adding the key ends it: the work
 *   done now decides when the next look is due.
 *
 * Whoever takes a key must call `done` for it, once.
 */
export class WorkQueue<Key extends string> {
  readonly #backoff: BackoffRange;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #mostOfOneNamespace: number;
  readonly #observer: QueueObserver | undefined;
  readonly #ready: Record<Priority, FairLine<Key>> = {
    high: new FairLine(),
    normal: new FairLine(),
    low: new FairLine(),
  };
  /** The line that each key waits in. */
  readonly #waiting = new Map<Key, Priority>();
  readonly #delayed = new Map<Key, { readonly dueAt: number; readonly timer: Timer }>();
  /** Keys with a worker; the value is the priority of an add that came meanwhile. */
  readonly #processing = new Map<Key, Priority | undefined>();
  /** How many keys of each namespace are with workers. */
  readonly #inWork = new Map<string, number>();
  readonly #retries = new Map<Key, number>();
  readonly #takers: (() => void)[] = [];
  readonly #drained = Promise.withResolvers<void>();
  #takes = 0;
  #shutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#backoff = options.backoff;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#mostOfOneNamespace = options.mostOfOneNamespace ?? Number.POSITIVE_INFINITY;
    this.#observer = options.observer;
  }

  add(key: Key, priority: Priority): void {
    if (this.#shutDown) return;
    this.#cancelDelay(key);

    if (this.#processing.has(key)) {
      const dirty = this.#processing.get(key);
      if (dirty === undefined) this.#observer?.added(key);
      this.#processing.set(key, higher(priority, dirty));
      return;
    }

    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#observer?.added(key);
    else if (higher(priority, waiting) === waiting) return;
    else this.#ready[waiting].delete(key);
    this.#makeReady(key, priority);
  }

  /** Adds the key after `delayMs`. If it already waits it needs no delay; of two delays the earlier counts. */
  addAfter(key: Key, delayMs: number, priority: Priority): void {
    if (this.#shutDown) return;
    if (delayMs <= 0) {
      this.add(key, priority);
      return;
    }
    if (this.#waiting.has(key)) return;

    const dueAt = this.#clock.monotonic() + delayMs;
    const pending = this.#delayed.get(key);
    if (pending !== undefined && pending.dueAt <= dueAt) return;
    this.#cancelDelay(key);
    const timer = this.#clock.schedule(delayMs, () => this.add(key, priority));
    this.#delayed.set(key, { dueAt, timer });
  }

  /** Adds the key after its backoff, which doubles with each retry until `forget`. */
  retry(key: Key, priority: Priority): void {
    const retries = this.#retries.get(key) ?? 0;
    this.#retries.set(key, retries + 1);
    this.#observer?.retried();
    this.addAfter(key, fullJitter(this.#backoff, retries, this.#random), priority);
  }

  /** The key did well: its next retry starts with the shortest delay. */
  forget(key: Key): void {
    this.#retries.delete(key);
  }

  /** Waits for the next key; undefined when the queue is shut down. */
  async take(): Promise<Work<Key> | undefined> {
    let work = this.#next();
    while (work === undefined && !this.#shutDown) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#takers.push(resolve);
      await promise;
      // Another taker may have been quicker.
      work = this.#next();
    }
    return work;
  }

  /** The worker is through with the key. */
  done(key: Key): void {
    const dirty = this.#processing.get(key);
    if (this.#processing.delete(key)) this.#freeWorker(namespaceOf(key));
    this.#observer?.done(key);
    if (dirty !== undefined && !this.#shutDown) {
      this.#cancelDelay(key);
      this.#makeReady(key, dirty);
    }
    if (this.#shutDown && this.#processing.size === 0) this.#drained.resolve();
  }

  /**
   * Takes no more keys and hands none out; what waits is dropped, since the next start lists everything anew.
   * Resolves when every key that was taken is done.
   */
  async shutDown(): Promise<void> {
    this.#shutDown = true;
    for (const key of this.#delayed.keys()) this.#cancelDelay(key);
    for (const priority of PRIORITIES) this.#ready[priority].clear();
    this.#waiting.clear();
    for (const wake of this.#takers) wake();
    if (this.#processing.size === 0) this.#drained.resolve();
    await this.#drained.promise;
  }

  depth(): QueueDepth {
    const { high, normal, low } = this.#ready;
    return {
      ready: { high: high.size, normal: normal.size, low: low.size },
      delayed: this.#delayed.size,
      processing: this.#processing.size,
    };
  }

  #makeReady(key: Key, priority: Priority): void {
    this.#waiting.set(key, priority);
    this.#ready[priority].add(key);
    this.#takers.shift()?.();
  }

  #next(): Work<Key> | undefined {
    const turn = TAKES[this.#takes % TAKES.length] ?? 'high';
    for (const priority of [turn, ...PRIORITIES]) {
      const key = this.#ready[priority].shift();
      if (key === undefined) continue;
      this.#takes += 1;
      this.#waiting.delete(key);
      this.#processing.set(key, undefined);
      this.#takeWorker(namespaceOf(key));
      this.#observer?.taken(key);
      return { key, priority, retries: this.#retries.get(key) ?? 0 };
    }
    return undefined;
  }

  #takeWorker(namespace: string): void {
    const inWork = (this.#inWork.get(namespace) ?? 0) + 1;
    this.#inWork.set(namespace, inWork);
    if (inWork < this.#mostOfOneNamespace) return;
    for (const priority of PRIORITIES) this.#ready[priority].pause(namespace);
  }

  #freeWorker(namespace: string): void {
    const inWork = (this.#inWork.get(namespace) ?? 1) - 1;
    if (inWork > 0) this.#inWork.set(namespace, inWork);
    else this.#inWork.delete(namespace);
    if (inWork !== this.#mostOfOneNamespace - 1) return;
    for (const priority of PRIORITIES) this.#ready[priority].resume(namespace);
    // One of its keys may be all that a waiting taker has been waiting for.
    this.#takers.shift()?.();
  }

  #cancelDelay(key: Key): void {
    this.#delayed.get(key)?.timer.cancel();
    this.#delayed.delete(key);
  }
}

function higher(a: Priority, b: Priority | undefined): Priority {
  return b !== undefined && PRIORITIES.indexOf(b) < PRIORITIES.indexOf(a) ? b : a;
}
