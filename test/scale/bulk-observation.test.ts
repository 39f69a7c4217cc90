import { describe, expect, it } from 'vitest';
import { editListener } from '../../src/simulator/out-of-band.ts';
import { httpSpec, OperatorInTime, PACE } from '../support/operator-in-time.ts';

const LOAD_BALANCERS = Array.from({ length: 10 }, (_, index) => `alb-${index}`);
const ROUNDS = 6;

/** 300 listeners that all run, on 10 load balancers. */
async function atRest(seed: number) {
  const operator = new OperatorInTime({
    loadBalancers: LOAD_BALANCERS,
    settings: { createLocksLoadBalancer: false, provisioningMs: 3000 },
    seed,
  });
  const names = LOAD_BALANCERS.flatMap((loadBalancerId, index) =>
    Array.from({ length: 30 }, (_, place) => {
      const name = `web-${index}-${place}`;
      operator.apply(name, httpSpec(loadBalancerId, 1000 + place));
      return name;
    }),
  );
  await operator.untilReady(names, 10 * 60_000);
  return { operator, names };
}

describe('300 HTTP listeners on 10 load balancers', () => {
  it.each([1, 2])(
    'are all looked at in each round of resyncs with at most 10 calls (seed %i)',
    async (seed) => {
      const { operator } = await atRest(seed);
      const { cloud } = operator;
      const creation = cloud.requests.length;
      cloud.requests.length = 0;
      operator.writes = 0;
      operator.reconciles = 0;
      await cloud.clock.advance(ROUNDS * PACE.resync);

      const calls = cloud.requests.length / ROUNDS;
      console.log(
        `${calls.toFixed(1)} calls a round for ${(operator.reconciles / ROUNDS).toFixed(0)} looks; ` +
          `${operator.writes} writes to the cluster; ${creation} calls until all ran`,
      );
      expect(calls).toBeLessThanOrEqual(10);
      // A round may take a fifth more or less.
      expect(operator.reconciles).toBeGreaterThan(300 * (ROUNDS / 1.2));
      // Reads alone, and of lists alone.
      expect(new Set(cloud.requests.map(({ operation }) => operation))).toEqual(new Set(['ListListeners']));
      expect(operator.writes).toBe(0);
    },
  );

  it('are not looked at blindly: a change in the console is found and taken back', async () => {
    const { operator } = await atRest(3);
    const { clock, simulator } = operator.cloud;
    await clock.advance(3 * PACE.resync);
    const [listenerId = ''] = simulator.state.listeners.keys();
    editListener(simulator, listenerId, { IdleTimeout: 44 });
    const idleTimeout = () => simulator.state.listeners.get(listenerId)?.IdleTimeout;
    expect(idleTimeout()).toBe(44);
    await clock.advance(2 * PACE.resync);
    expect(idleTimeout()).toBe(15);
  });
});
