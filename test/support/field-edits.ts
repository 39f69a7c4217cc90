import type { Protocol } from '../../src/listener/schema/documented.ts';
import type { ApiParameters } from '../../src/listener/schema/spec.ts';
import { OTHER } from './full-inventory.ts';

export interface FieldEdit {
  /** Path under the names of the API, `N` for a place in a list. */
  readonly field: string;
  readonly edit: (spec: ApiParameters) => ApiParameters;
  /** What the cloud then has in the field. */
  readonly expected: string | number | boolean;
}

type Headers = NonNullable<ApiParameters['xForwardedForConfig']>;

/** One edit of every field that can be edited, to be made one after the other on the full spec. */
export function fieldEdits(protocol: Protocol): readonly FieldEdit[] {
  switch (protocol) {
    case 'HTTP':
      return [...EVERY, ...TCP];
    case 'HTTPS':
      return [...EVERY, ...TCP, CERTIFICATE, ...HTTPS, ...clientCertificateHeaders()];
    case 'QUIC':
      return [...EVERY, CERTIFICATE];
  }
}

const EVERY: readonly FieldEdit[] = [
  { field: 'ListenerDescription', edit: set({ listenerDescription: 'renamed' }), expected: 'renamed' },
  { field: 'RequestTimeout', edit: set({ requestTimeout: 91 }), expected: 91 },
  { field: 'IdleTimeout', edit: set({ idleTimeout: 31 }), expected: 31 },
  { field: 'GzipEnabled', edit: set({ gzipEnabled: true }), expected: true },
  {
    field: 'DefaultActions.N.ForwardGroupConfig.ServerGroupTuples.N.ServerGroupId',
    edit: set({
      defaultActions: [
        {
          type: 'ForwardGroup',
          forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: OTHER.serverGroupId }] },
        },
      ],
    }),
    expected: OTHER.serverGroupId,
  },
  header('XForwardedForProtoEnabled', false, { xForwardedForProtoEnabled: false }),
  header('XForwardedForSLBIdEnabled', false, { xForwardedForSLBIdEnabled: false }),
  header('XForwardedForSLBPortEnabled', false, { xForwardedForSLBPortEnabled: false }),
  header('XForwardedForHostEnabled', false, { xForwardedForHostEnabled: false }),
];

// What depends on a flag is edited before the flag is turned off, since a manifest may not have it afterwards.
const TCP: readonly FieldEdit[] = [
  header('XForwardedForClientSrcPortEnabled', false, { xForwardedForClientSrcPortEnabled: false }),
  header('XForwardedForClientSourceIpsTrusted', '10.0.0.0/8', {
    xForwardedForClientSourceIpsTrusted: '10.0.0.0/8',
  }),
  header(
    'XForwardedForClientSourceIpsEnabled',
    false,
    { xForwardedForClientSourceIpsEnabled: false },
    'xForwardedForClientSourceIpsTrusted',
  ),
  header('XForwardedForProcessingMode', 'remove', { xForwardedForProcessingMode: 'remove' }),
  header('XForwardedForEnabled', false, { xForwardedForEnabled: false }, 'xForwardedForProcessingMode'),
];

const CERTIFICATE: FieldEdit = {
  field: 'Certificates.N.CertificateId',
  edit: set({ certificates: [{ certificateId: OTHER.certificateId }] }),
  expected: OTHER.certificateId,
};

const HTTPS: readonly FieldEdit[] = [
  { field: 'Http2Enabled', edit: set({ http2Enabled: true }), expected: true },
  {
    field: 'SecurityPolicyId',
    edit: set({ securityPolicyId: 'tls_cipher_policy_1_1' }),
    expected: 'tls_cipher_policy_1_1',
  },
  {
    field: 'CaCertificates.N.CertificateId',
    edit: set({ caCertificates: [{ certificateId: OTHER.caCertificateId }] }),
    expected: OTHER.caCertificateId,
  },
  {
    field: 'CaEnabled',
    edit: ({ caCertificates, ...spec }) => ({ ...spec, caEnabled: false }),
    expected: false,
  },
  {
    field: 'QuicConfig.QuicListenerId',
    edit: set({ quicConfig: { quicUpgradeEnabled: true, quicListenerId: OTHER.quicListenerId } }),
    expected: OTHER.quicListenerId,
  },
  {
    field: 'QuicConfig.QuicUpgradeEnabled',
    edit: set({ quicConfig: { quicUpgradeEnabled: false } }),
    expected: false,
  },
];

function clientCertificateHeaders(): readonly FieldEdit[] {
  const names = ['ClientVerify', 'Fingerprint', 'IssuerDN', 'SubjectDN'] as const;
  return names.flatMap((name) => [
    header(`XForwardedForClientCert${name}Alias`, 'renamed', {
      [`xForwardedForClientCert${name}Alias`]: 'renamed',
    }),
    header(
      `XForwardedForClientCert${name}Enabled`,
      false,
      { [`xForwardedForClientCert${name}Enabled`]: false },
      `xForwardedForClientCert${name}Alias`,
    ),
  ]);
}

function set(change: Partial<ApiParameters>): FieldEdit['edit'] {
  return (spec) => ({ ...spec, ...change });
}

function header(
  name: string,
  expected: string | boolean,
  change: Headers,
  without?: keyof Headers,
): FieldEdit {
  const edit = ({ xForwardedForConfig, ...spec }: ApiParameters): ApiParameters => {
    const headers: Headers = { ...xForwardedForConfig, ...change };
    if (without !== undefined) delete headers[without];
    return { ...spec, xForwardedForConfig: headers };
  };
  return { field: `XForwardedForConfig.${name}`, edit, expected };
}
