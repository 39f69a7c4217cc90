import { type Random, seededRandom } from '../../src/runtime/random.ts';

/** Every draw of one run, from its seed. */
export class Chance implements Random {
  readonly #random: Random;

  constructor(seed: number) {
    // Neighbouring seeds begin alike in so small a generator.
    this.#random = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
  }

  next(): number {
    return this.#random.next();
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of them, each alike; `undefined` of none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  oneOf<T>(first: T, ...rest: readonly T[]): T {
    return this.pick([first, ...rest]) ?? first;
  }

  /** One of them, in proportion to their weights. */
  weighted<T extends { readonly weight: number }>(items: readonly T[]): T | undefined {
    let rest = this.next() * items.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of items) {
      rest -= item.weight;
      if (rest < 0) return item;
    }
    return items.at(-1);
  }

  /** A generator of its own, so that one who draws more does not change what others draw. */
  fork(): Chance {
    return new Chance(this.below(2 ** 31));
  }
}
