import type { ListedListener } from '../alb/api.ts';
import { isOfNamespace, ownershipOf } from './ownership.ts';
import type { Cloud } from './ports.ts';
import type { AlbListener } from './resource.ts';

/**
 * Names the HTTPS listener that keeps a QUIC listener from being deleted; the cloud does not.
 *
 * One of this namespace is named by its AlbListener, one without an AlbListener by its id. `undefined` for one of another
 * namespace or cluster.
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

/** The cloud may keep the id of an association that is switched off. */
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
