import type { ListenerProtocol, ListenerSettings, XForwardedForConfig } from '../alb/api.ts';
import { type AlbListenerSpec, apiParameters } from './schema/spec.ts';

/**
 * What the cloud fills in where a manifest is silent, by protocol (CreateListener API page and the field table).
 * A field removed from a manifest goes back to this value.
 */
export function cloudDefaults(protocol: ListenerProtocol): ListenerSettings {
  const everywhere = { requestTimeout: 60, idleTimeout: 15, gzipEnabled: true } as const;
  switch (protocol) {
    case 'QUIC':
      return { ...everywhere, xForwardedForConfig: COMMON_HEADERS };
    case 'HTTP':
      return { ...everywhere, xForwardedForConfig: { ...COMMON_HEADERS, ...TCP_HEADERS } };
    case 'HTTPS':
      return {
        ...everywhere,
        http2Enabled: true,
        securityPolicyId: 'tls_cipher_policy_1_0',
        caEnabled: false,
        quicConfig: { quicUpgradeEnabled: false },
        xForwardedForConfig: { ...COMMON_HEADERS, ...TCP_HEADERS, ...CLIENT_CERTIFICATE_HEADERS },
      };
  }
}

const COMMON_HEADERS: XForwardedForConfig = {
  xForwardedForProtoEnabled: false,
  xForwardedForSLBIdEnabled: false,
  xForwardedForSLBPortEnabled: false,
  xForwardedForHostEnabled: false,
};

const TCP_HEADERS: XForwardedForConfig = {
  xForwardedForEnabled: true,
  xForwardedForProcessingMode: 'append',
  xForwardedForClientSrcPortEnabled: false,
  xForwardedForClientSourceIpsEnabled: false,
};

const CLIENT_CERTIFICATE_HEADERS: XForwardedForConfig = {
  xForwardedForClientCertClientVerifyEnabled: false,
  xForwardedForClientCertFingerprintEnabled: false,
  xForwardedForClientCertIssuerDNEnabled: false,
  xForwardedForClientCertSubjectDNEnabled: false,
};

/** The settings a manifest asks for, said and unsaid: the declared values over the cloud's defaults. */
export function desiredSettings(spec: AlbListenerSpec): ListenerSettings {
  const {
    loadBalancerId,
    listenerProtocol,
    listenerPort,
    tags,
    xForwardedForConfig,
    quicConfig,
    ...declared
  } = apiParameters(spec);
  const defaults = cloudDefaults(listenerProtocol);
  return {
    ...defaults,
    ...declared,
    xForwardedForConfig: desiredHeaders({ ...defaults.xForwardedForConfig, ...xForwardedForConfig }),
    ...(defaults.quicConfig !== undefined && { quicConfig: { ...defaults.quicConfig, ...quicConfig } }),
  };
}

/** The processing mode has no meaning, and no reliable value, while the header is off. */
function desiredHeaders(headers: XForwardedForConfig): XForwardedForConfig {
  if (headers.xForwardedForEnabled !== false) return headers;
  const { xForwardedForProcessingMode, ...meaningful } = headers;
  return meaningful;
}
