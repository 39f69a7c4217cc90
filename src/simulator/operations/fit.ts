import type { LoadBalancer, ServerGroup } from '../inventory.ts';
import { type Listener, serverGroupIdsOf } from '../listener.ts';
import {
  alreadyAssociated,
  forbidden,
  invalidParameter,
  notFound,
  operationDenied,
  quotaExceeded,
  type Refusal,
  refuse,
} from '../refusal.ts';
import type { Settings } from '../settings.ts';
import type { StateView } from '../state.ts';
import { referrerOf } from './quic-reference.ts';

/** Policies that every account has. */
const systemSecurityPolicies: ReadonlySet<string> = new Set([
  'tls_cipher_policy_1_0',
  'tls_cipher_policy_1_1',
  'tls_cipher_policy_1_2',
  'tls_cipher_policy_1_2_strict',
  'tls_cipher_policy_1_2_strict_with_1_3',
]);

/**
 * Whether this listener, as it would be, goes together with its load balancer and with all it refers to.
 * The same rules hold for a new listener and for a changed one.
 */
export function fitRefusal(
  state: StateView,
  loadBalancer: LoadBalancer,
  wanted: Listener,
): Refusal | undefined {
  return (
    timeoutRefusal(state.settings, wanted) ??
    certificateRefusal(state, wanted) ??
    clientCertificateRefusal(state, loadBalancer, wanted) ??
    securityPolicyRefusal(state, wanted) ??
    quicRefusal(state, wanted) ??
    editionRefusal(loadBalancer, wanted) ??
    serverGroupRefusal(state, loadBalancer, wanted)
  );
}

function timeoutRefusal(settings: Settings, wanted: Listener): Refusal | undefined {
  const limit = settings.quotas.timeoutSeconds;
  if (wanted.RequestTimeout > limit) return invalidParameter(`RequestTimeout is over ${limit}`);
  if (wanted.IdleTimeout > limit) return invalidParameter(`IdleTimeout is over ${limit}`);
  return undefined;
}

function certificateRefusal(state: StateView, wanted: Listener): Refusal | undefined {
  if (wanted.ListenerProtocol === 'HTTP') return undefined;
  const id = wanted.Certificates?.[0]?.CertificateId;
  if (id === undefined) return invalidParameter(`${wanted.ListenerProtocol} needs Certificates`);
  if (findCertificate(state, id, 'Server') === undefined) return notFound('Certificate', id);
  const additional = wanted.AdditionalCertificates.some((certificate) => certificate.CertificateId === id);
  return additional ? alreadyAssociated('Certificate', id) : undefined;
}

function clientCertificateRefusal(
  state: StateView,
  loadBalancer: LoadBalancer,
  wanted: Listener,
): Refusal | undefined {
  const id = wanted.CaCertificates?.[0]?.CertificateId;
  if (wanted.CaEnabled && id === undefined) return invalidParameter('CaEnabled needs CaCertificates');
  if (wanted.CaEnabled && loadBalancer.LoadBalancerEdition === 'Basic') {
    return invalidParameter('CaEnabled needs a Standard edition');
  }
  if (id === undefined) return undefined;
  const certificate = findCertificate(state, id, 'Ca');
  if (certificate === undefined) return notFound('Certificate', id);
  if (!certificate.Corrupted) return undefined;
  return refuse(400, 'OperationDenied.CACertificateCorrupted', 'The CA certificate is corrupted.');
}

function securityPolicyRefusal(state: StateView, wanted: Listener): Refusal | undefined {
  const id = wanted.SecurityPolicyId;
  if (id === undefined || systemSecurityPolicies.has(id)) return undefined;
  const policy = state.inventory.securityPolicies.find((item) => item.SecurityPolicyId === id);
  if (policy === undefined) return notFound('SecurityPolicy', id);
  if (policy.AccessDenied) return forbidden('SecurityPolicy');
  const usage = others(state, wanted).filter((listener) => listener.SecurityPolicyId === id).length;
  const limit = state.settings.quotas.listenersPerSecurityPolicy;
  if (usage < limit) return undefined;
  return quotaExceeded('ResourceQuotaExceeded.SecurityPolicyAttachedNum', id, usage, limit);
}

function quicRefusal(state: StateView, wanted: Listener): Refusal | undefined {
  if (!wanted.QuicConfig?.QuicUpgradeEnabled) return undefined;
  const id = wanted.QuicConfig.QuicListenerId;
  if (id === undefined) return invalidParameter('QuicUpgradeEnabled needs QuicListenerId');
  const quic = state.listeners.get(id);
  if (quic === undefined) return notFound('Listener', id);
  if (quic.AccessDenied) return forbidden('Listener');
  if (quic.LoadBalancerId !== wanted.LoadBalancerId) return operationDenied('CrossLoadBalancerQUICListener');
  if (quic.ListenerProtocol !== 'QUIC') return invalidParameter(`${id} is not a QUIC listener`);
  const referrer = referrerOf(state, id);
  const taken = referrer !== undefined && referrer.ListenerId !== wanted.ListenerId;
  return taken ? alreadyAssociated('Listener', id) : undefined;
}

function editionRefusal(loadBalancer: LoadBalancer, wanted: Listener): Refusal | undefined {
  const trusting = wanted.XForwardedForConfig['XForwardedForClientSourceIpsEnabled'] === true;
  return trusting && loadBalancer.LoadBalancerEdition === 'Basic'
    ? invalidParameter('XForwardedForClientSourceIpsEnabled needs a Standard edition')
    : undefined;
}

function serverGroupRefusal(
  state: StateView,
  loadBalancer: LoadBalancer,
  wanted: Listener,
): Refusal | undefined {
  const groups: ServerGroup[] = [];
  for (const id of serverGroupIdsOf(wanted)) {
    const group = state.inventory.serverGroups.find((item) => item.ServerGroupId === id);
    if (group === undefined) return notFound('ServerGroup', id);
    groups.push(group);
  }
  for (const group of groups) {
    const refusal =
      backendRefusal(loadBalancer, wanted, group) ?? attachmentQuotaRefusal(state, wanted, group);
    if (refusal !== undefined) return refusal;
  }
  return serverQuotaRefusal(state, loadBalancer, wanted);
}

function backendRefusal(
  loadBalancer: LoadBalancer,
  wanted: Listener,
  group: ServerGroup,
): Refusal | undefined {
  if (group.VpcId !== loadBalancer.VpcId) {
    return refuse(
      400,
      'Mismatch.VpcId',
      `The VpcId is mismatched for ${loadBalancer.LoadBalancerId} and ${group.ServerGroupId}.`,
    );
  }
  if (!backendProtocols[wanted.ListenerProtocol].includes(group.Protocol)) {
    return operationDenied(
      'ServerGroupProtocolNotSupport',
      `${wanted.ListenerProtocol} to ${group.Protocol}`,
    );
  }
  if (group.Protocol === 'gRPC' && wanted.Http2Enabled !== true) {
    return operationDenied('GRPCServerGroup', 'gRPC needs Http2Enabled');
  }
  if (loadBalancer.LoadBalancerEdition !== 'Basic') return undefined;
  if (group.Protocol === 'HTTPS') {
    return refuse(
      400,
      'UnsupportedFeature.FullTraceHttps',
      'The feature of FullTraceHttps is not supported.',
    );
  }
  if (group.ConnectionDrainEnabled) return editionMismatch('ConnectionDrain');
  if (group.SlowStartEnabled) return editionMismatch('SlowStartEnable');
  return undefined;
}

const backendProtocols: Readonly<Record<Listener['ListenerProtocol'], readonly ServerGroup['Protocol'][]>> = {
  HTTP: ['HTTP', 'HTTPS'],
  HTTPS: ['HTTP', 'HTTPS', 'gRPC'],
  QUIC: ['HTTP'],
};

function editionMismatch(feature: 'ConnectionDrain' | 'SlowStartEnable'): Refusal {
  return refuse(
    400,
    `Mismatch.LoadBalancerEditionAnd${feature}`,
    `The LoadBalancerEdition and ${feature} are mismatched.`,
  );
}

function attachmentQuotaRefusal(state: StateView, wanted: Listener, group: ServerGroup): Refusal | undefined {
  const id = group.ServerGroupId;
  const usage = others(state, wanted).filter((listener) => serverGroupIdsOf(listener).includes(id)).length;
  const limit = state.settings.quotas.listenersPerServerGroup;
  if (usage < limit) return undefined;
  return quotaExceeded('ResourceQuotaExceeded.ServerGroupAttachedNum', id, usage, limit);
}

/** The quotas that count backend servers over all server groups in use on one load balancer. */
function serverQuotaRefusal(
  state: StateView,
  loadBalancer: LoadBalancer,
  wanted: Listener,
): Refusal | undefined {
  const { LoadBalancerId, LoadBalancerEdition } = loadBalancer;
  const { quotas } = state.settings;
  const listeners = [...others(state, wanted), wanted].filter(
    (item) => item.LoadBalancerId === LoadBalancerId,
  );
  const groupIds = new Set(listeners.flatMap(serverGroupIdsOf));
  const servers = state.inventory.serverGroups
    .filter((group) => groupIds.has(group.ServerGroupId))
    .flatMap((group) => group.Servers);
  const total =
    LoadBalancerEdition === 'Basic'
      ? quotas.serversPerLoadBalancer.Basic
      : quotas.serversPerLoadBalancer.Standard;
  if (servers.length > total) {
    return quotaExceeded(
      'ResourceQuotaExceeded.LoadBalancerServersNum',
      LoadBalancerId,
      servers.length,
      total,
    );
  }
  const additions = new Map<string, number>();
  for (const server of servers) additions.set(server, (additions.get(server) ?? 0) + 1);
  const limit = quotas.additionsOfOneServer;
  const over = [...additions].find(([, count]) => count > limit);
  if (over === undefined) return undefined;
  return quotaExceeded('ResourceQuotaExceeded.ServerAddedNum', over[0], over[1], limit);
}

export function findCertificate(state: StateView, id: string, type: 'Server' | 'Ca') {
  return state.inventory.certificates.find(
    (item) => item.CertificateId === id && item.CertificateType === type,
  );
}

function others(state: StateView, wanted: Listener): readonly Listener[] {
  return [...state.listeners.values()].filter((listener) => listener.ListenerId !== wanted.ListenerId);
}
