import { expect, it } from 'vitest';
import { z } from 'zod';
import { httpSpec, INVENTORY, isReady, OperatorWorld } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const eventsSchema = z.object({ items: z.array(z.looseObject({ type: z.string(), reason: z.string() })) });

it('50 listeners on a load balancer that each creation locks all run, and nobody reads of an error', async () => {
  await using world = await OperatorWorld.start({
    inventory: { ...INVENTORY, serverGroups: [{ ServerGroupId: 'sgp-web', VpcId: 'vpc-main' }] },
    settings: {
      createLocksLoadBalancer: true,
      provisioningMs: 200,
      quotas: { listenersPerServerGroup: 100 },
    },
    environment: { ALB_RESYNC_INTERVAL: '10m' },
    proveRunning: true,
  });
  const startedAt = performance.now();
  const crowd = Array.from({ length: 50 }, (_, place): [string, object] => [
    `crowd-${place}`,
    httpSpec({ listenerPort: 1000 + place }),
  ]);
  await world.applyAll({ ...Object.fromEntries(crowd), free: httpSpec({ loadBalancerId: 'alb-two' }) });
  await world.untilReady('free');
  const readyCount = async () => [...(await world.list()).values()].filter(isReady).length;
  const readyWithFree = await readyCount();
  await expect.poll(readyCount, { timeout: PATIENCE_MS }).toBe(51);

  const calls = await world.cloud.calls();
  const creations = calls.filter(({ action }) => action === 'CreateListener').length;
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `51 listeners in ${seconds.toFixed(1)} s with ${calls.length} calls, ${creations} of them creations; ` +
      `the free one ran with ${readyWithFree - 1} of the crowd`,
  );
  const { stdout } = await world.controlPlane.kubectl(['get', 'events.events.k8s.io', '-o', 'json']);
  const { items } = eventsSchema.parse(JSON.parse(stdout));
  expect(new Set(items.map(({ reason }) => reason))).toEqual(new Set(['Provisioning', 'Running']));
  expect(await world.listeners()).toHaveLength(51);
  expect(readyWithFree).toBeLessThan(25);
});
