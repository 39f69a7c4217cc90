import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Start, startServer } from '../../../tools/control-plane/server-process.ts';

async function never(): Promise<boolean> {
  return false;
}

function failureOf(started: Start): string {
  if (started.outcome !== 'failed') throw new Error(`the start is ${started.outcome}`);
  return started.message;
}

describe('startServer', () => {
  let dataDirectory: string;
  beforeEach(() => {
    dataDirectory = mkdtempSync(join(tmpdir(), 'server-process-test-'));
  });
  afterEach(() => rmSync(dataDirectory, { recursive: true }));

  function start(script: string, isReady: () => Promise<boolean>): Promise<Start> {
    const args = ['-c', script];
    return startServer({
      name: 'server',
      executable: 'sh',
      args,
      dataDirectory,
      isReady,
      readyWithinMs: 500,
    });
  }

  it('shows the end of the log of a server that ends', async () => {
    const lines = 'for i in $(seq 100); do echo line $i; done';
    const started = await start(`${lines}; echo "no such flag" >&2; exit 3`, never);
    const message = failureOf(started);
    expect(message).toContain('server ended: exit code 3.');
    expect(message).toContain('  line 100\n  no such flag');
    expect(message).not.toContain('line 80\n');
    expect(readdirSync(dataDirectory)).toEqual(['server.log']);
  });

  it('tells a port that is taken from other failures', async () => {
    const message = 'listen tcp 127.0.0.1:1: bind: address already in use';
    expect(await start(`echo "${message}"; exit 1`, never)).toEqual({ outcome: 'port taken' });
  });

  it('kills a server that does not become ready in time', async () => {
    const started = await start('echo starting; exec sleep 600', never);
    expect(failureOf(started)).toMatch(/^server was not ready within 1 s\.\n(.|\n)*starting$/);
    expect(readdirSync(dataDirectory)).toEqual(['server.log']);
  });

  it('says when the program cannot be started', async () => {
    const started = await startServer({
      name: 'server',
      executable: join(dataDirectory, 'absent'),
      args: [],
      dataDirectory,
      isReady: never,
      readyWithinMs: 5000,
    });
    expect(failureOf(started)).toContain('ENOENT');
  });

  it('kills on request, twice if asked', async () => {
    const started = await start('exec sleep 600', async () => true);
    if (started.outcome !== 'ready') throw new Error(started.outcome);
    expect(readdirSync(dataDirectory)).toContain('server.pid');
    await started.server.kill();
    await started.server.kill();
    expect(readdirSync(dataDirectory)).toEqual(['server.log']);
  });
});
