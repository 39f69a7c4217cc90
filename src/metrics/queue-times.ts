import type { Clock } from '../runtime/clock.ts';
import type { QueueObserver } from '../runtime/work-queue.ts';

interface Report {
  added(): void;
  /** Seconds. */
  waited(seconds: number): void;
  worked(seconds: number): void;
  retried(): void;
}

/** How long keys wait and are worked on. */
export class QueueTimes implements QueueObserver {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #report: Report;
  readonly #addedAt = new Map<string, number>();
  readonly #takenAt = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>, report: Report) {
    this.#clock = clock;
    this.#report = report;
  }

  added(key: string): void {
    this.#addedAt.set(key, this.#clock.monotonic());
    this.#report.added();
  }

  taken(key: string): void {
    const now = this.#clock.monotonic();
    this.#report.waited((now - (this.#addedAt.get(key) ?? now)) / 1000);
    this.#addedAt.delete(key);
    this.#takenAt.set(key, now);
  }

  done(key: string): void {
    const now = this.#clock.monotonic();
    this.#report.worked((now - (this.#takenAt.get(key) ?? now)) / 1000);
    this.#takenAt.delete(key);
  }

  retried(): void {
    this.#report.retried();
  }

  /** For how long what is worked on now has been, in seconds. */
  unfinished(): readonly number[] {
    const now = this.#clock.monotonic();
    return [...this.#takenAt.values()].map((at) => (now - at) / 1000);
  }
}
