import { describe, expect, it } from 'vitest';
import { afterSearch } from '../../src/listener/lost-memory.ts';
import type { DeletionObservation } from '../../src/listener/observation.ts';
import { toInstant, toMilliseconds } from '../../src/listener/time.ts';
import { sampleError, sampleObject } from './sample.ts';

const NOW = toInstant('2026-01-01T12:00:00.000Z') ?? 0;
const SETTLE_MS = 120_000;

const free: DeletionObservation['sight'] = { seen: 'free' };
const noSuchLoadBalancer: DeletionObservation['sight'] = {
  seen: 'unreadable',
  error: sampleError('loadBalancerNotFound'),
};

describe('the search after a wiped status', () => {
  it.each([
    { reason: 'it found nothing on a free port', sight: free, agoMs: SETTLE_MS, ends: true },
    { reason: 'a creation may still become visible', sight: free, agoMs: SETTLE_MS - 1, ends: false },
    {
      reason: 'the account has no such load balancer, so its lists are empty whatever stands elsewhere',
      sight: noSuchLoadBalancer,
      agoMs: SETTLE_MS,
      ends: false,
    },
  ])('ends the recovery: $ends, since $reason', ({ sight, agoMs, ends }) => {
    const object = sampleObject({ status: { recovery: { since: toMilliseconds(NOW - agoMs) } } });
    const observation = { sight, searched: 'nothing', referrers: [], sweep: { of: 'object' } } as const;
    const after = afterSearch(object, observation, { now: NOW, settle: SETTLE_MS });
    expect(after.status.recovery === undefined).toBe(ends);
  });
});
