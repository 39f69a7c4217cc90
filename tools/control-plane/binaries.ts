import { buildControlPlane } from './binaries/build-control-plane.ts';
import { cachedPrograms, cachePath } from './binaries/cache.ts';
import { type Binaries, binaryNames, describeBinaries, missingFrom } from './binaries/directory.ts';
import { fittingKubectlOnPath } from './binaries/kubectl-on-path.ts';
import { downloadRelease, officialIndexUrl } from './binaries/release.ts';
import { type Context, contextOf } from './binaries/way.ts';
import { kubernetesVersion } from './versions.ts';

export type { Binaries } from './binaries/directory.ts';

/** Standard error, the environment of this process and no end, unless given. */
export interface FindOptions extends Partial<Context> {
  releaseIndexUrl?: string;
}

/**
 * Finds kube-apiserver, etcd and kubectl: in the directory KUBEBUILDER_ASSETS names, else in this project's
 * cache, which is filled from the official release or, failing that, by a build with Go. That may take
 * minutes the first time. Processes that run at the same time do it once. A kubectl on PATH of a version that fits
 * need not be got. Throws an error that names what was tried and what a person can do.
 */
export async function findBinaries(options: FindOptions = {}): Promise<Binaries> {
  const { releaseIndexUrl = officialIndexUrl } = options;
  const context = contextOf(options);

  const given = context.env['KUBEBUILDER_ASSETS'];
  if (given) {
    // A person chose this directory. Quietly taking other binaries would hide their mistake.
    const missing = missingFrom(given, binaryNames);
    if (missing.length === 0) return describeBinaries(given);
    throw new Error(
      `KUBEBUILDER_ASSETS is ${given}, but ${missing.join(', ')} cannot be run from there. Correct or unset it.`,
    );
  }

  const onPath = isKubectlCached(context)
    ? undefined
    : await fittingKubectlOnPath(kubernetesVersion, context.env);
  const names = binaryNames.filter((name) => name !== 'kubectl' || onPath === undefined);
  const wanted = {
    title: 'the control plane',
    version: kubernetesVersion,
    programs: names,
    ways: [
      {
        name: 'the official envtest release',
        into: (directory: string) => downloadRelease(directory, kubernetesVersion, releaseIndexUrl, context),
      },
      {
        name: 'a build with Go',
        into: (directory: string) => buildControlPlane(directory, kubernetesVersion, names, context),
      },
    ],
    need: `The control plane needs ${names.join(', ')} of Kubernetes ${kubernetesVersion}, and there was no way to get them.`,
    remedies: [
      'set KUBEBUILDER_ASSETS to a directory that holds them',
      'let this machine reach raw.githubusercontent.com and github.com (HTTPS_PROXY is honoured)',
      'put Go (https://go.dev/dl, the version in tools/control-plane/go.mod or newer) on PATH',
    ],
  };
  return describeBinaries(await cachedPrograms(wanted, context), onPath);
}

/** The one in the cache is preferred: it has the very version of the API server. */
function isKubectlCached({ env }: Context): boolean {
  return missingFrom(cachePath(kubernetesVersion, env), ['kubectl']).length === 0;
}
