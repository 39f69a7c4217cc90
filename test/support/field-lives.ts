import type { Listener } from '../../src/simulator/listener.ts';
import { OTHER } from './full-inventory.ts';
import { fullAttachments, fullSpecs } from './full-manifests.ts';

type Value = string | number | boolean | readonly string[] | undefined;

export const MOMENTS = ['set', 'change', 'remove'] as const;
type PerMoment<T> = Readonly<Record<(typeof MOMENTS)[number], T>>;

/** A field that is set, changed and removed again. */
export interface FieldLife {
  /** Path below `spec`. */
  readonly path: string;
  /** The operation of the API that changes it. */
  readonly operation: string;
  /** What the manifest has besides the least a listener can have: before, and at each time. */
  readonly manifests: PerMoment<object> & { readonly before: object };
  /** What the cloud then has in the field. */
  readonly values: PerMoment<Value>;
  /** How many calls it takes at the least: none where the cloud has the value already. */
  readonly calls: PerMoment<number>;
  readonly read: (listener: Listener) => Value;
}

interface Life extends Pick<FieldLife, 'path'> {
  readonly operation?: string;
  /** What has to stand in the manifest for the field to be allowed or to have an effect. */
  readonly needs?: object;
  /** The field as it stands in the manifest. */
  readonly set: object;
  readonly change: object;
  /** What stands in its place afterwards; nothing, where nothing is said. */
  readonly remove?: object;
  readonly values: readonly [set: Value, change: Value, remove: Value];
  readonly calls: readonly [set: number, change: number, remove: number];
  readonly read?: (listener: Listener) => Value;
}

const SERVED = { listenerProtocol: 'HTTPS', certificates: fullSpecs.HTTPS.certificates } as const;
const [STANDARD = { certificateId: '' }] = fullSpecs.HTTPS.certificates ?? [];
const [FIRST = { certificateId: '' }, SECOND = { certificateId: '' }] =
  fullAttachments.HTTPS.additionalCertificates ?? [];
const [ACL = ''] = fullAttachments.HTTP.aclConfig?.aclIds ?? [];
const [CA = { certificateId: '' }] = fullSpecs.HTTPS.caCertificates ?? [];
const QUIC_LISTENER = fullSpecs.HTTPS.quicConfig?.quicListenerId ?? '';

/** Every field that can be changed while a listener exists. */
export const FIELD_LIVES: readonly FieldLife[] = [
  life({
    path: 'listenerDescription',
    set: { listenerDescription: 'shop' },
    change: { listenerDescription: 'shop-v2' },
    // The API has no way to clear it.
    values: ['shop', 'shop-v2', 'shop-v2'],
    calls: [1, 1, 0],
  }),
  number('requestTimeout', [90, 91, 60]),
  number('idleTimeout', [30, 31, 15]),
  flag('gzipEnabled', true),
  flag('http2Enabled', true, SERVED),
  life({
    path: 'securityPolicyId',
    needs: SERVED,
    set: { securityPolicyId: 'tls_cipher_policy_1_2' },
    change: { securityPolicyId: 'tls_cipher_policy_1_1' },
    values: ['tls_cipher_policy_1_2', 'tls_cipher_policy_1_1', 'tls_cipher_policy_1_0'],
    calls: [1, 1, 1],
  }),
  life({
    path: 'caEnabled',
    needs: SERVED,
    set: { caEnabled: false },
    change: { caEnabled: true, caCertificates: [CA] },
    values: [false, true, false],
    calls: [0, 1, 1],
  }),
  life({
    path: 'caCertificates',
    needs: SERVED,
    set: { caEnabled: true, caCertificates: [CA] },
    change: { caEnabled: true, caCertificates: [{ certificateId: OTHER.caCertificateId }] },
    // Without caEnabled it has no effect.
    values: [[CA.certificateId], [OTHER.caCertificateId], [OTHER.caCertificateId]],
    calls: [1, 1, 1],
    read: ({ CaCertificates = [] }) => CaCertificates.map(({ CertificateId }) => CertificateId),
  }),
  header('xForwardedForEnabled', true),
  headerText('xForwardedForProcessingMode', ['append', 'remove', 'append'], [0, 1, 1]),
  header('xForwardedForProtoEnabled', false),
  header('xForwardedForSLBIdEnabled', false),
  header('xForwardedForSLBPortEnabled', false),
  header('xForwardedForHostEnabled', false),
  header('xForwardedForClientSrcPortEnabled', false),
  header('xForwardedForClientSourceIpsEnabled', false),
  // The API has no way to clear it.
  headerText(
    'xForwardedForClientSourceIpsTrusted',
    ['10.0.0.0/8', '10.0.0.0/8;192.168.1.1', '10.0.0.0/8;192.168.1.1'],
    [1, 1, 0],
    { xForwardedForClientSourceIpsEnabled: true },
  ),
  ...['ClientVerify', 'Fingerprint', 'IssuerDN', 'SubjectDN'].flatMap((name) => [
    header(`xForwardedForClientCert${name}Enabled`, false, SERVED),
    // The usual name, said as an alias.
    headerText(
      `xForwardedForClientCert${name}Alias`,
      ['x-one', 'x-two', `x-forwarded-clientcert-${name.toLowerCase()}`],
      [1, 1, 1],
      { [`xForwardedForClientCert${name}Enabled`]: true },
      SERVED,
    ),
  ]),
  life({
    path: 'quicConfig.quicUpgradeEnabled',
    needs: SERVED,
    set: { quicConfig: { quicUpgradeEnabled: false } },
    change: { quicConfig: { quicUpgradeEnabled: true, quicListenerId: 'lsn-thirdquic' } },
    values: [false, true, false],
    calls: [0, 1, 1],
  }),
  life({
    path: 'quicConfig.quicListenerId',
    needs: SERVED,
    set: { quicConfig: { quicUpgradeEnabled: true, quicListenerId: QUIC_LISTENER } },
    change: { quicConfig: { quicUpgradeEnabled: true, quicListenerId: OTHER.quicListenerId } },
    // Without quicUpgradeEnabled it has no effect.
    values: [QUIC_LISTENER, OTHER.quicListenerId, OTHER.quicListenerId],
    calls: [1, 1, 1],
  }),
  // A required field is there from the start, and cannot be removed but changed back.
  life({
    path: 'certificates',
    needs: SERVED,
    set: {},
    change: { certificates: [{ certificateId: OTHER.certificateId }] },
    values: [[STANDARD.certificateId], [OTHER.certificateId], [STANDARD.certificateId]],
    calls: [0, 1, 1],
    read: ({ Certificates = [] }) => Certificates.map(({ CertificateId }) => CertificateId),
  }),
  life({
    path: 'defaultActions',
    set: {},
    change: { defaultActions: forwardTo(OTHER.serverGroupId) },
    values: [serverGroups(), [OTHER.serverGroupId], serverGroups()],
    calls: [0, 1, 1],
    read: ({ DefaultActions }) =>
      DefaultActions.flatMap(
        ({ ForwardGroupConfig }) =>
          ForwardGroupConfig?.ServerGroupTuples.map(({ ServerGroupId }) => ServerGroupId) ?? [],
      ),
  }),
  life({
    path: 'tags',
    operation: 'TagResources',
    set: { tags: [{ key: 'env', value: 'test' }] },
    change: { tags: [{ key: 'env', value: 'prod' }] },
    values: [['env=test'], ['env=prod'], []],
    calls: [1, 1, 1],
    read: ({ Tags }) =>
      Tags.filter(({ Key }) => !Key.startsWith('alb-listener-operator/')).map(
        ({ Key, Value }) => `${Key}=${Value}`,
      ),
  }),
  life({
    path: 'logConfig.accessLogRecordCustomizedHeadersEnabled',
    operation: 'UpdateListenerLogConfig',
    set: { logConfig: { accessLogRecordCustomizedHeadersEnabled: false } },
    change: { logConfig: { accessLogRecordCustomizedHeadersEnabled: true } },
    values: [false, true, false],
    calls: [0, 1, 1],
  }),
  life({
    path: 'logConfig.accessLogTracingConfig.tracingEnabled',
    operation: 'UpdateListenerLogConfig',
    set: tracing({ tracingEnabled: false }),
    change: tracing({ tracingEnabled: true }),
    values: [undefined, true, false],
    calls: [0, 1, 1],
  }),
  life({
    path: 'logConfig.accessLogTracingConfig.tracingSample',
    operation: 'UpdateListenerLogConfig',
    needs: tracing({ tracingEnabled: true }),
    set: tracing({ tracingEnabled: true, tracingSample: 100 }),
    change: tracing({ tracingEnabled: true, tracingSample: 200 }),
    // It has no documented default to go back to.
    values: [100, 200, 200],
    calls: [1, 1, 0],
  }),
  life({
    path: 'logConfig.accessLogTracingConfig.tracingType',
    operation: 'UpdateListenerLogConfig',
    needs: tracing({ tracingEnabled: true }),
    set: tracing({ tracingEnabled: true, tracingType: 'Zipkin' }),
    // There is only one.
    change: tracing({ tracingEnabled: true, tracingType: 'Zipkin' }),
    values: ['Zipkin', 'Zipkin', 'Zipkin'],
    calls: [1, 0, 0],
  }),
  life({
    path: 'aclConfig.aclType',
    operation: 'AssociateAclsWithListener',
    set: { aclConfig: { aclType: 'White', aclIds: [ACL] } },
    change: { aclConfig: { aclType: 'Black', aclIds: [ACL] } },
    values: ['White', 'Black', undefined],
    // The cloud takes the other type only when nothing of the first is left.
    calls: [1, 2, 1],
  }),
  life({
    path: 'aclConfig.aclIds',
    operation: 'AssociateAclsWithListener',
    set: { aclConfig: { aclType: 'White', aclIds: [ACL] } },
    change: { aclConfig: { aclType: 'White', aclIds: [OTHER.aclId] } },
    values: [[ACL], [OTHER.aclId], []],
    // One attaches, one detaches.
    calls: [1, 2, 1],
    read: ({ AclConfig }) => AclConfig.AclRelations.map(({ AclId }) => AclId),
  }),
  life({
    path: 'additionalCertificates',
    operation: 'AssociateAdditionalCertificatesWithListener',
    needs: SERVED,
    set: { additionalCertificates: [FIRST] },
    change: { additionalCertificates: [SECOND] },
    values: [[FIRST.certificateId], [SECOND.certificateId], []],
    // One attaches, one detaches.
    calls: [1, 2, 1],
    read: ({ AdditionalCertificates }) => AdditionalCertificates.map(({ CertificateId }) => CertificateId),
  }),
  life({
    path: 'listenerState',
    operation: 'StopListener',
    set: { listenerState: 'Running' },
    change: { listenerState: 'Stopped' },
    values: ['Running', 'Stopped', 'Running'],
    calls: [0, 1, 1],
    read: ({ ListenerStatus }) => ListenerStatus,
  }),
];

function life({ path, operation = 'UpdateListenerAttribute', needs = {}, ...given }: Life): FieldLife {
  const { set, change, remove = {}, values, calls } = given;
  return {
    path,
    operation,
    manifests: {
      before: needs,
      set: { ...needs, ...set },
      change: { ...needs, ...change },
      remove: { ...needs, ...remove },
    },
    values: { set: values[0], change: values[1], remove: values[2] },
    calls: { set: calls[0], change: calls[1], remove: calls[2] },
    read: given.read ?? ((listener) => valueAt(listener, path)),
  };
}

function number(name: string, values: readonly [number, number, number]): FieldLife {
  const [set, change] = values;
  return life({ path: name, set: { [name]: set }, change: { [name]: change }, values, calls: [1, 1, 1] });
}

/** Said as it is anyway, it takes no call. */
function flag(name: string, initially: boolean, needs: object = {}): FieldLife {
  return life({
    path: name,
    needs,
    set: { [name]: initially },
    change: { [name]: !initially },
    values: [initially, !initially, initially],
    calls: [0, 1, 1],
  });
}

function header(name: string, initially: boolean, needs: object = {}): FieldLife {
  return life({
    path: `xForwardedForConfig.${name}`,
    needs,
    set: { xForwardedForConfig: { [name]: initially } },
    change: { xForwardedForConfig: { [name]: !initially } },
    values: [initially, !initially, initially],
    calls: [0, 1, 1],
  });
}

function headerText(
  name: string,
  values: readonly [string, string, string],
  calls: readonly [number, number, number],
  flags: object = {},
  needs: object = {},
): FieldLife {
  const [set, change] = values;
  return life({
    path: `xForwardedForConfig.${name}`,
    needs: { ...needs, xForwardedForConfig: flags },
    set: { xForwardedForConfig: { ...flags, [name]: set } },
    change: { xForwardedForConfig: { ...flags, [name]: change } },
    values,
    calls,
  });
}

function tracing(accessLogTracingConfig: object): object {
  return { logConfig: { accessLogTracingConfig } };
}

function forwardTo(...ids: readonly string[]): object {
  const serverGroupTuples = ids.map((serverGroupId) => ({ serverGroupId }));
  return [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }];
}

function serverGroups(): readonly string[] {
  return fullSpecs.HTTP.defaultActions.flatMap(({ forwardGroupConfig }) =>
    forwardGroupConfig.serverGroupTuples.map(({ serverGroupId }) => serverGroupId),
  );
}

/** The value at a path below `spec`, under the names of the API. */
function valueAt(listener: Listener, path: string): Value {
  let inner: unknown = listener;
  for (const name of path.split('.')) {
    const apiName = name.slice(0, 1).toUpperCase() + name.slice(1);
    inner = new Map<string, unknown>(Object.entries(inner ?? {})).get(apiName);
  }
  return typeof inner === 'string' || typeof inner === 'number' || typeof inner === 'boolean'
    ? inner
    : undefined;
}
