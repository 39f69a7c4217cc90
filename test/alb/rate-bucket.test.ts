import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/alb/api.ts';
import { RateBucket } from '../../src/alb/rate-bucket.ts';
import { seededRandom } from '../../src/runtime/random.ts';

function bucketOf(callsPerMinute: number) {
  return new RateBucket({ callsPerMinute, random: seededRandom(1), now: 0 });
}

const shop = (priority: Caller['priority']): Caller => ({ namespace: 'shop', priority });

function takeAll(bucket: RateBucket, priority: Caller['priority'], now: number): number {
  let taken = 0;
  while (bucket.waitMs(shop(priority), now) === 0) {
    bucket.take(shop(priority), now);
    taken += 1;
  }
  return taken;
}

describe('a bucket of 150 calls a minute', () => {
  it('holds ten calls, and keeps some of them for those that go before', () => {
    const bucket = bucketOf(150);
    expect(takeAll(bucket, 'low', 0)).toBe(6);
    expect(takeAll(bucket, 'normal', 0)).toBe(2);
    expect(takeAll(bucket, 'high', 0)).toBe(2);
  });

  it('gives the configured rate in the long run, and no more than the burst on top', () => {
    const bucket = bucketOf(150);
    let taken = 0;
    for (let now = 0; now <= 600_000; now += 100) taken += takeAll(bucket, 'high', now);
    expect(taken).toBeGreaterThanOrEqual(1500);
    expect(taken).toBeLessThanOrEqual(1510);
  });

  const cuts = [
    { passed: 1, rate: 37.5, reason: 'what passed says little when hardly any calls were made' },
    { passed: 100, rate: 75, reason: 'at least by half, or the next minute ends the same way' },
    { passed: 76, rate: 60, reason: 'to a little less than the cloud let through' },
  ];
  it.each(cuts)('asks for $rate a minute after $passed calls: $reason', ({ passed, rate }) => {
    const bucket = bucketOf(150);
    for (let count = 0; count < passed; count += 1) bucket.take(shop('high'), 0);
    bucket.throttled(0, undefined, 0);
    expect(bucket.rate).toBeCloseTo(rate, 5);
  });

  it('is empty after throttling: what was left of a burst goes no more', () => {
    const bucket = bucketOf(150);
    bucket.throttled(0, 0, 0);
    expect(bucket.waitMs(shop('high'), 0)).toBeGreaterThan(0);
  });

  it('is cut once for all calls of one full minute', () => {
    const bucket = bucketOf(150);
    for (const now of [0, 10, 30_000, 59_000]) bucket.throttled(now, 0, now);
    expect(bucket.rate).toBeGreaterThan(150 / 4 - 1);
    bucket.throttled(61_000, 0, 61_000);
    expect(bucket.rate).toBeLessThan(150 / 8);
  });

  it('has grown back from a half within ten minutes', () => {
    const bucket = bucketOf(150);
    for (let count = 0; count < 110; count += 1) bucket.take(shop('high'), 0);
    bucket.throttled(0, 0, 0);
    expect(bucket.rate).toBe(75);
    bucket.waitMs(shop('high'), 5 * 60_000);
    expect(bucket.rate).toBeLessThan(150);
    bucket.waitMs(shop('high'), 10 * 60_000);
    expect(bucket.rate).toBe(150);
  });

  it('lets nobody pass those who go first while these wait for their moment', () => {
    const bucket = bucketOf(60);
    takeAll(bucket, 'high', 0);
    expect(bucket.waitMs(shop('high'), 0)).toBeLessThanOrEqual(3000);
    // One token is there.
    expect(bucket.waitMs(shop('normal'), 1500)).toBeGreaterThan(0);
    expect(bucket.waitMs(shop('high'), 1500)).toBe(0);
    bucket.take(shop('high'), 1500);
    expect(bucket.waitMs(shop('normal'), 10_000)).toBe(0);
  });

  it('sends those it holds back one after another', () => {
    const bucket = bucketOf(150);
    takeAll(bucket, 'high', 0);
    const waits = Array.from({ length: 20 }, () => bucket.waitMs(shop('high'), 0));
    for (const [place, wait] of waits.entries()) {
      expect(wait).toBeGreaterThan(place * 400);
      expect(wait).toBeLessThanOrEqual((place + 3) * 400);
    }
  });
});

it('holds for any history: never above the rate, never below its floor, never closed for ever', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(120_000) }),
    fc.record({ kind: fc.constant('call' as const), priority: fc.constantFrom('high', 'normal', 'low') }),
    fc.record({
      kind: fc.constant('throttle' as const),
      retryAfterMs: fc.option(fc.nat(60_000), { nil: undefined }),
    }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.integer({ min: 1, max: 200 }),
      (steps, callsPerMinute) => {
        const bucket = bucketOf(callsPerMinute);
        const burst = Math.max(5, callsPerMinute / 15);
        let now = 0;
        let taken = 0;
        for (const event of steps) {
          if (event.kind === 'wait') now += event.ms;
          else if (event.kind === 'throttle') bucket.throttled(now, event.retryAfterMs, now);
          else if (bucket.waitMs(shop(event.priority), now) === 0) {
            bucket.take(shop(event.priority), now);
            taken += 1;
          }
          expect(taken).toBeLessThanOrEqual(burst + (now / 60_000) * callsPerMinute + 1e-6);
          expect(bucket.rate).toBeGreaterThanOrEqual(callsPerMinute / 20 - 1e-9);
          expect(bucket.rate).toBeLessThanOrEqual(callsPerMinute);
        }
        // The longest closure, and the slowest bucket filling up for the least of calls.
        expect(bucket.waitMs(shop('low'), now + 60_000 + (3 * 60_000 * 20) / callsPerMinute)).toBe(0);
      },
    ),
  );
});

/** Calls that each come again when told to, and again 100 ms after they went, for ten minutes; how many went of each. */
function compete(crowd: Readonly<Record<string, { readonly caller: Caller; readonly count: number }>>) {
  const bucket = bucketOf(160);
  const went = new Map<string, number>();
  const waiting = Object.entries(crowd).flatMap(([name, { caller, count }]) =>
    Array.from({ length: count }, () => ({ name, caller, at: 0 })),
  );
  for (let now = 0; now < 600_000; now += 10) {
    for (const one of waiting) {
      if (one.at > now) continue;
      const waitMs = bucket.waitMs(one.caller, now);
      one.at = now + (waitMs > 0 ? waitMs : 100);
      if (waitMs > 0) continue;
      bucket.take(one.caller, now);
      went.set(one.name, (went.get(one.name) ?? 0) + 1);
    }
  }
  return (name: string) => went.get(name) ?? 0;
}

describe('callers who always want more than there is', () => {
  it('get their share by priority within a namespace, and none starves', () => {
    const went = compete({
      high: { caller: shop('high'), count: 40 },
      normal: { caller: shop('normal'), count: 1 },
      low: { caller: shop('low'), count: 1 },
    });
    expect(went('high') + went('normal') + went('low')).toBeGreaterThan(1500);
    expect(went('normal')).toBeGreaterThan(100);
    expect(went('low')).toBeGreaterThan(20);
    expect(went('high')).toBeGreaterThan(5 * went('normal'));
  });

  it.each(['high', 'normal', 'low'] as const)(
    'get the same for each namespace, although one has 300 that hurry and the other 5 that are %s',
    (priority) => {
      const went = compete({
        crowd: { caller: { namespace: 'crowd', priority: 'high' }, count: 300 },
        shop: { caller: shop(priority), count: 5 },
      });
      expect(went('shop')).toBeGreaterThan(0.8 * went('crowd'));
      expect(went('shop') + went('crowd')).toBeGreaterThan(1500);
    },
  );

  it('take nothing from each other that the other does not want', () => {
    const went = compete({ crowd: { caller: { namespace: 'crowd', priority: 'low' }, count: 300 } });
    expect(went('crowd')).toBeGreaterThan(1500);
  });
});
