/** Chance, injected: the same seed gives the same run. */
export interface Random {
  /** A number from 0 up to but not including 1. */
  next(): number;
}

export const systemRandom: Random = { next: () => Math.random() };

/** The mulberry32 generator: 32 bits of state, good enough to spread work, useless for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

/** `digits` random hexadecimal digits: names and correlation ids. */
export function randomHex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random.next() * 16).toString(16)).join('');
}
