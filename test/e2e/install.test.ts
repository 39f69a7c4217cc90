import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import { findBinaries } from '../../tools/control-plane/binaries.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { findHelm } from '../../tools/helm/helm.ts';
import { type OperatorProcess, startOperatorProcess } from '../../tools/local/operator-process.ts';
import { manifest } from '../support/full-manifests.ts';
import { type Manifest, manifestSchema } from '../support/manifests.ts';
import { httpSpec, INVENTORY, PLANTED_SECRETS } from '../support/operator-world.ts';
import { environmentOf, podTemplateOf } from '../support/pod-template.ts';
import { type Block, blocksOfSection } from '../support/readme.ts';
import { kubeconfigOfAccount, OPERATOR } from '../support/shipped-access.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEFINITION = 'alblisteners.alb.alibabacloud.com';
const SECTION = 'Install it into a cluster';
const blocks = await blocksOfSection(SECTION);

let folder: string;
let controlPlane: ControlPlane;
let simulator: RunningSimulator;
let operator: OperatorProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alb-install-'));
  for (const part of ['crds', 'deploy']) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  controlPlane = await startControlPlane();
  simulator = await startSimulator({
    stateFile: join(folder, 'cloud.json'),
    settings: { provisioningMs: 300, configuringMs: 200 },
    inventory: { ...INVENTORY, credentials: [PLANTED_SECRETS] },
  });
  await mkdir(join(folder, 'bin'));
  await symlink((await findBinaries()).kubectl, join(folder, 'bin', 'kubectl'));
  await symlink(await findHelm(), join(folder, 'bin', 'helm'));
});
afterEach(async () => {
  await operator?.stop();
  operator = undefined;
  await simulator.close();
  await controlPlane.stop();
  await rm(folder, { recursive: true });
});

describe('the README, followed word for word, ends with an operator that works', () => {
  it.each([
    { way: 'With kustomize', image: `registry.example.com/${OPERATOR}:0.1.0` },
    { way: 'With Helm', image: `registry.example.com/${OPERATOR}:0.1.0` },
    { way: 'With one file', image: `ghcr.io/${OPERATOR}/${OPERATOR}:0.1.0` },
  ])('$way', async ({ way, image }) => {
    const { kubectl } = controlPlane;
    const { accessKeyId, accessKeySecret, securityToken } = PLANTED_SECRETS;
    const credentials = { accessKeyId, accessKeySecret, securityToken };
    const lines = Object.entries(credentials).map(([key, value]) => `${key}=${value}\n`);
    await writeFile(join(folder, 'credentials.env'), lines.join(''));

    const [install, uninstall] = commandsOf(way);
    for (const block of commandsOf(SECTION)) await follow(block);
    await writeYamlOf(way);
    await follow(install);

    const installed = await objectsIn(OPERATOR);
    expect(podTemplateOf(installed).container.image).toBe(image);
    operator = await startAsInPod(installed);
    await operator.line('"msg":"leading"');

    await apply('web', { tags: [{ key: 'team', value: 'shop' }] });
    await untilReady('web');
    expect(await kubectl(['get', 'alblistener', 'web', '-o', 'jsonpath={.status.phase}'])).toMatchObject({
      stdout: 'Running',
    });
    const cloud = new SimulatorControl(simulator.control);
    expect((await cloud.state()).listeners).toMatchObject([{ ListenerPort: 80, ListenerStatus: 'Running' }]);

    await follow(uninstall);
    expect((await cloud.state()).listeners).toEqual([]);
    const left = ['deployments,serviceaccounts,roles,rolebindings,configmaps', '-n', OPERATOR, '-o', 'name'];
    const names = (await kubectl(['get', ...left])).stdout.split('\n');
    expect(names.filter((name) => name.includes(OPERATOR))).toEqual([]);
    expect((await kubectl(['get', 'clusterrole,clusterrolebinding', '-o', 'name'])).stdout).not.toContain(
      OPERATOR,
    );
    expect(await kubectl(['get', 'crd', DEFINITION])).toMatchObject({ code: 0 });
  });

  it('needs no action in the cloud that the RAM policy does not have, and every one it has', async () => {
    const { kubectl } = controlPlane;
    for (const [key, value] of Object.entries(PLANTED_SECRETS))
      await writeFile(join(folder, 'credentials.env'), `${key}=${value}\n`, { flag: 'a' });
    for (const block of commandsOf(SECTION)) await follow(block);
    await writeYamlOf('With kustomize');
    await follow(commandsOf('With kustomize')[0]);
    operator = await startAsInPod(await objectsIn(OPERATOR));

    const served = { listenerProtocol: 'HTTPS', certificates: [{ certificateId: '1001-cn-hangzhou' }] };
    const attachments = {
      additionalCertificates: [{ certificateId: '1002-cn-hangzhou' }],
      aclConfig: { aclType: 'White', aclIds: ['acl-office'] },
      logConfig: { accessLogRecordCustomizedHeadersEnabled: true },
    };
    for (const changes of [
      { ...served, ...attachments },
      { ...served, idleTimeout: 42, tags: [{ key: 'team', value: 'shop' }] },
      { ...served, listenerState: 'Stopped' },
      served,
    ]) {
      await apply('web', changes);
      await untilReady('web');
    }
    expect(await kubectl(['delete', 'alblistener', 'web', '--timeout=120s'])).toMatchObject({ code: 0 });
    const calls = await new SimulatorControl(simulator.control).calls();
    const actions = new Set(calls.map(({ action }) => `alb:${action}`));
    // STS tells everybody who they are.
    expect(actions.delete('alb:GetCallerIdentity')).toBe(true);
    expect(actions).toEqual(await actionsInRamPolicy());
  });
});

function commandsOf(heading: string): readonly [Block, ...Block[]] {
  const [first, ...others] = blocks.filter((block) => block.heading === heading && block.language === '');
  if (first === undefined) throw new Error(`The README has no commands under "${heading}".`);
  return [first, ...others];
}

/** Into the file that the README names. */
async function writeYamlOf(heading: string): Promise<void> {
  const yaml = blocks.find((block) => block.heading === heading && block.language === 'yaml');
  if (yaml === undefined) return;
  await mkdir(join(folder, 'install'));
  await writeFile(join(folder, 'install', 'kustomization.yaml'), yaml.text);
}

/** Types the commands into a shell, and expects no complaint. Images are not built: that takes an engine. */
async function follow(block: Block | undefined): Promise<void> {
  const commands = (block?.text ?? '').split('\n').filter((line) => line !== '');
  expect(commands.length).toBeGreaterThan(0);
  const typed = commands.filter((line) => !line.startsWith('docker '));
  for (const line of commands.filter((one) => !typed.includes(one)))
    process.stdout.write(`Left out, since there may be no engine here: ${line}\n`);
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: controlPlane.kubeconfigPath,
    HOME: folder,
  };
  const { stderr } = await promisify(execFile)('bash', ['-eo', 'pipefail', '-c', typed.join('\n')], {
    cwd: folder,
    env,
  });
  expect(stderr.replace(/^No resources found.*\n/m, '')).toBe('');
}

async function objectsIn(namespace: string): Promise<readonly Manifest[]> {
  const query = ['get', 'deployments,configmaps', '-n', namespace, '-o', 'json'];
  const { stdout } = await controlPlane.kubectl(query);
  return z.object({ items: z.array(manifestSchema) }).parse(JSON.parse(stdout)).items;
}

/**
 * No node runs pods here. So this does what one would: the environment of the Deployment, with the files of its Secret
 * and the rights of its ServiceAccount; but hurried, and with the simulator for the cloud.
 */
async function startAsInPod(installed: readonly Manifest[]): Promise<OperatorProcess> {
  const environment = environmentOf(installed);
  const mounted = join(folder, 'mounted');
  await mkdir(mounted);
  for (const [file, content] of Object.entries(await secretData('alb-credentials')))
    await writeFile(join(mounted, file), Buffer.from(content, 'base64'));
  expect(environment['ALB_CREDENTIALS_DIR']).toBe('/etc/alb/credentials');
  return startOperatorProcess({
    ...environment,
    ALB_CREDENTIALS_DIR: mounted,
    KUBECONFIG: await kubeconfigOfAccount(controlPlane),
    ALB_ENDPOINT: simulator.endpoint,
    ALIBABA_CLOUD_STS_ENDPOINT: simulator.endpoint,
    ALB_POLL_INTERVAL: '100ms',
    ALB_BUSY_INTERVAL: '200ms',
    ALB_SETTLE_TIME: '3s',
  });
}

async function secretData(name: string): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await controlPlane.kubectl(['get', 'secret', name, '-n', OPERATOR, '-o', 'json']);
  return z.object({ data: z.record(z.string(), z.string()) }).parse(JSON.parse(stdout)).data;
}

async function apply(name: string, changes: object): Promise<void> {
  const input = stringify(manifest(name, httpSpec(changes)));
  expect(await controlPlane.kubectl(['apply', '-f', '-'], { input })).toMatchObject({ code: 0 });
}

/** For the manifest as it is now. */
async function untilReady(name: string): Promise<void> {
  const wait = ['wait', `alblistener/${name}`, '--timeout=120s'];
  const { stdout } = await controlPlane.kubectl([
    'get',
    'alblistener',
    name,
    '-o',
    'jsonpath={.metadata.generation}',
  ]);
  expect(
    await controlPlane.kubectl([...wait, `--for=jsonpath={.status.observedGeneration}=${stdout}`]),
  ).toMatchObject({ code: 0 });
  expect(await controlPlane.kubectl([...wait, '--for=condition=Ready'])).toMatchObject({ code: 0 });
}

async function actionsInRamPolicy(): Promise<Set<string>> {
  const policy = z
    .object({ Statement: z.array(z.object({ Action: z.array(z.string()) })) })
    .parse(JSON.parse(await readFile(join(ROOT, 'deploy', 'ram', 'manage.json'), 'utf8')));
  return new Set(policy.Statement.flatMap(({ Action }) => Action));
}
