import type { ListenerAttribute } from '../alb/api.ts';
import { isAtRest } from './jobs.ts';
import type { Observation } from './observation.ts';
import { isOfNamespace, ownershipOf } from './ownership.ts';
import type { View } from './ports.ts';
import type { AlbListener } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';

/**
 * The observation, or what speaks against the QUIC listener that the next call would associate. An association keeps
 * that listener from being deleted and is its only one, so it must not belong to another namespace. Ids by reference are
 * judged alike: they come from a status, which others may have written. The tags in the cloud decide.
 *
 * An existing association is not checked: nothing is sent for it.
 */
export async function withQuicListener(
  object: AlbListener,
  observation: Observation,
  { cloud, clusterUid }: Pick<View, 'cloud' | 'clusterUid'>,
): Promise<Observation> {
  if (observation.of !== 'cloud') return observation;
  const { spec, sight, searched } = observation;
  const id = spec.quicConfig?.quicListenerId;
  const isSent = sight.seen === 'free' || (sight.seen === 'present' && changesQuic(spec, sight.listener));
  if (id === undefined || !isSent) return observation;

  const answer = await cloud.getListenerAttribute(id);
  if (answer.outcome !== 'yes' && (answer.outcome === 'unknown' || answer.error.class !== 'listenerNotFound'))
    return { ...observation, sight: { seen: 'unreadable', error: answer.error } };
  const problem =
    answer.outcome === 'yes'
      ? problemOf(answer.value, object, spec, clusterUid)
      : `there is no listener ${id} in this account and region`;
  if (problem === undefined) return observation;
  return {
    of: 'references',
    unresolved: [{ path: 'quicConfig.quicListenerId', problem, passes: false }],
    ...(searched !== undefined && { searched }),
  };
}

/** Whether an update would send the configuration; it is sent whole. */
function changesQuic({ quicConfig }: ResolvedSpec, listener: ListenerAttribute): boolean {
  const { quicUpgradeEnabled = false, quicListenerId } = listener.quicConfig ?? {};
  const declared = quicConfig?.quicUpgradeEnabled ?? false;
  return (
    isAtRest(listener) && (quicListenerId !== quicConfig?.quicListenerId || quicUpgradeEnabled !== declared)
  );
}

function problemOf(
  listener: ListenerAttribute,
  { uid, key }: AlbListener,
  { loadBalancerId }: ResolvedSpec,
  clusterUid: string | undefined,
): string | undefined {
  const { listenerId, listenerProtocol } = listener;
  const ownership = ownershipOf(listener.tags, uid);
  if (ownership.of === 'another' && !isOfNamespace(ownership.owner, key.namespace, clusterUid))
    return `listener ${listenerId} belongs to an AlbListener of another namespace or cluster, and only one of this namespace can be referred to`;
  if (listener.loadBalancerId !== loadBalancerId)
    return `listener ${listenerId} is not on load balancer ${loadBalancerId}`;
  return listenerProtocol === 'QUIC' ? undefined : `listener ${listenerId} is no QUIC listener`;
}
