import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { missingFrom } from './directory.ts';
import { withLock } from './lock.ts';
import { platform } from './platform.ts';
import type { Context, WayOutcome } from './way.ts';

/** Programs that are got once per machine and version. */
export interface CachedPrograms {
  /** What they are for, as in "Another process is preparing the control plane". */
  readonly title: string;
  /** Names the directory in the cache, beside the platform. */
  readonly version: string;
  readonly programs: readonly string[];
  /** Tried in this order. */
  readonly ways: readonly Way[];
  /** Begins the error that is thrown when there was no way. */
  readonly need: string;
  /** What a person can do then. */
  readonly remedies: readonly string[];
}

export interface Way {
  readonly name: string;
  /** Puts the programs into an empty directory. */
  readonly into: (directory: string) => Promise<WayOutcome>;
}

/** Answers the directory that holds the programs. Processes that run at the same time fill it once. */
export async function cachedPrograms(wanted: CachedPrograms, context: Context): Promise<string> {
  const cached = cachePath(wanted.version, context.env);
  if (!isComplete(cached, wanted)) {
    await mkdir(dirname(cached), { recursive: true });
    await withLock(`${cached}.lock`, wanted.title, context, async () => {
      if (!isComplete(cached, wanted)) await fill(cached, wanted, context);
    });
  }
  return cached;
}

/** Where the programs of a version are, once they are there. */
export function cachePath(version: string, env: NodeJS.ProcessEnv): string {
  const cache = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'alb-listener-operator');
  return join(cache, `${version}-${platform()}`);
}

function isComplete(directory: string, { programs }: CachedPrograms): boolean {
  return missingFrom(directory, programs).length === 0;
}

async function fill(cached: string, wanted: CachedPrograms, { progress }: Context): Promise<void> {
  progress(`Preparing ${wanted.programs.join(', ')} in ${cached} (once per machine and version).`);
  const newDirectoryPrefix = `${cached}.new-`;
  await removeAll(newDirectoryPrefix);
  const tried: string[] = [];
  for (const way of wanted.ways) {
    // Other runs see all of it or nothing: it is made beside the cache and renamed.
    const directory = await mkdtemp(newDirectoryPrefix);
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(directory, { recursive: true, force: true }));
    const result = await way.into(directory);
    if (result.outcome === 'ready') {
      await rm(cached, { recursive: true, force: true });
      await rename(directory, cached);
      progress(`Ready: ${cached} (from ${way.name}).`);
      return;
    }
    progress(`Not used: ${way.name}: ${result.reason}`);
    tried.push(`  ${way.name}: ${result.reason}`);
  }
  const remedies = wanted.remedies.map(
    (remedy, index) => `  ${remedy}${index + 1 === wanted.remedies.length ? '.' : ';'}`,
  );
  throw new Error([wanted.need, 'Tried:', ...tried, 'Any one of these helps:', ...remedies].join('\n'));
}

/** What a run that was killed has left. Only called while holding the lock. */
async function removeAll(prefix: string): Promise<void> {
  const parent = dirname(prefix);
  const names = await readdir(parent);
  const left = names.filter((name) => name.startsWith(basename(prefix)));
  await Promise.all(left.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
