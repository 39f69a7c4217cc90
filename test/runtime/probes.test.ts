import { beforeEach, expect, it } from 'vitest';
import type { Reply } from '../../src/runtime/http-server.ts';
import { Probes } from '../../src/runtime/probes.ts';

let probes: Probes;

beforeEach(() => {
  probes = new Probes();
});

it('is alive and not ready before anything is known', async () => {
  expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok' });
  expect(await ask('/readyz')).toMatchObject({
    status: 500,
    body: '[-]start failed: the operator has not begun\nreadyz check failed\n',
  });
});

it('is ready when every check is, and says which one is not', async () => {
  let problem: string | undefined = 'not every AlbListener is known yet';
  probes.addReady('caches', () => problem);
  probes.addReady('shutdown', () => undefined);
  expect(await ask('/readyz')).toMatchObject({
    status: 500,
    body: '[-]caches failed: not every AlbListener is known yet\n[+]shutdown ok\nreadyz check failed\n',
  });
  problem = undefined;
  expect(await ask('/readyz')).toMatchObject({ status: 200, body: 'ok' });
});

it('lists what is well when asked to', async () => {
  probes.addLive('watch', () => undefined);
  expect(await ask('/healthz', 'verbose')).toMatchObject({
    status: 200,
    body: '[+]ping ok\n[+]watch ok\nhealthz check passed\n',
  });
});

it('fails liveness by its own checks alone', async () => {
  probes.addReady('caches', () => 'no');
  expect(await ask('/healthz')).toMatchObject({ status: 200 });
  probes.addLive('watch', () => 'a list or a watch hangs past its deadline');
  expect(await ask('/healthz')).toMatchObject({ status: 500 });
});

async function ask(path: string, query = ''): Promise<Reply | undefined> {
  return probes.routes.get(path)?.({ query: new URLSearchParams(query), authorization: undefined });
}
