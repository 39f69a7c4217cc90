import { expect, it } from 'vitest';
import { Backoff } from '../../src/runtime/backoff.ts';

it('doubles with each failure up to its maximum, also after very many, until it is reset', () => {
  const backoff = new Backoff({ baseMs: 800, maxMs: 30_000 }, { next: () => 0.5 });
  const delays = Array.from({ length: 8 }, () => backoff.next());
  expect(delays).toEqual([400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
  for (let i = 0; i < 5000; i += 1) backoff.next();
  expect(backoff.next()).toBe(15_000);
  backoff.reset();
  expect(backoff.next()).toBe(400);
});
