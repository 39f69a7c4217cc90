import type { BadManifest } from './bad-manifest.ts';

const idsFrom = (key: unknown, name: unknown = 'ids') => ({ configMapKeyRef: { name, key } });
const forwardTo = (...serverGroupTuples: readonly object[]) => ({
  defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }],
});

const access: BadManifest[] = [
  {
    reason: 'a region becomes part of a host name',
    on: 'HTTP',
    patch: { regionId: 'cn-x.evil.example' },
    field: 'spec.regionId',
    remedy: 'write it as in cn-hangzhou',
  },
  {
    reason: 'a region has a name of its own, not that of its city',
    on: 'HTTP',
    patch: { regionId: 'Hangzhou' },
    field: 'spec.regionId',
    remedy: 'write it as in cn-hangzhou',
  },
  {
    reason: 'credentials of another namespace are not for this one',
    on: 'HTTP',
    patch: { credentialsSecretRef: { name: 'alb', namespace: 'infra' } },
    field: 'spec.credentialsSecretRef.namespace',
    remedy: 'unknown field',
  },
  {
    reason: 'a path is no name',
    on: 'HTTP',
    patch: { credentialsSecretRef: { name: 'infra/alb' } },
    field: 'spec.credentialsSecretRef.name',
    remedy: 'in the same namespace: write lowercase letters',
  },
  {
    reason: 'a Secret is named',
    on: 'HTTP',
    patch: { credentialsSecretRef: {} },
    field: 'spec.credentialsSecretRef.name',
    remedy: 'required',
  },
];

const fromConfigMaps: BadManifest[] = [
  {
    reason: 'an id and a ConfigMap may name two load balancers',
    on: 'HTTP',
    patch: { loadBalancerIdFrom: idsFrom('lb') },
    field: 'spec.loadBalancerIdFrom',
    remedy: 'remove one of the two',
  },
  {
    reason: 'a place to read from is a key of a ConfigMap',
    on: 'HTTP',
    patch: { loadBalancerId: null, loadBalancerIdFrom: {} },
    field: 'spec.loadBalancerIdFrom.configMapKeyRef',
    remedy: 'required',
  },
  {
    reason: 'a ConfigMap has many keys',
    on: 'HTTP',
    patch: { loadBalancerId: null, loadBalancerIdFrom: { configMapKeyRef: { name: 'ids' } } },
    field: 'spec.loadBalancerIdFrom.configMapKeyRef.key',
    remedy: 'required',
  },
  {
    reason: 'ids are no secrets',
    on: 'HTTP',
    patch: {
      loadBalancerId: null,
      loadBalancerIdFrom: { ...idsFrom('lb'), secretKeyRef: { name: 'ids', key: 'lb' } },
    },
    field: 'spec.loadBalancerIdFrom.secretKeyRef',
    remedy: 'unknown field',
  },
  {
    reason: 'a ConfigMap of another namespace is not ours to read',
    on: 'HTTP',
    patch: { loadBalancerId: null, loadBalancerIdFrom: idsFrom('lb', 'infra/ids') },
    field: 'spec.loadBalancerIdFrom.configMapKeyRef.name',
    remedy: 'in the same namespace: write lowercase letters',
  },
  {
    reason: 'no ConfigMap has such a key',
    on: 'HTTP',
    patch: { loadBalancerId: null, loadBalancerIdFrom: idsFrom('load balancer') },
    field: 'spec.loadBalancerIdFrom.configMapKeyRef.key',
    remedy: 'write letters, digits',
  },
  {
    reason: 'the name of an object ends',
    on: 'HTTP',
    patch: { loadBalancerId: null, loadBalancerIdFrom: idsFrom('lb', 'a'.repeat(254)) },
    field: 'spec.loadBalancerIdFrom.configMapKeyRef.name',
    remedy: '253',
  },
  {
    reason: 'a tuple without a server group forwards nowhere',
    on: 'HTTP',
    patch: forwardTo({ serverGroupId: 'sgp-1' }, {}),
    field: 'spec.defaultActions[0].forwardGroupConfig.serverGroupTuples[1].serverGroupId',
    remedy: 'or serverGroupIdFrom with the key of a ConfigMap',
  },
  {
    reason: 'an id and a ConfigMap may name two server groups',
    on: 'HTTP',
    patch: forwardTo({ serverGroupId: 'sgp-1', serverGroupIdFrom: idsFrom('blue') }),
    field: 'spec.defaultActions[0].forwardGroupConfig.serverGroupTuples[0].serverGroupIdFrom',
    remedy: 'remove one of the two',
  },
  {
    reason: 'the same key twice is the same group twice',
    on: 'HTTP',
    patch: forwardTo(
      { serverGroupIdFrom: idsFrom('blue') },
      { serverGroupId: 'sgp-1' },
      { serverGroupIdFrom: idsFrom('blue') },
    ),
    field: 'spec.defaultActions[0].forwardGroupConfig.serverGroupTuples',
    remedy: 'listed twice: remove one of the two',
  },
];

const toListeners: BadManifest[] = [
  {
    reason: 'a reference does nothing while the upgrade is absent',
    on: 'HTTPS',
    patch: { quicConfig: { quicListenerRef: { name: 'shop-quic' } } },
    field: 'spec.quicConfig.quicListenerRef',
    remedy: 'set quicUpgradeEnabled to true',
  },
  {
    reason: 'an id and a reference may name two listeners',
    on: 'HTTPS',
    patch: {
      quicConfig: {
        quicUpgradeEnabled: true,
        quicListenerId: 'lsn-1',
        quicListenerRef: { name: 'shop-quic' },
      },
    },
    field: 'spec.quicConfig.quicListenerRef',
    remedy: 'remove one of the two',
  },
  {
    reason: 'to refer to an AlbListener is to name it',
    on: 'HTTPS',
    patch: { quicConfig: { quicUpgradeEnabled: true, quicListenerRef: {} } },
    field: 'spec.quicConfig.quicListenerRef.name',
    remedy: 'required',
  },
  ...[
    ['other namespaces have other owners', 'edge/shop-quic'],
    ['no object has capitals in its name', 'Shop-Quic'],
    ['no object is without a name', ''],
  ].map(([reason = '', name]) => ({
    reason,
    on: 'HTTPS' as const,
    patch: { quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name } } },
    field: 'spec.quicConfig.quicListenerRef.name',
    remedy: 'in the same namespace: write lowercase letters',
  })),
];

/** Manifests that say wrongly where an id is found. */
export const badReferences: readonly BadManifest[] = [...access, ...fromConfigMaps, ...toListeners];
