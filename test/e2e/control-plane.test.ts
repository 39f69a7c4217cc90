import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { kubernetesVersion } from '../../tools/control-plane/versions.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const widgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.test.example.com }
spec:
  group: test.example.com
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: { low: { type: integer }, high: { type: integer } }
              x-kubernetes-validations:
                - { rule: self.low <= self.high, message: low must not exceed high }
`;

function widget(name: string, low: number, high: number): string {
  return JSON.stringify({
    apiVersion: 'test.example.com/v1',
    kind: 'Widget',
    metadata: { name },
    spec: { low, high },
  });
}

function configMap(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
}

describe('the shared control plane', () => {
  it('runs the pinned minor version of Kubernetes, on other machines too', async () => {
    const shared = sharedControlPlane();
    const minor = kubernetesVersion.split('.').slice(0, 2).join('.');
    const { stdout } = await shared.kubectl(['version', '--output=json']);
    expect(JSON.parse(stdout)).toMatchObject({ serverVersion: { gitVersion: shared.kubernetesVersion } });
    expect(shared.kubernetesVersion.startsWith(`v${minor}.`)).toBe(true);
  });
});

describe('a control plane of its own', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    controlPlane = await startControlPlane();
  });
  afterAll(() => controlPlane.stop());

  async function kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await controlPlane.kubectl(args, input === undefined ? {} : { input });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** What a watch of the config maps delivers within a second, from a resourceVersion on. */
  async function watchConfigMaps(resourceVersion: string): Promise<unknown[]> {
    const query = `watch=true&timeoutSeconds=1&resourceVersion=${resourceVersion}`;
    const lines = await kubectl(['get', '--raw', `/api/v1/namespaces/default/configmaps?${query}`]);
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
  }

  async function currentVersion(): Promise<string> {
    const list: unknown = JSON.parse(
      await kubectl(['get', '--raw', '/api/v1/namespaces/default/configmaps']),
    );
    return z.object({ metadata: z.object({ resourceVersion: z.string() }) }).parse(list).metadata
      .resourceVersion;
  }

  async function create(name: string): Promise<string> {
    await kubectl(['create', '--filename=-'], configMap(name));
    return kubectl(['get', 'configmap', name, '--output=jsonpath={.metadata.resourceVersion}']);
  }

  it('serves custom resources and judges them by their CEL rules', async () => {
    await kubectl(['apply', '--filename=-'], widgets);
    await kubectl(['wait', '--for=condition=Established', 'crd/widgets.test.example.com']);
    await kubectl(['apply', '--filename=-'], widget('good', 1, 2));
    const refused = await controlPlane.kubectl(['apply', '--filename=-'], { input: widget('bad', 2, 1) });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('low must not exceed high');
  });

  it('asks RBAC about everyone but its admin', async () => {
    const args = ['auth', 'can-i', 'list', 'secrets'];
    expect(await controlPlane.kubectl(args)).toMatchObject({ code: 0, stdout: 'yes\n' });
    expect(await controlPlane.kubectl([...args, '--as=somebody'])).toMatchObject({ code: 1, stdout: 'no\n' });
  });

  it('keeps data and address through a stop and a start', async () => {
    await create('kept');
    await controlPlane.stopApiServer();
    const whileStopped = await controlPlane.kubectl(['get', 'configmaps']);
    expect(whileStopped.code).toBe(1);
    expect(whileStopped.stderr).toContain('was refused');
    await controlPlane.startApiServer();
    expect(await kubectl(['get', 'configmap', 'kept', '--output=name'])).toBe('configmap/kept\n');
  });

  it('keeps serving watches from before a compaction', async () => {
    const before = await create('before-compaction');
    await controlPlane.compactEtcd();
    await controlPlane.compactEtcd();
    await create('after-compaction');
    expect(await watchConfigMaps(before)).toMatchObject([
      { type: 'ADDED', object: { metadata: { name: 'after-compaction' } } },
    ]);
  });

  it('answers a watch from before with 410 once watches have expired, and serves new ones', async () => {
    const before = await create('newest');
    await controlPlane.expireWatches();
    expect(await watchConfigMaps(before)).toMatchObject([
      { type: 'ERROR', object: { code: 410, reason: 'Expired' } },
    ]);

    const now = await kubectl([
      'get',
      'configmap',
      'newest',
      '--output=jsonpath={.metadata.resourceVersion}',
    ]);
    expect(now).toBe(before);
    await create('newer');
    expect(await watchConfigMaps(await currentVersion())).toEqual([]);
  });

  it('leaves nothing behind', async () => {
    await controlPlane.stop();
    expect(existsSync(controlPlane.dataDirectory)).toBe(false);
  });
});
