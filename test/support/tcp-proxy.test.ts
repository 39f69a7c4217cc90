import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

describe('TCP proxy', () => {
  const server = createServer();
  const sockets: Socket[] = [];
  let proxy: TcpProxy;
  /** Sockets on the server's side, and all bytes that came there. */
  const accepted: Socket[] = [];
  let arrived = '';

  beforeEach(async () => {
    arrived = '';
    server.removeAllListeners('connection').on('connection', (socket) => {
      accepted.push(socket);
      socket.on('error', () => {});
      socket.on('data', (data) => {
        arrived += data.toString();
        // In capitals, so that an answer is not mistaken for an echo of the proxy.
        socket.write(data.toString().toUpperCase());
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    proxy = await startTcpProxy(address.port);
  });

  afterEach(async () => {
    await proxy.close();
    for (const socket of [...sockets.splice(0), ...accepted.splice(0)]) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  async function dial(): Promise<{
    socket: Socket;
    received: () => string;
    closed: () => string | undefined;
  }> {
    const socket = connect(proxy.port, '127.0.0.1');
    sockets.push(socket);
    let received = '';
    let closed: string | undefined;
    socket.on('data', (data) => {
      received += data.toString();
    });
    socket.on('error', (error) => {
      closed = 'code' in error ? String(error.code) : error.message;
    });
    socket.on('end', () => {
      closed = 'end';
    });
    await once(socket, 'connect');
    return { socket, received: () => received, closed: () => closed };
  }

  it('carries bytes both ways, and the end of the stream', async () => {
    const client = await dial();
    client.socket.write('hello');
    await expect.poll(client.received).toBe('HELLO');
    expect(proxy.stats()).toMatchObject({ accepted: 1, open: 1 });

    client.socket.end();
    await expect.poll(client.closed).toBe('end');
    await expect.poll(() => proxy.stats()).toMatchObject({ accepted: 1, open: 0 });
  });

  it('holds old and new connections while frozen, and loses nothing', async () => {
    const old = await dial();
    old.socket.write('a');
    await expect.poll(old.received).toBe('A');

    proxy.freeze();
    const fresh = await dial();
    old.socket.write('b');
    fresh.socket.write('c');
    // Long for loopback: what is forwarded at all has arrived by then.
    await sleep(100);
    expect(arrived).toBe('a');
    expect(proxy.stats().frozenBytes).toBe(1);
    expect([old, fresh].map((client) => [client.received(), client.closed()])).toEqual([
      ['A', undefined],
      ['', undefined],
    ]);

    // The server speaks first on the old connection, and is not heard.
    for (const socket of accepted) socket.write('!');
    await sleep(100);
    expect(old.received()).toBe('A');

    proxy.resume();
    await expect.poll(old.received).toBe('A!B');
    await expect.poll(fresh.received).toBe('C');
  });

  it('holds new connections alone, until it resumes', async () => {
    const old = await dial();
    old.socket.write('a');
    await expect.poll(old.received).toBe('A');

    proxy.holdNew();
    const fresh = await dial();
    fresh.socket.write('b');
    old.socket.write('c');
    await expect.poll(old.received).toBe('AC');
    expect(arrived).toBe('ac');

    proxy.resume();
    await expect.poll(fresh.received).toBe('B');
    old.socket.write('d');
    await expect.poll(old.received).toBe('ACD');
  });

  it('resets every connection at a cut, frozen or not, and serves new ones', async () => {
    const first = await dial();
    first.socket.write('a');
    await expect.poll(first.received).toBe('A');
    proxy.freeze();
    const held = await dial();
    await expect.poll(() => proxy.stats().open).toBe(2);

    proxy.cut();
    await expect.poll(first.closed).toBe('ECONNRESET');
    await expect.poll(held.closed).toBe('ECONNRESET');
    expect(proxy.stats()).toMatchObject({ accepted: 2, open: 0 });

    proxy.resume();
    const next = await dial();
    next.socket.write('x');
    await expect.poll(next.received).toBe('X');
  });

  it('resets the client when nothing listens behind it', async () => {
    const nobody = await startTcpProxy(1);
    const socket = connect(nobody.port, '127.0.0.1');
    const [error] = await once(socket, 'error').catch((reason: unknown) => [reason]);
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    await nobody.close();
  });
});
