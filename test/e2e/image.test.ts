import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, copyFile, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startSimulator } from '../../src/simulator/server.ts';
import { startControlPlane } from '../../tools/control-plane/control-plane.ts';
import {
  type Command,
  commandOf,
  readDockerfile,
  readDockerignore,
  type Step,
} from '../support/dockerfile.ts';
import { eventually } from '../support/eventually.ts';
import { manifest } from '../support/full-manifests.ts';
import { httpSpec, INVENTORY, PLANTED_SECRETS } from '../support/operator-world.ts';
import { installShippedAccess, OPERATOR } from '../support/shipped-access.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In distroless images. */
const NONROOT = 65532;
const BUILD_MS = 300_000;

/** The stages of the image, each a folder that stands for its root. Neither base image is here, but its Node is. */
let stages: Map<string, string>;
let folder: string;
let root: string;
let command: Command;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alb-image-'));
  await chmod(folder, 0o755);
  stages = new Map();
  const dockerfile = await readDockerfile(join(ROOT, 'Dockerfile'));
  command = commandOf(dockerfile);
  for (const [index, stage] of dockerfile.entries()) {
    const name = stage.name ?? `${index}`;
    stages.set(name, join(folder, name));
    await mkdir(join(folder, name));
    let directory = '/';
    for (const step of stage.steps) directory = await take(step, join(folder, name), directory);
    root = join(folder, name);
  }
}, BUILD_MS);
afterAll(async () => {
  await promisify(execFile)('chmod', ['-R', 'u+w', folder]);
  await rm(folder, { recursive: true });
});

describe('the image', () => {
  it('is one file beside Node, and small', async () => {
    const files = await sizesIn(root);
    for (const [path, size] of files) process.stdout.write(`/${path}  ${(size / 1024).toFixed(0)} KiB\n`);
    expect([...files.keys()]).toEqual(['app/main.mjs']);
    expect(files.get('app/main.mjs')).toBeLessThan(6 * 1024 * 1024);
  });

  it('is the same, byte for byte, when it is built again', { timeout: BUILD_MS }, async () => {
    const again = join(folder, 'again');
    await promisify(execFile)('npm', ['run', 'build', '--', '--outdir', again], {
      cwd: join(stages.get('build') ?? '', 'build'),
    });
    expect(await digestOf(join(again, 'main.mjs'))).toBe(await digestOf(join(root, 'app/main.mjs')));
  });

  it('runs a listener as a user without rights, on files that nobody can write', async () => {
    await copyFile(process.execPath, join(root, 'node'));
    await promisify(execFile)('chmod', ['-R', 'a-w,a+rX', root]);
    const controlPlane = await startControlPlane();
    const simulator = await startSimulator({
      stateFile: join(folder, 'cloud.json'),
      inventory: { ...INVENTORY, credentials: [PLANTED_SECRETS] },
      settings: { provisioningMs: 300 },
    });
    const kubeconfig = join(folder, 'kubeconfig');
    await copyFile(await installShippedAccess(controlPlane), kubeconfig);
    await chmod(kubeconfig, 0o644);

    // Only root can become another user; whoever else runs the tests is without rights as well.
    const isRoot = process.getuid?.() === 0;
    const child = spawn(
      join(root, 'node'),
      command.args.map((arg) => (arg.startsWith('/') ? join(root, arg) : arg)),
      {
        cwd: root,
        ...(isRoot && { uid: NONROOT, gid: NONROOT }),
        env: {
          ...command.environment,
          KUBECONFIG: kubeconfig,
          POD_NAMESPACE: OPERATOR,
          LEADER_ELECT: 'true',
          ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
          ALIBABA_CLOUD_ACCESS_KEY_ID: PLANTED_SECRETS.accessKeyId,
          ALIBABA_CLOUD_ACCESS_KEY_SECRET: PLANTED_SECRETS.accessKeySecret,
          ALIBABA_CLOUD_SECURITY_TOKEN: PLANTED_SECRETS.securityToken,
          ALB_ENDPOINT: simulator.endpoint,
          ALIBABA_CLOUD_STS_ENDPOINT: simulator.endpoint,
          ALB_POLL_INTERVAL: '100ms',
          HEALTH_PROBE_BIND_ADDRESS: '127.0.0.1:0',
          METRICS_BIND_ADDRESS: '127.0.0.1:0',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const ended = once(child, 'close');
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: unknown) => (printed += String(chunk)));
    await eventually('the leader', () => printed.includes('"msg":"leading"'));
    expect(await ownerOf(child.pid)).toBe(isRoot ? NONROOT : process.getuid?.());

    const input = stringify(manifest('web', httpSpec()));
    await controlPlane.kubectl(['apply', '-f', '-'], { input });
    const wait = ['wait', '--for=condition=Ready', 'alblistener/web', '--timeout=120s'];
    expect(await controlPlane.kubectl(wait)).toMatchObject({ code: 0 });

    child.kill('SIGTERM');
    await ended;
    await simulator.close();
    await controlPlane.stop();
    expect(child.exitCode).toBe(0);
    // Nothing on standard error, as the warning of Node would be that the command switches off.
    expect(printed.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([]);
    expect([...(await sizesIn(root)).keys()].toSorted()).toEqual(['app/main.mjs', 'node']);
  });
});

/** Does what the step says, in the folder that stands for the root of its stage. Answers the working directory after it. */
async function take(step: Step, stage: string, directory: string): Promise<string> {
  switch (step.do) {
    case 'workdir':
      await mkdir(join(stage, step.path), { recursive: true });
      return step.path;
    case 'run':
      await promisify(execFile)('sh', ['-ec', step.command], {
        cwd: join(stage, directory),
        env: userEnvironment(),
        maxBuffer: 16 * 1024 * 1024,
      });
      return directory;
    case 'copy': {
      const ignores =
        step.from === undefined
          ? readDockerignore(await readFile(join(ROOT, '.dockerignore'), 'utf8'))
          : () => false;
      const context = step.from === undefined ? ROOT : (stages.get(step.from) ?? '');
      const to = posix.resolve(directory, step.to);
      for (const source of step.sources) await copy(join(context, source), join(stage, to), step.to, ignores);
      return directory;
    }
    // How it runs, see `commandOf`.
    case 'env':
    case 'cmd':
      return directory;
  }
}

/** Without what npm and the runner of the tests tell the programs that they start. */
function userEnvironment(): NodeJS.ProcessEnv {
  const told = /^(npm_(package|lifecycle|command|execpath|config_local_prefix)|NODE_ENV$|VITEST|INIT_CWD$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !told.test(name)));
}

async function copy(
  source: string,
  target: string,
  written: string,
  ignores: (path: string) => boolean,
): Promise<void> {
  const isFolder = (await lstat(source)).isDirectory();
  // A file goes into what is written as a folder. The contents of a folder go, not the folder.
  const to = !isFolder && /[./]$/.test(written) ? join(target, basename(source)) : target;
  await cp(source, to, {
    recursive: true,
    filter: async (path) => {
      const inContext = relative(ROOT, path);
      if (inContext.startsWith('..') || inContext === '') return true;
      if (!ignores(inContext)) return true;
      // What is let in again lies in folders that are not.
      return (await lstat(path)).isDirectory() && /^(tools|src)$/.test(inContext);
    },
  });
}

async function sizesIn(directory: string): Promise<ReadonlyMap<string, number>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const sizes = await Promise.all(
    files.map(async (file) => {
      const path = resolve(file.parentPath, file.name);
      return [relative(directory, path), (await lstat(path)).size] as const;
    }),
  );
  return new Map(sizes);
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** As the kernel has it. */
async function ownerOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
}
