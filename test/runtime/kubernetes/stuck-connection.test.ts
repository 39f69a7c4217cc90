import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Transport } from '../../../src/runtime/kubernetes/transport.ts';

it('ends a request by its deadline although it waits behind a connection that never comes to be', async () => {
  const sockets = new Set<Socket>();
  // It accepts, and then the handshake gets no answer: what waits for it has not been sent.
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const transport = new Transport({
    connection: {
      server: new URL(`https://127.0.0.1:${address.port}`),
      credentials: async () => ({ headers: {}, tls: {} }),
    },
    userAgent: 'the-test',
    clock: systemClock,
  });

  const startedAt = performance.now();
  const answer = await transport.request({ method: 'GET', path: '/version', deadlineMs: 200 });

  expect(answer).toMatchObject({ ok: false, error: { kind: 'timeout' } });
  // The client's own limit for a handshake is ten seconds.
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await transport.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});
