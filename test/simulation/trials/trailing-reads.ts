import type { World } from '../world.ts';

const LAG_MS = 60_000;

/**
 * Reads trail behind by a minute. Judged by the invariants on calls that are made again and again.
 *
 * Listeners are deleted in the console and with their objects, so that each read contradicts the last answer.
 */
export async function trailBehind(world: World): Promise<void> {
  const { cloud, cluster, chance, cast } = world;
  cloud.set({ listLagMs: LAG_MS, attributeLagMs: LAG_MS, tagLagMs: LAG_MS });
  // So that what is shown from now on is what is there now.
  await world.rest(LAG_MS);
  world.tell(() => `reads trail behind by ${LAG_MS} ms`);
  for (const { key } of cast) {
    const uid = cluster.get(key)?.metadata.uid ?? '';
    for (const { ListenerId } of cloud.listenersOf(uid)) if (chance.happens(0.7)) cloud.remove(ListenerId);
    if (chance.happens(0.7)) cluster.delete(key);
    else cluster.edit(key, { idleTimeout: chance.oneOf(21, 22) });
  }
  await world.rest(LAG_MS);
}
