import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { freePort } from '../../tools/control-plane/ports.ts';
import { type OperatorProcess, startOperatorProcess } from '../../tools/local/operator-process.ts';
import { eventually } from '../support/eventually.ts';
import { manifest } from '../support/full-manifests.ts';
import { installCrds } from '../support/install-crds.ts';
import { httpSpec, INVENTORY, PLANTED_SECRETS, parseListener, reasonOf } from '../support/operator-world.ts';
import { raw, type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { kubeconfigOfAccount } from '../support/shipped-access.ts';

/** What the operator says to a person whose surroundings are not as they should be. */

const WEB_PAGE = '<!DOCTYPE html><html><body>Please log in</body></html>';
const WRONG_TOKEN = 'PlantedWrongToken0000000';

const logLine = z.looseObject({ level: z.string(), msg: z.string() });
type LogLine = z.infer<typeof logLine>;

let controlPlane: ControlPlane;
let simulator: RunningSimulator;
let page: ScriptedServer;
let operator: OperatorProcess | undefined;
let deadPort: number;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  simulator = await startSimulator({ inventory: { ...INVENTORY, credentials: [PLANTED_SECRETS] } });
  page = await startScriptedServer();
  deadPort = await freePort();
});
afterAll(async () => {
  await page.close();
  await simulator.close();
  await controlPlane.stop();
});
afterEach(async () => {
  await operator?.kill();
  operator = undefined;
});

async function start(settings: Readonly<Record<string, string>>): Promise<OperatorProcess> {
  operator = await startOperatorProcess({
    KUBECONFIG: controlPlane.kubeconfigPath,
    ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
    ALIBABA_CLOUD_ACCESS_KEY_ID: PLANTED_SECRETS.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: PLANTED_SECRETS.accessKeySecret,
    ALIBABA_CLOUD_SECURITY_TOKEN: PLANTED_SECRETS.securityToken,
    ALIBABA_CLOUD_STS_ENDPOINT: simulator.endpoint,
    ALB_ENDPOINT: simulator.endpoint,
    LOG_LEVEL: 'debug',
    ...settings,
  });
  return operator;
}

function linesOf({ lines }: OperatorProcess): readonly LogLine[] {
  return lines.filter((line) => line.startsWith('{')).map((line) => logLine.parse(JSON.parse(line)));
}

/** The lines with all of these parts. */
function linesWith(process: OperatorProcess, parts: readonly string[]): readonly LogLine[] {
  return linesOf(process).filter(({ msg }) => parts.every((part) => msg.includes(part)));
}

type Kubeconfig = { readonly cluster?: object; readonly user?: object };

const kubeconfigSchema = z.looseObject({
  clusters: z.tuple([z.looseObject({ cluster: z.looseObject({}) })]),
  users: z.tuple([z.looseObject({ user: z.looseObject({}) })]),
});

/** That of the administrator with another cluster or user. */
async function kubeconfig({ cluster, user }: Kubeconfig): Promise<string> {
  const own = kubeconfigSchema.parse(parse(await readFile(controlPlane.kubeconfigPath, 'utf8')));
  const [{ cluster: ownCluster, ...clusterRest }] = own.clusters;
  const [{ user: ownUser, ...userRest }] = own.users;
  const path = join(controlPlane.dataDirectory, 'kubeconfig-changed');
  const changed = {
    ...own,
    clusters: [{ ...clusterRest, cluster: { ...ownCluster, ...cluster } }],
    users: [{ ...userRest, user: user ?? ownUser }],
  };
  await writeFile(path, stringify(changed), { mode: 0o600 });
  return path;
}

async function kubeconfigWithoutRights(): Promise<string> {
  const account = { namespace: 'default', name: 'nobody' };
  await controlPlane.kubectl(['create', 'serviceaccount', account.name, '-n', account.namespace]);
  return kubeconfigOfAccount(controlPlane, account);
}

interface ApiServerRow {
  readonly reason: string;
  readonly settings: () => Promise<Readonly<Record<string, string>>>;
  readonly what: string;
  readonly where: () => string;
  readonly whatToDo: string;
}

const server = () => `the API server ${controlPlane.url}`;
const toServer = (address: string) =>
  kubeconfig({
    cluster: address.startsWith('https:')
      ? { server: address }
      : {
          server: address,
          'certificate-authority-data': undefined,
          'insecure-skip-tls-verify': true,
        },
  });

const API_SERVER_ROWS: readonly ApiServerRow[] = [
  {
    reason: 'the CRD is not installed',
    settings: async () => ({}),
    what: 'serves no alblisteners.alb.alibabacloud.com of version v1alpha1 (HTTP 404): its CRD is not installed',
    where: server,
    whatToDo: 'kubectl apply --server-side -f crds',
  },
  {
    reason: 'the user has no rights',
    settings: async () => ({ KUBECONFIG: await kubeconfigWithoutRights() }),
    what: 'user system:serviceaccount:default:nobody may not list alblisteners.alb.alibabacloud.com in all namespaces',
    where: server,
    whatToDo: 'the ClusterRole of deploy/overlays/cluster-wide/rbac.yaml',
  },
  {
    reason: 'the user has no rights in the namespace that is watched',
    settings: async () => ({ KUBECONFIG: await kubeconfigWithoutRights(), WATCH_NAMESPACES: 'default' }),
    what: 'user system:serviceaccount:default:nobody may not list alblisteners.alb.alibabacloud.com in namespace default',
    where: server,
    whatToDo: 'the Role of deploy/watched-namespace',
  },
  {
    reason: 'the token is wrong',
    settings: async () => ({ KUBECONFIG: await kubeconfig({ user: { token: WRONG_TOKEN } }) }),
    what: 'does not accept the credentials (HTTP 401)',
    where: server,
    whatToDo: 'Log in again',
  },
  {
    reason: 'the plugin that logs in is not there',
    settings: async () => {
      const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/nowhere/login' };
      return { KUBECONFIG: await kubeconfig({ user: { exec } }) };
    },
    what: 'the credentials could not be obtained',
    where: server,
    whatToDo: 'its exec plugin',
  },
  {
    reason: 'nothing listens at the address',
    settings: async () => ({ KUBECONFIG: await toServer(`https://127.0.0.1:${deadPort}`) }),
    what: 'nothing listens there (ECONNREFUSED)',
    where: () => `cannot reach the API server https://127.0.0.1:${deadPort}`,
    whatToDo: 'Check the server in the kubeconfig',
  },
  {
    reason: 'the name of the server is wrong',
    settings: async () => ({ KUBECONFIG: await toServer('https://api.nowhere.invalid:6443') }),
    what: 'its name cannot be resolved (E',
    where: () => 'cannot reach the API server https://api.nowhere.invalid:6443',
    whatToDo: 'Check the server in the kubeconfig, and DNS',
  },
  {
    reason: 'the CA is that of another cluster',
    settings: async () => {
      const ca = Buffer.from(rootCertificates[0] ?? '').toString('base64');
      return { KUBECONFIG: await kubeconfig({ cluster: { 'certificate-authority-data': ca } }) };
    },
    what: 'its certificate is not signed by a CA that is trusted',
    where: server,
    whatToDo: 'certificate-authority-data in the kubeconfig, which must be of this cluster',
  },
  {
    reason: 'a web page comes with HTTP 200',
    settings: async () => {
      page.otherwise(raw(WEB_PAGE));
      return { KUBECONFIG: await toServer(page.url.href) };
    },
    what: 'is no Kubernetes API server',
    where: () => page.url.origin,
    whatToDo: 'a proxy or a login page may answer in its place',
  },
  {
    reason: 'a web page comes with HTTP 403, which is no missing right',
    settings: async () => {
      page.otherwise(raw(WEB_PAGE, 403));
      return { KUBECONFIG: await toServer(page.url.href) };
    },
    what: 'is no Kubernetes API server',
    where: () => page.url.origin,
    whatToDo: 'Check the server in the kubeconfig',
  },
];

describe('an API server that cannot be used is named in one line, with what to do', () => {
  it.each(API_SERVER_ROWS)('$reason', async ({ settings, what, where, whatToDo }) => {
    const process = await start(await settings());
    const said = () => linesWith(process, [what, where(), whatToDo]);
    await eventually('three attempts', () => said().length >= 3);
    expect(said().map(({ level }) => level)).toEqual([
      'warn',
      ...said()
        .slice(1)
        .map(() => 'debug'),
    ]);
    const text = process.lines.join('\n');
    for (const wrong of ['lost touch', WRONG_TOKEN, '"level":"error"', '"level":"fatal"'])
      expect(text).not.toContain(wrong);
  });

  it('and once more when it can: here, when the CRD is there', async () => {
    const process = await start({ LOG_LEVEL: 'info' });
    await process.line('its CRD is not installed');
    await installCrds(controlPlane.kubectl);
    await process.line('"msg":"watching"');
    const said = linesWith(process, ['alblisteners.alb.alibabacloud.com']).map(({ msg }) => msg);
    expect(said).toEqual([
      expect.stringContaining('its CRD is not installed'),
      'the API server now answers: list alblisteners.alb.alibabacloud.com in all namespaces',
    ]);
  });

  it('as is a missing right to the Lease', async () => {
    const KUBECONFIG = await kubeconfigWithoutRights();
    await controlPlane.kubectl([
      'create',
      'clusterrole',
      'reader',
      '--verb=list,watch,get',
      '--resource=alblisteners,namespaces',
    ]);
    await controlPlane.kubectl([
      'create',
      'clusterrolebinding',
      'reader',
      '--clusterrole=reader',
      '--serviceaccount=default:nobody',
    ]);
    const process = await start({ KUBECONFIG, LEADER_ELECT: 'true', LEASE_NAMESPACE: 'default' });
    const line = await process.line('leases.coordination.k8s.io in namespace default at the API server');
    expect(line).toContain('user system:serviceaccount:default:nobody may not get');
    expect(line).toContain('the Role of deploy/base/leader-election.yaml');
  });

  it('as is a namespace for the Lease that is not there', async () => {
    const process = await start({ LEADER_ELECT: 'true', LEASE_NAMESPACE: 'nowhere' });
    const line = await process.line('create leases.coordination.k8s.io in namespace nowhere');
    expect(line).toContain('there is no namespace nowhere. Create it');
  });
});

interface CloudRow {
  readonly reason: string;
  readonly settings: () => Readonly<Record<string, string>>;
  readonly operation: string;
  readonly host: () => string;
  readonly region: string;
  readonly cause: string;
  readonly remedy: string;
}

const CLOUD_ROWS: readonly CloudRow[] = [
  {
    reason: 'nothing listens at the endpoint of ALB',
    settings: () => ({ ALB_ENDPOINT: `http://127.0.0.1:${deadPort}` }),
    operation: 'ListListeners',
    host: () => `127.0.0.1:${deadPort}`,
    region: '(ALB, region cn-hangzhou)',
    cause: 'nothing listens there (ECONNREFUSED)',
    remedy: 'Check ALB_ENDPOINT',
  },
  {
    reason: 'the endpoint of ALB has no address',
    settings: () => ({ ALB_ENDPOINT: 'http://alb.nowhere.invalid' }),
    operation: 'ListListeners',
    host: () => 'alb.nowhere.invalid',
    region: '(ALB, region cn-hangzhou)',
    cause: 'its name cannot be resolved (E',
    remedy: 'and DNS',
  },
  {
    reason: 'the certificate of the endpoint is not trusted',
    settings: () => ({ ALB_ENDPOINT: controlPlane.url }),
    operation: 'ListListeners',
    host: () => new URL(controlPlane.url).host,
    region: '(ALB, region cn-hangzhou)',
    cause: 'its certificate is not signed by a CA that is trusted',
    remedy: 'NODE_EXTRA_CA_CERTS',
  },
  {
    reason: 'a web page comes in place of an answer of ALB',
    settings: () => {
      page.otherwise(raw(WEB_PAGE));
      return { ALB_ENDPOINT: page.url.origin };
    },
    operation: 'ListListeners',
    host: () => page.url.host,
    region: '(ALB, region cn-hangzhou)',
    cause: 'sends something else than JSON, a web page perhaps',
    remedy: 'a proxy or a gateway may answer in its place',
  },
  {
    reason: 'nothing listens at the endpoint of STS',
    settings: () => ({ ALIBABA_CLOUD_STS_ENDPOINT: `http://127.0.0.1:${deadPort}` }),
    operation: 'GetCallerIdentity',
    host: () => `127.0.0.1:${deadPort}`,
    region: '(STS)',
    cause: 'nothing listens there (ECONNREFUSED)',
    remedy: 'Check ALIBABA_CLOUD_STS_ENDPOINT',
  },
  {
    reason: 'a web page comes in place of an answer of STS',
    settings: () => {
      page.otherwise(raw(WEB_PAGE, 502));
      return { ALIBABA_CLOUD_STS_ENDPOINT: page.url.origin };
    },
    operation: 'GetCallerIdentity',
    host: () => page.url.host,
    region: '(STS)',
    cause: 'sends something else than JSON, a web page perhaps',
    remedy: 'Check ALIBABA_CLOUD_STS_ENDPOINT',
  },
];

describe('a cloud that gives no answer is named in the condition and in one line of the log', () => {
  beforeAll(() => installCrds(controlPlane.kubectl));

  it.each(CLOUD_ROWS)('$reason', async ({ settings, operation, host, region, cause, remedy }) => {
    const name = `web-${CLOUD_ROWS.findIndex((row) => row.cause === cause && row.region === region)}`;
    const process = await start({ LOG_LEVEL: 'info', ALB_CALLS_PER_MINUTE: '10000', ...settings() });
    const input = stringify(manifest(name, httpSpec()));
    expect(await controlPlane.kubectl(['apply', '-f', '-'], { input })).toMatchObject({ code: 0 });

    await eventually('the reason', async () => reasonOf(await listener(name)) === 'CloudUnavailable');
    const told = await listener(name);
    const ready = told.status.conditions.find(({ type }) => type === 'Ready');
    const parts = [`${operation}: no answer from ${host()} ${region}: `, cause, remedy];
    for (const part of parts) expect(ready?.message).toContain(part);

    // Each further attempt says the same, so nothing is written and nothing logged.
    const retries = async () => {
      const scrape = await (await process.page('/metrics')).text();
      return Number(/^controller_runtime_reconcile_total\{.*result="error"\} (\d+)$/m.exec(scrape)?.[1] ?? 0);
    };
    await eventually('three attempts', async () => (await retries()) >= 3);
    expect((await listener(name)).metadata.resourceVersion).toBe(told.metadata.resourceVersion);
    expect(linesWith(process, parts).map(({ level }) => level)).toEqual(['warn']);
    for (const secret of Object.values(PLANTED_SECRETS))
      expect(process.lines.join('\n')).not.toContain(secret);
    await controlPlane.kubectl(['delete', 'alblistener', name, '--wait=false']);
    // As after an uninstallation: the next operator shall not find it.
    const finalizers = JSON.stringify({ metadata: { finalizers: null } });
    await controlPlane.kubectl(['patch', 'alblistener', name, '--type=merge', '-p', finalizers]);
  });
});

async function listener(name: string) {
  const { stdout } = await controlPlane.kubectl(['get', 'alblistener', name, '-o', 'json']);
  return parseListener(JSON.parse(stdout));
}
