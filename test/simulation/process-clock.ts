import type { Clock, Timer } from '../../src/runtime/clock.ts';
import type { Timeline } from './timeline.ts';

/** A hundred times what a process needs that gets something to do and then waits for something. */
const MOST_READS_AT_ONCE = 10_000;

/**
 * Time as one process has it. While it sleeps, its timers wait, and all come when it wakes; when it is dead, none comes.
 * Its wall clock may be off, as those of different nodes are. A process that reads it again and again without waiting for
 * anything would keep the whole history from going on, so the clock throws.
 */
export class ProcessClock implements Clock {
  readonly #timeline: Timeline;
  readonly #held = new Set<() => void>();
  #state: 'awake' | 'asleep' | 'dead' = 'awake';
  #aheadMs: number;
  #readsAtOnce = 0;

  constructor(timeline: Timeline, aheadMs: number) {
    this.#timeline = timeline;
    this.#aheadMs = aheadMs;
  }

  now(): number {
    this.#countRead();
    return Math.floor(this.#timeline.now() + this.#aheadMs);
  }

  monotonic(): number {
    this.#countRead();
    return this.#timeline.monotonic();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = this.#timeline.schedule(delayMs, () => {
      if (this.#state === 'awake') callback();
      if (this.#state === 'asleep') this.#held.add(callback);
    });
    return {
      cancel: () => {
        timer.cancel();
        this.#held.delete(callback);
      },
    };
  }

  /** Somebody sets the wall clock. */
  jump(aheadMs: number): void {
    this.#aheadMs = aheadMs;
  }

  sleep(): void {
    if (this.#state === 'awake') this.#state = 'asleep';
  }

  wake(): void {
    // A process that was killed in its sleep stays dead. With its timers back it would run on, cut off from all answers.
    if (this.#state !== 'asleep') return;
    this.#state = 'awake';
    for (const callback of this.#held) {
      this.#held.delete(callback);
      callback();
    }
  }

  die(): void {
    this.#state = 'dead';
    this.#held.clear();
  }

  #countRead(): void {
    if (this.#readsAtOnce === 0) {
      setImmediate(() => {
        this.#readsAtOnce = 0;
      });
    }
    this.#readsAtOnce += 1;
    if (this.#readsAtOnce > MOST_READS_AT_ONCE)
      throw new Error('the process works on and on and waits for nothing');
  }
}
