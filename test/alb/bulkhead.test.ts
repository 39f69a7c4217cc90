import { describe, expect, it } from 'vitest';
import { Bulkhead } from '../../src/alb/bulkhead.ts';

/** The middle of every range. */
const random = { next: () => 0.5 };

function bulkhead(most: number) {
  return new Bulkhead({ most, random });
}

/** Lets as many of a namespace in as there is room for, at most `count`. */
function fill(into: Bulkhead, namespace: string, count: number, now: number): ((now: number) => void)[] {
  const ends: ((now: number) => void)[] = [];
  while (ends.length < count && into.waitMs(namespace, now) === 0) ends.push(into.enter(namespace, now));
  return ends;
}

describe('a bulkhead for three', () => {
  it.each([
    { inside: 0, isFull: false, reason: 'empty' },
    { inside: 2, isFull: false, reason: 'one place is free' },
    { inside: 3, isFull: true, reason: 'no place is free' },
  ])('with $inside inside, another $isFull: $reason', ({ inside, isFull }) => {
    const places = bulkhead(3);
    for (let count = 0; count < inside; count += 1) places.enter(`n-${count}`, 0);
    expect(places.waitMs('shop', 0) > 0).toBe(isFull);
  });

  it('never holds more, and one more when one leaves', () => {
    const places = bulkhead(3);
    const ends = fill(places, 'shop', 10, 0);
    expect(ends).toHaveLength(3);
    ends[0]?.(100);
    expect(fill(places, 'shop', 10, 100)).toHaveLength(1);
  });
});

describe('the moment to come again', () => {
  it.each([
    { stayMs: 100, expected: [50, 100, 150], reason: 'stays are short, as is assumed at first' },
    { stayMs: 10_000, expected: [5000, 10_000, 15_000], reason: 'stays have been long' },
  ])('comes as late as the place in line and the usual stay say: $reason', ({ stayMs, expected }) => {
    const places = bulkhead(2);
    for (let stay = 0; stay < 200; stay += 1) places.enter('shop', 0)(stayMs);
    fill(places, 'shop', 2, stayMs);
    for (const ms of expected) expect(places.waitMs('shop', stayMs)).toBeCloseTo(ms, 0);
  });

  it('is at most a minute and a half away, however many wait', () => {
    const places = bulkhead(1);
    fill(places, 'shop', 1, 0);
    const waits = Array.from({ length: 10_000 }, () => places.waitMs('shop', 0));
    expect(Math.max(...waits)).toBe(60_000);
  });

  it.each([
    { silentMs: 10_000, most: 50, reason: 'a call that times out' },
    { silentMs: 60_000, most: 65, reason: 'several of them in a row' },
  ])('moves away while nothing moves inside, for $silentMs ms: $reason', ({ silentMs, most }) => {
    const places = bulkhead(7);
    const ends = fill(places, 'shop', 7, 0);
    let now = 0;
    let asked = 0;
    while (now < silentMs) {
      asked += 1;
      now += places.waitMs('shop', now);
    }
    // Every usual stay it would be 700 and 4200 times.
    expect(asked).toBeLessThan(most);
    // It comes when the first leaves, and not much later.
    expect(now).toBeLessThan(silentMs * 1.2);
    for (const end of ends) end(now);
    expect(places.waitMs('shop', now)).toBe(0);
  });

  it('differs among those who ask together', () => {
    const early = new Bulkhead({ most: 1, random: { next: () => 0 } });
    const late = new Bulkhead({ most: 1, random: { next: () => 0.999 } });
    for (const places of [early, late]) fill(places, 'shop', 1, 0);
    expect(early.waitMs('shop', 0)).toBe(50);
    expect(late.waitMs('shop', 0)).toBeCloseTo(150, 0);
  });
});

describe('where all places are in use, namespaces take turns', () => {
  it('a place that gets free is for the namespace that waits and had none, not for the crowd', () => {
    const places = bulkhead(2);
    const [end] = fill(places, 'crowd', 2, 0);
    for (let count = 0; count < 50; count += 1) places.waitMs('crowd', 0);
    const homeWaitMs = places.waitMs('home', 0);
    end?.(50);
    expect(places.waitMs('crowd', 50)).toBeGreaterThan(0);
    expect(places.waitMs('home', homeWaitMs)).toBe(0);
  });

  it('a namespace that comes later does not stand behind the whole crowd', () => {
    const places = bulkhead(1);
    fill(places, 'crowd', 1, 0);
    const crowd = Array.from({ length: 100 }, () => places.waitMs('crowd', 0));
    expect(crowd.at(-1)).toBe(10_000);
    expect(places.waitMs('home', 0)).toBeLessThanOrEqual(200);
  });

  it('places are kept no longer than two seconds for one that does not come again', () => {
    const places = bulkhead(1);
    const [end] = fill(places, 'crowd', 1, 0);
    places.waitMs('home', 0);
    end?.(50);
    expect(places.waitMs('crowd', 1000)).toBeGreaterThan(0);
    expect(places.waitMs('crowd', 5000)).toBe(0);
  });
});
