import { expect, it } from 'vitest';
import { httpSpec, OperatorInTime, PACE } from '../support/operator-in-time.ts';

const UPDATE = 'UpdateListenerAttribute';
const SPEC = { ...httpSpec('alb-one', 80), idleTimeout: 20, listenerState: 'Stopped' };

const conditionOf = (operator: OperatorInTime) =>
  operator.get('web')?.status.conditions?.find(({ type }) => type === 'Ready');

/** An operator whose listener stays stopped, and a change that the cloud refuses for that. */
async function keptOff(): Promise<OperatorInTime> {
  const operator = new OperatorInTime({
    loadBalancers: ['alb-one'],
    settings: { updateOfStopped: 'refused' },
  });
  operator.apply('web', SPEC);
  await operator.cloud.clock.advance(60_000);
  expect(conditionOf(operator)).toMatchObject({ status: 'True', reason: 'Stopped' });
  operator.edit('web', { idleTimeout: 30 });
  await operator.cloud.clock.advance(3 * PACE.slow);
  expect(conditionOf(operator)).toMatchObject({ status: 'False', reason: 'ListenerStopped' });
  await operator.cloud.clock.advance(20 * PACE.slow);
  return operator;
}

it('a change that a stopped listener does not take is asked for three times, then only looked at', async () => {
  const operator = await keptOff();
  expect(operator.cloud.count(UPDATE)).toBe(3);
  const { writes } = operator;
  await operator.cloud.clock.advance(20 * PACE.slow);
  expect(operator.cloud.count(UPDATE)).toBe(3);
  expect(operator.writes).toBe(writes);
  expect(conditionOf(operator)).toMatchObject({ status: 'False', reason: 'ListenerStopped' });
});

it.each([
  {
    reason: 'a request asks for it once more',
    begin: (operator: OperatorInTime) => operator.request('web'),
    expected: { reason: 'ListenerStopped' },
    updates: 4,
  },
  {
    reason: 'an edit that starts the listener has it made',
    begin: (operator: OperatorInTime) => operator.edit('web', { listenerState: 'Running' }),
    expected: { reason: 'Running' },
    updates: 4,
  },
  {
    reason: 'an edit that takes the change back needs no call',
    begin: (operator: OperatorInTime) => operator.edit('web', { idleTimeout: 20 }),
    expected: { reason: 'Stopped' },
    updates: 3,
  },
])('after that, $reason', async ({ begin, expected, updates }) => {
  const operator = await keptOff();
  begin(operator);
  await operator.cloud.clock.advance(3 * PACE.slow);
  expect(conditionOf(operator)).toMatchObject(expected);
  expect(operator.cloud.count(UPDATE)).toBe(updates);
});

it('after that, a restart does not begin to count anew', async () => {
  const operator = await keptOff();
  await operator.restart();
  await operator.cloud.clock.advance(3 * PACE.slow);
  expect(conditionOf(operator)).toMatchObject({ reason: 'ListenerStopped' });
  expect(operator.cloud.count(UPDATE)).toBe(3);
});
