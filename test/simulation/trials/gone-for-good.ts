import { objectKey } from '../../../src/runtime/object.ts';
import { loseForGood } from '../disturbances/cloud-troubles.ts';
import type { World } from '../world.ts';

const VICTIM = objectKey('shop', 'stranded');
const LOAD_BALANCER = 'alb-two';
const CREATED_IN_MS = 60_000;
const SETTLES_MS = 300_000;

/** A load balancer is deleted for good right after a creation on it. Judged by the quiet at the end. */
export async function strand(world: World): Promise<void> {
  const { cloud, cluster, keys } = world;
  if (cloud.goneForGood.has(LOAD_BALANCER) || cluster.isBeingSwept(VICTIM)) return;
  cluster.create(VICTIM, {
    loadBalancerId: LOAD_BALANCER,
    listenerProtocol: 'HTTP',
    listenerPort: 1993,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
  });
  await world.rest(CREATED_IN_MS);
  world.tell(() => `${LOAD_BALANCER} goes for good`);
  loseForGood(world, LOAD_BALANCER);
  for (const key of [VICTIM, ...keys]) cluster.request(key, 'gone');
  await world.rest(SETTLES_MS);
}
