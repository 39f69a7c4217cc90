import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from './log.ts';
import { describeThrown } from './log.ts';

/** Where to listen. */
export interface BindAddress {
  /** Every address of the machine unless given. */
  readonly host?: string | undefined;
  /** 0 takes any that is free. */
  readonly port: number;
}

export interface Question {
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  /** Plain text unless given. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (question: Question) => Reply | Promise<Reply>;

export interface RunningServer {
  readonly port: number;
  /** Cuts what still runs. */
  close(): Promise<void>;
}

/** A token of a service account is about 1 KiB. */
const LONGEST_HEADERS_BYTES = 8192;
const MOST_CONNECTIONS = 128;
/** For the whole request, head and all: those who ask are machines next door. */
const REQUEST_MS = 5000;
/** Without a byte in either direction. */
const SILENCE_MS = 30_000;
/** Longer than the usual interval between two scrapes. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Answers GET and HEAD on exactly the given paths, to whoever can reach the address.
 *
 * Guarantees: no request costs more than its connection and 8 KiB, for at most 5 s until it is complete and 30 s of
 * silence, on at most 128 connections. A body is not read. A route that throws is logged and answered with 500.
 *
 * Rejects when the address cannot be listened on.
 */
export async function startHttpServer(
  address: BindAddress,
  routes: ReadonlyMap<string, Route>,
  logger: Logger,
): Promise<RunningServer> {
  const server = createServer(
    {
      maxHeaderSize: LONGEST_HEADERS_BYTES,
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => void answer(request, response, routes, logger),
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = SILENCE_MS;
  await listen(server, address);
  return {
    port: portOf(server),
    close: () => close(server),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: ReadonlyMap<string, Route>,
  logger: Logger,
): Promise<void> {
  const { status, body, contentType = 'text/plain; charset=utf-8', headers } = await replyTo();
  // A body that nobody reads would stand in the way of the next request.
  const isBare = request.headers['content-length'] === undefined && !('transfer-encoding' in request.headers);
  response.writeHead(status, {
    ...headers,
    ...(!isBare && { connection: 'close' }),
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);

  async function replyTo(): Promise<Reply> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = routes.get(path);
    if (route === undefined) return { status: 404, body: 'not found\n' };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { status: 405, body: 'only GET and HEAD\n', headers: { allow: 'GET, HEAD' } };
    }
    try {
      const { authorization } = request.headers;
      return await route({ query: new URLSearchParams(query), authorization });
    } catch (thrown) {
      logger.error({ path, error: describeThrown(thrown) }, 'a page could not be made');
      return { status: 500, body: 'it failed; the log says why\n' };
    }
  }
}

async function listen(server: Server, { host, port }: BindAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, ...(host !== undefined && { host }) }, resolve);
  await promise;
  server.off('error', reject);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen on a port');
  return address.port;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
