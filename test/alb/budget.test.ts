import { describe, expect, it } from 'vitest';
import { Budget, withBudget } from '../../src/alb/budget.ts';
import { BulkReader, withInvalidation } from '../../src/alb/bulk-reader.ts';
import { Lanes, withLane } from '../../src/alb/lanes.ts';
import type { CallPriority } from '../../src/alb/rate-bucket.ts';
import { sleep } from '../../src/runtime/clock.ts';
import { httpListener, insist, SimulatedCloud } from './simulated-cloud.ts';

const LOAD_BALANCERS = Array.from({ length: 10 }, (_, index) => `alb-${index}`);

/** Budget, lanes and bulk reader together, as the operator has them. */
function operatorOver(cloud: SimulatedCloud) {
  const { clock, random } = cloud;
  const budget = new Budget({ clock, random });
  const lanes = new Lanes({ clock, random });
  const apiAt = (priority: CallPriority) => cloud.api(withBudget(cloud.rpc, budget, priority));
  const reader = new BulkReader({ api: apiAt('normal'), clock });
  const apiFor = (loadBalancerId: string, priority: CallPriority) =>
    withLane(withInvalidation(apiAt(priority), reader, loadBalancerId), lanes, loadBalancerId);

  /** Creates one listener and follows it to Running. */
  const create = async (loadBalancerId: string, port: number, priority: CallPriority) => {
    const api = apiFor(loadBalancerId, priority);
    const { listenerId } = await insist(cloud, () => api.createListener(httpListener(loadBalancerId, port)));
    for (;;) {
      await sleep(clock, 2000);
      const wanted = { listenerId, loadBalancerId, maxAgeMs: 1000 };
      const seen = await insist(cloud, () => reader.read(wanted));
      if (seen?.listenerStatus === 'Running') return listenerId;
    }
  };
  return { apiFor, create, reader };
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
      const api = operator.apiFor(id.loadBalancerId, priority);
      await insist(cloud, () => api.updateListenerAttribute({ listenerId: id.listenerId, idleTimeout: 30 }));
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
    console.log(served.high);
    expect(longest).toBeLessThan(60_000);
    expect(longest).toBeLessThan(median / 2);
  });
});
