import type { Clock } from '../runtime/clock.ts';

const FORGET_AFTER_MS = 3_600_000;

/** Lazily created values, evicted after an hour without access unless they are still needed. */
export class InUse<Value> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #isNeeded: (key: string) => boolean;
  /** The one asked for last comes last. */
  readonly #entries = new Map<string, { readonly value: Value; readonly askedAt: number }>();

  /** @param isNeeded keeps an idle entry; evaluated once an hour for each */
  constructor(clock: Pick<Clock, 'monotonic'>, isNeeded: (key: string) => boolean = () => false) {
    this.#clock = clock;
    this.#isNeeded = isNeeded;
  }

  get(key: string, make: () => Value): Value {
    const now = this.#clock.monotonic();
    const value = this.#entries.get(key)?.value ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, { value, askedAt: now });
    this.#forgetUnused(now);
    return value;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  values(): readonly Value[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  #forgetUnused(now: number): void {
    for (const [key, { value, askedAt }] of this.#entries) {
      if (now - askedAt < FORGET_AFTER_MS) return;
      this.#entries.delete(key);
      if (this.#isNeeded(key)) this.#entries.set(key, { value, askedAt: now });
    }
  }
}
