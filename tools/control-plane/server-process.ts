import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const probeIntervalMs = 50;
const shownLogLines = 20;

export interface ServerProcess {
  /** Kills the process at once and resolves when it is gone. May be called twice. */
  kill(): Promise<void>;
}

export type Start =
  | { outcome: 'ready'; server: ServerProcess }
  /** Another process listens on the port: worth another try, with another port or a little later. */
  | { outcome: 'port taken' }
  /** `message` says what happened and shows the end of the server's log. */
  | { outcome: 'failed'; message: string };

export interface ServerCommand {
  /** Names the log and the pid file in the data directory, and the server in messages. */
  name: string;
  executable: string;
  args: readonly string[];
  dataDirectory: string;
  /** Answers whether the server serves. Must not reject, and must answer within seconds. */
  isReady: () => Promise<boolean>;
  readyWithinMs: number;
}

/** Starts a server and waits until it serves. What did not become ready is killed. */
export async function startServer(command: ServerCommand): Promise<Start> {
  const logFile = join(command.dataDirectory, `${command.name}.log`);
  const process = spawnServer(command, logFile);
  const deadline = Date.now() + command.readyWithinMs;

  for (;;) {
    const end = process.end();
    if (end !== undefined) {
      const log = readFileSync(logFile, 'utf8');
      if (log.includes('address already in use')) return { outcome: 'port taken' };
      return { outcome: 'failed', message: `${command.name} ended: ${end}.\n${lastLines(log, logFile)}` };
    }
    if (await command.isReady()) return { outcome: 'ready', server: process };
    if (Date.now() > deadline) {
      await process.kill();
      const seconds = Math.round(command.readyWithinMs / 1000);
      const log = readFileSync(logFile, 'utf8');
      return {
        outcome: 'failed',
        message: `${command.name} was not ready within ${seconds} s.\n${lastLines(log, logFile)}`,
      };
    }
    await sleep(probeIntervalMs);
  }
}

interface SpawnedServer extends ServerProcess {
  /** How the process ended, or undefined while it runs. */
  end(): string | undefined;
}

function spawnServer(command: ServerCommand, logFile: string): SpawnedServer {
  const log = openSync(logFile, 'w');
  const child = spawn(command.executable, command.args, {
    // Its own session, out of reach of Ctrl-C: the owner decides the order of the shutdown.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  // A running server alone is no reason for this process to stay. The watchdog ends the server with it.
  child.unref();

  let end: string | undefined;
  if (child.pid === undefined) {
    child.once('error', (error) => {
      end = error.message;
    });
    return { end: () => end, kill: async () => {} };
  }

  const pidFile = join(command.dataDirectory, `${command.name}.pid`);
  writeFileSync(pidFile, `${child.pid}\n`);
  child.once('exit', (code, signal) => {
    end = signal === null ? `exit code ${code}` : `signal ${signal}`;
    // The number may be given to another process from now on. The watchdog must not find it.
    rmSync(pidFile, { force: true });
  });
  return {
    end: () => end,
    async kill() {
      if (end !== undefined) return;
      child.ref();
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function lastLines(log: string, logFile: string): string {
  const lines = log.trimEnd().split('\n').slice(-shownLogLines);
  return `The end of ${logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
