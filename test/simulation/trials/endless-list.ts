import type { World } from '../world.ts';

const LASTS_MS = 120_000;
const LOOK_EVERY_MS = 5000;

/** Lists do not end for a while, and every object is asked for. Judged by the invariant on the length of lists. */
export async function followEndlessLists(world: World): Promise<void> {
  const { cloud, cluster, chance, timeline, watchers } = world;
  cloud.set({ afterLastPage: chance.oneOf('sameToken', 'newTokens') });
  world.tell(() => 'lists do not end');
  const until = timeline.monotonic() + LASTS_MS;
  while (timeline.monotonic() < until && !watchers.hasFailed) {
    for (const key of world.keys) cluster.request(key, `${timeline.monotonic()}`);
    await world.rest(LOOK_EVERY_MS);
  }
  cloud.set({ afterLastPage: 'nothing' });
}
