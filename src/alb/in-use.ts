import type { Clock } from '../runtime/clock.ts';

const FORGET_AFTER_MS = 3_600_000;

/** Things that are made when somebody asks for them, and forgotten when nobody has for an hour. */
export class InUse<Value> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** The one asked for last comes last. */
  readonly #entries = new Map<string, { readonly value: Value; readonly askedAt: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
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
    for (const [key, { askedAt }] of this.#entries) {
      if (now - askedAt < FORGET_AFTER_MS) return;
      this.#entries.delete(key);
    }
  }
}
