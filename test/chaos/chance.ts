import type { Random } from '../../src/runtime/random.ts';

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

/** A whole number from `least` to `most`. */
export function within(random: Random, least: number, most: number): number {
  return least + Math.floor(random.next() * (most - least + 1));
}

export function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random.next() * items.length)] ?? items[0];
}
