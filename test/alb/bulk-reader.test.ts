import { describe, expect, it } from 'vitest';
import type { ListedListener } from '../../src/alb/api.ts';
import { BulkReader } from '../../src/alb/bulk-reader.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { sleep } from '../../src/runtime/clock.ts';
import { SimulatedCloud } from './simulated-cloud.ts';

describe('300 listeners on 10 load balancers', () => {
  it.each([1, 2, 3])('are read with at most 10 calls a round of resyncs (seed %i)', async (seed) => {
    const loadBalancers = Array.from({ length: 10 }, (_, index) => `alb-${index}`);
    const cloud = new SimulatedCloud({
      loadBalancers,
      settings: { createLocksLoadBalancer: false, provisioningMs: 0 },
      seed,
    });
    const reader = new BulkReader({ api: cloud.api(), clock: cloud.clock });
    const roundMs = 600_000;
    const rounds = 6;
    let reads = 0;
    const work = loadBalancers.flatMap((loadBalancerId) =>
      cloud.put(loadBalancerId, 30).map(async (listenerId) => {
        await sleep(cloud.clock, roundMs * cloud.random.next());
        while (cloud.clock.monotonic() < rounds * roundMs) {
          const answer = await reader.read({ listenerId, loadBalancerId, maxAgeMs: roundMs / 2 });
          expect(answer).toMatchObject({ outcome: 'yes', value: { listenerId, loadBalancerId } });
          reads += 1;
          await sleep(cloud.clock, roundMs * (0.8 + 0.4 * cloud.random.next()));
        }
      }),
    );
    await cloud.finish(work, (rounds + 2) * roundMs);
    const perRound = cloud.count('ListListeners') / rounds;
    console.log(`calls a round: ${perRound.toFixed(1)} for ${(reads / rounds).toFixed(0)} reads`);
    expect(reads / rounds).toBeGreaterThan(280);
    expect(perRound).toBeLessThanOrEqual(10);
  });
});
