import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { platform } from '../../tools/control-plane/binaries/platform.ts';
import { freePort } from '../../tools/control-plane/ports.ts';
import { findHelm, helmVersion, kubernetesMinor } from '../../tools/helm/helm.ts';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'helm-test-'));
});
afterEach(() => rmSync(scratch, { recursive: true }));

function find(releaseUrl: string): Promise<string> {
  const env = { PATH: join(scratch, 'path'), XDG_CACHE_HOME: join(scratch, 'cache') };
  return findHelm({ env, releaseUrl, progress: () => {} });
}

function writeExecutable(path: string, script: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** A release with a program that says who it is, under a hash that fits or not. */
async function serveRelease({ hashOf }: { hashOf?: string } = {}) {
  const tree = join(scratch, 'release');
  writeExecutable(join(tree, platform(), 'helm'), 'echo downloaded');
  const archive = execFileSync('tar', ['-cz', '-C', tree, platform()]);
  const hash = createHash('sha256')
    .update(hashOf ?? archive)
    .digest('hex');
  const name = `/helm-v${helmVersion}-${platform()}.tar.gz`;
  const files = new Map<string, Buffer | string>([
    [name, archive],
    [`${name}.sha256sum`, `${hash}  ${name.slice(1)}\n`],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (file === undefined) response.statusCode = 404;
    response.end(file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() };
}

describe('helm', () => {
  it('is the version that go.mod pins', () => {
    const goMod = readFileSync('tools/helm/go.mod', 'utf8');
    expect(goMod).toContain(`helm.sh/helm/v3 v${helmVersion} `);
    expect(goMod).toContain(`k8s.io/client-go v0.${kubernetesMinor}.`);
  });

  it('is downloaded, and found in the cache from then on', async () => {
    using release = await serveRelease();
    const helm = await find(release.url);
    expect(execFileSync(helm, { encoding: 'utf8' })).toBe('downloaded\n');
    expect(await find(`http://127.0.0.1:${await freePort()}`)).toBe(helm);
  });

  it('is not taken with another hash than the published one, nor without Go from anywhere else', async () => {
    using release = await serveRelease({ hashOf: 'something else' });
    const failure = find(release.url);
    await expect(failure).rejects.toThrow('does not have the published SHA-256');
    await expect(failure).rejects.toThrow('a build with Go: go cannot be started');
    await expect(failure).rejects.toThrow('let this machine reach get.helm.sh');
  });

  it('is built where there is no release', async () => {
    const made = `[ "$1" = list ] && exit\nfor word in "$@"; do last=$out; out=$word; done\nprintf '#!/bin/sh\\necho built\\n' > "$last"\n/bin/chmod +x "$last"`;
    writeExecutable(join(scratch, 'path/go'), made);
    const helm = await find(`http://127.0.0.1:${await freePort()}`);
    expect(execFileSync(helm, { encoding: 'utf8' })).toBe('built\n');
  });
});
