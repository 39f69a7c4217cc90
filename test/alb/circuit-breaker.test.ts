import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../src/alb/circuit-breaker.ts';

/** The middle of every range: pauses are exact, and those held back are spread over half of what they may be. */
const random = { next: () => 0.5 };
const PER_WAITER_MS = 25;

/** `answer` and `silence` of a call that left at the moment it ended. */
type Step = 'answer' | 'silence';

function after(steps: readonly Step[]): { readonly breaker: CircuitBreaker; readonly trips: number } {
  const breaker = new CircuitBreaker(random);
  const trips = steps.filter((step, now) => {
    if (step === 'silence') return breaker.silent(now, now);
    breaker.answered();
    return false;
  });
  return { breaker, trips: trips.length };
}

describe('a breaker opens', () => {
  it.each<{ reason: string; steps: readonly Step[]; isOpen: boolean; trips: number }>([
    { reason: 'not before anything happened', steps: [], isOpen: false, trips: 0 },
    { reason: 'after one silence where nothing ever answered', steps: ['silence'], isOpen: true, trips: 1 },
    {
      reason: 'not after one lost answer of a place that has answered',
      steps: ['answer', 'silence'],
      isOpen: false,
      trips: 0,
    },
    {
      reason: 'not after two in a row',
      steps: ['answer', 'silence', 'silence'],
      isOpen: false,
      trips: 0,
    },
    {
      reason: 'after three in a row',
      steps: ['answer', 'silence', 'silence', 'silence'],
      isOpen: true,
      trips: 1,
    },
    {
      reason: 'not after three with an answer in between',
      steps: ['answer', 'silence', 'silence', 'answer', 'silence'],
      isOpen: false,
      trips: 0,
    },
    { reason: 'and the first answer closes it', steps: ['silence', 'answer'], isOpen: false, trips: 1 },
    {
      reason: 'and after an answer it takes three silences again',
      steps: ['silence', 'answer', 'silence', 'silence'],
      isOpen: false,
      trips: 1,
    },
  ])('$reason', ({ steps, isOpen, trips }) => {
    const { breaker, trips: seen } = after(steps);
    expect(breaker.waitMs(steps.length) > 0).toBe(isOpen);
    expect(seen).toBe(trips);
  });

  it('once for all calls that were under way then', () => {
    const breaker = new CircuitBreaker(random);
    expect(breaker.silent(0, 10_000)).toBe(true);
    expect(breaker.silent(5000, 12_000)).toBe(false);
    // The pause is still the first one: from 10 s until 15 s.
    expect(breaker.waitMs(14_999)).toBeGreaterThan(0);
    expect(breaker.waitMs(15_000)).toBe(0);
  });
});

describe('a breaker is proven', () => {
  it.each<{ reason: string; steps: readonly Step[]; isProven: boolean }>([
    { reason: 'not before the first answer', steps: [], isProven: false },
    { reason: 'by an answer', steps: ['answer'], isProven: true },
    { reason: 'in spite of a lost answer', steps: ['answer', 'silence'], isProven: true },
    {
      reason: 'no longer once it is open',
      steps: ['answer', 'silence', 'silence', 'silence'],
      isProven: false,
    },
    { reason: 'again by the next answer', steps: ['silence', 'answer'], isProven: true },
  ])('$reason', ({ steps, isProven }) => {
    expect(after(steps).breaker.isProven).toBe(isProven);
  });
});

describe('an open breaker', () => {
  it('pauses from 5 s to a minute, twice as long after each silent probe, and 5 s anew after an answer', () => {
    const breaker = new CircuitBreaker(random);
    const pauses: number[] = [];
    let now = 0;
    const pause = () => {
      const from = now;
      while (breaker.waitMs(now) > 0) now += 1000;
      pauses.push((now - from) / 1000);
    };
    for (let probe = 0; probe < 6; probe += 1) {
      breaker.silent(now, now);
      pause();
    }
    breaker.answered();
    for (let silence = 0; silence < 3; silence += 1) breaker.silent(now, now);
    pause();
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60, 5]);
  });

  it.each([
    { next: 0, from: 4000, reason: 'a fifth sooner' },
    { next: 0.999, from: 5998, reason: 'a fifth later' },
  ])('does not have all places probed at the same moment: $reason', ({ next, from }) => {
    const breaker = new CircuitBreaker({ next: () => next });
    breaker.silent(0, 0);
    expect(breaker.waitMs(from - 1)).toBeGreaterThan(0);
    expect(breaker.waitMs(from)).toBe(0);
  });

  it('lets one caller at a time probe, and the next one when that is through', () => {
    const { breaker } = after(['silence']);
    expect(breaker.waitMs(6000)).toBe(0);
    const through = breaker.enter();
    expect(breaker.waitMs(6000)).toBe(1000 + PER_WAITER_MS);
    expect(breaker.waitMs(60_000)).toBe(1000 + 2 * PER_WAITER_MS);
    through();
    expect(breaker.waitMs(60_000)).toBe(0);
  });

  it('spreads those held back over a time that grows with their number, up to five minutes', () => {
    const { breaker } = after(['silence']);
    const waits = Array.from({ length: 10_000 }, () => breaker.waitMs(0));
    expect(waits.slice(0, 3)).toEqual([1, 2, 3].map((place) => 5000 + place * PER_WAITER_MS));
    expect(waits.at(-1)).toBe(5000 + 150_000);
  });

  it('counts those held back anew after each one that goes', () => {
    const { breaker } = after(['silence']);
    for (let count = 0; count < 100; count += 1) breaker.waitMs(0);
    breaker.enter();
    expect(breaker.waitMs(6000)).toBe(1000 + PER_WAITER_MS);
  });
});

it('lets everybody through at once while it is closed', () => {
  const { breaker } = after(['answer']);
  const waits = Array.from({ length: 100 }, () => {
    breaker.enter();
    return breaker.waitMs(0);
  });
  expect(new Set(waits)).toEqual(new Set([0]));
});
