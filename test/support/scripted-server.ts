import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request, or leaves it unanswered. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** An HTTP server on loopback that does to each request what the test says. */
export interface ScriptedServer {
  readonly url: URL;
  /** In the order of arrival. */
  readonly requests: readonly ReceivedRequest[];
  /** Answers for the next requests, one each, in order. A request beyond them is left unanswered. */
  next(...answers: readonly Answer[]): void;
  /** The answer to every request that no `next` is left for. */
  otherwise(answer: Answer): void;
  /** The answer to every request to this path; these are not among `requests`. */
  at(path: string, answer: Answer): void;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const answers: Answer[] = [];
  const byPath = new Map<string, Answer>();
  let fallback: Answer = silence;

  const server = createServer((incoming, response) => {
    response.on('error', () => {});
    void receive(incoming).then((request) => {
      const fixed = byPath.get(request.path);
      if (fixed === undefined) requests.push(request);
      const answer = fixed ?? answers.shift() ?? fallback;
      answer(response, request);
      return request;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('An HTTP server has a port.');

  return {
    url: new URL(`http://127.0.0.1:${address.port}`),
    requests,
    next: (...more) => void answers.push(...more),
    otherwise(answer) {
      fallback = answer;
    },
    at: (path, answer) => void byPath.set(path, answer),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const url = new URL(incoming.url ?? '', 'http://server');
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: incoming.headers,
    body: await text(incoming),
  };
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Any body, as it is. */
export function raw(body: string, status = 200): Answer {
  return (response) => {
    response.writeHead(status);
    response.end(body);
  };
}

/** Ends the connection with a TCP reset instead of an answer. */
export const reset: Answer = (response) => {
  response.socket?.resetAndDestroy();
};

export const silence: Answer = () => {};
