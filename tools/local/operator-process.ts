import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface OperatorProcess {
  readonly pid: number;
  /** Everything it has printed so far, line by line. */
  readonly lines: readonly string[];
  /** Resolves with the first line, printed already or still to come, that contains the text. Rejects if it ends before. */
  line(text: string): Promise<string>;
  /** Asks one of its pages, `/readyz?verbose` for example. Waits until it is served, which its log tells at level info. */
  page(path: string, request?: RequestInit): Promise<Response>;
  /** SIGTERM, and waits for the end; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end: no farewell, as in a node failure. */
  kill(): Promise<void>;
}

/** There may be many on one machine. */
const FREE_PORTS = { HEALTH_PROBE_BIND_ADDRESS: '127.0.0.1:0', METRICS_BIND_ADDRESS: '127.0.0.1:0' };

/**
 * Starts the operator as users do, from `src/main.ts` or a bundle of it, with these settings over the environment. Its pages are on any
 * free ports of this machine, unless the settings say otherwise. The flags are for Node. A launcher is a program with its
 * arguments that becomes what follows them.
 */
export async function startOperatorProcess(
  settings: Readonly<Record<string, string>>,
  main = MAIN,
  flags: readonly string[] = [],
  launcher: readonly string[] = [],
): Promise<OperatorProcess> {
  const [program, ...args] = [...launcher, process.execPath, ...flags, main];
  const child = spawn(program, args, {
    env: { ...process.env, ...FREE_PORTS, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // It never outlives the one who started it, however that ends.
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  child.once('exit', () => process.off('exit', killNow));
  await once(child, 'spawn');
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const note = (line: string): void => {
    lines.push(line);
    for (const wake of waiting) wake();
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', note);
  const ended = once(child, 'close');
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    return child.exitCode;
  };
  const line = async (text: string): Promise<string> => {
    for (;;) {
      const found = lines.find((printed) => printed.includes(text));
      if (found !== undefined) return found;
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`The operator ended without saying "${text}":\n${lines.slice(-20).join('\n')}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      await Promise.race([promise, ended]);
      waiting.delete(resolve);
    }
  };
  return {
    pid: pidOf(child),
    lines,
    line,
    async page(path, request) {
      const [name = ''] = path.split('?');
      const served = /"port":(\d+)/.exec(await line(`"${name}"`))?.[1];
      return fetch(`http://127.0.0.1:${served}${path}`, request);
    },
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('The operator process has no pid.');
  return child.pid;
}
