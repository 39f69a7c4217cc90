import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { findHelm } from '../../tools/helm/helm.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

let folder: string;
let printed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alb-release-'));
  for (const time of ['once', 'again']) {
    const args = ['run', 'release', '--', '--outdir', join(folder, time)];
    const env = { ...process.env, SOURCE_DATE_EPOCH: '1760000000' };
    printed = (await run('npm', args, { cwd: ROOT, env })).stdout;
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('a release', () => {
  it('has everything, with sums that hold, and says how to sign it', async () => {
    const { stdout } = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: join(folder, 'once') });
    const files = stdout.split('\n').flatMap((line) => /^(.*): OK$/.exec(line)?.[1] ?? []);
    expect(files).toEqual([
      `${packageJson.name}-${packageJson.version}.tgz`,
      'crds/Kustomization',
      'crds/alb.alibabacloud.com_alblisteners.yaml',
      'install.yaml',
      'licences.md',
      'main.mjs',
      'main.mjs.map',
      'sbom.cdx.json',
      'sbom.spdx.json',
    ]);
    expect(printed).toContain('cosign sign-blob');
  });

  it('is the same, byte for byte, when it is made again', async () => {
    const entries = await readdir(join(folder, 'once'), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const file = join(entry.parentPath, entry.name);
      const again = await readFile(file.replace('/once', '/again'));
      expect({ file, same: again.equals(await readFile(file)) }).toEqual({ file, same: true });
    }
  });

  it('has a chart that Helm takes', async () => {
    const chart = join(folder, 'once', `${packageJson.name}-${packageJson.version}.tgz`);
    const { stdout } = await run(await findHelm(), ['template', 'x', chart, '--set=regionId=cn-hangzhou']);
    expect(stdout).toContain('kind: Deployment');
  });

  it('lists the packages of the bundle and nothing else', async () => {
    const licences = await readFile(join(ROOT, 'docs', 'licences.md'), 'utf8');
    const rows = [...licences.matchAll(/^\| `([^`]+)` \| (\d\S+) \|/gm)];
    const bundled = rows.map(([, name, version]) => `${name}@${version}`).toSorted();
    expect(bundled.length).toBeGreaterThan(20);

    const { components } = cycloneDx.parse(await sbom('sbom.cdx.json'));
    expect(components.map((component) => component['bom-ref']).toSorted()).toEqual(bundled);
    const { packages } = spdx.parse(await sbom('sbom.spdx.json'));
    const others = packages.filter(({ primaryPackagePurpose }) => primaryPackagePurpose === undefined);
    expect(packages.length).toBe(bundled.length + 1);
    expect(others.map(({ name, versionInfo }) => `${name}@${versionInfo}`).toSorted()).toEqual(bundled);
  });
});

const cycloneDx = z.object({ components: z.array(z.object({ 'bom-ref': z.string() })) });
const spdx = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      versionInfo: z.string(),
      // Of the operator itself.
      primaryPackagePurpose: z.string().optional(),
    }),
  ),
});

async function sbom(file: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, 'once', file), 'utf8'));
}
