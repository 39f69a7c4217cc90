import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import type { Credentials } from './credentials.ts';
import { KEY_PARTS, keyFrom } from './key-parts.ts';
import type { CredentialsProvider, CredentialsReading } from './provider.ts';

/** How long files that are written one by one must rest before they count as a set. */
const REST_MS = 1000;
/** The kubelet swaps a link seldom; a folder that changes under every look is read at the next call. */
const LOOKS = 3;

/**
 * A mounted Secret. Each call looks whether it changed, which costs a few `stat`s, and reads it if so.
 *
 * Never a mixture of old and new: the kubelet swaps the link `..data` in one step, and all files are read from
 * behind it. In a plain folder a change counts once no file was written for a second. A set that cannot be read
 * leaves the last good one in place.
 */
export class CredentialsDirectory implements CredentialsProvider {
  readonly #directory: string;
  readonly #clock: Pick<Clock, 'now'>;
  #last: { readonly print: string; readonly credentials: Credentials } | undefined;
  #reading: Promise<CredentialsReading> | undefined;

  constructor(directory: string, clock: Pick<Clock, 'now'>) {
    this.#directory = directory;
    this.#clock = clock;
  }

  current(): Promise<CredentialsReading> {
    this.#reading ??= this.#look().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  renew(): Promise<CredentialsReading> {
    return this.current();
  }

  async #look(): Promise<CredentialsReading> {
    let problem = 'it changes all the time';
    for (let look = 0; look < LOOKS; look += 1) {
      try {
        const folder = await this.#folder();
        const before = await printOf(folder);
        if (before.print === this.#last?.print) break;
        const resting = folder.linked || this.#clock.now() - before.writtenAt >= REST_MS;
        if (this.#last !== undefined && !resting) break;
        const read = await credentialsIn(folder.path);
        const after = await printOf(await this.#folder());
        if (after.print !== before.print) continue;
        if (read.ok) this.#last = { print: before.print, credentials: read.credentials };
        else problem = read.problem;
      } catch (thrown) {
        problem = `it cannot be read (${codeOf(thrown)})`;
      }
      break;
    }
    if (this.#last !== undefined) return { ok: true, credentials: this.#last.credentials };
    return {
      ok: false,
      problem: {
        class: 'authentication',
        code: 'CredentialsUnreadable',
        message: `No access key in ${this.#directory} (ALB_CREDENTIALS_DIR): ${problem}. Put the files accessKeyId and accessKeySecret there.`,
      },
    };
  }

  /** Where the files are now, behind the link if there is one. */
  async #folder(): Promise<{ readonly path: string; readonly linked: boolean }> {
    try {
      return { path: await realpath(join(this.#directory, '..data')), linked: true };
    } catch {
      return { path: await realpath(this.#directory), linked: false };
    }
  }
}

/** Different whenever a file is. */
async function printOf({ path }: { readonly path: string }): Promise<{ print: string; writtenAt: number }> {
  const stats = await Promise.all(KEY_PARTS.map((name) => statIfThere(join(path, name))));
  const marks = stats.map((file) => (file === undefined ? '-' : `${file.ino}:${file.mtimeNs}:${file.size}`));
  const written = stats.map((file) => Number(file?.mtimeMs ?? 0));
  return { print: [path, ...marks].join(' '), writtenAt: Math.max(...written) };
}

async function statIfThere(file: string) {
  try {
    return await stat(file, { bigint: true });
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

type Read =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly problem: string };

async function credentialsIn(folder: string): Promise<Read> {
  const texts = await Promise.all(
    KEY_PARTS.map(async (name) => [name, await textOf(join(folder, name))] as const),
  );
  const files = new Map(texts);
  const key = keyFrom((name) => files.get(name));
  return key.ok ? key : { ok: false, problem: `the file ${key.part} ${key.problem}` };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return '';
    throw thrown;
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';
}
