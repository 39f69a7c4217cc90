import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { syncIntervalMs } from '../../../src/listener/schema/sync-interval.ts';

describe('syncIntervalMs', () => {
  it.each([
    { duration: '30s', milliseconds: 30_000 },
    { duration: '10m', milliseconds: 600_000 },
    { duration: '1h', milliseconds: 3_600_000 },
    { duration: '1h30m', milliseconds: 5_400_000 },
    { duration: '1h1s', milliseconds: 3_601_000 },
    { duration: '090s', milliseconds: 90_000 },
  ])('reads $duration', ({ duration, milliseconds }) => {
    expect(syncIntervalMs(duration)).toBe(milliseconds);
  });

  it.each(['', '60', '1d', '1.5h', '30s1m', '-1m', ' 1m', '1m\n', 'PT1M'])(
    'reads no duration from %j',
    (text) => {
      expect(syncIntervalMs(text)).toBeUndefined();
    },
  );

  it('adds hours, minutes and seconds', () => {
    const count = fc.nat({ max: 999 });
    fc.assert(
      fc.property(count, count, count, (hours, minutes, seconds) => {
        expect(syncIntervalMs(`${hours}h${minutes}m${seconds}s`)).toBe(
          hours * 3_600_000 + minutes * 60_000 + seconds * 1000,
        );
      }),
    );
  });
});
