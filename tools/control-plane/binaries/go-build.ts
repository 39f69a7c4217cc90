import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { duration } from '../../duration.ts';
import { BuildProgress } from './build-progress.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type Context, reasonOf, unavailable, type WayOutcome } from './way.ts';

const shownOutputLines = 10;
/** Of one processor, measured over the packages of Kubernetes. */
const COMPILE_MS = 250;

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
 * Builds the programs and tells how far it is. Go keeps each package that it has compiled in its own cache, so a build
 * that was interrupted goes on where it ended.
 */
export async function goBuild(build: GoBuild, context: Context): Promise<WayOutcome> {
  const listed = await listPackages(build, context);
  if (listed.outcome === 'unavailable') return listed;
  const { all, toCompile } = listed;
  if (toCompile.size < all)
    context.progress(`${all - toCompile.size} of ${all} packages are compiled already.`);

  const expectedMs = (toCompile.size * COMPILE_MS) / availableParallelism();
  const progress = new BuildProgress({ all, toCompile }, expectedMs);
  return withHeartbeat(
    context,
    (elapsedMs) => progress.line(elapsedMs),
    async () => {
      for (const program of build.programs) {
        progress.begin(program.name);
        const args = ['build', '-v', ...flagsOf(build), '-o', program.output, program.package];
        const ran = await runGo(args, build, context, { errorLine: (line) => progress.compiled(line) });
        if (ran.outcome === 'unavailable') return ran;
      }
      return { outcome: 'ready' };
    },
  );
}

type Listed =
  | { readonly outcome: 'listed'; readonly all: number; readonly toCompile: ReadonlySet<string> }
  | (WayOutcome & { readonly outcome: 'unavailable' });

/** The packages that the programs are made of, and those that Go's cache does not have. Downloads the modules first. */
async function listPackages(build: GoBuild, context: Context): Promise<Listed> {
  const packages = new Map<string, boolean>();
  let downloaded = 0;
  const paths = build.programs.map((program) => program.package);
  const format = '{{.ImportPath}}\t{{.Stale}}\t{{.StaleReason}}';
  const args = ['list', '-deps', '-f', format, ...flagsOf(build), ...paths];
  const ran = await withHeartbeat(
    context,
    (elapsedMs) =>
      `Reading the list of packages: ${duration(elapsedMs)} so far, modules downloaded: ${downloaded}`,
    () =>
      runGo(args, build, context, {
        outputLine: (line) => {
          const [path = '', stale, reason] = line.split('\t');
          packages.set(path, stale === 'true' && reason !== IN_CACHE);
        },
        errorLine: (line) => {
          const isDownload = line.startsWith('go: downloading ');
          if (isDownload) downloaded += 1;
          return isDownload;
        },
      }),
  );
  if (ran.outcome === 'unavailable') return ran;
  const toCompile = new Set([...packages].filter(([, isMissing]) => isMissing).map(([path]) => path));
  return { outcome: 'listed', all: packages.size, toCompile };
}

/** In the words of `go list`. */
const IN_CACHE = 'not installed but available in build cache';

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
