import { type Random, seededRandom } from '../../../src/runtime/random.ts';

export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from 0 up to but not including `end`. */
  below(end: number): number {
    return Math.floor(this.#random.next() * end);
  }

  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  pick<T>(values: readonly [T, ...(readonly T[])]): T {
    return values[this.below(values.length)] ?? values[0];
  }
}
