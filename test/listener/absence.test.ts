import { describe, expect, it } from 'vitest';
import { toMilliseconds } from '../../src/listener/time.ts';
import { httpSpec, OperatorInTime, PACE } from '../support/operator-in-time.ts';

const PAGE = 100;

/**
 * An object of which nothing is known but that its creation was written ahead long ago. Its listener is on the second
 * page of the list of its load balancer, and would be on the first one as soon as listeners before it are gone.
 */
async function onSecondPage() {
  const operator = new OperatorInTime({
    loadBalancers: ['alb-one'],
    settings: {
      provisioningMs: 0,
      createLocksLoadBalancer: false,
      pageToken: 'offset',
      quotas: { listenersPerLoadBalancer: 300 },
    },
  });
  const { clock, simulator } = operator.cloud;
  const { listeners } = simulator.state;
  const before = operator.cloud
    .put('alb-one', 150)
    .toSorted()
    .slice(0, PAGE / 2);
  operator.cloud.fail({ kind: 'hang', operation: 'CreateListener', effect: 'after', count: 1 });
  operator.apply('web', httpSpec('alb-one', 80));
  const find = () => [...listeners.values()].find(({ ListenerPort }) => ListenerPort === 80);
  while (find() === undefined) await clock.advance(10);
  const ours = find()?.ListenerId ?? '';
  const place = [...listeners.keys()].toSorted().indexOf(ours);
  expect(place).toBeGreaterThanOrEqual(PAGE);
  expect(place - before.length).toBeLessThan(PAGE);

  const object = operator.get('web');
  if (object === undefined) throw new Error('no object');
  const unsettledAt = toMilliseconds(clock.now() - 5 * PACE.settle);
  const creation = { incarnation: 0, startedAt: unsettledAt, unsettledAt };
  operator.cluster.writeStatus(object, { ...object.status, creation }, 'version');

  /** Lets the next list begin, and takes listeners of its first page away before the second one is read. */
  const spoilNextList = async () => {
    const pages = operator.cloud.count('ListListeners');
    while (operator.cloud.count('ListListeners') === pages) await clock.advance(10);
    for (const id of before) listeners.delete(id);
  };
  return { operator, clock, listeners, ours, spoilNextList };
}

describe('a list of two pages from which listeners go while it is read', () => {
  it('does not let an object go whose listener stands', async () => {
    const { operator, clock, listeners, ours, spoilNextList } = await onSecondPage();
    operator.delete('web');
    await spoilNextList();
    await clock.advance(60_000);
    expect({ stands: listeners.has(ours), object: operator.get('web') }).toEqual({
      stands: false,
      object: undefined,
    });
  });

  it('begins no new incarnation for an object whose listener stands', async () => {
    const { operator, spoilNextList, ours } = await onSecondPage();
    const creations = operator.cloud.count('CreateListener');
    operator.request('web');
    await spoilNextList();
    await operator.untilReady(['web'], 60_000);
    expect(operator.get('web')?.status).toMatchObject({ listenerId: ours, creation: { incarnation: 0 } });
    expect(operator.cloud.count('CreateListener')).toBe(creations);
  });
});

describe('a list of one page', () => {
  it('is proof for an object that never began a creation: it goes without another list', async () => {
    const operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings: { provisioningMs: 1000 } });
    const { clock } = operator.cloud;
    operator.apply('first', httpSpec('alb-one', 80));
    await operator.untilReady(['first'], 60_000);
    operator.apply('second', httpSpec('alb-one', 80));
    await clock.advance(10_000);
    expect(operator.reasonOf('second')).toBe('PortClaimed');
    const lists = operator.cloud.count('ListListeners');
    operator.delete('second');
    await clock.advance(10_000);
    expect(operator.get('second')).toBeUndefined();
    expect(operator.cloud.count('ListListeners') - lists).toBeLessThanOrEqual(1);
  });
});
