import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS, type Reason } from '../../src/listener/reason.ts';
import { specSchema } from '../../src/listener/schema/spec.ts';
import { readStatus, statusSchema } from '../../src/listener/schema/status.ts';
import { conditionOf, summarise } from '../../src/listener/summary.ts';
import { sampleObject } from './sample.ts';

const reason = fc.constantFrom<Reason>(
  ...Object.keys(REASONS).filter((name): name is Reason => name in REASONS),
);
const step = fc.record({ reason, generation: fc.integer({ min: 1, max: 4 }), beingDeleted: fc.boolean() });

describe('summarise', () => {
  it('keeps the rules of conditions through any history of findings', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (history) => {
        let status = readStatus(undefined);
        history.forEach(({ reason, generation, beingDeleted }, index) => {
          const object = sampleObject({ generation, beingDeleted, status });
          const before = status;
          status = summarise(object, {}, { reason, message: 'message' }, index * 1000);

          const after = sampleObject({ status });
          const [ready, synced, reconciling, stalled] = ['Ready', 'Synced', 'Reconciling', 'Stalled'].map(
            (type) => conditionOf(after, type),
          );
          expect(ready).toBeDefined();
          expect(synced).toBeDefined();
          expect(reconciling !== undefined && stalled !== undefined).toBe(false);
          for (const abnormal of [reconciling, stalled])
            if (abnormal !== undefined) expect(abnormal.status).toBe('True');
          if (stalled !== undefined || reconciling !== undefined) expect(ready?.status).toBe('False');
          for (const condition of status.conditions ?? []) {
            expect(condition.observedGeneration).toBe(generation);
            const previous = before.conditions?.find(({ type }) => type === condition.type);
            if (previous?.status === condition.status) {
              expect(condition.lastTransitionTime).toBe(previous.lastTransitionTime);
            }
          }
          if (status.phase === 'Running') expect(ready?.status).not.toBe('False');
          if (beingDeleted) expect(status.phase).toBe('Deleting');
          expect(statusSchema.safeParse(status).success).toBe(true);
        });
      }),
    );
  });

  it('writes the same status again for the same finding, whatever RequestId the new answer has', () => {
    const first = summarise(sampleObject(), {}, { reason: 'Forbidden', message: 'No.', requestId: 'A' }, 0);
    const object = sampleObject({ status: first });
    const second = summarise(object, {}, { reason: 'Forbidden', message: 'No.', requestId: 'B' }, 60_000);
    expect(first.conditions?.[0]?.message).toBe('No. (RequestId A)');
    expect(second).toEqual(first);
  });

  it('leaves Running with the first word about a new generation', () => {
    const running = summarise(sampleObject(), { listenerId: 'lsn-1' }, { reason: 'Running', message: '' }, 0);
    const edited = sampleObject({ generation: 2, status: running });
    const status = summarise(edited, { listenerId: 'lsn-1' }, { reason: 'Updating', message: '' }, 1000);
    expect(status).toMatchObject({ observedGeneration: 2, phase: 'Configuring' });
  });

  it('cuts a message that the API server would refuse', () => {
    const message = 'x'.repeat(5000);
    const status = summarise(sampleObject(), {}, { reason: 'InvalidSpec', message, requestId: 'A' }, 0);
    expect(statusSchema.safeParse(status).success).toBe(true);
  });
});

it('the sample spec of these tests is one the schema accepts', () => {
  expect(specSchema.safeParse(sampleObject().spec).success).toBe(true);
});
