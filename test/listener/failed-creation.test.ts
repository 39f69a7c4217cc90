import { expect, it } from 'vitest';
import { httpSpec, OperatorInTime, PACE } from '../support/operator-in-time.ts';

/** Longer than the job of the creation takes, shorter than the settle time. */
const LAG_MS = 60_000;

/** A creation has failed, and reads do not show yet what it left of the listener. */
async function failedOutOfSight() {
  const operator = new OperatorInTime({
    loadBalancers: ['alb-one'],
    settings: {
      provisioningMs: 1000,
      afterFailedCreate: 'provisioning',
      attributeLagMs: LAG_MS,
      listLagMs: LAG_MS,
      tagLagMs: LAG_MS,
    },
  });
  const { cloud } = operator;
  cloud.fail({ kind: 'failJob', operation: 'CreateListener', code: 'SystemBusy', count: 1 });
  operator.apply('web', httpSpec('alb-one', 80));
  const begin = cloud.clock.now();
  while (operator.reasonOf('web') !== 'CreateFailed' && cloud.clock.now() - begin < LAG_MS / 2)
    await cloud.clock.advance(100);
  expect(operator.messageOf('web')).toContain('SystemBusy');
  const { listeners } = cloud.simulator.state;
  expect(listeners.size).toBe(1);
  return { operator, cloud, listeners };
}

it('what a failed creation left is deleted before its object goes, though no read shows it yet', async () => {
  const { operator, cloud, listeners } = await failedOutOfSight();
  operator.delete('web');
  await cloud.clock.advance(2 * PACE.settle);
  expect({ left: listeners.size, object: operator.get('web') }).toEqual({ left: 0, object: undefined });
});

it('what a failed creation left is deleted before another begins, though the manifest names another port', async () => {
  const { operator, cloud, listeners } = await failedOutOfSight();
  operator.edit('web', { listenerPort: 81 });
  await cloud.clock.advance(5 * PACE.settle);
  expect([...listeners.values()]).toMatchObject([{ ListenerPort: 81, ListenerStatus: 'Running' }]);
  expect(operator.isRunning('web')).toBe(true);
});

it('begins anew by itself when a failed creation has left nothing, and tells why until then', async () => {
  const operator = new OperatorInTime({
    loadBalancers: ['alb-one'],
    // The cloud forgets the job long before the settle time is over.
    settings: { provisioningMs: 1000, afterFailedCreate: 'gone', jobRetentionMs: 10_000 },
  });
  operator.cloud.fail({ kind: 'failJob', operation: 'CreateListener', code: 'SystemBusy', count: 1 });
  operator.apply('web', httpSpec('alb-one', 80));
  await operator.cloud.clock.advance(PACE.settle - PACE.poll);
  expect(operator.reasonOf('web')).toBe('CreateFailed');
  expect(operator.cloud.count('CreateListener')).toBe(1);
  await operator.untilReady(['web'], PACE.settle);
  expect(operator.cloud.simulator.state.listeners.size).toBe(1);
});
