import type { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { ControlPlane } from '../../tools/control-plane/control-plane.ts';
import type { Kubectl } from '../../tools/control-plane/kubectl.ts';
import { SceneCluster } from '../scenarios/scene-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { applyManifests, kubeconfigOfAccount, OPERATOR } from '../support/shipped-access.ts';

const ACCOUNT = 'tenant';
const EDITOR = 'alb-listener-operator-editor';
/** The Secret that the operator may read in every tenant's namespace. */
export const KEYS_SECRET = 'keys';

/** What a tenant may do beyond editing AlbListeners, ConfigMaps and Secrets. */
export type Grant = 'status';

/** An API server, and the way to it with every right, for looks. */
export interface ApiServer {
  readonly controlPlane: ControlPlane;
  readonly transport: Transport;
}

export interface Tenant {
  /** The namespace; its kubectl has the rights of the tenant and no others. */
  readonly cluster: SceneCluster;
  readonly kubeconfigPath: string;
  /** Everything the tenant has sent to the API server so far. */
  readonly sent: () => string;
}

interface TenantOptions {
  readonly grants?: readonly Grant[];
  /** How long its looks wait for what they look for. */
}

/** Creates a namespace and an account that may edit AlbListeners, ConfigMaps and Secrets in it, and nothing else. */
export async function openTenant(
  { controlPlane, transport }: ApiServer,
  namespace: string,
  { grants = [] }: TenantOptions = {},
): Promise<Tenant> {
  await applyManifests(controlPlane, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace } },
    ...role(namespace, 'tenant', rulesFor(grants), ACCOUNT, namespace),
    // As deploy/samples/credentials.yaml has it.
    ...role(namespace, 'credentials', READ_KEYS, OPERATOR, OPERATOR),
    binding(namespace, 'editor', { kind: 'ClusterRole', name: EDITOR }, ACCOUNT, namespace),
  ]);
  const kubeconfigPath = await kubeconfigOfAccount(controlPlane, { namespace, name: ACCOUNT });
  const sent: string[] = [];
  const kubectl: Kubectl = (args, options) => {
    sent.push(...args, options?.input ?? '');
    return controlPlane.kubectl([`--kubeconfig=${kubeconfigPath}`, ...args], options);
  };
  const may = async (...what: readonly string[]) =>
    (await kubectl(['auth', 'can-i', ...what, `--namespace=${namespace}`])).code === 0;
  await eventually(`the rights of ${namespace}`, async () => {
    const mayAll = await Promise.all([may('create', 'alblisteners'), may('create', 'secrets')]);
    return mayAll.every(Boolean);
  });
  return {
    cluster: new SceneCluster(namespace, { kubectl }, transport),
    kubeconfigPath,
    sent: () => sent.join('\n'),
  };
}

type Rules = readonly object[];

const READ_KEYS: Rules = [
  { apiGroups: [''], resources: ['secrets'], resourceNames: [KEYS_SECRET], verbs: ['get'] },
];

function rulesFor(grants: readonly Grant[]): Rules {
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
  const own = { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs };
  const status = {
    apiGroups: ['alb.alibabacloud.com'],
    resources: ['alblisteners/status'],
    verbs: ['update', 'patch'],
  };
  return grants.includes('status') ? [own, status] : [own];
}

function role(namespace: string, name: string, rules: Rules, account: string, accountNamespace: string) {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  return [
    { apiVersion, kind: 'Role', metadata: { name, namespace }, rules },
    binding(namespace, name, { kind: 'Role', name }, account, accountNamespace),
  ];
}

function binding(
  namespace: string,
  name: string,
  to: { readonly kind: string; readonly name: string },
  account: string,
  accountNamespace: string,
) {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup, ...to },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: accountNamespace }],
  };
}
