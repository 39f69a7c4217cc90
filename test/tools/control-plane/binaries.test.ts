import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { platform } from '../../../tools/control-plane/binaries/platform.ts';
import type { Context } from '../../../tools/control-plane/binaries/way.ts';
import { findBinaries } from '../../../tools/control-plane/binaries.ts';
import { freePort } from '../../../tools/control-plane/ports.ts';
import { kubernetesVersion } from '../../../tools/control-plane/versions.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const names = ['kube-apiserver', 'etcd', 'kubectl'];
const [major, minor] = kubernetesVersion.split('.');

const never = Symbol('no answer');

let scratch: string;
let cached: string;
let lines: string[];
let servers: Server[];
/** Nobody listens there. */
let closedUrl: string;

beforeEach(async () => {
  closedUrl = `http://127.0.0.1:${await freePort()}/`;
  scratch = mkdtempSync(join(tmpdir(), 'binaries-test-'));
  cached = join(scratch, 'cache/alb-listener-operator', `${kubernetesVersion}-${platform()}`);
  lines = [];
  servers = [];
});

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(scratch, { recursive: true });
});

/** A search that sees nothing of this machine but what the test made. */
function find(options: Partial<Context> & { assets?: string; index?: string } = {}) {
  return findBinaries({
    progress: (line) => lines.push(line),
    ...options,
    env: {
      PATH: join(scratch, 'path'),
      XDG_CACHE_HOME: join(scratch, 'cache'),
      ...(options.assets === undefined ? {} : { KUBEBUILDER_ASSETS: options.assets }),
    },
    releaseIndexUrl: options.index ?? closedUrl,
  });
}

function writeExecutable(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** Programs that only know what version to call themselves. */
function writeBinaries(directory: string, version: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of names) writeExecutable(join(directory, name), `echo "Kubernetes ${version}"`);
}

/**
 * A `go` that records each build in go.log and "builds" a program that says so.
 *
 * It lists two packages, of which the first is in its cache.
 */
function installGo(script = ''): void {
  mkdirSync(join(scratch, 'path'), { recursive: true });
  writeExecutable(
    join(scratch, 'path/go'),
    `if [ "$1" = list ]; then
  echo "go: downloading example.com/first v1.0.0" >&2
  printf 'example.com/first\\ttrue\\tnot installed but available in build cache\\n'
  printf 'example.com/second\\ttrue\\tbuild ID mismatch\\n'
  exit 0
fi
echo "CGO_ENABLED=$CGO_ENABLED $*" >> ${scratch}/go.log
${script}
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho "Kubernetes v0.0.0-built"\\n' > "$2"
/bin/chmod +x "$2"`,
  );
}

function installKubectl(version: string): string {
  const path = join(scratch, 'path/kubectl');
  mkdirSync(join(scratch, 'path'), { recursive: true });
  writeExecutable(path, `echo '{"clientVersion":{"gitVersion":"${version}"}}'`);
  return path;
}

/** The builds. */
function goCalls(): string[] {
  const log = join(scratch, 'go.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

/** `never` leaves the request without an answer; an answer of undefined is 404. */
async function serve(answer: (path: string) => Buffer | string | undefined | typeof never): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer(request.url ?? '');
    if (body === never) return;
    if (body === undefined) response.statusCode = 404;
    response.end(body);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Serves an index and an archive for each version, in the layout of the official releases. Answers the index's URL. */
async function serveReleases(
  versions: readonly string[],
  options: { corrupt?: boolean; stuck?: boolean } = {},
): Promise<string> {
  const archives = new Map<string, Buffer>();
  for (const version of versions) {
    const tree = join(scratch, version);
    writeBinaries(join(tree, 'controller-tools/envtest'), version);
    archives.set(`/${version}.tar.gz`, execFileSync('tar', ['-cz', '-C', tree, 'controller-tools']));
  }
  const url = await serve((path) => {
    if (path !== '/index.yaml') return options.stuck ? never : archives.get(path);
    const releases = versions.map((version) => {
      const archive = archives.get(`/${version}.tar.gz`) ?? '';
      const hash = createHash('sha512')
        .update(options.corrupt ? 'something else' : archive)
        .digest('hex');
      return `  ${version}:
    envtest-${version}-${platform()}.tar.gz:
      hash: ${hash}
      selfLink: ${url}/${version}.tar.gz`;
    });
    return ['releases:', ...releases].join('\n');
  });
  return `${url}/index.yaml`;
}

describe('the pinned version', () => {
  it('is the one that go.mod pins, for Kubernetes and for each of its staging modules', () => {
    const goMod = readFileSync('tools/control-plane/go.mod', 'utf8');
    const pinned = goMod.match(/k8s\.io\/kubernetes v\S+/)?.[0];
    const staging = new Set(Array.from(goMod.matchAll(/=> k8s\.io\/\S+ (v\S+)/g), (match) => match[1]));
    expect(pinned).toBe(`k8s.io/kubernetes v${kubernetesVersion}`);
    expect([...staging]).toEqual([kubernetesVersion.replace(/^1/, 'v0')]);
  });
});

describe('KUBEBUILDER_ASSETS', () => {
  it('is used when it is complete, whatever version it holds', async () => {
    const assets = join(scratch, 'assets');
    writeBinaries(assets, 'v1.99.0');
    expect(await find({ assets })).toEqual({
      directory: assets,
      kubeApiserver: join(assets, 'kube-apiserver'),
      etcd: join(assets, 'etcd'),
      kubectl: join(assets, 'kubectl'),
      kubernetesVersion: 'v1.99.0',
    });
    expect(existsSync(join(scratch, 'cache'))).toBe(false);
  });

  it('is refused when it is incomplete, with what it lacks', async () => {
    const assets = join(scratch, 'assets');
    writeBinaries(assets, 'v1.99.0');
    rmSync(join(assets, 'etcd'));
    await expect(find({ assets })).rejects.toThrow(`KUBEBUILDER_ASSETS is ${assets}, but etcd cannot be run`);
  });
});

describe('the official release', () => {
  it('is downloaded, and found in the cache from then on', async () => {
    const index = await serveReleases([`v${kubernetesVersion}`]);
    expect(await find({ index })).toMatchObject({
      directory: cached,
      kubernetesVersion: `v${kubernetesVersion}`,
    });
    expect(readdirSync(cached).sort()).toEqual([...names].sort());

    lines = [];
    expect(await find()).toMatchObject({ directory: cached });
    expect(lines).toEqual([]);
  });

  it.each([
    {
      reason: 'the exact version wins over a newer patch',
      listed: [`v${major}.${minor}.99`, `v${kubernetesVersion}`],
      taken: `v${kubernetesVersion}`,
    },
    {
      reason: 'patches are numbers: 10 is newer than 9',
      listed: [`v${major}.${minor}.9`, `v${major}.${minor}.10`, `v${major}.99.11`],
      taken: `v${major}.${minor}.10`,
    },
  ])('is chosen by version: $reason', async ({ listed, taken }) => {
    const index = await serveReleases(listed);
    expect(await find({ index })).toMatchObject({ kubernetesVersion: taken });
  });

  it.each([
    {
      reason: 'the archive was changed after its hash was published',
      index: () => serveReleases([`v${kubernetesVersion}`], { corrupt: true }),
      says: 'does not have the published SHA-512',
    },
    {
      reason: 'another minor version behaves differently',
      index: () => serveReleases([`v${major}.1.0`]),
      says: `no release of Kubernetes ${kubernetesVersion} for ${platform()} is listed`,
    },
    { reason: 'the index is gone', index: () => serve(() => undefined), says: 'answered 404' },
    {
      reason: 'a login page is no index',
      index: () => serve(() => '<html></html>'),
      says: 'expected object',
    },
    { reason: 'nobody listens', index: async () => closedUrl, says: 'ECONNREFUSED' },
    { reason: 'packets vanish', index: () => serve(() => never), says: 'timeout' },
  ])('is given up within seconds when $reason', async ({ index, says }) => {
    const url = await index();
    const start = performance.now();
    await expect(find({ index: url })).rejects.toThrow(says);
    expect(performance.now() - start).toBeLessThan(8000);
    expect(existsSync(cached)).toBe(false);
  });
});

describe('the build with Go', () => {
  it('makes the three binaries when there is no release', async () => {
    installGo();
    expect(await find()).toMatchObject({ directory: cached, kubernetesVersion: 'v0.0.0-built' });
    expect(goCalls()).toHaveLength(3);
    for (const call of goCalls()) {
      expect(call).toContain('CGO_ENABLED=0 build -v -trimpath');
      expect(call).toContain(`-X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`);
    }
    expect(lines.at(-1)).toBe(`Ready: ${cached} (from a build with Go).`);
  });

  it('runs once for searches that run at the same time', async () => {
    installGo('/bin/sleep 0.2');
    const found = await Promise.all([find(), find(), find()]);
    expect(new Set(found.map(({ directory }) => directory))).toEqual(new Set([cached]));
    expect(goCalls()).toHaveLength(3);
    expect(lines).toContain('Another process is preparing the control plane. Waiting for it …');
  });

  it('breaks the lock of a run that was killed, and removes what it left', async () => {
    installGo();
    const left = `${cached}.new-Ab12Cd`;
    writeBinaries(left, 'v0.0.0-half');
    mkdirSync(`${cached}.lock`);
    utimesSync(`${cached}.lock`, 1, 1);
    await find();
    expect(readdirSync(join(cached, '..'))).toEqual([`${kubernetesVersion}-${platform()}`]);
  });
});

describe('what takes long', () => {
  const minute = 60_000;
  const waitsIn = (place: 'list' | 'build'): string =>
    `if [ "$1" = ${place} ]; then echo "go: downloading example.com/one v1.0.0" >&2; : > ${scratch}/begun; exec /bin/sleep 600; fi`;
  const begun = (): boolean => existsSync(join(scratch, 'begun'));

  it.each([
    {
      reason: 'the modules are downloaded',
      arrange: async () => {
        mkdirSync(join(scratch, 'path'));
        writeExecutable(join(scratch, 'path/go'), waitsIn('list'));
        return closedUrl;
      },
      hasBegun: begun,
      says: 'Reading the list of packages: 1 min 0 s so far, modules downloaded: 1',
    },
    {
      reason: 'the packages are compiled',
      arrange: async () => {
        installGo(waitsIn('build'));
        return closedUrl;
      },
      hasBegun: begun,
      says: 'Building etcd: 1 of 2 packages, 1 min 0 s so far',
    },
    {
      reason: 'the release is downloaded',
      arrange: () => serveReleases([`v${kubernetesVersion}`], { stuck: true }),
      hasBegun: () => lines.some((line) => line.startsWith('Downloading')),
      says: 'Downloading: 0 MB, 1 min 0 s so far',
    },
    {
      reason: 'another process prepares it',
      arrange: async () => {
        mkdirSync(`${cached}.lock`, { recursive: true });
        return closedUrl;
      },
      hasBegun: () => lines.length > 0,
      says: 'Still waiting for the process that is preparing the control plane: 1 min 0 s',
    },
  ])('is told of at least every ten seconds: $reason', async ({ arrange, hasBegun, says }) => {
    const index = await arrange();
    const clock = new VirtualClock();
    const times = [0];
    const end = new AbortController();
    const finding = find({
      clock,
      signal: end.signal,
      progress: (line) => {
        lines.push(line);
        times.push(clock.monotonic());
      },
      index,
    });
    const ended = finding.catch((error: unknown) => error);
    await expect.poll(hasBegun, { timeout: 60_000 }).toBe(true);
    await expect.poll(() => clock.pending, { timeout: 60_000 }).toBe(1);
    await clock.advance(minute);

    const gaps = [...times, minute].map((time, index) => time - (times[index - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000);
    expect(lines.at(-1)).toContain(says);
    end.abort();
    expect(await ended).toMatchObject({ name: 'AbortError' });
    expect(clock.pending).toBe(0);
  });
});

describe('a build that takes long', () => {
  it('says how much of it was compiled before', async () => {
    installGo();
    await find();
    expect(lines).toContain('1 of 2 packages are compiled already.');
  });

  it('ends with its signal, and leaves neither a go that runs on, a lock nor a half', async () => {
    installGo(`echo $$ > ${scratch}/pid; exec /bin/sleep 600`);
    const interrupted = new AbortController();
    const finding = find({ signal: interrupted.signal });
    const pid = join(scratch, 'pid');
    await expect
      .poll(() => existsSync(pid) && readFileSync(pid, 'utf8') !== '', { timeout: 60_000 })
      .toBe(true);
    interrupted.abort(new Error('interrupted'));

    await expect(finding).rejects.toThrow('interrupted');
    expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow('ESRCH');
    expect(readdirSync(join(cached, '..'))).toEqual([]);
  });

  it('shows what go said when it fails, and not the packages it had compiled', async () => {
    installGo('echo example.com/second >&2; echo "second.go:1: undefined: x" >&2; exit 1');
    await expect(find()).rejects.toThrow('go build failed:\n      second.go:1: undefined: x');
  });
});

describe('kubectl on PATH', () => {
  const near = (distance: number): string => `v${major}.${Number(minor) + distance}.9`;

  it.each([
    { reason: 'it has the version of the API server', version: `v${kubernetesVersion}` },
    { reason: 'it is one minor version older', version: near(-1) },
    { reason: 'it is one minor version newer, and of a distribution', version: `${near(1)}-eks-1234` },
  ])('is used, and not built, when $reason', async ({ version }) => {
    installGo();
    const path = installKubectl(version);
    expect(await find()).toMatchObject({ directory: cached, kubectl: path });
    expect(readdirSync(cached).sort()).toEqual(['etcd', 'kube-apiserver']);
    expect(goCalls().filter((call) => call.includes('kubectl'))).toEqual([]);
  });

  it.each([
    { reason: 'it is two minor versions older', version: near(-2) },
    { reason: 'it is two minor versions newer', version: near(2) },
    { reason: 'it is of another major version', version: `v${Number(major) + 1}.${minor}.0` },
    { reason: 'it does not say its version', version: '' },
  ])('is left alone when $reason', async ({ version }) => {
    installGo();
    installKubectl(version);
    expect(await find()).toMatchObject({ kubectl: join(cached, 'kubectl') });
    expect(goCalls()).toHaveLength(3);
  });

  it('is built after all when the one on PATH has gone', async () => {
    installGo();
    const path = installKubectl(`v${kubernetesVersion}`);
    await find();
    rmSync(path);
    expect(await find()).toMatchObject({ kubectl: join(cached, 'kubectl') });
    expect(readdirSync(cached).sort()).toEqual([...names].sort());
  });
});

describe('without any way', () => {
  it('names what was tried, why it failed, and what helps', async () => {
    mkdirSync(join(scratch, 'path'));
    writeExecutable(join(scratch, 'path/go'), 'echo "go: cannot find module for $*" >&2; exit 1');
    const failure = find();
    await expect(failure).rejects.toThrow('the official envtest release: connect ECONNREFUSED');
    await expect(failure).rejects.toThrow('a build with Go: go list failed:\n      go: cannot find module');
    await expect(failure).rejects.toThrow('set KUBEBUILDER_ASSETS');
    expect(readdirSync(join(cached, '..'))).toEqual([]);
  });

  it('says so when there is no Go', async () => {
    await expect(find()).rejects.toThrow('a build with Go: go cannot be started (spawn go ENOENT)');
  });
});
