import { z } from 'zod';
import type { Listener } from '../listener.ts';
import { asRead } from '../state.ts';
import { accept, operation, reject } from './operation.ts';
import { pageOf } from './paging.ts';
import { id, listOf, paging, tagFilter } from './parameter-types.ts';
import { isRefusal, visibleListener, visibleLoadBalancer } from './preconditions.ts';

export const getListenerAttribute = operation({
  action: 'GetListenerAttribute',
  write: false,
  parameters: z.object({ ListenerId: id }),
  run: ({ ListenerId }, { state, now }) => {
    const listener = visibleListener(asRead(state, now, state.settings.attributeLagMs), ListenerId);
    return isRefusal(listener) ? reject(listener) : accept(wholeListener(listener));
  },
});

export const listListeners = operation({
  action: 'ListListeners',
  write: false,
  parameters: z.object({
    ...paging,
    ListenerIds: listOf(id, 20).optional(),
    LoadBalancerIds: listOf(id, 20).optional(),
    ListenerProtocol: z.enum(['HTTP', 'HTTPS', 'QUIC']).optional(),
    Tag: tagFilter.optional(),
  }),
  run: (filter, { state, now }) => {
    for (const loadBalancerId of filter.LoadBalancerIds ?? []) {
      const loadBalancer = visibleLoadBalancer(state, loadBalancerId);
      // A load balancer that does not exist simply has no listeners.
      if (isRefusal(loadBalancer) && loadBalancer.status === 403) return reject(loadBalancer);
    }
    const loadBalancerIds = new Set(state.inventory.loadBalancers.map((item) => item.LoadBalancerId));
    const { listeners } = asRead(state, now, state.settings.listLagMs);
    const matching = [...listeners.values()].filter(
      (listener) =>
        loadBalancerIds.has(listener.LoadBalancerId) &&
        (filter.ListenerIds?.includes(listener.ListenerId) ?? true) &&
        (filter.LoadBalancerIds?.includes(listener.LoadBalancerId) ?? true) &&
        (filter.ListenerProtocol ?? listener.ListenerProtocol) === listener.ListenerProtocol &&
        (filter.Tag ?? []).every((wanted) => hasTag(listener, wanted)),
    );
    const page = pageOf(matching, (listener) => listener.ListenerId, filter, state.settings);
    if (isRefusal(page)) return reject(page);
    return accept({
      Listeners: page.items.map(listedListener),
      MaxResults: page.maxResults,
      TotalCount: matching.length,
      ...page.next,
    });
  },
});

function wholeListener(listener: Listener) {
  const { AdditionalCertificates: _, AccessDenied: __, ...whole } = listener;
  return whole;
}

/** The list leaves out certificates, the CA flag and ACLs, as the API does. */
function listedListener(listener: Listener) {
  const {
    Certificates: _,
    CaCertificates: __,
    CaEnabled: ___,
    AclConfig: ____,
    ...listed
  } = wholeListener(listener);
  return listed;
}

function hasTag(
  listener: Listener,
  wanted: { readonly Key: string; readonly Value?: string | undefined },
): boolean {
  return listener.Tags.some(
    (tag) => tag.Key === wanted.Key && (wanted.Value === undefined || tag.Value === wanted.Value),
  );
}
