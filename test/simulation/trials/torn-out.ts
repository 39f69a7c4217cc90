import { readAlbListener } from '../../../src/listener/resource.ts';
import { conditionOf } from '../../../src/listener/summary.ts';
import { objectKey } from '../../../src/runtime/object.ts';
import type { World } from '../world.ts';

const VICTIM = objectKey('shop', 'torn-out');
const LOAD_BALANCER = 'alb-two';
const PORT = 1994;
/** Of its successor of the same name. */
const OTHER_PORT = 1995;
const LATENCY_MS = 1000;
const LONGEST_MS = 60_000;
/** Longer than a request is waited for. */
const SILENCE_MS = 40_000;
const SUCCESSION_MS = 120_000;
const CLEANUP_MS = 240_000;

/**
 * A finalizer is removed by force during a creation. `undefined` where the listener is deleted all the same.
 *
 * Its id could not be written and is only in memory, or the listener may not be deleted for a while. Meanwhile a
 * successor of the same name gets another port.
 */
export async function judgeTornOut(world: World): Promise<string | undefined> {
  const { cloud, cluster, chance, watchers } = world;
  if (cloud.goneForGood.has(LOAD_BALANCER) || cluster.isBeingSwept(VICTIM)) return undefined;
  const listenerId = await createSlowly(world);
  if (listenerId === undefined) return undefined;
  const isUndeletable = chance.happens(0.5);
  if (isUndeletable) cloud.undeletable.add(listenerId);
  else cluster.silentPath = /\/status$/;
  cluster.delete(VICTIM);
  cluster.tearOut(VICTIM);
  await world.rest(SILENCE_MS);
  cluster.silentPath = undefined;
  cloud.latencyMs = 0;
  if (isUndeletable) {
    cluster.create(VICTIM, specOn(OTHER_PORT));
    await world.rest(SUCCESSION_MS);
    if (!isReady(world) && !watchers.hasFailed)
      return `${VICTIM} is not Ready on a port of its own while ${listenerId} of an earlier life may not be deleted`;
    cloud.undeletable.clear();
  }
  await world.rest(CLEANUP_MS);
  return cloud.listener(listenerId) === undefined
    ? undefined
    : `${listenerId} is left behind by ${VICTIM}, and ${isUndeletable ? 'may be deleted by now' : 'its id was only in memory'}`;
}

/** The id of a listener whose creation is not answered yet. */
async function createSlowly(world: World): Promise<string | undefined> {
  const { cloud, cluster, timeline } = world;
  cloud.latencyMs = LATENCY_MS;
  world.tell(() => `${VICTIM} loses its finalizer during its creation`);
  cluster.create(VICTIM, specOn(PORT));
  const until = timeline.monotonic() + LONGEST_MS;
  while (timeline.monotonic() < until) {
    await world.rest(LATENCY_MS / 5);
    const made = cloud.listeners.find(({ ListenerPort }) => ListenerPort === PORT);
    if (made !== undefined) return made.ListenerId;
  }
  return undefined;
}

function isReady({ cluster }: World): boolean {
  const raw = cluster.get(VICTIM);
  return raw !== undefined && conditionOf(readAlbListener(raw), 'Ready')?.status === 'True';
}

function specOn(listenerPort: number): object {
  return {
    loadBalancerId: LOAD_BALANCER,
    listenerProtocol: 'HTTP',
    listenerPort,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
  };
}
