import type { ListedListener } from '../alb/api.ts';
import { isOfNamespace, ownershipOf } from './ownership.ts';
import type { Cloud } from './ports.ts';
import type { AlbListener } from './resource.ts';

/**
 * Tells which HTTPS listener keeps a QUIC listener from being deleted, which the cloud does not say: one of this namespace
 * by its AlbListener, one that no AlbListener owns by its id. Of one of another namespace or cluster nothing is told.
 */
export async function describeHolder(
  listenerId: string,
  object: AlbListener,
  {
    cloud,
    clusterUid,
  }: { readonly cloud: Pick<Cloud, 'listenersOf'>; readonly clusterUid: string | undefined },
): Promise<string | undefined> {
  const { loadBalancerId } = object.status;
  if (loadBalancerId === undefined) return undefined;
  const listed = await cloud.listenersOf(loadBalancerId);
  if (listed.outcome !== 'yes') return undefined;
  const holder = listed.value.find((listener) => refersTo(listener, listenerId));
  const named = holder && nameOf(holder, object, clusterUid);
  return named === undefined ? undefined : `Listener ${listenerId} is in use by ${named}.`;
}

/** The cloud may remember the id of a listener that it sends nobody on to any more. */
function refersTo({ quicConfig }: ListedListener, listenerId: string): boolean {
  return quicConfig?.quicListenerId === listenerId && quicConfig.quicUpgradeEnabled !== false;
}

function nameOf(
  { tags, listenerId, listenerProtocol, listenerPort }: ListedListener,
  { uid, key: { namespace } }: AlbListener,
  clusterUid: string | undefined,
): string | undefined {
  const listener = `listener ${listenerId} (${listenerProtocol}, port ${listenerPort})`;
  const ownership = ownershipOf(tags, uid);
  if (ownership.of !== 'another') return `${listener}, which no AlbListener owns`;
  const { owner } = ownership;
  if (!isOfNamespace(owner, namespace, clusterUid)) return undefined;
  return `${listener} of AlbListener ${namespace}/${owner.name ?? '?'}`;
}
