import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const tools = resolve('tools/control-plane');

/** A process that owns a watchdog and one server, then does `ending`. The server dials the port and holds the line. */
function startOwner(directory: string, port: number, ending: string): ChildProcess {
  const upFile = JSON.stringify(join(directory, 'up'));
  const server = `require('net').connect(${port}, '127.0.0.1', () => require('fs').writeFileSync(${upFile}, ''))`;
  const command = {
    name: 'server',
    executable: process.execPath,
    args: ['--eval', server],
    dataDirectory: directory,
    readyWithinMs: 5000,
  };
  const code = `
    import { existsSync } from 'node:fs';
    import { startServer } from ${JSON.stringify(join(tools, 'server-process.ts'))};
    import { startWatchdog } from ${JSON.stringify(join(tools, 'watchdog.ts'))};
    startWatchdog(${JSON.stringify(directory)});
    await startServer({ ...${JSON.stringify(command)}, isReady: async () => existsSync(${upFile}) });
    console.log('started');
    ${ending}
  `;
  return spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('watchdog', () => {
  const listener = createServer();
  let directory: string;
  let port: number;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "watchdog-test-it's $HOME-"));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    port = address.port;
  });

  afterEach(() => {
    listener.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const waitForSignal = 'setInterval(() => {}, 1000);';
  it.each([
    { reason: 'returns', ending: '', signal: undefined },
    { reason: 'exits', ending: 'process.exit(3);', signal: undefined },
    { reason: 'is interrupted', ending: waitForSignal, signal: 'SIGINT' as const },
    { reason: 'is killed', ending: waitForSignal, signal: 'SIGKILL' as const },
  ])('ends the server and removes the directory when the owner $reason', async ({ ending, signal }) => {
    const server = lineTo(listener);
    const owner = startOwner(directory, port, ending);
    await server.open;
    if (signal !== undefined) owner.kill(signal);
    await expect.poll(() => existsSync(directory), { timeout: 10_000 }).toBe(false);
    await expect.poll(server.isOpen, { timeout: 10_000 }).toBe(false);
  });
});

/** The line of the server: whether it is open tells whether the server runs. */
function lineTo(listener: ReturnType<typeof createServer>): { open: Promise<void>; isOpen: () => boolean } {
  let socket: Socket | undefined;
  const open = new Promise<void>((resolve) => {
    listener.once('connection', (accepted) => {
      socket = accepted;
      // A process that is killed may reset its connections.
      accepted.on('error', () => {});
      accepted.resume();
      resolve();
    });
  });
  return { open, isOpen: () => socket !== undefined && !socket.destroyed };
}
