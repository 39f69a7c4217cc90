import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';

interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** The form body, decoded. */
  readonly form: Readonly<Record<string, string>>;
  /** Counts connections from 1. */
  readonly connection: number;
}

/** Answers one request; with the socket it can also break the connection or write what is no HTTP at all. */
export type Script = (request: RecordedRequest, response: http.ServerResponse, socket: Socket) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly requests: readonly RecordedRequest[];
}

/** A real HTTP server on loopback that records what arrives, byte by byte, and answers as told. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const requests: RecordedRequest[] = [];
  const connections = new Map<Socket, number>();
  const server = http.createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const request: RecordedRequest = {
        method: incoming.method ?? '',
        url: incoming.url ?? '',
        headers: incoming.headers,
        body,
        form: Object.fromEntries(new URLSearchParams(body)),
        connection: connections.get(incoming.socket) ?? 0,
      };
      requests.push(request);
      script(request, response, incoming.socket);
    });
  });
  server.on('connection', (socket) => connections.set(socket, connections.size + 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A script that gives every request the same answer. */
export function answering(status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}): Script {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}
