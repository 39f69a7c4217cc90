import { expect, it } from 'vitest';
import { httpSpec, OperatorInTime, PACE } from '../support/operator-in-time.ts';

/**
 * An object is deleted, and etcd is restored before the watch reports it.
 *
 * In the backup the object has the version that the cache has, so that no event follows.
 */
async function backFromBackup(change: (operator: OperatorInTime) => void) {
  const operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings: { provisioningMs: 1000 } });
  const { clock, simulator } = operator.cloud;
  operator.apply('web', httpSpec('alb-one', 80));
  await operator.untilReady(['web'], 60_000);
  operator.findsNothing = true;
  change(operator);
  await clock.advance(10_000);
  operator.findsNothing = false;
  await clock.advance(2 * PACE.resync);
  return { operator, simulator };
}

it('an object that a write did not find is let go after all when it is back', async () => {
  const { operator, simulator } = await backFromBackup((one) => one.delete('web'));
  expect(operator.get('web')).toBeUndefined();
  expect(simulator.state.listeners.size).toBe(0);
});

it('an edit of an object that a write did not find is taken up when it is back', async () => {
  const { operator, simulator } = await backFromBackup((one) => one.edit('web', { idleTimeout: 22 }));
  expect(operator.isRunning('web')).toBe(true);
  expect([...simulator.state.listeners.values()].map(({ IdleTimeout }) => IdleTimeout)).toEqual([22]);
});
