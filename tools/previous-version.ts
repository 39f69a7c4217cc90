import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The last commit of the version before this one: what an upgrade begins with, and a rollback ends with. */
const PREVIOUS_COMMIT = '3cf3e9525da7f6a0e98d1b8bf5475295570f4c87';

export interface Version {
  /** Runs the operator with Node. */
  readonly main: string;
  /** The manifest that installs it: the CRD and the rights of the operator are in it. */
  readonly install: string;
}

/** Why the sources of the previous version cannot be had; `undefined` when they can. */
export async function previousVersionMissing(): Promise<string | undefined> {
  try {
    await run('git', ['cat-file', '-e', `${PREVIOUS_COMMIT}^{commit}`], { cwd: ROOT });
    return undefined;
  } catch {
    return `commit ${PREVIOUS_COMMIT} is not in the history of this clone: fetch it with git fetch --unshallow`;
  }
}

/** Writes the previous version into the directory, out of the history of the repository. Uses the packages of this one. */
export async function extractPreviousVersion(directory: string): Promise<Version> {
  await mkdir(directory, { recursive: true });
  const archive = join(directory, 'source.tar');
  await run('git', ['archive', `--output=${archive}`, PREVIOUS_COMMIT, 'src', 'package.json', 'deploy'], {
    cwd: ROOT,
  });
  await run('tar', ['--extract', `--file=${archive}`, `--directory=${directory}`]);
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return { main: join(directory, 'src/main.ts'), install: join(directory, 'deploy/install.yaml') };
}
