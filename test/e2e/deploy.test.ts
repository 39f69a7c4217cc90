import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { ControlPlane } from '../../tools/control-plane/control-plane.ts';
import type { KubectlResult } from '../../tools/control-plane/kubectl.ts';
import { httpSpec, OperatorWorld } from '../support/operator-world.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAME = 'alb-listener-operator';
const ACCOUNT = `system:serviceaccount:${NAME}:${NAME}`;

describe('an installation as the README describes it', () => {
  let directory: string;
  let world: OperatorWorld;
  let applied: KubectlResult;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'alb-install-'));
    const install = await writeInstallation(directory);
    world = await OperatorWorld.start({
      async kubeconfig(controlPlane) {
        // For real, not as a dry run: that refuses whatever is to be in a namespace that is not there yet.
        applied = await controlPlane.kubectl(['apply', '--server-side', '--validate=strict', '-k', install]);
        return kubeconfigOfAccount(controlPlane);
      },
    });
  });
  afterAll(async () => {
    await world.close();
    await rm(directory, { recursive: true });
  });

  it('is accepted without a warning, which a pod that breaks the restricted profile would cause', () => {
    expect(applied).toMatchObject({ code: 0, stderr: '' });
  });

  it('can be applied again, as a dry run too', async () => {
    const args = ['apply', '--server-side', '--dry-run=server', '-k', join(directory, 'install')];
    expect(await world.controlPlane.kubectl(args)).toMatchObject({ code: 0, stderr: '' });
  });

  it('runs the image that was named, with the region that was named', async () => {
    const deployment = await get(
      world.controlPlane,
      `deployment/${NAME}`,
      '{.spec.template.spec.containers[0].image}',
    );
    expect(deployment).toBe(`registry.example.com/${NAME}:0.1.0`);
    const settings = '{.spec.template.spec.containers[0].envFrom[0].configMapRef.name}';
    const configMap = await get(world.controlPlane, `deployment/${NAME}`, settings);
    expect(await get(world.controlPlane, `configmap/${configMap}`, '{.data.ALIBABA_CLOUD_REGION_ID}')).toBe(
      'cn-hangzhou',
    );
  });

  it('allows the operator all it does in the life of a listener, in the cluster and in the cloud', async () => {
    const served = { listenerProtocol: 'HTTPS', certificates: [{ certificateId: '1001-cn-hangzhou' }] };
    const attachments = {
      additionalCertificates: [{ certificateId: '1002-cn-hangzhou' }],
      aclConfig: { aclType: 'White', aclIds: ['acl-office'] },
      logConfig: { accessLogRecordCustomizedHeadersEnabled: true },
    };
    await world.apply('web', httpSpec({ ...served, ...attachments }));
    await world.untilReady('web');
    const tags = [{ key: 'team', value: 'shop' }];
    await world.apply('web', httpSpec({ ...served, idleTimeout: 42, tags }));
    await world.untilReady('web');
    await world.apply('web', httpSpec({ ...served, listenerState: 'Stopped' }));
    await world.until('web', (listener) => listener.status.phase === 'Stopped');
    await world.apply('web', httpSpec(served));
    await world.until('web', (listener) => listener.status.phase === 'Running');
    const deleted = await world.controlPlane.kubectl(['delete', 'alblistener', 'web', '--timeout=20s']);
    expect(deleted).toMatchObject({ code: 0 });

    const query = [
      'get',
      'events.events.k8s.io',
      '--field-selector=regarding.kind=AlbListener',
      '-o',
      'jsonpath={.items[*].reason}',
    ];
    const { stdout } = await world.controlPlane.kubectl(query);
    expect(new Set(stdout.split(' '))).toEqual(
      new Set(['Provisioning', 'Running', 'Updating', 'Stopped', 'Deleting']),
    );
    expect(world.operator.lines.filter((line) => /forbidden/i.test(line))).toEqual([]);

    const called = new Set((await world.cloud.calls()).map(({ action }) => `alb:${action}`));
    expect(called).toEqual(await actionsInRamPolicy());
  });

  it('allows it to follow references, and to see that a namespace is being deleted', async () => {
    const { kubectl } = world.controlPlane;
    await kubectl(['create', 'namespace', 'shop']);
    await kubectl(['config', 'set-context', '--current', '--namespace=shop']);
    await kubectl(['create', 'configmap', 'ids', '--from-literal=web=sgp-web']);
    const tuple = { serverGroupIdFrom: { configMapKeyRef: { name: 'ids', key: 'web' } } };
    const forwardGroupConfig = { serverGroupTuples: [tuple] };
    const defaultActions = [{ type: 'ForwardGroup', forwardGroupConfig }];
    await world.apply('referring', httpSpec({ listenerPort: 81, defaultActions }));
    const { status } = await world.untilReady('referring');

    await kubectl(['delete', 'namespace', 'shop', '--wait=false']);
    await kubectl(['delete', 'alblistener', 'referring', '--wait=false']);
    await world.untilReason('referring', 'DeletionHeld');
    const listeners = await world.listeners();
    expect(listeners.map(({ ListenerId }) => ListenerId)).toEqual([status.listenerId]);
    await kubectl(['annotate', 'alblistener', 'referring', 'alb.alibabacloud.com/allow-deletion=true']);
    await world.untilGone('referring');
    expect(world.operator.lines.filter((line) => line.includes('the deletion guard is off'))).toEqual([]);
  });

  it.each([
    {
      verb: 'patch',
      resource: 'events.events.k8s.io',
      answer: 'yes',
      reason: 'A repeated event is counted up.',
    },
    { verb: 'get', resource: 'secrets', answer: 'no', reason: 'It gets its credentials as variables.' },
    {
      verb: 'get',
      resource: 'configmaps',
      answer: 'no',
      reason: 'It lists and watches them, or leaves them.',
    },
    { verb: 'list', resource: 'namespaces', answer: 'no', reason: 'It looks at one when it matters.' },
    {
      verb: 'get',
      resource: 'customresourcedefinitions/alblisteners.alb.alibabacloud.com',
      answer: 'yes',
      reason: 'Its deletion deletes every AlbListener.',
    },
    {
      verb: 'get',
      resource: 'customresourcedefinitions',
      answer: 'no',
      reason: 'Those of others are not its.',
    },
    { verb: 'delete', resource: 'alblisteners', answer: 'no', reason: 'Only users delete.' },
    { verb: 'create', resource: 'alblisteners', answer: 'no', reason: 'Only users create.' },
    {
      verb: 'update',
      resource: 'alblisteners',
      answer: 'no',
      reason: 'A whole-object write could undo edits.',
    },
  ])('$verb $resource ($answer): $reason', async ({ verb, resource, answer }) => {
    const args = ['auth', 'can-i', verb, resource, `--as=${ACCOUNT}`, '-n', 'default'];
    expect((await world.controlPlane.kubectl(args)).stdout.trim()).toBe(answer);
  });
});

/** Copies what is installed and puts the README's overlay beside it. Answers where the overlay is. */
async function writeInstallation(directory: string): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const overlay = /^```yaml\n(?<yaml>[^`]*kind: Kustomization\n[^`]*)^```/m.exec(readme)?.groups?.['yaml'];
  for (const part of ['crds', 'deploy']) {
    await cp(join(ROOT, part), join(directory, part), { recursive: true });
  }
  const install = join(directory, 'install');
  await mkdir(install);
  await writeFile(join(install, 'kustomization.yaml'), overlay ?? '');
  return install;
}

/** Writes a kubeconfig that has the rights of the operator's service account and no others, and answers its path. */
async function kubeconfigOfAccount(controlPlane: ControlPlane): Promise<string> {
  const token = await controlPlane.kubectl(['create', 'token', NAME, '-n', NAME, '--duration=1h']);
  expect(token).toMatchObject({ code: 0 });
  const admin = z
    .looseObject({ users: z.array(z.looseObject({ user: z.unknown() })) })
    .parse(parse(await readFile(controlPlane.kubeconfigPath, 'utf8')));
  const users = admin.users.map((user) => ({ ...user, user: { token: token.stdout.trim() } }));
  const path = join(controlPlane.dataDirectory, 'kubeconfig-of-account');
  await writeFile(path, stringify({ ...admin, users }), { mode: 0o600 });
  return path;
}

async function get(controlPlane: ControlPlane, what: string, jsonPath: string): Promise<string> {
  const result = await controlPlane.kubectl(['get', what, '-n', NAME, '-o', `jsonpath=${jsonPath}`]);
  return result.stdout;
}

async function actionsInRamPolicy(): Promise<Set<string>> {
  const policy = z
    .object({ Statement: z.array(z.object({ Action: z.array(z.string()) })) })
    .parse(JSON.parse(await readFile(join(ROOT, 'deploy', 'ram-policy.json'), 'utf8')));
  return new Set(policy.Statement.flatMap(({ Action }) => Action));
}
