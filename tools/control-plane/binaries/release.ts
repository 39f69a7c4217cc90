import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';
import { missingFrom } from './directory.ts';
import { platform } from './platform.ts';
import { type Progress, reasonOf, unavailable, type WayOutcome } from './way.ts';

/** The list of the binaries that the Kubernetes project publishes for tests of controllers. */
export const officialIndexUrl =
  'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';

// A machine without a way out must find out soon: many of them drop packets instead of refusing them.
const indexWithinMs = 5000;
const archiveWithinMs = 15 * 60_000;

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
  progress: Progress,
): Promise<WayOutcome> {
  // Honours HTTPS_PROXY and NO_PROXY.
  const agent = new EnvHttpProxyAgent({ connect: { timeout: indexWithinMs }, bodyTimeout: 30_000 });
  try {
    progress(`Looking for the official envtest release of Kubernetes ${version} …`);
    const index = await fetchIndex(indexUrl, agent);
    const archive = chooseArchive(index, version);
    if (archive === undefined)
      return unavailable(`no release of Kubernetes ${version} for ${platform()} is listed`);

    progress(`Downloading ${archive.url} …`);
    const file = join(directory, 'archive.tar.gz');
    const sha512 = await download(archive.url, file, agent);
    if (sha512 !== archive.sha512) return unavailable(`${archive.url} does not have the published SHA-512`);

    // The three binaries stand in controller-tools/envtest/.
    await promisify(execFile)('tar', ['-xzf', file, '-C', directory, '--strip-components=2']);
    await rm(file);
    const missing = missingFrom(directory);
    if (missing.length > 0) return unavailable(`${archive.url} lacks ${missing.join(', ')}`);
    return { outcome: 'ready' };
  } catch (error) {
    return unavailable(reasonOf(error));
  } finally {
    await agent.destroy();
  }
}

async function fetchIndex(url: string, dispatcher: EnvHttpProxyAgent): Promise<ReleaseIndex> {
  const answer = await fetch(url, { dispatcher, signal: AbortSignal.timeout(indexWithinMs) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return indexSchema.parse(parse(await answer.text()));
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

/** Answers the SHA-512 of what was written. */
async function download(url: string, file: string, dispatcher: EnvHttpProxyAgent): Promise<string> {
  const answer = await fetch(url, { dispatcher, signal: AbortSignal.timeout(archiveWithinMs) });
  if (!answer.ok || answer.body === null) throw new Error(`${url} answered ${answer.status}`);
  const hash = createHash('sha512');
  await pipeline(
    answer.body,
    async function* hashed(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file),
  );
  return hash.digest('hex');
}
