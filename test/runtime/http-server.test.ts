import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RunningServer, startHttpServer } from '../../src/runtime/http-server.ts';

const HOST = '127.0.0.1';
const lines: string[] = [];
let server: RunningServer;

beforeEach(async () => {
  lines.length = 0;
  const routes = new Map([
    ['/page', () => ({ status: 200, body: 'words\n' })],
    [
      '/broken',
      () => {
        throw new Error('out of paper');
      },
    ],
  ]);
  const logger = pino({ level: 'error' }, { write: (line: string) => lines.push(line) });
  server = await startHttpServer({ host: HOST, port: 0 }, routes, logger);
});
afterEach(async () => {
  await server.close();
});

it('answers GET, and HEAD without a body', async () => {
  const page = await fetch(urlOf('/page?verbose'));
  expect([page.status, await page.text()]).toEqual([200, 'words\n']);
  const head = await fetch(urlOf('/page'), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '6', '']);
});

it.each([
  { method: 'GET', path: '/other', status: 404 },
  { method: 'GET', path: '/page/', status: 404 },
  { method: 'GET', path: '//page', status: 404 },
  { method: 'GET', path: '/__proto__', status: 404 },
  { method: 'DELETE', path: '/page', status: 405 },
  { method: 'POST', path: '/page', status: 405 },
])('refuses $method $path', async ({ method, path, status }) => {
  const answer = await fetch(urlOf(path), { method });
  expect(answer.status).toBe(status);
});

it('stays alive when a page fails, and tells the reason to the log alone', async () => {
  const answer = await fetch(urlOf('/broken'));
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('paper');
  expect(lines.join('')).toContain('out of paper');
  expect((await fetch(urlOf('/page'))).status).toBe(200);
});

it('refuses a head that is larger than any token', async () => {
  const answer = await fetch(urlOf('/page'), { headers: { x: 'y'.repeat(9000) } });
  expect(answer.status).toBe(431);
});

it('reads no body, and lets it not run into the next request', async () => {
  const answer = await raw(
    'GET /page HTTP/1.1\r\nhost: x\r\ncontent-length: 30\r\n\r\nGET /page HTTP/1.1\r\nhost: y\r\n\r\n',
  );
  expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
});

it('cuts a request whose head does not come to an end', async () => {
  // Ends because the server closes the line; a server that waits for ever lets this test time out.
  const answer = await raw('GET /page HTTP/1.1\r\nhost: x\r\nx-slow: ');
  expect(answer).toMatch(/^HTTP\/1\.1 408/);
});

it('says why it cannot listen', async () => {
  const second = startHttpServer({ host: HOST, port: server.port }, new Map(), pino({ level: 'silent' }));
  await expect(second).rejects.toThrow('EADDRINUSE');
});

function urlOf(path: string): string {
  return `http://${HOST}:${server.port}${path}`;
}

/** Sends some bytes and takes all that comes until the server closes the line. */
async function raw(bytes: string): Promise<string> {
  const socket = connect({ host: HOST, port: server.port });
  socket.write(bytes);
  return text(socket);
}
