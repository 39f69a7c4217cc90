import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { readConfig } from '../../src/config.ts';
import { describedSettings } from '../../src/settings/described.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { installManifest } from '../../tools/deploy/install-manifest.ts';
import { type OperatorProcess, startOperatorProcess } from '../../tools/local/operator-process.ts';
import { eventually } from '../support/eventually.ts';
import { type Manifest, manifestSchema, nameOf } from '../support/manifests.ts';
import { environmentOf, podTemplateOf } from '../support/pod-template.ts';
import { helmTemplate, kustomized, type Overlay, rendered, writeOverlay } from '../support/rendered.ts';
import { installShippedAccess } from '../support/shipped-access.ts';

const NAME = 'alb-listener-operator';
const REGION = 'ALIBABA_CLOUD_REGION_ID=cn-hangzhou';
const CLUSTER_WIDE = '../deploy/overlays/cluster-wide';
const roleArn = 'acs:ram::1234567890123456:role/alb-listener-operator';
const oidcProviderArn = 'acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1';

/** Each an installation, once for kustomize and once for Helm. */
const INSTALLATIONS: readonly { name: string; overlay: Overlay; values: object }[] = [
  {
    name: 'cluster-wide',
    overlay: { resources: [CLUSTER_WIDE], literals: [REGION] },
    values: { regionId: 'cn-hangzhou' },
  },
  {
    name: 'namespaced',
    overlay: { resources: ['../deploy/overlays/namespaced'], literals: [REGION] },
    values: { regionId: 'cn-hangzhou', watchNamespaces: [NAME] },
  },
  {
    name: 'with-rrsa',
    overlay: {
      resources: [CLUSTER_WIDE],
      components: ['../deploy/components/rrsa'],
      literals: [
        REGION,
        `ALIBABA_CLOUD_ROLE_ARN=${roleArn}`,
        `ALIBABA_CLOUD_OIDC_PROVIDER_ARN=${oidcProviderArn}`,
      ],
    },
    values: { regionId: 'cn-hangzhou', credentials: { source: 'rrsa', roleArn, oidcProviderArn } },
  },
  {
    name: 'with-service-monitor',
    overlay: {
      resources: [CLUSTER_WIDE],
      components: ['../deploy/components/service-monitor'],
      literals: [REGION, 'LOG_LEVEL=debug'],
    },
    values: {
      regionId: 'cn-hangzhou',
      settings: { LOG_LEVEL: 'debug' },
      metrics: { serviceMonitor: { create: true } },
    },
  },
  {
    name: 'with-protected-metrics',
    overlay: {
      resources: [CLUSTER_WIDE],
      components: ['../deploy/components/service-monitor', '../deploy/components/metrics-auth'],
      literals: [REGION],
    },
    values: { regionId: 'cn-hangzhou', metrics: { auth: 'token', serviceMonitor: { create: true } } },
  },
];

/** Stands in for what the Prometheus operator brings along. */
const SERVICE_MONITORS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'servicemonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: { kind: 'ServiceMonitor', plural: 'servicemonitors' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};

let folder: string;
let controlPlane: ControlPlane;
let operator: OperatorProcess;
const byKustomize = new Map<string, readonly Manifest[]>();
const byHelm = new Map<string, readonly Manifest[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alb-manifests-'));
  controlPlane = await startControlPlane();
  const { kubectl } = controlPlane;
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(SERVICE_MONITORS) });
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=120s']);
  for (const { name, overlay, values } of INSTALLATIONS) {
    byKustomize.set(name, await kustomized(kubectl, await writeOverlay(folder, name, overlay)));
    byHelm.set(name, await rendered(values));
  }
  operator = await startOperatorProcess({
    KUBECONFIG: await installShippedAccess(controlPlane),
    ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI5tNobody000000000',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'Nobody000000000000000',
  });
  await eventually('readiness', async () => (await operator.page('/readyz')).ok);
});
afterAll(async () => {
  await operator.stop();
  await controlPlane.stop();
  await rm(folder, { recursive: true });
});

describe.each(INSTALLATIONS)('the installation $name', ({ name }) => {
  const fromKustomize = () => byKustomize.get(name) ?? [];
  const fromHelm = () => byHelm.get(name) ?? [];

  it('is the same by kustomize and by Helm', () => {
    const [ours, theirs] = [fromKustomize(), fromHelm()].map(
      (manifests) => new Map(comparable(manifests).map((object) => [nameOf(object), object])),
    );
    expect(theirs).toEqual(ours);
    expect(ours?.size).toBeGreaterThan(12);
  });

  it('is taken by the API server without a warning, which a pod that breaks the restricted profile would cause', async () => {
    const { kubectl } = controlPlane;
    // For real, not as a dry run: that refuses whatever is to be in a namespace that is not there yet.
    const args = ['apply', '--server-side', '--force-conflicts', '--validate=strict'];
    expect(await kubectl([...args, '-k', join(folder, name)])).toMatchObject({ code: 0, stderr: '' });
    const dryRun = [...args, '--dry-run=server', '--field-manager=helm', '--filename=-'];
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: fromHelm() });
    expect(await kubectl(dryRun, { input })).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['kustomize', fromKustomize],
    ['Helm', fromHelm],
  ] as const)('has pods, by %s, that the restricted profile admits', async (_tool, manifests) => {
    const { code, stderr } = await createPod(podTemplateOf(manifests()).spec);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('names only settings that the program has, and gives it all it needs', () => {
    const environment = environmentOf(fromKustomize());
    expect(environmentOf(fromHelm())).toEqual(environment);
    const known = new Set(describedSettings.map(({ variable }) => variable));
    expect(Object.keys(environment).filter((variable) => !known.has(variable))).toEqual([]);
    const { container } = podTemplateOf(fromKustomize());
    expect(readConfig(environment, container.args)).toMatchObject({ ok: true });
    expect(environment).toMatchObject({
      LEADER_ELECT: 'true',
      POD_NAMESPACE: NAME,
      ALB_INSTALLATION: `${NAME}/${NAME}`,
    });
  });

  it('names the ports at which the program listens', () => {
    const standard = new Map(describedSettings.map(({ variable, standard: value }) => [variable, value]));
    const ports = podTemplateOf(fromKustomize()).container.ports.map(
      ({ name: port, containerPort }) => [port, `:${containerPort}`] as const,
    );
    expect(new Map(ports)).toEqual(
      new Map([
        ['health', standard.get('HEALTH_PROBE_BIND_ADDRESS')],
        ['metrics', standard.get('METRICS_BIND_ADDRESS')],
      ]),
    );
  });

  it.each(['livenessProbe', 'readinessProbe'] as const)(
    'has a %s at a page that the program serves',
    async (name) => {
      const probe = podTemplateOf(fromKustomize()).container[name];
      expect(podTemplateOf(fromHelm()).container[name]).toEqual(probe);
      expect(probe?.httpGet.port).toBe('health');
      const { status } = await operator.page(probe?.httpGet.path ?? '');
      expect(status).toBe(200);
    },
  );

  it('runs this version', () => {
    const { image } = podTemplateOf(fromHelm()).container;
    expect(image).toBe(`ghcr.io/${NAME}/${NAME}:${packageJson.version}`);
    expect(podTemplateOf(fromKustomize()).container.image).toBe(image);
  });
});

describe('the restricted profile', () => {
  it.each([
    { reason: 'a process could become root', field: 'runAsNonRoot', change: { runAsNonRoot: false } },
    {
      reason: 'every system call would be open',
      field: 'seccompProfile',
      change: { seccompProfile: { type: 'Unconfined' } },
    },
  ])('is enforced here: without $field, $reason', async ({ field, change }) => {
    const { spec } = podTemplateOf(byKustomize.get('cluster-wide') ?? []);
    const { stderr } = await createPod({ ...spec, securityContext: change });
    expect(stderr).toContain(`violates PodSecurity "restricted`);
    expect(stderr).toContain(field);
  });
});

describe('the pods', () => {
  it('cannot write to their file system, have no capability and no token but their own', () => {
    const { spec, container } = podTemplateOf(byKustomize.get('cluster-wide') ?? []);
    expect(container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532 },
    });
  });
});

describe('install.yaml', () => {
  it('is the overlay cluster-wide (else: npm run generate:install)', async () => {
    const file = await readFile(new URL('../../deploy/install.yaml', import.meta.url), 'utf8');
    expect(file).toBe(await installManifest(controlPlane.kubectl));
  });
});

describe('the chart', () => {
  it.each([
    { reason: 'without a region the operator does not start', values: {}, says: 'regionId: set the region' },
    {
      reason: 'a misspelled setting would be without effect',
      values: { regionId: 'cn-hangzhou', settings: { ALB_WORKER: '5' } },
      says: "additional properties 'ALB_WORKER' not allowed",
    },
    {
      reason: 'a key in a ConfigMap can be read by too many',
      values: { regionId: 'cn-hangzhou', settings: { ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'x' } },
      says: 'not allowed',
    },
    {
      reason: 'RRSA needs a role',
      values: { regionId: 'cn-hangzhou', credentials: { source: 'rrsa' } },
      says: 'credentials.roleArn: set the ARN',
    },
  ])('refuses values: $reason', async ({ values, says }) => {
    await expect(helmTemplate(values)).rejects.toThrow(says);
  });

  it('keeps the CRD when the release is uninstalled, and can leave it out', async () => {
    const definition = byHelm.get('cluster-wide')?.find(({ kind }) => kind === 'CustomResourceDefinition');
    expect(definition?.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    const without = await rendered({ regionId: 'cn-hangzhou', crds: { install: false } });
    expect(without.some(({ kind }) => kind === 'CustomResourceDefinition')).toBe(false);
  });

  it('makes a second release under names of its own, the lease included', async () => {
    const first = new Set((byHelm.get('cluster-wide') ?? []).map(nameOf));
    const second = await helmTemplate({ regionId: 'cn-beijing', crds: { install: false } }, 'north');
    expect(second).toContain('resourceNames: [north-alb-listener-operator]');
    const names = [...second.matchAll(/^kind: (\w+)\nmetadata:\n {2}name: (.+)$/gm)];
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter(([, kind, name]) => first.has(`${kind}/${name}`))).toEqual([]);
  });
});

describe('the RAM policies', () => {
  it('let no-delete do all of manage but delete, and read-only only look', async () => {
    const manage = await actionsOf('manage');
    expect(await actionsOf('no-delete')).toEqual(manage.filter((action) => action !== 'alb:DeleteListener'));
    expect(await actionsOf('read-only')).toEqual(manage.filter((action) => /^alb:(Get|List)/.test(action)));
    expect(manage).toContain('alb:DeleteListener');
  });
});

/** Asks for a pod in the namespace of the operator, without making it. */
function createPod(spec: object) {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', namespace: NAME }, spec };
  const args = ['create', '--dry-run=server', '--validate=strict', '--filename=-'];
  return controlPlane.kubectl(args, { input: JSON.stringify(pod) });
}

const OF_HELM: ReadonlySet<string> = new Set([
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
  'helm.sh/chart',
  'helm.sh/resource-policy',
  'checksum/settings',
]);

/**
 * The objects without what differs by the ways of the two tools: Helm leaves the namespace to its user, adds labels
 * and keeps the CRD by an annotation; kustomize tells a changed ConfigMap by its name, Helm by an annotation of the
 * pods. The order of what has names means nothing.
 */
function comparable(manifests: readonly Manifest[]): readonly Manifest[] {
  const configMaps = new Set(
    manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name),
  );
  const part = (key: string, value: unknown): unknown => {
    if (OF_HELM.has(key)) return undefined;
    if (typeof value === 'string' && configMaps.has(value)) return `${NAME}-settings`;
    if (['labels', 'annotations'].includes(key) && Object.keys(value ?? {}).length === 0) return undefined;
    return isNamed(value) ? value.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : value;
  };
  return manifests
    .filter(({ kind }) => kind !== 'Namespace')
    .map((manifest) => manifestSchema.parse(JSON.parse(JSON.stringify(manifest), part)));
}

function isNamed(value: unknown): value is readonly { name: string }[] {
  return z.array(z.looseObject({ name: z.string() })).safeParse(value).success;
}

async function actionsOf(policy: string): Promise<readonly string[]> {
  const file = await readFile(new URL(`../../deploy/ram/${policy}.json`, import.meta.url), 'utf8');
  const schema = z.object({ Statement: z.array(z.object({ Action: z.array(z.string()) })) });
  return schema.parse(JSON.parse(file)).Statement.flatMap(({ Action }) => Action);
}
