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
  /** SIGTERM, and waits for the end; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end: no farewell, as in a node failure. */
  kill(): Promise<void>;
}

/** Starts the operator as users do, from `src/main.ts`, with these settings over the environment. */
export async function startOperatorProcess(
  settings: Readonly<Record<string, string>>,
): Promise<OperatorProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
  return {
    pid: pidOf(child),
    lines,
    async line(text) {
      for (;;) {
        const found = lines.find((line) => line.includes(text));
        if (found !== undefined) return found;
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`The operator ended without saying "${text}":\n${lines.slice(-20).join('\n')}`);
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await Promise.race([promise, ended]);
        waiting.delete(resolve);
      }
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
