import { describe, expect, it } from 'vitest';
import type { Caller, CreatedListener, CreateListenerParameters } from '../../src/alb/api.ts';
import { Budget, withBudget, withBudgetOnce } from '../../src/alb/budget.ts';
import type { Outcome } from '../../src/alb/error.ts';
import type { Rpc } from '../../src/alb/rpc.ts';
import { AlbSite } from '../../src/alb-site.ts';
import type { Cloud } from '../../src/listener/ports.ts';
import { sleep } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { httpListener, insist, SimulatedCloud } from './simulated-cloud.ts';

const LOAD_BALANCERS = Array.from({ length: 10 }, (_, index) => `alb-${index}`);
const shop = (priority: Caller['priority']): Caller => ({ namespace: 'shop', priority });

async function createOn(
  cloud: Cloud,
  parameters: CreateListenerParameters,
): Promise<Outcome<CreatedListener>> {
  return cloud.withTurnToCreate<Outcome<CreatedListener>>(
    (createListener) => createListener(parameters),
    (error) => ({ outcome: 'no', error }),
  );
}

/** Budget, lanes and bulk reader together, as the operator has them. */
function operatorOver({ connection, clock, random }: SimulatedCloud) {
  const site = new AlbSite({ clock, random, callsPerMinute: 160, busyDelayMs: 1000 });
  const cloudFor = site.cloudOver(connection, '');

  /** Creates one listener and follows it to Running. */
  const create = async (loadBalancerId: string, port: number, priority: Caller['priority']) => {
    const cloud = cloudFor(loadBalancerId, shop(priority));
    const { listenerId } = await insist(clock, async () =>
      createOn(cloud, httpListener(loadBalancerId, port)),
    );
    for (;;) {
      await sleep(clock, 2000);
      const wanted = { listenerId, loadBalancerId, maxAgeMs: 1000 };
      const seen = await insist(clock, () => cloud.glance(wanted));
      if (seen?.listenerStatus === 'Running') return listenerId;
    }
  };
  return { cloudFor, create };
}

describe('100 listeners in an account throttled to 20 calls a minute', () => {
  const cases = [
    { seed: 1, tellsRetryAfter: true, reason: 'the answer says when the minute is over' },
    { seed: 2, tellsRetryAfter: true, reason: 'by another chance' },
    { seed: 3, tellsRetryAfter: false, reason: 'the answer does not say how long to wait' },
    { seed: 4, tellsRetryAfter: false, reason: 'by another chance' },
  ];
  it.each(cases)(
    'all come to Running, and less than 5% of the calls are throttled: $reason',
    async (options) => {
      const cloud = new SimulatedCloud({
        loadBalancers: LOAD_BALANCERS,
        settings: { callsPerMinute: 20, createLocksLoadBalancer: true },
        ...options,
      });
      const operator = operatorOver(cloud);
      const work = LOAD_BALANCERS.flatMap((loadBalancerId) =>
        Array.from({ length: 10 }, async (_, index) =>
          operator.create(loadBalancerId, 1000 + index, 'normal'),
        ),
      );
      const took = await cloud.finish(work, 20 * 60_000);

      const throttled = cloud.requests.filter(({ code }) => code.startsWith('Throttling')).length;
      const share = throttled / cloud.requests.length;
      console.log(
        `${cloud.requests.length} calls in ${(took / 60_000).toFixed(1)} min, ${throttled} throttled (${(share * 100).toFixed(1)}%); ` +
          `creates: ${cloud.count('CreateListener')}, ${cloud.count('CreateListener', /Throttling/)} throttled`,
      );
      expect(cloud.simulator.state.listeners.size).toBe(100);
      expect(share).toBeLessThan(0.05);
      // 100 creates need 5 minutes at the cloud's own limit.
      expect(took).toBeLessThan(12 * 60_000);
    },
  );

  it('serves the edits of users before everything else', async () => {
    const cloud = new SimulatedCloud({
      loadBalancers: LOAD_BALANCERS,
      settings: { createLocksLoadBalancer: false, provisioningMs: 0, configuringMs: 500 },
    });
    const ids = LOAD_BALANCERS.flatMap((loadBalancerId) =>
      cloud.put(loadBalancerId, 12).map((listenerId) => ({ listenerId, loadBalancerId })),
    );
    await cloud.clock.advance(60_000);
    cloud.simulator.state.settings = { ...cloud.simulator.state.settings, callsPerMinute: 20 };
    const operator = operatorOver(cloud);

    const served: Record<'high' | 'low', number[]> = { high: [], low: [] };
    const update = async (id: (typeof ids)[number], priority: 'high' | 'low') => {
      const askedAt = cloud.clock.monotonic();
      const api = operator.cloudFor(id.loadBalancerId, shop(priority));
      await insist(cloud.clock, () =>
        api.updateListenerAttribute({ listenerId: id.listenerId, idleTimeout: 30 }),
      );
      served[priority].push(cloud.clock.monotonic() - askedAt);
    };
    // 100 corrections that nobody waits for, and in the midst of them an edit now and then.
    const work = ids.slice(0, 100).map(async (id) => update(id, 'low'));
    const edits = ids.slice(100).map(async (id, index) => {
      await sleep(cloud.clock, 70_000 + index * 15_000);
      await update(id, 'high');
    });
    await cloud.finish([...work, ...edits], 30 * 60_000);
    const longest = Math.max(...served.high);
    const median = served.low.sort((a, b) => a - b)[50] ?? 0;
    console.log(
      `an edit waits ${(longest / 1000).toFixed(1)} s at most, a correction ${(median / 1000).toFixed(0)} s`,
    );
    expect(longest).toBeLessThan(60_000);
    expect(longest).toBeLessThan(median / 2);
  });
});

describe('a list with more pages than the bucket holds calls', () => {
  const LISTENERS = 30;
  const [LOAD_BALANCER = ''] = LOAD_BALANCERS;

  it.each([
    {
      read: (cloud: Cloud) => cloud.listenersOf(LOAD_BALANCER),
      pageSize: 1,
      reason: 'whether a port is free',
    },
    {
      read: (cloud: Cloud) => cloud.listenersTagged({ key: 'owner', value: 'shop' }, LOAD_BALANCER),
      pageSize: 2,
      reason: 'what belongs to a resource',
    },
  ])('is read to its end at the first go, pages of $pageSize: $reason', async ({ read, pageSize }) => {
    const simulated = new SimulatedCloud({
      loadBalancers: LOAD_BALANCERS,
      settings: { pageSize, createLocksLoadBalancer: false },
    });
    const ids = simulated.put(LOAD_BALANCER, LISTENERS);
    simulated.simulator.call('TagResources', {
      ResourceType: 'listener',
      ...Object.fromEntries(ids.map((id, index) => [`ResourceId.${index + 1}`, id])),
      'Tag.1.Key': 'owner',
      'Tag.1.Value': 'shop',
    });
    const cloud = operatorOver(simulated).cloudFor(LOAD_BALANCER, shop('low'));
    let listed: Outcome<readonly unknown[]> | undefined;
    const reading = (async () => {
      listed = await read(cloud);
    })();
    await simulated.finish([reading], 60_000);
    expect(listed).toMatchObject({ outcome: 'yes', value: { length: LISTENERS } });
    expect(simulated.count('ListListeners')).toBe(LISTENERS / pageSize);
  });
});

function setUp(answer: (operation: string) => Outcome<unknown> = () => ok) {
  const clock = new VirtualClock();
  const budget = new Budget({ clock, random: seededRandom(1), callsPerMinute: 160 });
  const sent: string[] = [];
  const rpc: Rpc = async (operation) => {
    sent.push(operation);
    return answer(operation);
  };
  const rpcAt = (priority: Caller['priority']) => withBudget(rpc, budget, shop(priority));
  const reconcileAt = (priority: Caller['priority']) => withBudgetOnce(rpc, budget, shop(priority));
  return { clock, budget, sent, rpcAt, reconcileAt };
}

const ok: Outcome<unknown> = { outcome: 'yes', value: {}, requestId: 'r' };
const throttled: Outcome<unknown> = {
  outcome: 'no',
  error: { class: 'throttled', operation: 'X', code: 'Throttling.User', message: '', retryAfterMs: 20_000 },
};

describe('the budget', () => {
  it('answers a call it cannot pay in its place, with the time to come again', async () => {
    const { clock, sent, rpcAt } = setUp();
    const call = rpcAt('high');
    let held: Outcome<unknown> = ok;
    while (held.outcome === 'yes') held = await call('StopListener', {});
    expect(held).toMatchObject({
      outcome: 'no',
      error: { class: 'throttled', operation: 'StopListener', code: 'BudgetExhausted' },
    });
    const before = sent.length;
    await clock.advance(held.error.retryAfterMs ?? 0);
    expect(await call('StopListener', {})).toBe(ok);
    expect(sent).toHaveLength(before + 1);
  });

  it('counts every operation by itself', async () => {
    const { budget, rpcAt } = setUp((operation) => (operation === 'StopListener' ? throttled : ok));
    await rpcAt('high')('StopListener', {});
    expect(budget.heldBack('StopListener', shop('high'))?.error.retryAfterMs).toBeGreaterThanOrEqual(20_000);
    expect(budget.heldBack('StartListener', shop('low'))).toBeUndefined();
  });

  it('counts a call that was paid for and did not go for nothing', () => {
    const { budget } = setUp();
    for (let turns = 0; turns < 1000; turns += 1) {
      const turn = budget.turn('CreateListener', shop('low'));
      if (turn.given) turn.place.giveBack();
      else expect.fail(`turn ${turns} was refused`);
    }
  });

  it('sends nothing until the time is over that the cloud asked for, whoever asks', async () => {
    const { clock, sent, rpcAt } = setUp(() => throttled);
    expect(await rpcAt('high')('StopListener', {})).toMatchObject({
      error: { code: 'Throttling.User' },
    });
    await clock.advance(19_999);
    expect(await rpcAt('high')('StopListener', {})).toMatchObject({ error: { code: 'BudgetExhausted' } });
    expect(sent).toHaveLength(1);
  });

  it('finishes a list that has begun, and pays its pages before the next one', async () => {
    const { budget, sent, rpcAt } = setUp();
    await rpcAt('normal')('ListListeners', {});
    for (let page = 0; page < 20; page += 1) await rpcAt('normal')('ListListeners', { NextToken: 'x' });
    expect(sent).toHaveLength(21);
    // 21 pages from a bucket of some 10, at 160 a minute.
    expect(budget.heldBack('ListListeners', shop('high'))?.error.retryAfterMs).toBeGreaterThan(3000);
  });

  it.each(['high', 'normal', 'low'] as const)(
    'has a reconcile of priority %s wait for the first call of an operation alone, and pay for each',
    async (priority) => {
      const { clock, budget, sent, reconcileAt } = setUp();
      let held: Outcome<unknown> = ok;
      while (held.outcome === 'yes') held = await reconcileAt(priority)('GetListenerAttribute', {});
      await clock.advance(held.error.retryAfterMs ?? 0);
      const before = sent.length;
      const reconcile = reconcileAt(priority);
      for (let call = 0; call < 3; call += 1) expect(await reconcile('GetListenerAttribute', {})).toBe(ok);
      expect(sent).toHaveLength(before + 3);
      // Two calls beyond its turn, at 160 a minute.
      const again = budget.heldBack('GetListenerAttribute', shop(priority))?.error.retryAfterMs;
      expect(again).toBeGreaterThan(2 * (60_000 / 160));
    },
  );

  it('sends nothing of a reconcile whose first call is held back', async () => {
    const { sent, rpcAt, reconcileAt } = setUp(() => throttled);
    await rpcAt('high')('GetListenerAttribute', {});
    const reconcile = reconcileAt('high');
    for (let call = 0; call < 3; call += 1)
      expect(await reconcile('GetListenerAttribute', {})).toMatchObject({
        error: { code: 'BudgetExhausted' },
      });
    expect(sent).toHaveLength(1);
  });
});
