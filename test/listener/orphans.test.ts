import { expect, it } from 'vitest';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';

const KEY = { namespace: 'shop', name: 'web' };

/** A resource whose finalizer is torn out while the call that creates its listener is on its way. */
async function tornOut() {
  const operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings: { provisioningMs: 5000 } });
  const { clock, simulator } = operator.cloud;
  operator.apply('web', httpSpec('alb-one', 80));
  while (simulator.state.listeners.size === 0) await clock.advance(10);
  operator.cluster.tearOut(KEY);
  return { operator, clock, simulator };
}

it('a listener that its resource left behind is deleted, as soon as the cloud lets it', async () => {
  const { clock, simulator } = await tornOut();
  await clock.advance(2000);
  // A listener that is being created cannot be deleted.
  expect(simulator.state.listeners.size).toBe(1);
  await clock.advance(20_000);
  expect(simulator.state.listeners.size).toBe(0);
});

it('its successor gets the port, with a listener of its own', async () => {
  const { operator, clock, simulator } = await tornOut();
  const [left] = simulator.state.listeners.keys();
  await clock.advance(500);
  operator.apply('web', httpSpec('alb-one', 80));
  await operator.untilReady(['web'], 120_000);
  expect([...simulator.state.listeners.keys()]).toEqual([operator.get('web')?.status.listenerId]);
  expect(simulator.state.listeners.has(left ?? '')).toBe(false);
});
