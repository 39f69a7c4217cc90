import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OBSERVED_CHARACTERS, OBSERVED_ITEMS } from '../../../src/listener/schema/observed.ts';
import { readStatus, statusSchema } from '../../../src/listener/schema/status.ts';
import { fullStatus as full } from '../../support/full-status.ts';

const [ready] = full.conditions;

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
    {
      reason: 'text is cut before it is written',
      field: 'observed',
      value: { ...full.observed, listenerDescription: 'x'.repeat(OBSERVED_CHARACTERS + 1) },
    },
    {
      reason: 'so are lists',
      field: 'observed',
      value: {
        ...full.observed,
        tags: Array.from({ length: OBSERVED_ITEMS + 1 }, (_, index) => ({ key: `${index}`, value: '' })),
      },
    },
    { reason: 'a difference has two sides', field: 'drift', value: [{ path: 'tags', declared: 'a' }] },
    {
      reason: 'no update is nothing to count',
      field: 'convergence',
      value: { ...full.convergence, updates: 0 },
    },
    { reason: 'a tag has a key', field: 'managedTagKeys', value: [''] },
    { reason: 'tags are remembered elsewhere', field: 'managedAttachments', value: ['tags'] },
    { reason: 'there are three verdicts', field: 'plan', value: { ...full.plan, verdict: 'Perhaps' } },
    { reason: 'a plan without a call is none', field: 'plan', value: { ...full.plan, calls: [] } },
    { reason: 'an installation has a name', field: 'installation', value: '' },
    { reason: 'a number is no annotation', field: 'handledReconcileAt', value: 1 },
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
