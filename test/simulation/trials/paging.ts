import { objectKey } from '../../../src/runtime/object.ts';
import { PACE } from '../pace.ts';
import type { World } from '../world.ts';

const VICTIM = objectKey('shop', 'paged');
const PLACE = { loadBalancerId: 'alb-two', port: 1996 } as const;
const STRANGERS = 6;
const LATENCY_MS = 1000;
const LONGEST_MS = 60_000;

/**
 * An object is deleted while pages of the list hide its listener. Judged by the invariant on finalizers.
 *
 * The answer to the creation is lost with all processes, the object is deleted while there is none, and other listeners
 * are deleted between the pages that the next process reads.
 */
export async function deleteBehindPages(world: World): Promise<void> {
  const { cloud, cluster, processes, timeline, watchers } = world;
  if (cloud.goneForGood.has(PLACE.loadBalancerId) || cluster.isBeingSwept(VICTIM)) return;
  cloud.set({ listLagMs: 0, tagLagMs: 0, attributeLagMs: 0, pageToken: 'offset', pageSize: null });
  cloud.latencyMs = LATENCY_MS;
  const strangers = Array.from({ length: STRANGERS }, (_, index) =>
    cloud.makeStranger(PLACE.loadBalancerId, 3001 + index),
  );
  world.tell(() => 'a creation whose answer is lost, and pages that hide what it made');
  cluster.create(VICTIM, {
    loadBalancerId: PLACE.loadBalancerId,
    listenerProtocol: 'HTTP',
    listenerPort: PLACE.port,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
  });
  const isMade = () => cloud.listeners.some(({ ListenerPort }) => ListenerPort === PLACE.port);
  const until = timeline.monotonic() + LONGEST_MS;
  while (!isMade() && timeline.monotonic() < until && !watchers.hasFailed) await world.rest(LATENCY_MS / 5);
  for (const process of processes.living) process.kill();
  cluster.delete(VICTIM);
  await world.rest(PACE.settle + LONGEST_MS);
  cloud.latencyMs = 0;
  cloud.set({ pageSize: 1 });
  cloud.goingBetweenPages.push(...strangers.map(({ ListenerId }) => ListenerId).toSorted());
  processes.startAll();
  await world.rest(LONGEST_MS);
}
