import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Binaries, binaryNames, describeBinaries, missingFrom } from './binaries/directory.ts';
import { buildWithGo } from './binaries/go-build.ts';
import { withLock } from './binaries/lock.ts';
import { platform } from './binaries/platform.ts';
import { downloadRelease, officialIndexUrl } from './binaries/release.ts';
import type { Progress } from './binaries/way.ts';
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
    const missing = missingFrom(given);
    if (missing.length === 0) return describeBinaries(given);
    throw new Error(
      `KUBEBUILDER_ASSETS is ${given}, but ${missing.join(', ')} cannot be run from there. Correct or unset it.`,
    );
  }

  const cached = join(cacheDirectory(env), `${kubernetesVersion}-${platform()}`);
  if (!isComplete(cached)) {
    await mkdir(dirname(cached), { recursive: true });
    const onWait = (): void => progress('Another process is preparing the control plane. Waiting for it …');
    await withLock(`${cached}.lock`, onWait, async () => {
      if (isComplete(cached)) return;
      await fillCache(cached, env, releaseIndexUrl, progress);
    });
  }
  return describeBinaries(cached);
}

function cacheDirectory(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'alb-listener-operator');
}

function isComplete(directory: string): boolean {
  return missingFrom(directory).length === 0;
}

async function fillCache(
  cached: string,
  env: NodeJS.ProcessEnv,
  releaseIndexUrl: string,
  progress: Progress,
): Promise<void> {
  progress(`Preparing ${binaryNames.join(', ')} in ${cached} (once per machine and version).`);
  const ways = [
    {
      name: 'the official envtest release',
      into: (directory: string) => downloadRelease(directory, kubernetesVersion, releaseIndexUrl, progress),
    },
    {
      name: 'a build with Go',
      into: (directory: string) => buildWithGo(directory, kubernetesVersion, env, progress),
    },
  ];

  const newDirectoryPrefix = `${cached}.new-`;
  await removeAll(newDirectoryPrefix);
  const tried: string[] = [];
  for (const way of ways) {
    // Other runs see all of it or nothing: it is made beside the cache and renamed.
    const directory = await mkdtemp(newDirectoryPrefix);
    const result = await way.into(directory);
    if (result.outcome === 'ready') {
      await rm(cached, { recursive: true, force: true });
      await rename(directory, cached);
      progress(`Ready: ${cached} (from ${way.name}).`);
      return;
    }
    await rm(directory, { recursive: true });
    progress(`Not used: ${way.name}: ${result.reason}`);
    tried.push(`  ${way.name}: ${result.reason}`);
  }
  throw new Error(
    [
      `The control plane needs ${binaryNames.join(', ')} of Kubernetes ${kubernetesVersion}, and there was no way to get them.`,
      'Tried:',
      ...tried,
      'Any one of these helps:',
      '  set KUBEBUILDER_ASSETS to a directory that holds them;',
      '  let this machine reach raw.githubusercontent.com and github.com (HTTPS_PROXY is honoured);',
      '  put Go (https://go.dev/dl, the version in tools/control-plane/go.mod or newer) on PATH.',
    ].join('\n'),
  );
}

/** What a run that was killed has left. Only called while holding the lock. */
async function removeAll(prefix: string): Promise<void> {
  const parent = dirname(prefix);
  const names = await readdir(parent);
  const left = names.filter((name) => name.startsWith(basename(prefix)));
  await Promise.all(left.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

function printLine(line: string): void {
  console.error(line);
}
