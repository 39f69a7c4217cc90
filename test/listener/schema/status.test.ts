import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlbListenerStatus, readStatus, statusSchema } from '../../../src/listener/schema/status.ts';

const ready = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 3,
  lastTransitionTime: '2026-11-01T08:00:07Z',
  reason: 'Running',
  message: 'The listener runs as declared.',
} as const;

const full: AlbListenerStatus = {
  observedGeneration: 3,
  phase: 'Running',
  listenerId: 'lsn-1',
  loadBalancerId: 'alb-1',
  creation: { incarnation: 1, startedAt: '2026-11-01T08:00:00Z', unsettledAt: '2026-11-01T08:00:03.5Z' },
  operation: { kind: 'Update', jobId: 'job-1', requestId: 'req-1', startedAt: '2026-11-01T09:00:00+08:00' },
  conditions: [ready],
};

describe('readStatus', () => {
  it('reads a whole status as it is', () => {
    expect(readStatus(full)).toEqual(full);
  });

  it.each([
    { reason: 'a fresh object may have none', raw: undefined },
    { reason: 'JSON has null', raw: null },
    { reason: 'a list is no status', raw: [full] },
    { reason: 'neither is text', raw: 'Running' },
    { reason: 'an empty object says nothing', raw: {} },
  ])('takes $raw for never observed, since $reason', ({ raw }) => {
    expect(readStatus(raw)).toEqual({ observedGeneration: -1 });
  });

  it.each([
    { reason: 'a newer operator may know more phases', field: 'phase', value: 'Hibernating' },
    { reason: 'a number is no id', field: 'listenerId', value: 5 },
    {
      reason: 'incarnations are counted from zero',
      field: 'creation',
      value: { ...full.creation, incarnation: -1 },
    },
    { reason: 'a creation without a start cannot be trusted', field: 'creation', value: { incarnation: 1 } },
    {
      reason: 'yesterday is no time',
      field: 'operation',
      value: { ...full.operation, startedAt: 'yesterday' },
    },
  ])('drops $field alone, since $reason', ({ field, value }) => {
    expect(readStatus({ ...full, [field]: value })).toEqual({ ...full, [field]: undefined });
  });

  it('does not believe a generation that is no number', () => {
    expect(readStatus({ ...full, observedGeneration: '3' })).toEqual({ ...full, observedGeneration: -1 });
  });

  it('keeps the good conditions among bad ones, and one of each type', () => {
    const conditions = [
      'Ready',
      { ...ready, status: 'Maybe' },
      ready,
      { ...ready, status: 'False' },
      { ...ready, type: 'Synced' },
      { ...ready, type: 'Stalled', reason: 'not one word' },
    ];
    expect(readStatus({ conditions })).toEqual({
      observedGeneration: -1,
      conditions: [ready, { ...ready, type: 'Synced' }],
    });
  });

  it('drops what it does not know', () => {
    expect(readStatus({ ...full, mood: 'good', creation: { ...full.creation, by: 'hand' } })).toEqual(full);
  });

  it('answers a valid status to anything, and the same when it reads that again', () => {
    const nearStatus = fc.record(
      Object.fromEntries(
        Object.entries(full).map(([name, value]) => [name, fc.oneof(fc.constant(value), fc.jsonValue())]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(nearStatus, fc.anything()), (raw) => {
        const status = readStatus(raw);
        expect(statusSchema.parse(status)).toEqual(status);
        expect(readStatus(status)).toEqual(status);
      }),
    );
  });
});
