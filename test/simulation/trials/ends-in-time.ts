import { readLease } from '../../../src/runtime/kubernetes/lease.ts';
import { LEASE_OBJECTS } from '../api-server/resources.ts';
import { LEASE } from '../cluster.ts';
import type { World } from '../world.ts';

/** As long as Kubernetes lets a pod take to end. */
const GRACE_MS = 30_000;
/** Where nothing else is slow: pending Events are given up after two seconds. */
const SOON_MS = 8000;
const SETTLES_MS = 3000;

/**
 * A process that is told to stop while there is much to tell of and Events are not taken: it ends within the grace, and
 * does not hold the lease any more. `undefined` where it holds.
 */
export async function judgeEnd(world: World): Promise<string | undefined> {
  const { cloud, cluster, processes, keys } = world;
  cluster.silentPath = /\/events(\/|$)/;
  // Each listener that is gone is an event.
  for (const { ListenerId } of cloud.listeners)
    if (!cloud.strangers.has(ListenerId)) cloud.remove(ListenerId);
  for (const key of keys) cluster.request(key, 'end');
  await world.rest(SETTLES_MS);
  const holder = holderOf(world);
  const ending = processes.living.filter(({ isStopping }) => !isStopping);
  for (const process of ending) process.terminate();
  world.tell(() => `all are told to stop; ${holder ?? 'nobody'} leads`);
  await world.rest(SOON_MS);
  if (holder !== undefined && holder !== '' && holderOf(world) === holder)
    return `the Lease still names ${holder} ${SOON_MS} ms after it was told to stop`;
  await world.rest(GRACE_MS - SOON_MS);
  const late = ending.find(({ isAlive }) => isAlive);
  if (late !== undefined) return `${late.name} has not ended ${GRACE_MS} ms after it was told to stop`;
  return undefined;
}

function holderOf({ cluster }: World): string | undefined {
  const lease = cluster.server.read(LEASE_OBJECTS, LEASE);
  return lease === undefined ? undefined : readLease(lease)?.holder;
}
