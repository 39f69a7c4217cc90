import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { bundle } from '../bundle.ts';
import { idOf, packagesIn } from '../bundled-packages.ts';
import { runScript, script, type Verdict } from '../cli/script.ts';
import { cycloneDx, spdx } from './sbom.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { name, version } = packageJson;
const { outdir } = script('release', 'Makes all that a release consists of. Signs nothing; prints how to.')
  .option('--outdir <dir>', 'where to', join(ROOT, 'dist', 'release'))
  .parse()
  .opts();
const out = (file: string) => join(outdir, file);
const run = (command: string, args: readonly string[]) =>
  promisify(execFile)(command, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });

await runScript(release);

async function release(): Promise<Verdict> {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const madeAt = await timeOfRelease();

  const bundled = new Set(packagesIn(await bundle(outdir)).map(idOf));
  await cp(join(ROOT, 'crds'), out('crds'), { recursive: true });
  await copyFile(join(ROOT, 'deploy/install.yaml'), out('install.yaml'));
  await copyFile(join(ROOT, 'docs/licences.md'), out('licences.md'));
  await packChart(out(`${name}-${version}.tgz`), madeAt);
  await writeFile(
    out('sbom.cdx.json'),
    cycloneDx(await sbom('cyclonedx'), { name, version, bundled, madeAt }),
  );
  await writeFile(out('sbom.spdx.json'), spdx(await sbom('spdx'), { name, version, bundled, madeAt }));
  await writeFile(out('SHA256SUMS'), await checksums());

  process.stdout.write(`To sign it, with the image pushed as IMAGE@sha256:DIGEST:

  cosign sign-blob --bundle SHA256SUMS.sigstore.json SHA256SUMS
  cosign sign IMAGE@sha256:DIGEST
  cosign attest --type cyclonedx --predicate sbom.cdx.json IMAGE@sha256:DIGEST

`);
  return { passed: true, line: `${outdir} is complete` };
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org), else the time of the last commit: the same source gives the same bytes. */
async function timeOfRelease(): Promise<Date> {
  const given = process.env['SOURCE_DATE_EPOCH'];
  const { stdout } =
    given === undefined ? await run('git', ['log', '-1', '--format=%ct']) : { stdout: given };
  return new Date(Number(stdout) * 1000);
}

/** As `helm package` would, but without the time of day in it. */
async function packChart(file: string, madeAt: Date): Promise<void> {
  await run('tar', [
    '--create',
    `--file=${file}`,
    '--use-compress-program=gzip -n9',
    '--sort=name',
    `--mtime=@${madeAt.getTime() / 1000}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
    `--directory=${join(ROOT, 'deploy')}`,
    `--transform=s,^chart,${name},`,
    'chart',
  ]);
}

/** Of everything that is installed: with `--omit=dev` npm leaves out what tools depend on as well. */
async function sbom(format: 'cyclonedx' | 'spdx'): Promise<unknown> {
  const args = ['sbom', `--sbom-format=${format}`, '--package-lock-only'];
  return JSON.parse((await run('npm', args)).stdout);
}

async function checksums(): Promise<string> {
  const entries = await readdir(outdir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(outdir.length + 1))
    .toSorted();
  const lines = files.map(
    async (file) =>
      `${createHash('sha256')
        .update(await readFile(out(file)))
        .digest('hex')}  ${file}\n`,
  );
  return (await Promise.all(lines)).join('');
}
