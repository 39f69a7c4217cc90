import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/runtime/backoff.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function newBackoff() {
  const clock = new VirtualClock();
  const backoff = new Backoff({ baseMs: 800, maxMs: 30_000 }, 120_000, clock, { next: () => 0.5 });
  return { clock, backoff };
}

describe('the backoff of one activity', () => {
  it('doubles with each failure up to its maximum, also after very many', () => {
    const { backoff } = newBackoff();
    const delays = Array.from({ length: 8 }, () => backoff.next());
    expect(delays).toEqual([400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
    for (let i = 0; i < 5000; i += 1) backoff.next();
    expect(backoff.next()).toBe(15_000);
  });

  it.each([
    { healthyMs: 119_999, delay: 1600, reason: 'a short success does not forget the failures' },
    { healthyMs: 120_000, delay: 400, reason: 'a long one does' },
  ])('$reason', async ({ healthyMs, delay }) => {
    const { clock, backoff } = newBackoff();
    backoff.next();
    backoff.next();
    const healthySince = clock.monotonic();
    await clock.advance(healthyMs);
    expect(backoff.next(healthySince)).toBe(delay);
  });
});
