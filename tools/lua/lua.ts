import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { cachedPrograms } from '../control-plane/binaries/cache.ts';
import { goBuild } from '../control-plane/binaries/go-build.ts';
import { type Context, contextOf } from '../control-plane/binaries/way.ts';

const PROGRAM = 'argo-lua';
/** All that it is built from. */
const SOURCES = ['main.go', 'go.mod', 'go.sum'];

/** Gets the program of main.go, built once per machine and version of its sources, and answers its path. */
export async function findLua(): Promise<string> {
  const context = contextOf({});
  const wanted = {
    title: 'Lua',
    version: `${PROGRAM}-${sourcesHash()}`,
    programs: [PROGRAM],
    ways: [{ name: 'a build with Go', into: (directory: string) => build(directory, context) }],
    need: 'To run the scripts for Argo CD takes the Lua that Argo CD embeds, and there was no way to get it.',
    remedies: ['put Go (https://go.dev/dl, the version in tools/lua/go.mod or newer) on PATH'],
  };
  return join(await cachedPrograms(wanted, context), PROGRAM);
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const name of SOURCES) hash.update(readFileSync(join(import.meta.dirname, name)));
  return hash.digest('hex').slice(0, 12);
}

function build(directory: string, context: Context) {
  context.progress('Building Lua with Go: some seconds, and before that the download of two modules.');
  const programs = [{ name: 'Lua', package: '.', output: join(directory, PROGRAM) }];
  return goBuild({ moduleDirectory: import.meta.dirname, linkerFlags: '-s -w', programs }, context);
}

export interface LuaRun {
  readonly script: string;
  /** What the script finds in the global `obj`. */
  readonly object: unknown;
}

const answersSchema = z.array(z.object({ result: z.unknown().optional(), error: z.string().optional() }));

/** Runs each script with its object; throws the first error of a script. An empty table comes back as `[]`. */
export async function runLua(program: string, runs: readonly LuaRun[]): Promise<readonly unknown[]> {
  const lua = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  lua.stdin.end(JSON.stringify(runs));
  const [output] = await Promise.all([text(lua.stdout), once(lua, 'close')]);
  if (lua.exitCode !== 0) throw new Error(`${PROGRAM} has ended with code ${lua.exitCode}.`);
  return answersSchema.parse(JSON.parse(output)).map(({ result, error }) => {
    if (error !== undefined) throw new Error(error);
    return result;
  });
}
