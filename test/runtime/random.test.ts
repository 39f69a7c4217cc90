import { expect, it } from 'vitest';
import { randomHex, seededRandom } from '../../src/runtime/random.ts';

const draw = (seed: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: 20 }, () => random.next());
};

it('gives the same numbers for the same seed, and others for another', () => {
  expect(draw(42)).toEqual(draw(42));
  expect(draw(42)).not.toEqual(draw(43));
});

it('spreads evenly from 0 to below 1', () => {
  const random = seededRandom(5);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 10_000; i += 1) {
    const tenth = Math.floor(random.next() * 10);
    tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
  }
  for (const count of tenths) {
    expect(count).toBeGreaterThan(850);
    expect(count).toBeLessThan(1150);
  }
});

it('makes hexadecimal digits', () => {
  expect(randomHex(seededRandom(1), 16)).toMatch(/^[0-9a-f]{16}$/);
});
