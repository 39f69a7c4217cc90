import * as fc from 'fast-check';
import { ALL_PROTOCOLS } from '../../../src/listener/schema/documented.ts';
import { IGNORABLE_PATHS } from '../../../src/listener/schema/ignorable-paths.ts';
import { CLIENT_CERTIFICATE_HEADERS } from '../../../src/listener/schema/x-forwarded-for.ts';

const bool = fc.boolean();
/** Text of some characters, at least one of them. */
const word = (characters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters.split('')), minLength: 1, maxLength });
const id = (prefix: string) => word('abc0189', 18).map((rest) => `${prefix}-${rest}`);

const forwardedHeaders = fc.record(
  {
    xForwardedForProtoEnabled: bool,
    xForwardedForSLBIdEnabled: bool,
    xForwardedForSLBPortEnabled: bool,
    xForwardedForHostEnabled: bool,
  },
  { requiredKeys: [] },
);

const httpHeaders = fc.oneof(
  fc.record({ xForwardedForEnabled: bool, xForwardedForClientSrcPortEnabled: bool }, { requiredKeys: [] }),
  fc.record({ xForwardedForProcessingMode: fc.constantFrom('append', 'remove') }),
  fc.record({
    xForwardedForClientSourceIpsEnabled: fc.constant(true),
    xForwardedForClientSourceIpsTrusted: fc
      .array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('10.0.0.0/8')), { minLength: 1, maxLength: 4 })
      .map((addresses) => addresses.join(';')),
  }),
);

const clientCertificateHeaders = fc
  .subarray([...CLIENT_CERTIFICATE_HEADERS])
  .chain((names) =>
    fc.tuple(fc.constant(names), fc.array(word('az09_-', 40), { minLength: 4, maxLength: 4 })),
  )
  .map(([names, aliases]) =>
    Object.fromEntries<unknown>(
      names.flatMap((name, index) => [
        [`${name}Enabled`, true],
        [`${name}Alias`, aliases[index]],
      ]),
    ),
  );

const idSource = fc
  .tuple(fc.constantFrom('ids', 'terraform-outputs', 'a.b'), word('az09._-', 12))
  .map(([name, key]) => ({ configMapKeyRef: { name, key } }));

const loadBalancer = fc.oneof(
  { arbitrary: id('alb').map((loadBalancerId) => ({ loadBalancerId })), weight: 3 },
  idSource.map((loadBalancerIdFrom) => ({ loadBalancerIdFrom })),
);

const serverGroup = fc.oneof(
  { arbitrary: id('sgp').map((serverGroupId) => ({ serverGroupId })), weight: 3 },
  idSource.map((serverGroupIdFrom) => ({ serverGroupIdFrom })),
);

const certificates = fc
  .oneof(fc.constant(7), fc.integer({ min: 1, max: 1e9 }))
  .map((number) => [{ certificateId: `${number}-cn-hangzhou` }]);
const tagText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

const everyListener = fc.record(
  {
    listenerPort: fc.integer({ min: 1, max: 65_535 }),
    defaultActions: fc
      .uniqueArray(serverGroup, { minLength: 1, maxLength: 20, selector: (tuple) => JSON.stringify(tuple) })
      .map((serverGroupTuples) => [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }]),
    listenerDescription: word('aZ09一口鿿/._-', 255).map((rest) => `x${rest}`),
    requestTimeout: fc.integer({ min: 1, max: 3600 }),
    idleTimeout: fc.integer({ min: 1, max: 3600 }),
    gzipEnabled: bool,
    tags: fc.uniqueArray(fc.record({ key: tagText, value: tagText }), {
      maxLength: 16,
      selector: ({ key }) => key,
    }),
    aclConfig: fc.record({
      aclType: fc.constantFrom('White', 'Black'),
      aclIds: fc.uniqueArray(id('acl'), { maxLength: 20 }),
    }),
    logConfig: fc.record({ accessLogRecordCustomizedHeadersEnabled: bool }, { requiredKeys: [] }),
  },
  { requiredKeys: ['listenerPort', 'defaultActions'] },
);

const tracing = fc
  .oneof(
    fc.record({ tracingEnabled: fc.constant(false) }),
    fc.record(
      {
        tracingEnabled: fc.constant(true),
        tracingSample: fc.integer({ min: 1, max: 10_000 }),
        tracingType: fc.constant('Zipkin'),
      },
      { requiredKeys: ['tracingEnabled'] },
    ),
  )
  .map((accessLogTracingConfig) => ({ logConfig: { accessLogTracingConfig } }));

/** Numbers beyond those of default certificates. */
const additionalCertificates = fc
  .uniqueArray(fc.integer({ min: 1e9 + 1, max: 2e9 }), { maxLength: 12 })
  .map((numbers) => ({
    additionalCertificates: numbers.map((number) => ({ certificateId: `${number}-cn-hangzhou` })),
  }));

/** Something a listener may have, or not. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant({}), arbitrary);

const http = fc
  .tuple(everyListener, fc.option(fc.tuple(forwardedHeaders, httpHeaders)), maybe(tracing))
  .map(([spec, headers, log]) => ({ ...spec, listenerProtocol: 'HTTP', ...xForwardedFor(headers), ...log }));

const quic = fc
  .tuple(everyListener, certificates, fc.option(fc.tuple(forwardedHeaders)), maybe(additionalCertificates))
  .map(([spec, certificates, headers, additional]) => ({
    ...spec,
    listenerProtocol: 'QUIC',
    certificates,
    ...additional,
    ...xForwardedFor(headers),
  }));

const https = fc
  .tuple(
    everyListener,
    certificates,
    fc.option(fc.tuple(forwardedHeaders, httpHeaders, clientCertificateHeaders)),
    fc.record(
      { http2Enabled: bool, securityPolicyId: fc.oneof(id('spl'), fc.constant('tls_cipher_policy_1_2')) },
      { requiredKeys: [] },
    ),
    fc.constantFrom(
      {},
      { caEnabled: false },
      { caEnabled: true, caCertificates: [{ certificateId: 'ca-1' }] },
    ),
    fc.oneof(
      fc.constantFrom({}, { quicConfig: {} }, { quicConfig: { quicUpgradeEnabled: false } }),
      id('lsn').map((quicListenerId) => ({ quicConfig: { quicUpgradeEnabled: true, quicListenerId } })),
      word('az09', 20).map((name) => ({
        quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name } },
      })),
    ),
    maybe(additionalCertificates),
    maybe(tracing),
  )
  .map(([spec, certificates, headers, tls, mutualTls, upgrade, additional, log]) => ({
    ...spec,
    listenerProtocol: 'HTTPS',
    certificates,
    ...xForwardedFor(headers),
    ...tls,
    ...mutualTls,
    ...upgrade,
    ...additional,
    ...log,
  }));

const policies = fc.record(
  {
    reconcilePolicy: fc.constantFrom('Manage', 'Observe', 'DryRun'),
    driftPolicy: fc.constantFrom('Correct', 'Report'),
    ignoreFields: fc.subarray([...IGNORABLE_PATHS]),
    deletionPolicy: fc.constantFrom('Delete', 'Retain'),
    suspend: bool,
    listenerState: fc.constantFrom('Running', 'Stopped'),
    syncInterval: fc.oneof(
      fc.integer({ min: 30, max: 86_400 }).map((seconds) => `${seconds}s`),
      fc
        .tuple(fc.integer({ max: 23, min: 0 }), fc.integer({ min: 1, max: 59 }))
        .map(([hours, minutes]) => `${hours}h${minutes}m`),
    ),
    adopt: id('lsn').map((listenerId) => ({ listenerId })),
    regionId: fc.constantFrom('cn-hangzhou', 'ap-southeast-1', 'cn-shanghai-finance-1'),
    credentialsSecretRef: fc.constantFrom({ name: 'alb' }, { name: 'team-a.alb' }),
  },
  { requiredKeys: [] },
);

/** Specs that are good in every way. */
const goodSpec: fc.Arbitrary<unknown> = fc
  .tuple(loadBalancer, fc.oneof(http, quic, { arbitrary: https, weight: 2 }), policies)
  .map(([identity, listener, treatment]) => ({ ...identity, ...listener, ...treatment }));

/** Text at and beyond a limit of some field, of characters of one to four bytes. */
const longText = fc
  .tuple(fc.constantFrom('a', '漢', '🐼', 'é'), fc.constantFrom(1, 2, 40, 41, 64, 65, 128, 129, 256, 257))
  .map(([character, times]) => character.repeat(times));

/** Values at and beyond the edge of something, for any field. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(null, true, false, '', [], {}, [null], [{}], 'HTTP', 'append', 'ForwardGroup'),
  fc.constantFrom<unknown[]>(-1, 0, 1, 600, 601, 3600, 3601, 65_535, 65_536, 2 ** 31, 1.5, 1e21),
  fc.constantFrom(
    'alb-1',
    'lsn-1',
    'sgp-1',
    'spl-1',
    '1-cn-hangzhou',
    '1',
    'ca-1',
    'acl-1',
    'White',
    'Zipkin',
    'tls_cipher_policy_1_0',
    'x',
    'Observe',
    '10m',
  ),
  fc.constantFrom(
    'aliyun',
    'acs:',
    'https://x',
    'alb-listener-operator/uid',
    '10.0.0.1',
    '::1;10.0.0.0/33',
    'a\n',
  ),
  fc.constantFrom<unknown[]>(
    [{ certificateId: '1-cn-hangzhou' }],
    [{ certificateId: '1' }],
    [
      { key: 'a', value: '' },
      { key: 'a', value: 'b' },
    ],
    { quicUpgradeEnabled: true },
    { quicListenerId: 'lsn-1' },
    { configMapKeyRef: { name: 'ids', key: 'a' } },
    { name: 'shop-quic' },
    { serverGroupId: 'sgp-1' },
    { tracingEnabled: true },
    { aclType: 'White', aclIds: [] },
    { xForwardedForEnabled: false, xForwardedForProcessingMode: 'append' },
  ),
  longText,
  fc.string({ unit: 'binary', maxLength: 12 }),
);

/** The places an edit can hit: every field, and some that do not exist. */
const anyPlace = places(
  '',
  'loadBalancerId',
  'listenerProtocol',
  'listenerPort',
  'listenerDescription',
  'requestTimeout',
  'idleTimeout',
  'gzipEnabled',
  'http2Enabled',
  'securityPolicyId',
  'caEnabled',
  'quicConfig',
  'quicConfig.quicUpgradeEnabled',
  'quicConfig.quicListenerId',
  'quicConfig.quicListenerRef',
  'quicConfig.quicListenerRef.name',
  'loadBalancerIdFrom',
  'loadBalancerIdFrom.configMapKeyRef',
  'loadBalancerIdFrom.configMapKeyRef.name',
  'loadBalancerIdFrom.configMapKeyRef.key',
  'additionalCertificates',
  'additionalCertificates.0',
  'additionalCertificates.0.certificateId',
  'additionalCertificates.1.certificateId',
  'aclConfig',
  'aclConfig.aclType',
  'aclConfig.aclIds',
  'aclConfig.aclIds.0',
  'aclConfig.aclIds.1',
  'logConfig',
  'logConfig.accessLogRecordCustomizedHeadersEnabled',
  'logConfig.accessLogTracingConfig',
  'logConfig.accessLogTracingConfig.tracingEnabled',
  'logConfig.accessLogTracingConfig.tracingSample',
  'logConfig.accessLogTracingConfig.tracingType',
  'certificates',
  'certificates.0',
  'certificates.0.certificateId',
  'caCertificates',
  'caCertificates.0.certificateId',
  'defaultActions',
  'defaultActions.0.type',
  'defaultActions.0.forwardGroupConfig',
  'defaultActions.0.forwardGroupConfig.serverGroupTuples',
  'defaultActions.0.forwardGroupConfig.serverGroupTuples.0.serverGroupId',
  'defaultActions.0.forwardGroupConfig.serverGroupTuples.1.serverGroupId',
  'defaultActions.0.forwardGroupConfig.serverGroupTuples.0.serverGroupIdFrom',
  'defaultActions.0.forwardGroupConfig.serverGroupTuples.1',
  'tags',
  'tags.0',
  'tags.0.key',
  'tags.1.key',
  'tags.0.value',
  'xForwardedForConfig',
  'xForwardedForConfig.xForwardedForEnabled',
  'xForwardedForConfig.xForwardedForProcessingMode',
  'xForwardedForConfig.xForwardedForClientSrcPortEnabled',
  'xForwardedForConfig.xForwardedForClientSourceIpsEnabled',
  'xForwardedForConfig.xForwardedForClientSourceIpsTrusted',
  ...CLIENT_CERTIFICATE_HEADERS.flatMap((name) => [
    `xForwardedForConfig.${name}Enabled`,
    `xForwardedForConfig.${name}Alias`,
  ]),
  'regionId',
  'credentialsSecretRef',
  'credentialsSecretRef.name',
  'credentialsSecretRef.namespace',
  'reconcilePolicy',
  'driftPolicy',
  'ignoreFields',
  'ignoreFields.0',
  'ignoreFields.1',
  'deletionPolicy',
  'suspend',
  'listenerState',
  'syncInterval',
  'adopt',
  'adopt.listenerId',
  'listenerport',
  'tags.0.note',
  '__proto__',
  'toString',
);

/** Durations at and beyond the edges, and text that is none, though some languages would take it. */
const duration = fc.oneof(
  fc.constantFrom('29s', '30s', '0m30s', '24h', '24h0m1s', '1440m', '1441m', '86401s', '99999999h'),
  fc.constantFrom(
    '',
    '0',
    '60',
    '1d',
    '1.5h',
    '90000ms',
    '-1m',
    '+1m',
    '1m1h',
    '1h1h',
    ' 1h',
    '1h\n',
    '1H',
    '١h',
  ),
  word('0139hms', 10),
);

const keyOfIds = (key: string) => ({ configMapKeyRef: { name: 'ids', key } });
/** A list of a few things, some of them more than once. */
const shortList = (...items: readonly unknown[]) =>
  fc.array(fc.constantFrom(...items), { minLength: 1, maxLength: 3 });

/** Odd values where they hurt. */
const aptEdit = fc.oneof(
  fc.tuple(
    places('listenerPort', 'requestTimeout', 'idleTimeout'),
    fc.constantFrom(0, 1, 600, 601, 3600, 3601, 65_535, 65_536, 80.5),
  ),
  fc.tuple(places('listenerDescription', 'tags.0.key', 'tags.0.value'), longText),
  fc.tuple(
    places('tags.0.key', 'tags.0.value'),
    fc.constantFrom('aliyun', 'acs:x', 'http://x', 'see https://x', 'alb-listener-operator/x'),
  ),
  fc.tuple(
    places('certificates', 'caCertificates', 'defaultActions', 'tags', 'additionalCertificates'),
    fc.constantFrom(
      ...[0, 1, 2, 16, 17].map((count) =>
        Array.from({ length: count }, (_, index) => ({ key: `${index}`, value: '' })),
      ),
    ),
  ),
  fc.tuple(
    places(
      'caEnabled',
      'quicConfig.quicUpgradeEnabled',
      'xForwardedForConfig.xForwardedForEnabled',
      'xForwardedForConfig.xForwardedForClientSourceIpsEnabled',
      ...CLIENT_CERTIFICATE_HEADERS.map((name) => `xForwardedForConfig.${name}Enabled`),
    ),
    fc.boolean(),
  ),
  // Twice the same, or what the default is already.
  fc.tuple(
    places('additionalCertificates'),
    shortList({ certificateId: '7-cn-hangzhou' }, { certificateId: '8-cn-hangzhou' }),
  ),
  fc.tuple(places('aclConfig.aclIds'), shortList('acl-1', 'acl-2', 'acl-3')),
  fc.tuple(
    places('tags'),
    shortList({ key: 'a', value: '' }, { key: 'a', value: 'b' }, { key: 'b', value: '' }),
  ),
  fc.tuple(
    places('defaultActions.0.forwardGroupConfig.serverGroupTuples'),
    shortList(
      { serverGroupId: 'sgp-1' },
      { serverGroupId: 'sgp-2' },
      { serverGroupId: 'sgp-1', serverGroupIdFrom: null },
      { serverGroupIdFrom: keyOfIds('a') },
      { serverGroupIdFrom: keyOfIds('b') },
      { serverGroupId: 'sgp-1', serverGroupIdFrom: keyOfIds('a') },
      {},
    ),
  ),
  // The other way to say it, beside or in the place of the first.
  fc.tuple(places('loadBalancerId'), fc.constantFrom('alb-1', null)),
  fc.tuple(places('loadBalancerIdFrom'), fc.oneof(idSource, fc.constant(null))),
  fc.tuple(places('quicConfig.quicListenerId'), fc.constantFrom('lsn-1', null)),
  fc.tuple(places('quicConfig.quicListenerRef'), fc.constantFrom({ name: 'shop-quic' }, null)),
  // Names and keys of Kubernetes objects, good and not.
  fc.tuple(
    places(
      'quicConfig.quicListenerRef.name',
      'loadBalancerIdFrom.configMapKeyRef.name',
      'loadBalancerIdFrom.configMapKeyRef.key',
      'credentialsSecretRef.name',
    ),
    fc.oneof(word('aZ0.-_/', 6), fc.constantFrom('', 'a\n', 'ä', 'a'.repeat(253), 'a'.repeat(254))),
  ),
  fc.tuple(
    places('logConfig.accessLogTracingConfig.tracingSample'),
    fc.constantFrom(0, 1, 10_000, 10_001, 1.5, null),
  ),
  fc.tuple(places('logConfig.accessLogTracingConfig.tracingEnabled'), fc.constantFrom(true, false, null)),
  fc.tuple(places('logConfig.accessLogTracingConfig'), fc.constantFrom({ tracingEnabled: true }, null)),
  fc.tuple(places('syncInterval'), duration),
  fc.tuple(
    places('regionId'),
    fc.oneof(
      word('aZ0-._/', 5),
      fc.constantFrom(
        '',
        'cn',
        'cn-',
        'cn-x',
        'cnxyz-x',
        'cn-x.evil',
        `cn-${'a'.repeat(21)}`,
        'cn-a-b-c-d-e',
        null,
      ),
    ),
  ),
  fc.tuple(
    places('ignoreFields.0', 'ignoreFields.1'),
    fc.constantFrom('tags', 'idleTimeout', 'quicConfig', 'listenerPort'),
  ),
  fc.tuple(places('listenerProtocol'), fc.constantFrom(...ALL_PROTOCOLS)),
);

type Edit = (spec: unknown) => unknown;

const edit: fc.Arbitrary<Edit> = fc
  .oneof(fc.tuple(anyPlace, oddValue), fc.tuple(anyPlace, fc.constant(null)), {
    arbitrary: aptEdit,
    weight: 2,
  })
  .map(
    ([path, value]) =>
      (spec) =>
        set(spec, path, value),
  );

/** Good specs, and good specs with up to three edits: each side of every rule is reached, by near misses above all. */
export const anySpec: fc.Arbitrary<unknown> = fc
  .tuple(goodSpec, fc.array(edit, { maxLength: 3 }))
  .map(([spec, edits]) => edits.reduce((edited, apply) => apply(edited), spec));

/** The target with a value at a path. Parents that are missing are made; a parent of another type stays as it is. */
function set(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (/^\d+$/.test(key)) {
    const items: unknown = target ?? [];
    if (!Array.isArray(items)) return items;
    const list: readonly unknown[] = items;
    const index = Math.min(Number(key), list.length);
    return list.toSpliced(index, 1, set(list[index], rest, value));
  }
  const object = target ?? {};
  if (typeof object !== 'object' || Array.isArray(object)) return object;
  const fields = new Map<string, unknown>(Object.entries(object));
  return Object.fromEntries(fields.set(key, set(fields.get(key), rest, value)));
}

function xForwardedFor(headers: readonly object[] | null) {
  if (headers === null) return {};
  return { xForwardedForConfig: Object.fromEntries(headers.flatMap((part) => Object.entries(part))) };
}

/** One of some paths such as `tags.0.key`; the empty path is the spec itself. */
function places(...paths: readonly string[]) {
  return fc.constantFrom(...paths.map((path) => path.split('.').filter((key) => key !== '')));
}
