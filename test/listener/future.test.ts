import { describe, expect, it } from 'vitest';
import { withoutFuture } from '../../src/listener/future.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { toMilliseconds } from '../../src/listener/time.ts';
import { sampleObject } from './sample.ts';

const NOW = Date.UTC(2026, 0, 1);
const SETTLE = 120_000;
const PRESENT = toMilliseconds(NOW);
const PAST = toMilliseconds(NOW - 1000);
const FUTURE = '9999-12-31T23:59:59Z';
const operation = { kind: 'Create', jobId: 'job-1', requestId: 'REQ-1' } as const;

describe('a time of the future', () => {
  it.each<{ reason: string; status: Partial<AlbListenerStatus>; after?: Partial<AlbListenerStatus> }>([
    {
      reason: 'a creation that is to come has begun now at the latest',
      status: { creation: { incarnation: 3, startedAt: PAST, unsettledAt: FUTURE } },
      after: { creation: { incarnation: 3, startedAt: PAST, unsettledAt: PRESENT } },
    },
    {
      reason: 'so has an operation',
      status: { operation: { ...operation, startedAt: FUTURE } },
      after: { operation: { ...operation, startedAt: PRESENT } },
    },
    {
      reason: 'clocks differ between nodes, by less than it takes to be sure of the cloud',
      status: { creation: { incarnation: 0, startedAt: toMilliseconds(NOW + SETTLE) } },
    },
    {
      reason: 'what is past stays',
      status: { creation: { incarnation: 0, startedAt: PAST }, operation: { ...operation, startedAt: PAST } },
    },
    { reason: 'there may be none', status: { listenerId: 'lsn-1' } },
  ])('$reason', ({ status, after = status }) => {
    expect(withoutFuture(sampleObject({ status }), NOW, SETTLE)).toEqual({
      ...sampleObject({ status }),
      status: sampleObject({ status: after }).status,
    });
  });
});
