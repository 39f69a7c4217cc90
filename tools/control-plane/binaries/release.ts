import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EnvHttpProxyAgent } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';
import { binaryNames, missingFrom } from './directory.ts';
import { download, downloadAgent, fetchText } from './download.ts';
import { platform } from './platform.ts';
import { type Context, reasonOf, unavailable, type WayOutcome } from './way.ts';

/** The list of the binaries that the Kubernetes project publishes for tests of controllers. */
export const officialIndexUrl =
  'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';

const indexSchema = z.object({
  releases: z.record(z.string(), z.record(z.string(), z.object({ hash: z.string(), selfLink: z.url() }))),
});
type ReleaseIndex = z.infer<typeof indexSchema>;

interface Archive {
  version: string;
  url: string;
  sha512: string;
}

/** Downloads the official release into the directory. */
export async function downloadRelease(
  directory: string,
  version: string,
  indexUrl: string,
  context: Context,
): Promise<WayOutcome> {
  const agent = downloadAgent();
  try {
    context.progress(`Looking for the official envtest release of Kubernetes ${version} …`);
    const index = await fetchIndex(indexUrl, agent);
    const archive = chooseArchive(index, version);
    if (archive === undefined)
      return unavailable(`no release of Kubernetes ${version} for ${platform()} is listed`);

    context.progress(`Downloading ${archive.url} …`);
    const file = join(directory, 'archive.tar.gz');
    const sha512 = await download(archive.url, file, 'sha512', agent, context);
    if (sha512 !== archive.sha512) return unavailable(`${archive.url} does not have the published SHA-512`);

    // The three binaries stand in controller-tools/envtest/.
    await promisify(execFile)('tar', ['-xzf', file, '-C', directory, '--strip-components=2']);
    await rm(file);
    const missing = missingFrom(directory, binaryNames);
    if (missing.length > 0) return unavailable(`${archive.url} lacks ${missing.join(', ')}`);
    return { outcome: 'ready' };
  } catch (error) {
    context.signal.throwIfAborted();
    return unavailable(reasonOf(error));
  } finally {
    await agent.destroy();
  }
}

async function fetchIndex(url: string, agent: EnvHttpProxyAgent): Promise<ReleaseIndex> {
  return indexSchema.parse(parse(await fetchText(url, agent)));
}

/** Not every patch version gets a release: without the exact one, the newest of the same minor version will do. */
function chooseArchive(index: ReleaseIndex, version: string): Archive | undefined {
  const minor = version.split('.').slice(0, 2).join('.');
  const versions = Object.keys(index.releases)
    .filter((candidate) => candidate.startsWith(`v${minor}.`) && !candidate.includes('-'))
    .sort((a, b) => patchOf(b) - patchOf(a));
  const chosen = versions.find((candidate) => candidate === `v${version}`) ?? versions[0];
  if (chosen === undefined) return undefined;
  const entry = index.releases[chosen]?.[`envtest-${chosen}-${platform()}.tar.gz`];
  return entry && { version: chosen, url: entry.selfLink, sha512: entry.hash };
}

function patchOf(version: string): number {
  return Number(version.split('.')[2]);
}
