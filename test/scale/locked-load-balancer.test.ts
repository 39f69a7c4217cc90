import { describe, expect, it } from 'vitest';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';

const PROVISIONING_MS = 3000;
const FREE = ['free-a', 'free-b'] as const;

/** A load balancer that every creation locks, with so many listeners; and two others with one listener each. */
async function create(crowd: number, seed: number): Promise<OperatorInTime> {
  const operator = new OperatorInTime({
    loadBalancers: ['alb-crowded', 'alb-freea', 'alb-freeb'],
    settings: { createLocksLoadBalancer: true, provisioningMs: PROVISIONING_MS },
    seed,
  });
  const names = Array.from({ length: crowd }, (_, place) => `crowd-${place}`);
  for (const [place, name] of names.entries()) operator.apply(name, httpSpec('alb-crowded', 1000 + place));
  operator.apply(FREE[0], httpSpec('alb-freea', 80));
  operator.apply(FREE[1], httpSpec('alb-freeb', 80));
  await operator.untilReady([...names, ...FREE], 10 * 60_000);
  return operator;
}

describe('50 listeners on a load balancer that each creation locks', () => {
  it.each([1, 2, 3])(
    'all come to Running without an error that a user sees, and hold up nobody else (seed %i)',
    async (seed) => {
      const operator = await create(50, seed);
      const alone = await create(0, seed);
      const { cloud } = operator;

      const tookS = cloud.clock.monotonic() / 1000;
      const busy = cloud.count('CreateListener', /IncorrectStatus/);
      const free = Math.max(...FREE.map((name) => operator.readyAt(name) ?? Number.POSITIVE_INFINITY));
      const freeAlone = Math.max(...FREE.map((name) => alone.readyAt(name) ?? 0));
      console.log(
        `50 listeners in ${tookS.toFixed(0)} s, ${busy} busy answers, ${cloud.requests.length} calls, ` +
          `${(operator.writes / 52).toFixed(1)} writes to the cluster each; ` +
          `the free ones in ${(free / 1000).toFixed(1)} s, alone in ${(freeAlone / 1000).toFixed(1)} s`,
      );
      expect(operator.events.filter(({ type }) => type === 'Warning')).toEqual([]);
      expect(new Set(operator.events.map(({ reason }) => reason))).toEqual(
        new Set(['Provisioning', 'Running']),
      );
      expect(operator.events).toHaveLength(2 * 52);
      // Each creation needs the load balancer for so long.
      expect(tookS).toBeLessThan(50 * (PROVISIONING_MS / 1000) * 1.5);
      expect(busy).toBeLessThan(25);
      // As if alone, give or take one poll.
      expect(free).toBeLessThan(freeAlone + 2000);
      // The finalizer, that it waits, the write-ahead, the id, Running; a write for every attempt would be far more.
      expect(operator.writes / 52).toBeLessThan(8);
    },
  );
});
