import { describe, expect, it } from 'vitest';
import { conditionOf } from '../../src/listener/summary.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function world(): OperatorInTime {
  return new OperatorInTime({
    loadBalancers: ['alb-one', 'alb-two'],
    settings: { provisioningMs: 1000 },
  });
}

/** Somebody deletes a load balancer, and with it go its listeners. Gives back how it was. */
function removeLoadBalancer({ cloud: { simulator } }: OperatorInTime, id: string): () => void {
  const { inventory, listeners } = simulator.state;
  for (const [listenerId, { LoadBalancerId }] of listeners) {
    if (LoadBalancerId === id) listeners.delete(listenerId);
  }
  simulator.state.inventory = {
    ...inventory,
    loadBalancers: inventory.loadBalancers.filter(({ LoadBalancerId }) => LoadBalancerId !== id),
  };
  return () => {
    simulator.state.inventory = inventory;
  };
}

function reasonOf(operator: OperatorInTime, name: string): string | undefined {
  const object = operator.get(name);
  return object && conditionOf(object, 'Ready')?.reason;
}

describe('a load balancer that is gone for good', () => {
  it.each([
    { reason: 'its listener ran', before: ['web'], after: [] },
    {
      reason: 'it was never there for this listener, but another one was seen on it',
      before: ['other'],
      after: ['web'],
    },
    { reason: 'it was never seen at all', before: [], after: ['web'] },
  ])('is said once, and then only read now and then: $reason', async ({ before, after }) => {
    const operator = world();
    const { clock } = operator.cloud;
    const names = [...before, ...after];
    before.forEach((name, index) => operator.apply(name, httpSpec('alb-one', 80 + index)));
    await operator.untilReady(before, MINUTE_MS);
    removeLoadBalancer(operator, 'alb-one');
    after.forEach((name, index) => operator.apply(name, httpSpec('alb-one', 90 + index)));
    // A resync later everybody has noticed.
    await clock.advance(20 * MINUTE_MS);
    expect(names.map((name) => reasonOf(operator, name))).toEqual(names.map(() => 'LoadBalancerNotFound'));

    const incarnations = names.map((name) => operator.get(name)?.status.creation?.incarnation);
    const { writes } = operator;
    const creations = operator.cloud.count('CreateListener');
    const calls = operator.cloud.requests.length;
    await clock.advance(2 * HOUR_MS);
    expect(operator.writes - writes).toBe(0);
    expect(operator.cloud.count('CreateListener') - creations).toBe(0);
    expect(names.map((name) => operator.get(name)?.status.creation?.incarnation)).toEqual(incarnations);
    // A list and a look at the load balancer, every five minutes.
    expect(operator.cloud.requests.length - calls).toBeLessThanOrEqual(names.length * 2 * 31);
  });

  it.each([
    { reason: 'its listener ran', names: ['web'] },
    { reason: 'several had theirs on it', names: ['web', 'api', 'shop'] },
  ])('gets no creation at all where a listener was seen to go with it: $reason', async ({ names }) => {
    const operator = world();
    names.forEach((name, index) => operator.apply(name, httpSpec('alb-one', 80 + index)));
    await operator.untilReady(names, 5 * MINUTE_MS);
    const creations = operator.cloud.count('CreateListener');
    const { writes } = operator;
    removeLoadBalancer(operator, 'alb-one');
    await operator.cloud.clock.advance(20 * MINUTE_MS);
    expect(operator.cloud.count('CreateListener') - creations).toBe(0);
    // That the listener is lost, and why there is no other one.
    expect(operator.writes - writes).toBe(2 * names.length);
  });

  it('that comes back gets its listener within the time between two slow looks', async () => {
    const operator = world();
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.untilReady(['web'], MINUTE_MS);
    const restore = removeLoadBalancer(operator, 'alb-one');
    await operator.cloud.clock.advance(2 * HOUR_MS);
    expect(reasonOf(operator, 'web')).toBe('LoadBalancerNotFound');
    restore();
    await operator.untilReady(['web'], 7 * MINUTE_MS);
    expect(operator.cloud.simulator.state.listeners.size).toBe(1);
  });

  it('is answered when it is asked for through the annotation', async () => {
    const operator = world();
    operator.apply('web', httpSpec('alb-gone', 80));
    await operator.cloud.clock.advance(MINUTE_MS);
    operator.request('web');
    await operator.cloud.clock.advance(MINUTE_MS);
    expect(operator.get('web')?.status.handledReconcileAt).toBeDefined();
    expect(reasonOf(operator, 'web')).toBe('LoadBalancerNotFound');
  });

  it('does not stop those on other load balancers', async () => {
    const operator = world();
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.untilReady(['web'], MINUTE_MS);
    removeLoadBalancer(operator, 'alb-one');
    await operator.cloud.clock.advance(20 * MINUTE_MS);
    operator.apply('api', httpSpec('alb-two', 80));
    await operator.untilReady(['api'], MINUTE_MS);
    expect(reasonOf(operator, 'api')).toBe('Running');
  });
});
