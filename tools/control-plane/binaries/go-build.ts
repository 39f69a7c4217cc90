import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { duration } from '../../duration.ts';
import { BuildProgress, type GoPackage } from './build-progress.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type Context, reasonOf, unavailable, type WayOutcome } from './way.ts';

const shownOutputLines = 10;
/** Of one processor, measured over the packages of Kubernetes. */
const COMPILE_MS_PER_BYTE = 0.0065;

/** Programs that are made of one module and its dependencies. */
export interface GoBuild {
  /** Holds the go.mod and go.sum that pin what they are made of. */
  readonly moduleDirectory: string;
  readonly linkerFlags: string;
  /** Built in this order. */
  readonly programs: readonly GoProgram[];
}

export interface GoProgram {
  readonly name: string;
  readonly package: string;
  readonly output: string;
}

/**
 * Builds the programs and reports how far it is.
 *
 * Go keeps each compiled package in its own cache, so an interrupted build goes on where it ended.
 */
export async function goBuild(build: GoBuild, context: Context): Promise<WayOutcome> {
  const listed = await listPackages(build, context);
  if (listed.outcome === 'unavailable') return listed;
  const { packages } = listed;
  const compiled = packages.filter(({ isCompiled }) => isCompiled).length;
  if (compiled > 0) context.progress(`${compiled} of ${packages.length} packages are compiled already.`);

  const msPerByte = COMPILE_MS_PER_BYTE / availableParallelism();
  const progress = new BuildProgress(packages, build.programs.length, msPerByte);
  return withHeartbeat(
    context,
    (elapsedMs) => progress.line(elapsedMs),
    async () => {
      for (const program of build.programs) {
        progress.begin(program.name);
        const args = ['build', '-v', ...flagsOf(build), '-o', program.output, program.package];
        const ran = await runGo(args, build, context, { errorLine: (line) => progress.compiled(line) });
        if (ran.outcome === 'unavailable') return ran;
        progress.linked();
      }
      return { outcome: 'ready' };
    },
  );
}

type Listed =
  | { readonly outcome: 'listed'; readonly packages: readonly GoPackage[] }
  | (WayOutcome & { readonly outcome: 'unavailable' });

const FIELDS = ['.ImportPath', '.Stale', '.StaleReason', '.Dir', 'join .GoFiles "/"'];
/** In the words of `go list`: compiled, and that is all. */
const IN_CACHE = 'not installed but available in build cache';

/** The packages that the programs are made of. Downloads the modules first. */
async function listPackages(build: GoBuild, context: Context): Promise<Listed> {
  const rows: string[] = [];
  let downloaded = 0;
  const paths = build.programs.map((program) => program.package);
  const format = FIELDS.map((field) => `{{${field}}}`).join('\t');
  const args = ['list', '-deps', '-f', format, ...flagsOf(build), ...paths];
  const ran = await withHeartbeat(
    context,
    (elapsedMs) =>
      `Reading the list of packages: ${duration(elapsedMs)} so far, modules downloaded: ${downloaded}`,
    () =>
      runGo(args, build, context, {
        outputLine: (line) => rows.push(line),
        errorLine: (line) => {
          const isDownload = line.startsWith('go: downloading ');
          if (isDownload) downloaded += 1;
          return isDownload;
        },
      }),
  );
  if (ran.outcome === 'unavailable') return ran;
  return { outcome: 'listed', packages: await Promise.all(rows.map(goPackage)) };
}

async function goPackage(row: string): Promise<GoPackage> {
  const [path = '', stale, reason, directory = '', files = ''] = row.split('\t');
  const sizes = files.split('/').map((file) => sizeOf(join(directory, file)));
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  return { path, bytes, isCompiled: stale !== 'true' || reason === IN_CACHE };
}

/** Only an estimate goes by it: a file that Go makes during the build counts for nothing. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

function flagsOf({ linkerFlags }: GoBuild): readonly string[] {
  return ['-trimpath', '-ldflags', linkerFlags];
}

interface Readers {
  readonly outputLine?: (line: string) => void;
  /** Answers whether it has understood the line. The end of those that it has not explains a failure. */
  readonly errorLine: (line: string) => boolean;
}

async function runGo(
  args: readonly string[],
  { moduleDirectory }: GoBuild,
  { env, signal }: Context,
  { outputLine = () => {}, errorLine }: Readers,
): Promise<WayOutcome> {
  const go = spawn('go', args, {
    cwd: moduleDirectory,
    env: { ...env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const others: string[] = [];
  createInterface({ input: go.stdout }).on('line', outputLine);
  createInterface({ input: go.stderr }).on('line', (line) => {
    if (!errorLine(line)) others.push(line);
  });
  let problem: Error | undefined;
  go.once('error', (error) => {
    problem = error;
  });
  // Also after an error, and then go has ended.
  await new Promise((resolve) => go.once('close', resolve));
  signal.throwIfAborted();
  if (problem !== undefined) return unavailable(`go cannot be started (${reasonOf(problem)})`);
  if (go.exitCode === 0) return { outcome: 'ready' };
  const lines = others.slice(-shownOutputLines);
  return unavailable(`go ${args[0]} failed:\n${lines.map((line) => `      ${line}`).join('\n')}`);
}
