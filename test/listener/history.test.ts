import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/listener/audit.ts';
import type { Decision, Finding } from '../../src/listener/decision.ts';
import { CloudWrites, withHistory } from '../../src/listener/history.ts';
import { readAlbListener } from '../../src/listener/resource.ts';
import type { AlbListenerStatus, CloudWrite, History } from '../../src/listener/schema/status.ts';
import { MOST_WRITES, statusSchema } from '../../src/listener/schema/status.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';
import { sampleObject, UID } from './sample.ts';

const NOW = Date.UTC(2026, 0, 1);

function record(parts: Partial<AuditRecord> = {}): AuditRecord {
  return {
    key: 'shop/web',
    uid: UID,
    generation: 1,
    accountId: '1',
    regionId: 'cn-hangzhou',
    cause: 'edit',
    operation: 'UpdateListenerAttribute',
    fields: [],
    outcome: 'yes',
    requestId: 'REQ-1',
    jobId: 'job-1',
    ...parts,
  };
}

function written(...records: readonly AuditRecord[]): History {
  const writes = new CloudWrites();
  for (const entry of records) writes.add(entry, NOW);
  return writes.addedTo(undefined) ?? {};
}

const outcomes = ({ writes = [] }: History) => writes.map(({ outcome, requestId }) => [outcome, requestId]);

describe('the history', () => {
  it('has what support asks for, newest first', () => {
    const history = written(
      record({ operation: 'CreateListener', cause: 'creation' }),
      record({ operation: 'TagResources', requestId: 'REQ-2', outcome: 'no', code: 'SomeCode' }),
    );
    const creation: CloudWrite = {
      operation: 'CreateListener',
      at: '2026-01-01T00:00:00.000Z',
      outcome: 'Accepted',
      requestId: 'REQ-1',
      jobId: 'job-1',
    };
    expect(history.creation).toEqual(creation);
    expect(history.writes).toEqual([
      { ...creation, operation: 'TagResources', outcome: 'Refused', code: 'SomeCode', requestId: 'REQ-2' },
      creation,
    ]);
  });

  it(`keeps the creation and the last ${MOST_WRITES} writes`, () => {
    const later = Array.from({ length: 9 }, (_, place) => record({ requestId: `REQ-${place}` }));
    const history = written(record({ operation: 'CreateListener', requestId: 'FIRST' }), ...later);
    expect(history.creation?.requestId).toBe('FIRST');
    expect(history.writes?.map(({ requestId }) => requestId)).toEqual([
      'REQ-8',
      'REQ-7',
      'REQ-6',
      'REQ-5',
      'REQ-4',
    ]);
  });

  it.each<{ reason: string; second: Partial<AuditRecord>; left: number }>([
    { reason: 'a refusal that comes again takes the place of the first', second: {}, left: 1 },
    { reason: 'another code is another refusal', second: { code: 'Other' }, left: 2 },
    { reason: 'another operation is another write', second: { operation: 'StopListener' }, left: 2 },
    { reason: 'what was accepted is a write of its own', second: { outcome: 'yes' }, left: 2 },
  ])('$reason', ({ second, left }) => {
    const refusal = record({ outcome: 'no', code: 'Some', requestId: 'REQ-1' });
    const { writes = [] } = written(refusal, { ...refusal, requestId: 'REQ-2', ...second });
    expect(writes[0]?.requestId).toBe('REQ-2');
    expect(writes).toHaveLength(left);
  });

  it('says of a creation of unknown outcome that it may have created a listener, and nothing of a refused one', () => {
    const create = record({ operation: 'CreateListener' });
    expect(written({ ...create, outcome: 'no', code: 'Some' }).creation).toBeUndefined();
    expect(written({ ...create, outcome: 'unknown', code: 'Timeout' }).creation?.outcome).toBe('Unknown');
  });

  it('is cut to what the API server takes', () => {
    const long = 'x'.repeat(5000);
    const history = written(record({ outcome: 'unknown', code: long, requestId: long, jobId: long }));
    expect(statusSchema.safeParse({ history }).success).toBe(true);
  });
});

describe('the status that is written', () => {
  const object = sampleObject({
    status: {
      observedGeneration: 1,
      operation: { kind: 'Update', jobId: 'job-1', requestId: 'REQ-1', startedAt: '2026-01-01T00:00:00Z' },
      history: written(record()),
    },
  });
  const changed: AlbListenerStatus = { ...object.status, phase: 'Running' };
  const again = { when: 'poll' } as const;
  const report = (reason: Finding['reason']) => ({ reason, message: '' });

  function after(
    status: AlbListenerStatus,
    finding: Finding,
    decision: Decision = { do: 'report', finding, again },
  ): AlbListenerStatus {
    const writes = new CloudWrites();
    writes.add(record({ operation: 'TagResources', requestId: 'REQ-2' }), NOW);
    return withHistory(status, object, { decision, finding, writes });
  }

  it('gets no history where nothing else has changed, so that a repeated attempt writes nothing', () => {
    expect(after(object.status, report('Updating'))).toBe(object.status);
  });

  it('gets it together with any other change', () => {
    expect(outcomes(after(changed, report('Updating')).history ?? {})).toEqual([
      ['Accepted', 'REQ-2'],
      ['Accepted', 'REQ-1'],
    ]);
  });

  it('says that writes have succeeded when the listener is seen as declared', () => {
    expect(outcomes(after(changed, report('Running')).history ?? {})).toEqual([
      ['Accepted', 'REQ-2'],
      ['Succeeded', 'REQ-1'],
    ]);
  });

  it('says which write has failed', () => {
    const finding = report('OperationFailed');
    const { history } = after(changed, finding, { do: 'reportFailure', finding, again });
    expect(outcomes(history ?? {})).toEqual([
      ['Accepted', 'REQ-2'],
      ['Failed', 'REQ-1'],
    ]);
  });
});

describe('over the life of an object', () => {
  async function running() {
    const operator = new OperatorInTime({ loadBalancers: ['alb-one'] });
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.untilReady(['web'], 60_000);
    return operator;
  }
  const historyOf = (operator: OperatorInTime) => operator.get('web')?.status.history;

  it('has the creation as soon as there is an id, and its end, with no status write more than without it', async () => {
    const ids: (History | undefined)[] = [];
    const operator = new OperatorInTime({
      loadBalancers: ['alb-one'],
      onStatus: ({ status }) => {
        if (status.phase === 'Provisioning') ids.push(status.history);
      },
    });
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.untilReady(['web'], 60_000);
    expect(ids[0]?.creation).toMatchObject({ operation: 'CreateListener', outcome: 'Accepted' });
    expect(historyOf(operator)?.creation).toMatchObject({ ...ids[0]?.creation, outcome: 'Succeeded' });
    // The finalizer, the attempt ahead of its call, the id, the name of the installation, Running.
    expect(operator.writes).toBe(5);
  });

  it('has an edit and a correction, each with its RequestId, and is quiet in between', async () => {
    const operator = await running();
    operator.edit('web', { idleTimeout: 30 });
    await operator.cloud.clock.advance(60_000);
    const { writes } = operator;
    await operator.cloud.clock.advance(24 * 3_600_000);
    expect(operator.writes).toBe(writes);
    expect(historyOf(operator)?.writes?.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['UpdateListenerAttribute', 'Succeeded'],
      ['CreateListener', 'Succeeded'],
    ]);
    expect(operator.cloud.simulator.state.jobs.has(historyOf(operator)?.writes?.[0]?.jobId ?? '')).toBe(true);
  });

  it('does not grow, nor is it written, while the same update is refused for a day', async () => {
    const operator = await running();
    const [operation, code] = ['UpdateListenerAttribute', 'ResourceNotFound.ServerGroup'];
    operator.cloud.fail({ kind: 'error', operation, code, status: 404 });
    operator.edit('web', { idleTimeout: 30 });
    await operator.cloud.clock.advance(60_000);
    const { writes } = operator;
    await operator.cloud.clock.advance(24 * 3_600_000);
    expect(operator.cloud.count(operation)).toBeGreaterThan(100);
    expect(operator.writes).toBe(writes);
    expect(historyOf(operator)?.writes?.map(({ outcome }) => outcome)).toEqual(['Refused', 'Succeeded']);
  });

  it('says that a creation has failed, and of which job', async () => {
    const operator = new OperatorInTime({ loadBalancers: ['alb-one'] });
    operator.cloud.fail({
      kind: 'failJob',
      operation: 'CreateListener',
      code: 'ResourceNotFound.ServerGroup',
    });
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.cloud.clock.advance(130_000);
    expect(operator.reasonOf('web')).toBe('CreateFailed');
    expect(historyOf(operator)?.creation).toMatchObject({ outcome: 'Failed' });
  });

  it.each([
    { reason: 'far too long', history: { writes: Array.from({ length: 99 }, () => ({ operation: 'X' })) } },
    { reason: 'of another type', history: 'CreateListener' },
    {
      reason: 'with a time that is none',
      history: { creation: { operation: 'X', at: 'soon', outcome: 'Accepted' } },
    },
  ])('is dropped where others have written it $reason', ({ history }) => {
    const { status } = readAlbListener({ ...sampleStored(), status: { observedGeneration: 1, history } });
    expect(status).toEqual({ observedGeneration: 1 });
  });
});

function sampleStored(): object {
  const { stored } = sampleObject();
  return typeof stored === 'object' && stored !== null ? stored : {};
}
