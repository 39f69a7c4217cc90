import type { AccessFields } from '../../src/listener/schema/access.ts';
import type { Protocol } from '../../src/listener/schema/documented.ts';
import type { Policies } from '../../src/listener/schema/policies.ts';
import { GROUP, KIND, VERSION } from '../../src/listener/schema/resource.ts';
import type { AlbListenerSpec, ApiParameters, ResolvedSpec } from '../../src/listener/schema/spec.ts';

export interface Manifest<Spec = unknown> {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: Spec;
}

export function manifest<Spec>(name: string, spec: Spec): Manifest<Spec> {
  return { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, metadata: { name }, spec };
}

const everyListener = {
  loadBalancerId: 'alb-n5qw04uq8vavfe1a2b',
  listenerDescription: 'shop/入口_v1.2-blue',
  requestTimeout: 90,
  idleTimeout: 30,
  gzipEnabled: false,
  defaultActions: [
    {
      type: 'ForwardGroup',
      forwardGroupConfig: {
        serverGroupTuples: [
          { serverGroupId: 'sgp-8ilqs4axp61a2b3c4d' },
          { serverGroupId: 'sgp-0a1b2c3d4e5f6g7h8i' },
        ],
      },
    },
  ],
  tags: [
    { key: 'team', value: 'checkout' },
    { key: 'cost-centre', value: '' },
  ],
} satisfies Partial<ResolvedSpec>;

const everyHeader = {
  xForwardedForProtoEnabled: true,
  xForwardedForSLBIdEnabled: true,
  xForwardedForSLBPortEnabled: true,
  xForwardedForHostEnabled: true,
} satisfies ResolvedSpec['xForwardedForConfig'];

const httpHeaders = {
  ...everyHeader,
  xForwardedForEnabled: true,
  xForwardedForProcessingMode: 'append',
  xForwardedForClientSrcPortEnabled: true,
  xForwardedForClientSourceIpsEnabled: true,
  xForwardedForClientSourceIpsTrusted: '10.1.1.0/24;192.168.1.1',
} satisfies ResolvedSpec['xForwardedForConfig'];

/** For each protocol every parameter that applies to it, each at another value than the cloud's default. */
export const fullSpecs: Readonly<Record<Protocol, ApiParameters>> = {
  HTTP: {
    ...everyListener,
    listenerProtocol: 'HTTP',
    listenerPort: 80,
    xForwardedForConfig: httpHeaders,
  },
  HTTPS: {
    ...everyListener,
    listenerProtocol: 'HTTPS',
    listenerPort: 443,
    http2Enabled: false,
    securityPolicyId: 'tls_cipher_policy_1_2',
    caEnabled: true,
    certificates: [{ certificateId: '10370512-cn-hangzhou' }],
    caCertificates: [{ certificateId: '1ef1da5f-ca15-7dd2-4f9d-d6f2f1f8d0b1' }],
    quicConfig: { quicUpgradeEnabled: true, quicListenerId: 'lsn-o4u54y73wq7b1a2b3c' },
    xForwardedForConfig: {
      ...httpHeaders,
      xForwardedForClientCertClientVerifyEnabled: true,
      xForwardedForClientCertClientVerifyAlias: 'client_verify-1',
      xForwardedForClientCertFingerprintEnabled: true,
      xForwardedForClientCertFingerprintAlias: 'finger_print-1',
      xForwardedForClientCertIssuerDNEnabled: true,
      xForwardedForClientCertIssuerDNAlias: 'issuer_dn-1',
      xForwardedForClientCertSubjectDNEnabled: true,
      xForwardedForClientCertSubjectDNAlias: 'subject_dn-1',
    },
  },
  QUIC: {
    ...everyListener,
    listenerProtocol: 'QUIC',
    listenerPort: 443,
    certificates: [{ certificateId: '10370512-cn-hangzhou' }],
    xForwardedForConfig: everyHeader,
  },
};

type Attachments = Pick<AlbListenerSpec, 'additionalCertificates' | 'aclConfig' | 'logConfig'>;

const everyAttachment = {
  aclConfig: { aclType: 'White', aclIds: ['acl-hp34s2h0xx1ht4nwo1a2b', 'acl-0a1b2c3d4e5f6g7h8i'] },
  logConfig: { accessLogRecordCustomizedHeadersEnabled: true },
} satisfies Attachments;

const tracingLog = {
  ...everyAttachment.logConfig,
  accessLogTracingConfig: { tracingEnabled: true, tracingSample: 100, tracingType: 'Zipkin' },
} satisfies Attachments['logConfig'];

const additionalCertificates = [
  { certificateId: '10370514-cn-hangzhou' },
  { certificateId: '10370515-cn-hangzhou' },
];

/** What is no parameter of CreateListener, for each protocol all that applies to it. */
export const fullAttachments: Readonly<Record<Protocol, Attachments>> = {
  HTTP: { ...everyAttachment, logConfig: tracingLog },
  HTTPS: { ...everyAttachment, logConfig: tracingLog, additionalCertificates },
  QUIC: { ...everyAttachment, additionalCertificates },
};

/** The operator's own fields, each at another value than its default. Without `adopt`, which creates nothing. */
const everyPolicy: Required<Omit<Policies, 'adopt'>> = {
  reconcilePolicy: 'Observe',
  driftPolicy: 'Report',
  ignoreFields: ['tags', 'xForwardedForConfig.xForwardedForEnabled'],
  deletionPolicy: 'Retain',
  suspend: true,
  listenerState: 'Stopped',
  syncInterval: '1h30m',
};

const everyAccess: Required<AccessFields> = {
  regionId: 'ap-southeast-1',
  credentialsSecretRef: { name: 'shop-alb' },
};

const ofTheOperator = { ...everyAccess, ...everyPolicy };

/** Every field but the references, which stand in the place of others, and `adopt`. */
export const fullManifests: Readonly<Record<Protocol, Manifest<ResolvedSpec>>> = {
  HTTP: manifest('full-http', { ...fullSpecs.HTTP, ...fullAttachments.HTTP, ...ofTheOperator }),
  HTTPS: manifest('full-https', { ...fullSpecs.HTTPS, ...fullAttachments.HTTPS, ...ofTheOperator }),
  QUIC: manifest('full-quic', { ...fullSpecs.QUIC, ...fullAttachments.QUIC, ...ofTheOperator }),
};

const fromTerraform = (key: string) => ({ configMapKeyRef: { name: 'terraform-outputs', key } });

/** Every reference in the place of an id. */
export const referringManifest: Manifest<AlbListenerSpec> = manifest('full-references', {
  loadBalancerIdFrom: fromTerraform('load_balancer_id'),
  listenerProtocol: 'HTTPS',
  listenerPort: 443,
  certificates: [{ certificateId: '10370512-cn-hangzhou' }],
  quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'full-quic' } },
  defaultActions: [
    {
      type: 'ForwardGroup',
      forwardGroupConfig: {
        serverGroupTuples: [
          { serverGroupIdFrom: fromTerraform('blue_group_id') },
          { serverGroupId: 'sgp-8ilqs4axp61a2b3c4d' },
        ],
      },
    },
  ],
});
