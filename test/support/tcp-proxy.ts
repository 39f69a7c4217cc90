import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server and breaks their connections in the ways networks do. */
export interface TcpProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  /**
   * Forwards nothing more, in either direction, and closes nothing: what a firewall does that forgot a
   * connection. New connections are accepted and held too. What was sent meanwhile is kept for resume().
   */
  freeze(): void;
  /** The same with the connections that are open; new ones are served. */
  freezeOpen(): void;
  /** Accepts new connections and forwards nothing of them; those that are open go on. */
  holdNew(): void;
  /** Ends both. */
  resume(): void;
  /** Resets every connection, on both sides. New ones are served. */
  cut(): void;
  /** Connections so far, those open now, and the bytes that clients sent after a freeze over connections from before it. */
  stats(): { accepted: number; open: number; frozenBytes: number };
  close(): Promise<void>;
}

interface Link {
  client: Socket;
  server: Socket | undefined;
}

/** Starts a proxy in front of a port of 127.0.0.1. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  let accepted = 0;
  let frozen = false;
  let holdsNew = false;

  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    accepted += 1;
    const link: Link = { client, server: undefined };
    links.add(link);
    client.on('error', () => drop(link));
    client.on('close', () => forget(link));
    if (!frozen && !holdsNew) forward(link);
  });

  function forward(link: Link): void {
    const server = link.server ?? dial(link);
    link.client.pipe(server);
    server.pipe(link.client);
  }

  function dial(link: Link): Socket {
    const server = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    link.server = server;
    server.on('error', () => drop(link));
    server.on('close', () => forget(link));
    return server;
  }

  /** After an orderly end, which pipe() carries from side to side. */
  function forget(link: Link): void {
    if (link.client.destroyed && link.server?.destroyed !== false) links.delete(link);
  }

  /** Nothing can be forwarded any more, so both sides learn it at once. */
  function drop(link: Link): void {
    if (!links.delete(link)) return;
    reset(link.client);
    if (link.server !== undefined) reset(link.server);
  }

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP listener has a port.');

  return {
    port: address.port,
    freeze() {
      frozen = true;
      freezeLinks(links);
    },
    freezeOpen() {
      freezeLinks(links);
    },
    holdNew() {
      holdsNew = true;
    },
    resume() {
      for (const link of links) if (frozen || link.server === undefined) forward(link);
      frozen = false;
      holdsNew = false;
    },
    cut() {
      for (const link of links) drop(link);
    },
    stats: () => ({ accepted, open: links.size, frozenBytes: frozen ? bytesRead(links) : 0 }),
    async close() {
      for (const link of links) drop(link);
      listener.close();
      await once(listener, 'close');
    },
  };
}

function freezeLinks(links: ReadonlySet<Link>): void {
  for (const { client, server } of links) {
    if (server === undefined) continue;
    // Without its destination a stream stops reading.
    client.unpipe(server);
    server.unpipe(client);
  }
}

function bytesRead(links: ReadonlySet<Link>): number {
  return [...links].reduce((sum, { client }) => sum + client.readableLength, 0);
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
