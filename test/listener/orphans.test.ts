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

/** The API server takes no write from right after the creation on, so that the id is in memory alone. */
async function unrecorded() {
  const operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings: { provisioningMs: 1000 } });
  const { clock, simulator } = operator.cloud;
  operator.apply('web', httpSpec('alb-one', 80));
  while (simulator.state.listeners.size === 0) await clock.advance(10);
  operator.takesWrites = false;
  await clock.advance(5000);
  expect(operator.get('web')?.status.listenerId).toBeUndefined();
  return { operator, clock, simulator };
}

it('an id that is only in memory is written as soon as the API server takes it', async () => {
  const { operator, simulator } = await unrecorded();
  operator.takesWrites = true;
  await operator.untilReady(['web'], 120_000);
  expect([...simulator.state.listeners.keys()]).toEqual([operator.get('web')?.status.listenerId]);
});

it('an id that is only in memory when the object vanishes by force is that of an orphan, which is deleted', async () => {
  const { operator, clock, simulator } = await unrecorded();
  operator.tearOut('web');
  await clock.advance(120_000);
  // Whether the object is gone is not known as long as the API server does not answer.
  expect(simulator.state.listeners.size).toBe(1);
  operator.takesWrites = true;
  await clock.advance(120_000);
  expect(simulator.state.listeners.size).toBe(0);
});

it('the same where the object was applied anew under its name meanwhile: the successor gets a listener of its own', async () => {
  const { operator, clock, simulator } = await unrecorded();
  const [left] = simulator.state.listeners.keys();
  operator.tearOut('web');
  operator.apply('web', httpSpec('alb-one', 80));
  await clock.advance(60_000);
  operator.takesWrites = true;
  await operator.untilReady(['web'], 300_000);
  expect([...simulator.state.listeners.keys()]).toEqual([operator.get('web')?.status.listenerId]);
  expect(simulator.state.listeners.has(left ?? '')).toBe(false);
});
