import { type ObjectKey, objectKey } from '../../src/runtime/object.ts';
import type { Chance } from './chance.ts';
import { FAR_LOAD_BALANCER, type LoadBalancerId, PARTNER_LOAD_BALANCER } from './cloud.ts';
import { FAR_REGION } from './regions.ts';

/** A manifest that people apply, again and again. */
export interface Role {
  readonly key: ObjectKey;
  readonly protocol: 'HTTP' | 'HTTPS' | 'QUIC';
  readonly spec: object;
  /** ACLs of its account; those of the operator's own account unless given. */
  readonly aclIds?: readonly [string, string];
}

/** Where a stranger's listener stands from the beginning. */
export const STRANGERS_PLACE = { loadBalancerId: 'alb-one', port: 99 } as const;
/** Where a listener stands that was made by hand and that a manifest takes over. */
export const ADOPTED_PLACE = { loadBalancerId: 'alb-two', port: 97 } as const;

const QUIC_NAME = 'quic';
/** The Secret with the partner's key. */
export const PARTNER_SECRET = objectKey('lab', 'partner');

/** A few manifests that have to do with each other, or not. */
export function castFor(chance: Chance, adoptedId: string): readonly Role[] {
  const plain = [81, 82].map((port) => http(objectKey('shop', `web-${port}`), 'alb-one', port));
  const ensembles: readonly [readonly Role[], ...(readonly Role[])[]] = [
    plain,
    [...plain.slice(0, 1), http(objectKey('shop', 'rival-81'), 'alb-one', 81)],
    [http(objectKey('shop', 'squatter'), STRANGERS_PLACE.loadBalancerId, STRANGERS_PLACE.port)],
    [quic, secure],
    [secure, quic],
    [tls],
    [tls],
    [mapped],
    [adopter(adoptedId)],
    [http(objectKey('lab', 'tried-out'), 'alb-two', 86)],
    [partner],
    [far],
  ];
  const drawn = [...chance.oneOf(...ensembles), ...chance.oneOf(...ensembles)];
  const roles = [...new Map(drawn.map((role) => [role.key, role])).values()];
  return roles.map((role) => ({ ...role, spec: enriched(chance, role) }));
}

/** With some more fields than the smallest manifest has. */
function enriched(chance: Chance, role: Role): object {
  const edits = Array.from({ length: chance.below(4) }, () => drawEdit(chance, role));
  const policy = chance.happens(0.3) ? drawPolicy(chance) : {};
  const fields = new Map<string, unknown>(
    [role.spec, ...edits, policy].flatMap((some) => Object.entries(some)),
  );
  return Object.fromEntries([...fields].filter(([, value]) => value !== null));
}

function http(key: ObjectKey, loadBalancerId: LoadBalancerId, listenerPort: number): Role {
  return {
    key,
    protocol: 'HTTP',
    spec: { loadBalancerId, listenerProtocol: 'HTTP', listenerPort, defaultActions: forwardTo('sgp-web') },
  };
}

const quic: Role = {
  key: objectKey('shop', QUIC_NAME),
  protocol: 'QUIC',
  spec: {
    loadBalancerId: 'alb-one',
    listenerProtocol: 'QUIC',
    listenerPort: 443,
    certificates: [{ certificateId: '1001-cn' }],
    defaultActions: forwardTo('sgp-web'),
  },
};

const partner: Role = {
  key: objectKey('lab', 'partner'),
  protocol: 'HTTP',
  aclIds: ['acl-north', 'acl-south'],
  spec: {
    loadBalancerId: PARTNER_LOAD_BALANCER,
    credentialsSecretRef: { name: 'partner' },
    listenerProtocol: 'HTTP',
    listenerPort: 87,
    defaultActions: forwardTo('sgp-partner'),
  },
};

const far: Role = {
  key: objectKey('shop', 'far'),
  protocol: 'HTTP',
  spec: {
    loadBalancerId: FAR_LOAD_BALANCER,
    regionId: FAR_REGION,
    listenerProtocol: 'HTTP',
    listenerPort: 88,
    defaultActions: forwardTo('sgp-far'),
  },
};

const secure: Role = {
  key: objectKey('shop', 'secure'),
  protocol: 'HTTPS',
  spec: {
    loadBalancerId: 'alb-one',
    listenerProtocol: 'HTTPS',
    listenerPort: 443,
    certificates: [{ certificateId: '1001-cn' }],
    quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: QUIC_NAME } },
    defaultActions: forwardTo('sgp-web'),
  },
};

const tls: Role = {
  key: objectKey('shop', 'tls'),
  protocol: 'HTTPS',
  spec: {
    loadBalancerId: 'alb-two',
    listenerProtocol: 'HTTPS',
    listenerPort: 444,
    certificates: [{ certificateId: '1001-cn' }],
    defaultActions: forwardTo('sgp-web'),
  },
};

const mapped: Role = {
  key: objectKey('shop', 'mapped'),
  protocol: 'HTTP',
  spec: {
    loadBalancerIdFrom: fromIds('alb'),
    listenerProtocol: 'HTTP',
    listenerPort: 85,
    defaultActions: [
      {
        type: 'ForwardGroup',
        forwardGroupConfig: { serverGroupTuples: [{ serverGroupIdFrom: fromIds('sgp') }] },
      },
    ],
  },
};

function adopter(listenerId: string): Role {
  const { loadBalancerId, port } = ADOPTED_PLACE;
  const role = http(objectKey('shop', 'adopter'), loadBalancerId, port);
  return { ...role, spec: { ...role.spec, adopt: { listenerId } } };
}

function fromIds(key: string): object {
  return { configMapKeyRef: { name: 'ids', key } };
}

function forwardTo(serverGroupId: string): readonly object[] {
  return [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } }];
}

/** What people change in a manifest: back and forth between a few values, so that an old read may show what is declared now. */
export function drawEdit(
  chance: Chance,
  { protocol, aclIds: [first, second] = ['acl-office', 'acl-partners'] }: Role,
): object {
  const editOfAcls = () => ({
    aclConfig: chance.oneOf<unknown>(null, acls('White', first), acls('White', second), acls('Black', first)),
  });
  const edits: (() => object)[] = [
    () => ({ idleTimeout: chance.oneOf<unknown>(null, 20, 25) }),
    () => ({ idleTimeout: chance.oneOf<unknown>(null, 20, 25) }),
    () => ({ requestTimeout: chance.oneOf<unknown>(null, 30, 90) }),
    () => ({ gzipEnabled: chance.oneOf<unknown>(null, false) }),
    () => ({ tags: chance.oneOf<unknown>(null, [tag('team', 'a')], [tag('team', 'b'), tag('tier', 'x')]) }),
    () => ({ listenerState: chance.oneOf<unknown>(null, 'Stopped') }),
    editOfAcls,
    editOfAcls,
    editOfAcls,
    () => ({ logConfig: chance.oneOf<unknown>(null, { accessLogRecordCustomizedHeadersEnabled: true }) }),
  ];
  if (protocol !== 'HTTP') {
    const certificates = (...ids: readonly string[]) => ids.map((certificateId) => ({ certificateId }));
    const edit = () => ({
      additionalCertificates: chance.oneOf<unknown>(
        null,
        certificates('1002-cn'),
        certificates('1003-cn'),
        certificates('1002-cn', '1003-cn'),
      ),
    });
    // Most of all edits: what it takes to attach some and detach them again comes together seldom.
    edits.push(...edits.flatMap(() => [edit, edit, edit, edit]));
  }
  return chance.pick(edits)?.() ?? {};
}

/** What people tell the operator about how to treat a listener. */
export function drawPolicy(chance: Chance): object {
  return chance.oneOf<() => object>(
    () => ({ reconcilePolicy: chance.oneOf<unknown>(null, null, 'Observe', 'DryRun') }),
    () => ({ driftPolicy: chance.oneOf<unknown>(null, 'Report') }),
    () => ({ deletionPolicy: chance.oneOf<unknown>(null, 'Retain', 'Retain') }),
    () => ({ suspend: chance.oneOf<unknown>(null, true) }),
    () => ({ ignoreFields: chance.oneOf<unknown>(null, ['idleTimeout']) }),
    () => NO_POLICIES,
  )();
}

/** Everything under the operator's management again. */
export const NO_POLICIES = { reconcilePolicy: null, driftPolicy: null, deletionPolicy: null, suspend: null };

function tag(key: string, value: string): object {
  return { key, value };
}

function acls(aclType: 'White' | 'Black', ...aclIds: readonly string[]): object {
  return { aclType, aclIds };
}
