import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedPrograms } from '../control-plane/binaries/cache.ts';
import { missingFrom } from '../control-plane/binaries/directory.ts';
import { download, downloadAgent, fetchText } from '../control-plane/binaries/download.ts';
import { goBuild } from '../control-plane/binaries/go-build.ts';
import { platform } from '../control-plane/binaries/platform.ts';
import {
  type Context,
  contextOf,
  reasonOf,
  unavailable,
  type WayOutcome,
} from '../control-plane/binaries/way.ts';

/** The Helm that tests and releases use, without the leading `v`. go.mod pins the same one; a test compares them. */
export const helmVersion = '3.22.0';

/** Of the client libraries that this Helm is made of, in go.mod. */
export const kubernetesMinor = 37;

const OFFICIAL_URL = 'https://get.helm.sh';

/** Standard error, the environment of this process and no end, unless given. */
export interface FindHelmOptions extends Partial<Context> {
  readonly releaseUrl?: string;
}

/** Finds helm as `findBinaries` finds kubectl, and answers its path. */
export async function findHelm(options: FindHelmOptions = {}): Promise<string> {
  const { releaseUrl = OFFICIAL_URL } = options;
  const context = contextOf(options);
  const wanted = {
    title: 'Helm',
    version: `helm-${helmVersion}`,
    programs: ['helm'],
    ways: [
      {
        name: 'the official release of Helm',
        into: (directory: string) => downloadHelm(directory, releaseUrl, context),
      },
      { name: 'a build with Go', into: (directory: string) => buildHelm(directory, context) },
    ],
    need: `To render and to package the chart takes Helm ${helmVersion}, and there was no way to get it.`,
    remedies: [
      'let this machine reach get.helm.sh (HTTPS_PROXY is honoured)',
      'put Go (https://go.dev/dl, the version in tools/helm/go.mod or newer) on PATH',
    ],
  };
  return join(await cachedPrograms(wanted, context), 'helm');
}

async function downloadHelm(directory: string, releaseUrl: string, context: Context): Promise<WayOutcome> {
  const agent = downloadAgent();
  try {
    const url = `${releaseUrl}/helm-v${helmVersion}-${platform()}.tar.gz`;
    context.progress(`Looking for ${url} …`);
    const [published] = (await fetchText(`${url}.sha256sum`, agent)).split(' ');
    const archive = join(directory, 'archive.tar.gz');
    const sha256 = await download(url, archive, 'sha256', agent, context);
    if (sha256 !== published) return unavailable(`${url} does not have the published SHA-256`);
    // The program stands in linux-amd64/, beside its licence.
    await promisify(execFile)('tar', ['-xzf', archive, '-C', directory, '--strip-components=1']);
    await rm(archive);
    return missingFrom(directory, ['helm']).length === 0
      ? { outcome: 'ready' }
      : unavailable(`${url} holds no helm`);
  } catch (error) {
    context.signal.throwIfAborted();
    return unavailable(reasonOf(error));
  } finally {
    await agent.destroy();
  }
}

function buildHelm(directory: string, context: Context): Promise<WayOutcome> {
  context.progress(
    'Building Helm with Go: about two minutes on two processors, and before that the download of modules.',
  );
  // Without these it calls itself v3.22, and every cluster for one of Kubernetes 1.20.
  const variables = [
    `internal/version.version=v${helmVersion}`,
    ...['pkg/chartutil', 'pkg/lint/rules'].flatMap((path) => [
      `${path}.k8sVersionMajor=1`,
      `${path}.k8sVersionMinor=${kubernetesMinor}`,
    ]),
  ];
  const build = {
    moduleDirectory: import.meta.dirname,
    linkerFlags: ['-s', '-w', ...variables.map((variable) => `-X helm.sh/helm/v3/${variable}`)].join(' '),
    programs: [{ name: 'Helm', package: 'helm.sh/helm/v3/cmd/helm', output: join(directory, 'helm') }],
  };
  return goBuild(build, context);
}
