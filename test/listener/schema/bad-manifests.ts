import { CLIENT_CERTIFICATE_HEADERS } from '../../../src/listener/schema/x-forwarded-for.ts';
import { badAttachments } from './bad-attachments.ts';
import { type BadManifest, forward, minimalSpecs, numbered } from './bad-manifest.ts';
import { badReferences } from './bad-references.ts';

const headers = (xForwardedForConfig: object) => ({ xForwardedForConfig });
const tags = (...pairs: readonly [string, string][]) => ({
  tags: pairs.map(([key, value]) => ({ key, value })),
});

const requiredFields: BadManifest[] = [
  'loadBalancerId',
  'listenerProtocol',
  'listenerPort',
  'defaultActions',
].map((name) => ({
  reason: `${name} says what to create, so nothing works without it`,
  on: 'HTTP',
  patch: { [name]: null },
  field: `spec.${name}`,
  remedy: 'required',
}));

const identity: BadManifest[] = [
  {
    reason: 'an id of another kind of load balancer names nothing here',
    on: 'HTTP',
    patch: { loadBalancerId: 'nlb-n5qw04uq8vavfe1a2b' },
    field: 'spec.loadBalancerId',
    remedy: 'write alb-',
  },
  {
    reason: 'the masked id of the documentation is no id',
    on: 'HTTP',
    patch: { loadBalancerId: 'alb-n5qw04uq8vavfe****' },
    field: 'spec.loadBalancerId',
    remedy: 'lowercase letters and digits',
  },
  {
    reason: 'an empty id names nothing',
    on: 'HTTP',
    patch: { loadBalancerId: '' },
    field: 'spec.loadBalancerId',
    remedy: 'write alb-',
  },
  {
    reason: 'an id has an end',
    on: 'HTTP',
    patch: { loadBalancerId: `alb-${'a'.repeat(61)}` },
    field: 'spec.loadBalancerId',
    remedy: '64',
  },
  {
    reason: 'a number is not an id',
    on: 'HTTP',
    patch: { loadBalancerId: 5 },
    field: 'spec.loadBalancerId',
    remedy: 'string',
  },
  {
    reason: 'the cloud writes protocols in capitals',
    on: 'HTTP',
    patch: { listenerProtocol: 'http' },
    field: 'spec.listenerProtocol',
    remedy: '"HTTP"',
  },
  {
    reason: 'TCP belongs to another kind of load balancer',
    on: 'HTTP',
    patch: { listenerProtocol: 'TCP' },
    field: 'spec.listenerProtocol',
    remedy: '"QUIC"',
  },
  {
    reason: 'ports begin at 1',
    on: 'HTTP',
    patch: { listenerPort: 0 },
    field: 'spec.listenerPort',
    remedy: '1',
  },
  {
    reason: 'ports end at 65535',
    on: 'HTTP',
    patch: { listenerPort: 65_536 },
    field: 'spec.listenerPort',
    remedy: '65535',
  },
  {
    reason: 'a port is a number, not text',
    on: 'HTTP',
    patch: { listenerPort: '80' },
    field: 'spec.listenerPort',
    remedy: 'int',
  },
  {
    reason: 'a port is a whole number',
    on: 'HTTP',
    patch: { listenerPort: 80.5 },
    field: 'spec.listenerPort',
    remedy: 'int',
  },
];

const settings: BadManifest[] = [
  {
    reason: 'a description has two characters at least',
    on: 'HTTP',
    patch: { listenerDescription: 'a' },
    field: 'spec.listenerDescription',
    remedy: 'at least 2',
  },
  {
    reason: 'a description has 256 characters at most',
    on: 'HTTP',
    patch: { listenerDescription: 'a'.repeat(257) },
    field: 'spec.listenerDescription',
    remedy: '256',
  },
  {
    reason: 'the cloud takes no spaces in a description',
    on: 'HTTP',
    patch: { listenerDescription: 'web shop' },
    field: 'spec.listenerDescription',
    remedy: 'replace or remove spaces',
  },
  {
    reason: 'an umlaut is neither a plain letter nor Chinese',
    on: 'HTTP',
    patch: { listenerDescription: 'Straßenkarte' },
    field: 'spec.listenerDescription',
    remedy: 'Chinese characters',
  },
  {
    reason: 'a line break is no character for a name',
    on: 'HTTP',
    patch: { listenerDescription: 'shop\n' },
    field: 'spec.listenerDescription',
    remedy: 'replace or remove',
  },
  ...['requestTimeout', 'idleTimeout'].flatMap((name): BadManifest[] => [
    {
      reason: `${name} of zero would cut everything off`,
      on: 'HTTP',
      patch: { [name]: 0 },
      field: `spec.${name}`,
      remedy: '1',
    },
    {
      reason: `no quota takes ${name} beyond an hour`,
      on: 'HTTP',
      patch: { [name]: 3601 },
      field: `spec.${name}`,
      remedy: '3600',
    },
    {
      reason: `${name} is a number of seconds, not a duration`,
      on: 'HTTP',
      patch: { [name]: '60s' },
      field: `spec.${name}`,
      remedy: 'int',
    },
  ]),
  {
    reason: 'a flag is true or false, not a word',
    on: 'HTTP',
    patch: { gzipEnabled: 'on' },
    field: 'spec.gzipEnabled',
    remedy: 'boolean',
  },
  {
    reason: 'a security policy has the name of a system policy or an id',
    on: 'HTTPS',
    patch: { securityPolicyId: 'TLSv1.2' },
    field: 'spec.securityPolicyId',
    remedy: 'tls_cipher_policy_1_2',
  },
];

const otherProtocols: BadManifest[] = [
  ...Object.entries({
    http2Enabled: true,
    securityPolicyId: 'tls_cipher_policy_1_0',
    caEnabled: false,
    caCertificates: [{ certificateId: 'ca-1' }],
    quicConfig: {},
  }).flatMap(([name, value]) =>
    (['HTTP', 'QUIC'] as const).map((on) => ({
      reason: `${name} is about TLS over TCP, which ${on} has not`,
      on,
      patch: { [name]: value },
      field: `spec.${name}`,
      remedy: 'only on HTTPS: remove it',
    })),
  ),
  ...CLIENT_CERTIFICATE_HEADERS.map((name) => ({
    reason: 'an HTTP listener sees no client certificates',
    on: 'HTTP' as const,
    patch: headers({ [`${name}Enabled`]: true }),
    field: `spec.xForwardedForConfig.${name}Enabled`,
    remedy: 'only on HTTPS: remove it',
  })),
  ...CLIENT_CERTIFICATE_HEADERS.map((name) => ({
    reason: 'a QUIC listener verifies no client certificates',
    on: 'QUIC' as const,
    patch: headers({ [`${name}Alias`]: 'x-client' }),
    field: `spec.xForwardedForConfig.${name}Alias`,
    remedy: 'only on HTTPS: remove it',
  })),
  ...Object.entries({
    xForwardedForEnabled: true,
    xForwardedForProcessingMode: 'append',
    xForwardedForClientSrcPortEnabled: false,
    xForwardedForClientSourceIpsEnabled: true,
    xForwardedForClientSourceIpsTrusted: '10.1.1.0/24',
  }).map(([name, value]) => ({
    reason: `the cloud has ${name} for HTTP and HTTPS`,
    on: 'QUIC' as const,
    patch: headers({ [name]: value }),
    field: `spec.xForwardedForConfig.${name}`,
    remedy: 'only on HTTP and HTTPS: remove it',
  })),
];

const certificates: BadManifest[] = [
  {
    reason: 'an HTTPS listener cannot speak TLS without a certificate',
    on: 'HTTPS',
    patch: { certificates: null },
    field: 'spec.certificates',
    remedy: 'add the server certificate',
  },
  {
    reason: 'QUIC is TLS too',
    on: 'QUIC',
    patch: { certificates: null },
    field: 'spec.certificates',
    remedy: 'add the server certificate',
  },
  {
    reason: 'an HTTP listener has no use for a certificate',
    on: 'HTTP',
    patch: { certificates: [{ certificateId: '1-cn-hangzhou' }] },
    field: 'spec.certificates',
    remedy: 'only on HTTPS and QUIC: remove it',
  },
  {
    reason: 'an empty list is no certificate',
    on: 'HTTPS',
    patch: { certificates: [] },
    field: 'spec.certificates',
    remedy: 'at least 1',
  },
  {
    reason: 'there is one default certificate; more are additional certificates',
    on: 'HTTPS',
    patch: { certificates: [{ certificateId: '1-cn-hangzhou' }, { certificateId: '2-cn-hangzhou' }] },
    field: 'spec.certificates',
    remedy: 'at most 1',
  },
  {
    reason: 'the number alone, as in the documentation, is refused by the cloud',
    on: 'HTTPS',
    patch: { certificates: [{ certificateId: '10370512' }] },
    field: 'spec.certificates[0].certificateId',
    remedy: '10370512-cn-hangzhou',
  },
  {
    reason: 'YAML reads an unquoted number as a number',
    on: 'HTTPS',
    patch: { certificates: [{ certificateId: 10_370_512 }] },
    field: 'spec.certificates[0].certificateId',
    remedy: 'string',
  },
  {
    reason: 'the name of a certificate is not its id',
    on: 'QUIC',
    patch: { certificates: [{ certificateId: 'www.example.com' }] },
    field: 'spec.certificates[0].certificateId',
    remedy: 'write for example',
  },
  {
    reason: 'a list of ids is not a list of certificates',
    on: 'HTTPS',
    patch: { certificates: ['1-cn-hangzhou'] },
    field: 'spec.certificates[0]',
    remedy: 'object',
  },
  {
    reason: 'a certificate without an id is none',
    on: 'HTTPS',
    patch: { certificates: [{}] },
    field: 'spec.certificates[0].certificateId',
    remedy: 'required',
  },
];

const mutualTls: BadManifest[] = [
  {
    reason: 'clients cannot be verified without a CA',
    on: 'HTTPS',
    patch: { caEnabled: true },
    field: 'spec.caCertificates',
    remedy: 'add the CA certificate, or set caEnabled to false',
  },
  {
    reason: 'a CA certificate does nothing while caEnabled is absent',
    on: 'HTTPS',
    patch: { caCertificates: [{ certificateId: 'ca-1' }] },
    field: 'spec.caCertificates',
    remedy: 'set caEnabled to true',
  },
  {
    reason: 'a CA certificate does nothing while caEnabled is false',
    on: 'HTTPS',
    patch: { caEnabled: false, caCertificates: [{ certificateId: 'ca-1' }] },
    field: 'spec.caCertificates',
    remedy: 'or remove caCertificates',
  },
  {
    reason: 'an empty list is no CA certificate',
    on: 'HTTPS',
    patch: { caEnabled: true, caCertificates: [] },
    field: 'spec.caCertificates',
    remedy: 'at least 1',
  },
  {
    reason: 'a listener has one CA certificate',
    on: 'HTTPS',
    patch: { caEnabled: true, caCertificates: [{ certificateId: 'ca-1' }, { certificateId: 'ca-2' }] },
    field: 'spec.caCertificates',
    remedy: 'at most 1',
  },
  {
    reason: 'an id has no spaces',
    on: 'HTTPS',
    patch: { caEnabled: true, caCertificates: [{ certificateId: 'my ca' }] },
    field: 'spec.caCertificates[0].certificateId',
    remedy: 'copy it',
  },
];

const quic: BadManifest[] = [
  {
    reason: 'an upgrade needs a listener to upgrade to',
    on: 'HTTPS',
    patch: { quicConfig: { quicUpgradeEnabled: true } },
    field: 'spec.quicConfig.quicListenerId',
    remedy: 'add the id of the QUIC listener',
  },
  {
    reason: 'a QUIC listener does nothing while the upgrade is absent',
    on: 'HTTPS',
    patch: { quicConfig: { quicListenerId: 'lsn-1' } },
    field: 'spec.quicConfig.quicListenerId',
    remedy: 'set quicUpgradeEnabled to true',
  },
  {
    reason: 'a QUIC listener does nothing while the upgrade is off',
    on: 'HTTPS',
    patch: { quicConfig: { quicUpgradeEnabled: false, quicListenerId: 'lsn-1' } },
    field: 'spec.quicConfig.quicListenerId',
    remedy: 'or remove quicListenerId',
  },
  {
    reason: 'the name of an AlbListener is not the id of its listener',
    on: 'HTTPS',
    patch: { quicConfig: { quicUpgradeEnabled: true, quicListenerId: 'shop-quic' } },
    field: 'spec.quicConfig.quicListenerId',
    remedy: 'name its AlbListener in quicListenerRef',
  },
];

const forwardedHeaders: BadManifest[] = [
  ...CLIENT_CERTIFICATE_HEADERS.map((name) => ({
    reason: 'an alias renames a header that is not sent',
    on: 'HTTPS' as const,
    patch: headers({ [`${name}Alias`]: 'x-client' }),
    field: `spec.xForwardedForConfig.${name}Alias`,
    remedy: `set ${name}Enabled to true`,
  })),
  {
    reason: 'an alias beside a flag that is off does nothing either',
    on: 'HTTPS',
    patch: headers({
      xForwardedForClientCertIssuerDNEnabled: false,
      xForwardedForClientCertIssuerDNAlias: 'x-client',
    }),
    field: 'spec.xForwardedForConfig.xForwardedForClientCertIssuerDNAlias',
    remedy: 'or remove xForwardedForClientCertIssuerDNAlias',
  },
  {
    reason: 'the cloud takes lowercase header names only',
    on: 'HTTPS',
    patch: headers({
      xForwardedForClientCertIssuerDNEnabled: true,
      xForwardedForClientCertIssuerDNAlias: 'X-Issuer',
    }),
    field: 'spec.xForwardedForConfig.xForwardedForClientCertIssuerDNAlias',
    remedy: 'lowercase',
  },
  {
    reason: 'a header name has 40 characters at most',
    on: 'HTTPS',
    patch: headers({
      xForwardedForClientCertSubjectDNEnabled: true,
      xForwardedForClientCertSubjectDNAlias: 'a'.repeat(41),
    }),
    field: 'spec.xForwardedForConfig.xForwardedForClientCertSubjectDNAlias',
    remedy: '40',
  },
  {
    reason: 'a header cannot be handled in some way and be off',
    on: 'HTTP',
    patch: headers({ xForwardedForEnabled: false, xForwardedForProcessingMode: 'remove' }),
    field: 'spec.xForwardedForConfig.xForwardedForProcessingMode',
    remedy: 'set xForwardedForEnabled to true',
  },
  {
    reason: 'there are two processing modes',
    on: 'HTTP',
    patch: headers({ xForwardedForProcessingMode: 'preserve' }),
    field: 'spec.xForwardedForConfig.xForwardedForProcessingMode',
    remedy: '"append"',
  },
  {
    reason: 'trusted proxies are for finding client addresses, which is off',
    on: 'HTTP',
    patch: headers({ xForwardedForClientSourceIpsTrusted: '10.1.1.0/24' }),
    field: 'spec.xForwardedForConfig.xForwardedForClientSourceIpsTrusted',
    remedy: 'set xForwardedForClientSourceIpsEnabled to true',
  },
  ...[
    ['a comma does not separate addresses', '10.1.1.0/24,10.1.2.0/24'],
    ['spaces are not taken', '10.1.1.0/24; 10.1.2.0/24'],
    ['an octet ends at 255', '10.1.1.256'],
    ['a prefix of IPv4 ends at 32', '10.1.1.0/33'],
    ['a host name is no address', 'proxy.example.com'],
  ].map(([reason = '', trusted]) => ({
    reason,
    on: 'HTTP' as const,
    patch: headers({
      xForwardedForClientSourceIpsEnabled: true,
      xForwardedForClientSourceIpsTrusted: trusted,
    }),
    field: 'spec.xForwardedForConfig.xForwardedForClientSourceIpsTrusted',
    remedy: 'separate them with semicolons',
  })),
];

const actions: BadManifest[] = [
  {
    reason: 'a listener without an action does nothing',
    on: 'HTTP',
    patch: { defaultActions: [] },
    field: 'spec.defaultActions',
    remedy: 'at least 1',
  },
  {
    reason: 'a listener has one default action',
    on: 'HTTP',
    patch: { defaultActions: [...forward('sgp-1'), ...forward('sgp-2')] },
    field: 'spec.defaultActions',
    remedy: 'at most 1',
  },
  {
    reason: 'redirects belong to rules',
    on: 'HTTP',
    patch: { defaultActions: forward('sgp-1').map((action) => ({ ...action, type: 'Redirect' })) },
    field: 'spec.defaultActions[0].type',
    remedy: '"ForwardGroup"',
  },
  {
    reason: 'forwarding needs somewhere to forward to',
    on: 'HTTP',
    patch: { defaultActions: [{ type: 'ForwardGroup' }] },
    field: 'spec.defaultActions[0].forwardGroupConfig',
    remedy: 'required',
  },
  {
    reason: 'no server group is nowhere to forward to',
    on: 'HTTP',
    patch: { defaultActions: forward() },
    field: 'spec.defaultActions[0].forwardGroupConfig.serverGroupTuples',
    remedy: 'at least 1',
  },
  {
    reason: 'the cloud forwards to 20 groups at most',
    on: 'HTTP',
    patch: { defaultActions: forward(...numbered(21).map((number) => `sgp-${number}`)) },
    field: 'spec.defaultActions[0].forwardGroupConfig.serverGroupTuples',
    remedy: 'at most 20',
  },
  {
    reason: 'the same group twice is a slip',
    on: 'HTTP',
    patch: { defaultActions: forward('sgp-1', 'sgp-1') },
    field: 'spec.defaultActions[0].forwardGroupConfig.serverGroupTuples',
    remedy: 'listed twice: remove one of the two',
  },
  {
    reason: 'the same group twice is a slip, however many stand between',
    on: 'HTTP',
    patch: { defaultActions: forward('sgp-1', 'sgp-2', 'sgp-1') },
    field: 'spec.defaultActions[0].forwardGroupConfig.serverGroupTuples',
    remedy: 'listed twice: remove one of the two',
  },
  {
    reason: 'a server group of a classic load balancer is another thing',
    on: 'HTTP',
    patch: { defaultActions: forward('rsp-1') },
    field: 'spec.defaultActions[0].forwardGroupConfig.serverGroupTuples[0].serverGroupId',
    remedy: 'write sgp-',
  },
];

const tagBans: BadManifest[] = [
  ...['aliyun-team', 'acs:team'].map((word) => ({
    reason: 'the cloud keeps some beginnings of keys for itself',
    on: 'HTTP' as const,
    patch: tags([word, 'x']),
    field: 'spec.tags[0].key',
    remedy: 'choose another beginning',
  })),
  ...['aliyun', 'acs:ecs'].map((word) => ({
    reason: 'the cloud keeps some beginnings of values for itself',
    on: 'HTTP' as const,
    patch: tags(['team', word]),
    field: 'spec.tags[0].value',
    remedy: 'choose another beginning',
  })),
  {
    reason: 'the cloud takes no addresses as keys',
    on: 'HTTP',
    patch: tags(['see-http://example.com', 'x']),
    field: 'spec.tags[0].key',
    remedy: 'without its scheme',
  },
  {
    reason: 'the cloud takes no addresses as values',
    on: 'HTTP',
    patch: tags(['wiki', 'https://example.com']),
    field: 'spec.tags[0].value',
    remedy: 'without its scheme',
  },
  {
    reason: 'ownership is what the operator says, not the manifest',
    on: 'HTTP',
    patch: tags(['alb-listener-operator/uid', 'x']),
    field: 'spec.tags[0].key',
    remedy: 'choose another prefix',
  },
  {
    reason: 'a tag has a key',
    on: 'HTTP',
    patch: tags(['', 'x']),
    field: 'spec.tags[0].key',
    remedy: 'at least 1',
  },
  {
    reason: 'a key has 128 characters at most',
    on: 'HTTP',
    patch: tags(['k'.repeat(129), 'x']),
    field: 'spec.tags[0].key',
    remedy: '128',
  },
  {
    reason: 'a value has 128 characters at most',
    on: 'HTTP',
    patch: tags(['team', 'v'.repeat(129)]),
    field: 'spec.tags[0].value',
    remedy: '128',
  },
  {
    reason: 'a value that is absent is not the same as an empty one',
    on: 'HTTP',
    patch: { tags: [{ key: 'team' }] },
    field: 'spec.tags[0].value',
    remedy: 'required',
  },
  {
    reason: 'a key says one thing',
    on: 'HTTP',
    patch: tags(['team', 'a'], ['team', 'b']),
    field: 'spec.tags[1]',
    remedy: 'team',
  },
  {
    reason: 'four of the twenty tags of the cloud are kept for ownership',
    on: 'HTTP',
    patch: tags(...numbered(17).map((number): [string, string] => [number, ''])),
    field: 'spec.tags',
    remedy: 'at most 16',
  },
  {
    reason: 'tags are a list, not a text',
    on: 'HTTP',
    patch: { tags: 'team=checkout' },
    field: 'spec.tags',
    remedy: 'array',
  },
];

const policies: BadManifest[] = [
  ...Object.entries({
    reconcilePolicy: ['observe', '"Manage"'],
    driftPolicy: ['Ignore', '"Report"'],
    deletionPolicy: ['Orphan', '"Retain"'],
    listenerState: ['Paused', '"Stopped"'],
  }).map(([name, [value = '', remedy = '']]) => ({
    reason: `${value} is no choice, and guessing what was meant could cost a listener`,
    on: 'HTTP' as const,
    patch: { [name]: value },
    field: `spec.${name}`,
    remedy,
  })),
  {
    reason: 'suspended or not, there is nothing between',
    on: 'HTTP',
    patch: { suspend: 'until-monday' },
    field: 'spec.suspend',
    remedy: 'boolean',
  },
  ...[
    ['seconds need their unit', '600'],
    ['the cloud is not asked more often than every 30 seconds', '29s'],
    ['a day unseen is enough', '24h1s'],
    ['days differ in length, so there is no unit for them', '1d'],
    ['units go from large to small', '30s1m'],
    ['fractions are read in more than one way', '1.5h'],
    ['a time does not run backwards', '-10m'],
    ['nothing is no duration', ''],
  ].map(([reason = '', syncInterval]) => ({
    reason,
    on: 'HTTP' as const,
    patch: { syncInterval },
    field: 'spec.syncInterval',
    remedy: 'write for example 30s',
  })),
  {
    reason: 'a number has no unit',
    on: 'HTTP',
    patch: { syncInterval: 60 },
    field: 'spec.syncInterval',
    remedy: 'string',
  },
  ...[
    ['what cannot be changed cannot be changed by others', 'listenerPort'],
    ['an object is ignored field by field', 'xForwardedForConfig'],
    ['access control is ignored as a whole', 'aclConfig.aclIds'],
    ['a reference is another way to say an id, which has a path', 'quicConfig.quicListenerRef'],
    ['a list is ignored as a whole', 'tags[0].value'],
    ['a path begins below spec', 'spec.idleTimeout'],
    ['a policy is nothing the cloud could change', 'driftPolicy'],
  ].map(([reason = '', path]) => ({
    reason,
    on: 'HTTP' as const,
    patch: { ignoreFields: [path] },
    field: 'spec.ignoreFields[0]',
    remedy: '"idleTimeout"',
  })),
  {
    reason: 'a field is ignored once',
    on: 'HTTP',
    patch: { ignoreFields: ['tags', 'idleTimeout', 'tags'] },
    field: 'spec.ignoreFields[2]',
    remedy: '"tags"',
  },
  {
    reason: 'to adopt is to name a listener',
    on: 'HTTP',
    patch: { adopt: {} },
    field: 'spec.adopt.listenerId',
    remedy: 'required',
  },
  {
    reason: 'a load balancer is not adopted here',
    on: 'HTTP',
    patch: { adopt: { listenerId: 'alb-1' } },
    field: 'spec.adopt.listenerId',
    remedy: 'write lsn-',
  },
];

const unknownFields: BadManifest[] = [
  {
    reason: 'another spelling is another field',
    on: 'HTTP',
    patch: { listenerport: 80 },
    field: 'spec.listenerport',
    remedy: 'unknown field',
  },
  {
    reason: 'the token is the business of the operator',
    on: 'HTTP',
    patch: { clientToken: 'abc' },
    field: 'spec.clientToken',
    remedy: 'unknown field',
  },
  {
    reason: 'the header is called SLB, not Slb',
    on: 'HTTP',
    patch: headers({ xForwardedForSlbIdEnabled: true }),
    field: 'spec.xForwardedForConfig.xForwardedForSlbIdEnabled',
    remedy: 'unknown field',
  },
];

export const badManifests: readonly BadManifest[] = [
  ...requiredFields,
  ...identity,
  ...settings,
  ...otherProtocols,
  ...certificates,
  ...mutualTls,
  ...quic,
  ...forwardedHeaders,
  ...actions,
  ...badReferences,
  ...badAttachments,
  ...tagBans,
  ...policies,
  ...unknownFields,
];

/** The spec a case describes. */
export function badSpec({ on, patch }: Pick<BadManifest, 'on' | 'patch'>): unknown {
  return mergePatch(minimalSpecs[on], patch);
}

function mergePatch(target: object, patch: object): object {
  const merged: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  return merged;
}
