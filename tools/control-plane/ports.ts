import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ranges from which Linux (from 32768) and macOS (from 49152) take the source ports of outgoing
// connections. A port out of those ranges could be lost to any connection while its server is stopped, and a
// client that keeps dialing a stopped server there can end up connected to itself.
const lowest = 20_000;
const highest = 32_000;
const attempts = 100;

/** A loopback TCP port on which nothing listens now. Another process may take it before the caller does. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free TCP port found on 127.0.0.1 between ${lowest} and ${highest}.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
