import { cachedPrograms } from './binaries/cache.ts';
import { type Binaries, binaryNames, describeBinaries, missingFrom } from './binaries/directory.ts';
import { buildWithGo } from './binaries/go-build.ts';
import { downloadRelease, officialIndexUrl } from './binaries/release.ts';
import { type Progress, printLine } from './binaries/way.ts';
import { kubernetesVersion } from './versions.ts';

export type { Binaries } from './binaries/directory.ts';

export interface FindOptions {
  /** Standard error when not given. */
  progress?: Progress;
  /** Where KUBEBUILDER_ASSETS, XDG_CACHE_HOME and the PATH to Go are read from. */
  env?: NodeJS.ProcessEnv;
  releaseIndexUrl?: string;
}

/**
 * Finds kube-apiserver, etcd and kubectl: in the directory KUBEBUILDER_ASSETS names, else in this project's
 * cache, which is filled from the official release or, failing that, by a build with Go. That may take
 * minutes the first time. Processes that run at the same time do it once. Throws an error that names what was
 * tried and what a person can do.
 */
export async function findBinaries(options: FindOptions = {}): Promise<Binaries> {
  const { env = process.env, progress = printLine, releaseIndexUrl = officialIndexUrl } = options;

  const given = env['KUBEBUILDER_ASSETS'];
  if (given) {
    // A person chose this directory. Quietly taking other binaries would hide their mistake.
    const missing = missingFrom(given, binaryNames);
    if (missing.length === 0) return describeBinaries(given);
    throw new Error(
      `KUBEBUILDER_ASSETS is ${given}, but ${missing.join(', ')} cannot be run from there. Correct or unset it.`,
    );
  }

  const cached = {
    title: 'the control plane',
    version: kubernetesVersion,
    programs: binaryNames,
    ways: [
      {
        name: 'the official envtest release',
        into: (directory: string) => downloadRelease(directory, kubernetesVersion, releaseIndexUrl, progress),
      },
      {
        name: 'a build with Go',
        into: (directory: string) => buildWithGo(directory, kubernetesVersion, env, progress),
      },
    ],
    need: `The control plane needs ${binaryNames.join(', ')} of Kubernetes ${kubernetesVersion}, and there was no way to get them.`,
    remedies: [
      'set KUBEBUILDER_ASSETS to a directory that holds them',
      'let this machine reach raw.githubusercontent.com and github.com (HTTPS_PROXY is honoured)',
      'put Go (https://go.dev/dl, the version in tools/control-plane/go.mod or newer) on PATH',
    ],
  };
  return describeBinaries(await cachedPrograms(cached, env, progress));
}
