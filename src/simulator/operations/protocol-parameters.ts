import type { Protocol } from '../listener.ts';

const https: readonly Protocol[] = ['HTTPS'];
const tcp: readonly Protocol[] = ['HTTP', 'HTTPS'];
const tls: readonly Protocol[] = ['HTTPS', 'QUIC'];
const every: readonly Protocol[] = ['HTTP', 'HTTPS', 'QUIC'];

/** The protocols that have a setting. What is not in the table all of them have. */
const protocolsOf: Readonly<Record<string, readonly Protocol[]>> = {
  Http2Enabled: https,
  SecurityPolicyId: https,
  CaEnabled: https,
  CaCertificates: https,
  QuicConfig: https,
  Certificates: tls,
};

/** Every boolean of XForwardedForConfig with its default and protocols. */
export const forwardedFlags: Readonly<
  Record<string, { readonly initially: boolean; readonly protocols: readonly Protocol[] }>
> = {
  XForwardedForEnabled: { initially: true, protocols: tcp },
  XForwardedForClientSrcPortEnabled: { initially: false, protocols: tcp },
  XForwardedForClientSourceIpsEnabled: { initially: false, protocols: tcp },
  XForwardedForProtoEnabled: { initially: false, protocols: every },
  XForwardedForSLBIdEnabled: { initially: false, protocols: every },
  XForwardedForSLBPortEnabled: { initially: false, protocols: every },
  XForwardedForHostEnabled: { initially: false, protocols: every },
  XForwardedForClientCertClientVerifyEnabled: { initially: false, protocols: https },
  XForwardedForClientCertFingerprintEnabled: { initially: false, protocols: https },
  XForwardedForClientCertIssuerDNEnabled: { initially: false, protocols: https },
  XForwardedForClientCertSubjectDNEnabled: { initially: false, protocols: https },
};

const forwardedTexts: Readonly<Record<string, readonly Protocol[]>> = {
  XForwardedForProcessingMode: tcp,
  XForwardedForClientSourceIpsTrusted: tcp,
  XForwardedForClientCertClientVerifyAlias: https,
  XForwardedForClientCertFingerprintAlias: https,
  XForwardedForClientCertIssuerDNAlias: https,
  XForwardedForClientCertSubjectDNAlias: https,
};

/** Whether listeners of this protocol have the setting; `XForwardedForConfig.X` for a part of it. */
export function applies(setting: string, protocol: Protocol): boolean {
  const [head, part] = setting.split('.');
  if (head === 'XForwardedForConfig' && part !== undefined) {
    return (forwardedFlags[part]?.protocols ?? forwardedTexts[part] ?? every).includes(protocol);
  }
  return (protocolsOf[setting] ?? every).includes(protocol);
}
