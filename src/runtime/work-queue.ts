import type { BackoffRange } from './backoff.ts';
import { fullJitter } from './backoff.ts';
import type { Clock, Timer } from './clock.ts';
import type { Random } from './random.ts';

/** `high`: somebody edited and waits. `normal`: work that goes on. `low`: a look that nobody waits for. */
export type Priority = 'high' | 'normal' | 'low';

const PRIORITIES = ['high', 'normal', 'low'] as const satisfies readonly Priority[];

/** One take in this many serves the key that has waited longest, so that no level starves the ones below. */
const FAIR_TAKE = 8;

export interface WorkQueueOptions {
  /** Delays of `retry`, with full jitter. */
  readonly backoff: BackoffRange;
  readonly clock: Clock;
  readonly random: Random;
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
 * Keys that need work.
 *
 * Guarantees:
 * - A key is with one worker at most. Added meanwhile, it is dirty and comes again after `done`.
 * - A key waits once, whatever the number of adds. An add with a higher priority raises it.
 * - Higher priorities go first, first come first served within one; every eighth take goes to the key that
 *   has waited longest, whatever its priority, so none waits for ever.
 * - A key has at most one delay pending, the one that ends first. Adding the key ends it: the work
 *   done now decides when the next look is due.
 *
 * Whoever takes a key must call `done` for it, once.
 */
export class WorkQueue<Key extends string> {
  readonly #backoff: BackoffRange;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #observer: QueueObserver | undefined;
  readonly #ready: Record<Priority, Map<Key, number>> = {
    high: new Map(),
    normal: new Map(),
    low: new Map(),
  };
  readonly #delayed = new Map<Key, { readonly dueAt: number; readonly timer: Timer }>();
  /** Keys with a worker; the value is the priority of an add that came meanwhile. */
  readonly #processing = new Map<Key, Priority | undefined>();
  readonly #retries = new Map<Key, number>();
  readonly #takers: (() => void)[] = [];
  readonly #drained = Promise.withResolvers<void>();
  #sequence = 0;
  #takes = 0;
  #shutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#backoff = options.backoff;
    this.#clock = options.clock;
    this.#random = options.random;
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

    const waiting = this.#priorityOf(key);
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
    if (this.#priorityOf(key) !== undefined) return;

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
    this.#processing.delete(key);
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
    this.#sequence += 1;
    this.#ready[priority].set(key, this.#sequence);
    this.#takers.shift()?.();
  }

  #next(): Work<Key> | undefined {
    const heads = PRIORITIES.flatMap((priority) => {
      const head = this.#ready[priority].entries().next();
      return head.done ? [] : [{ priority, key: head.value[0], sequence: head.value[1] }];
    });
    const [first] = heads;
    if (first === undefined) return undefined;

    this.#takes += 1;
    const fair = this.#takes % FAIR_TAKE === 0;
    const chosen = fair
      ? heads.reduce((oldest, head) => (head.sequence < oldest.sequence ? head : oldest))
      : first;
    this.#ready[chosen.priority].delete(chosen.key);
    this.#processing.set(chosen.key, undefined);
    this.#observer?.taken(chosen.key);
    return { key: chosen.key, priority: chosen.priority, retries: this.#retries.get(chosen.key) ?? 0 };
  }

  #priorityOf(key: Key): Priority | undefined {
    return PRIORITIES.find((priority) => this.#ready[priority].has(key));
  }

  #cancelDelay(key: Key): void {
    this.#delayed.get(key)?.timer.cancel();
    this.#delayed.delete(key);
  }
}

function higher(a: Priority, b: Priority | undefined): Priority {
  return b !== undefined && PRIORITIES.indexOf(b) < PRIORITIES.indexOf(a) ? b : a;
}
