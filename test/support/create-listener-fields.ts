import type { Protocol } from '../../src/listener/schema/documented.ts';

const EVERY: readonly Protocol[] = ['HTTP', 'HTTPS', 'QUIC'];
const TCP: readonly Protocol[] = ['HTTP', 'HTTPS'];
const TLS: readonly Protocol[] = ['HTTPS', 'QUIC'];
const HTTPS: readonly Protocol[] = ['HTTPS'];

/**
 * Every parameter of the API page of CreateListener that says what the listener is, with the protocols that have
 * it. `ClientToken` and `DryRun` are left out: they are about the call. Written down here once more, apart from the
 * schema, so that a field the schema forgets is missed.
 */
const CREATE_LISTENER_FIELDS: Readonly<Record<string, readonly Protocol[]>> = {
  LoadBalancerId: EVERY,
  ListenerProtocol: EVERY,
  ListenerPort: EVERY,
  ListenerDescription: EVERY,
  RequestTimeout: EVERY,
  IdleTimeout: EVERY,
  GzipEnabled: EVERY,
  Http2Enabled: HTTPS,
  SecurityPolicyId: HTTPS,
  CaEnabled: HTTPS,
  'XForwardedForConfig.XForwardedForClientCertClientVerifyAlias': HTTPS,
  'XForwardedForConfig.XForwardedForClientCertClientVerifyEnabled': HTTPS,
  'XForwardedForConfig.XForwardedForClientCertFingerprintAlias': HTTPS,
  'XForwardedForConfig.XForwardedForClientCertFingerprintEnabled': HTTPS,
  'XForwardedForConfig.XForwardedForClientCertIssuerDNAlias': HTTPS,
  'XForwardedForConfig.XForwardedForClientCertIssuerDNEnabled': HTTPS,
  'XForwardedForConfig.XForwardedForClientCertSubjectDNAlias': HTTPS,
  'XForwardedForConfig.XForwardedForClientCertSubjectDNEnabled': HTTPS,
  'XForwardedForConfig.XForwardedForClientSrcPortEnabled': TCP,
  'XForwardedForConfig.XForwardedForEnabled': TCP,
  'XForwardedForConfig.XForwardedForProcessingMode': TCP,
  'XForwardedForConfig.XForwardedForProtoEnabled': EVERY,
  'XForwardedForConfig.XForwardedForSLBIdEnabled': EVERY,
  'XForwardedForConfig.XForwardedForSLBPortEnabled': EVERY,
  'XForwardedForConfig.XForwardedForClientSourceIpsEnabled': TCP,
  'XForwardedForConfig.XForwardedForClientSourceIpsTrusted': TCP,
  'XForwardedForConfig.XForwardedForHostEnabled': EVERY,
  'QuicConfig.QuicListenerId': HTTPS,
  'QuicConfig.QuicUpgradeEnabled': HTTPS,
  'Certificates.N.CertificateId': TLS,
  'CaCertificates.N.CertificateId': HTTPS,
  'DefaultActions.N.Type': EVERY,
  'DefaultActions.N.ForwardGroupConfig.ServerGroupTuples.N.ServerGroupId': EVERY,
  'Tag.N.Key': EVERY,
  'Tag.N.Value': EVERY,
};

export function createListenerFields(protocol: Protocol): readonly string[] {
  return Object.entries(CREATE_LISTENER_FIELDS)
    .filter(([, protocols]) => protocols.includes(protocol))
    .map(([field]) => field);
}
