import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { httpSpec, OperatorWorld } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { parseScrape } from '../support/prometheus-text.ts';
import { OPERATOR } from '../support/shipped-access.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** The operator reads its files again after ten seconds. */
const READ_AGAIN_MS = 11_000;
/** kube-apiserver looks at its certificate each minute, if nothing tells it earlier. */
const RELOAD_MS = 90_000;

let folder: string;
let world: OperatorWorld;
let proxy: TcpProxy;
let pid: number | undefined;
const secrets: string[] = [];
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotation-e2e-'));
  world = await OperatorWorld.start({ kubeconfig: likeInAPod, secrets });
  pid = world.operator.pid;
});
afterAll(async () => {
  await world.close();
  await proxy.close();
  await rm(folder, { recursive: true });
});

/** A token file and a CA file, as the kubelet mounts them; client-node makes the same of them in a pod. */
async function likeInAPod(_own: string, controlPlane: ControlPlane): Promise<string> {
  const token = await tokenThatLivesWith(controlPlane, 'first');
  secrets.push(token);
  await replace('token', token);
  await replace('ca.crt', await readFile(servingFile(controlPlane, 'crt'), 'utf8'));
  proxy = await startTcpProxy(Number(new URL(controlPlane.url).port));
  const kubeconfig = {
    'current-context': 'pod',
    contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod' } }],
    clusters: [
      {
        name: 'pod',
        cluster: { server: `https://127.0.0.1:${proxy.port}`, 'certificate-authority': file('ca.crt') },
      },
    ],
    users: [
      { name: 'pod', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: file('token') } } } },
    ],
  };
  await writeFile(file('kubeconfig'), stringify(kubeconfig));
  return file('kubeconfig');
}

/** A token of the operator's service account that ends with a Secret, so that a test decides when. */
async function tokenThatLivesWith(controlPlane: ControlPlane, name: string): Promise<string> {
  await kubectl(controlPlane, 'create', 'secret', 'generic', name);
  const bound = ['--bound-object-kind=Secret', `--bound-object-name=${name}`];
  return (await kubectl(controlPlane, 'create', 'token', OPERATOR, ...bound)).trim();
}

async function kubectl(controlPlane: ControlPlane, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await controlPlane.kubectl(['-n', OPERATOR, ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

function servingFile({ dataDirectory }: ControlPlane, ending: 'crt' | 'key'): string {
  return join(dataDirectory, 'certificates', `apiserver.${ending}`);
}

/** In one step, as the kubelet does it. */
async function replace(name: string, text: string): Promise<void> {
  await writeFile(file(`${name}.new`), text);
  await rename(file(`${name}.new`), file(name));
}

/** Edits a listener for so many milliseconds, each time until the edit is in the cloud. */
async function editFor(ms: number): Promise<void> {
  const end = performance.now() + ms;
  for (let edit = 1; performance.now() < end; edit += 1) {
    await world.apply('web', httpSpec({ listenerDescription: `edit-${edit}` }));
    await world.untilReady('web');
    const descriptions = (await world.listeners()).map(({ ListenerDescription }) => ListenerDescription);
    expect(descriptions).toContain(`edit-${edit}`);
  }
}

/** No reconcile ended with an error, no request was turned away for good, and it is the same process. */
async function expectQuiet(): Promise<void> {
  const scrape = parseScrape(await (await world.operator.page('/metrics')).text());
  const failed = scrape.samples.filter(
    ({ name, value }) => name === 'controller_runtime_reconcile_errors_total' && value > 0,
  );
  expect(failed).toEqual([]);
  expect(world.operator.pid).toBe(pid);
}

describe('what the API server is reached with changes while the operator runs', () => {
  it('the token: the new one is used before the old one ends', async () => {
    const old = await readFile(file('token'), 'utf8');
    const next = await tokenThatLivesWith(world.controlPlane, 'second');
    world.keepSecret(next);
    await replace('token', next);
    await editFor(READ_AGAIN_MS);
    await kubectl(world.controlPlane, 'delete', 'secret', 'first');
    await expect
      .poll(() => world.controlPlane.kubectl(['--token', old, 'get', '--raw', '/api']), {
        timeout: PATIENCE_MS,
      })
      .toMatchObject({ code: 1 });
    await editFor(2000);
    await expectQuiet();
  });

  it('the token, too late: the old one has ended when the new one comes', async () => {
    const old = await readFile(file('token'), 'utf8');
    const next = await tokenThatLivesWith(world.controlPlane, 'third');
    world.keepSecret(next);
    await kubectl(world.controlPlane, 'delete', 'secret', 'second');
    await expect
      .poll(() => world.controlPlane.kubectl(['--token', old, 'get', '--raw', '/api']), {
        timeout: PATIENCE_MS,
      })
      .toMatchObject({ code: 1 });
    await replace('token', next);
    await editFor(2000);
    await expectQuiet();
  });

  it('the CA: both are trusted for a while, then the new one alone', async () => {
    const { controlPlane } = world;
    const before = await readFile(file('ca.crt'), 'utf8');
    const after = await anotherCertificate();
    const both = `${before}${after.crt}`;
    await trustInKubectl(controlPlane, both);
    await replace('ca.crt', both);
    await editFor(READ_AGAIN_MS);

    await writeFile(servingFile(controlPlane, 'key'), after.key);
    await writeFile(servingFile(controlPlane, 'crt'), after.crt);
    await expect.poll(() => isServedUnder(after.crt), { timeout: RELOAD_MS }).toBe(true);
    // Nothing is under way now, so all that breaks is the watch.
    proxy.cut();
    await editFor(2000);

    await replace('ca.crt', after.crt);
    await editFor(READ_AGAIN_MS);
    proxy.cut();
    await world.apply('last', httpSpec({ listenerPort: 81 }));
    await world.untilReady('last');
    await expectQuiet();
  });
});

/** The certificate of another API server, which is its own authority. */
async function anotherCertificate(): Promise<{ readonly crt: string; readonly key: string }> {
  const other = await startControlPlane();
  try {
    await copyFile(servingFile(other, 'crt'), file('next.crt'));
    await copyFile(servingFile(other, 'key'), file('next.key'));
  } finally {
    await other.stop();
  }
  return { crt: await readFile(file('next.crt'), 'utf8'), key: await readFile(file('next.key'), 'utf8') };
}

async function trustInKubectl({ kubeconfigPath }: ControlPlane, ca: string): Promise<void> {
  const kubeconfig: unknown = parse(await readFile(kubeconfigPath, 'utf8'), (key: unknown, value: unknown) =>
    key === 'certificate-authority-data' ? Buffer.from(ca).toString('base64') : value,
  );
  await writeFile(kubeconfigPath, stringify(kubeconfig));
}

/** Whether a new connection meets a server that this CA vouches for. */
async function isServedUnder(ca: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port: proxy.port, ca });
  socket.once('secureConnect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
