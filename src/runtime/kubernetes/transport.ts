import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { request as send } from 'undici';
import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import type { ApiAnswer } from './api-answer.ts';
import { askedToWait, failure, parseJson, parseRetryAfter } from './api-answer.ts';
import { errorFromAnswer } from './api-error.ts';
import type { ApiRequest, ApiTransport, Method, WatchRequest } from './api-transport.ts';
import { DEFAULT_DEADLINE_MS } from './api-transport.ts';
import type { KubeConnection } from './connection.ts';
import type { Lease } from './connection-pool.ts';
import { ConnectionPool } from './connection-pool.ts';
import { LineSplitter } from './line-splitter.ts';
import { Liveness } from './liveness.ts';

export interface TransportOptions {
  readonly connection: KubeConnection;
  /** Names this program in the API server's audit log and metrics. */
  readonly userAgent: string;
  readonly clock: Clock;
  /** Hears of each HTTP request, repeats and watches included; the status is undefined where no answer came. */
  readonly onRequest?: ((method: Method, status: number | undefined) => void) | undefined;
}

/** After this much silence on a watch its connection is asked whether it still answers, and given this long. */
const SILENCE_MS = 30_000;
const PROBE_DEADLINE_MS = 15_000;

/** May be sent again after a refusal, whatever the first one did. */
const IDEMPOTENT: ReadonlySet<Method> = new Set<Method>(['GET', 'PUT', 'DELETE']);

/** The reason our own timer gives when it ends a request. */
const TIME_IS_UP = Symbol('time is up');

/**
 * HTTP to the API server.
 *
 * Guarantees beyond those of `ApiTransport`: a watch ends within 45 s when its connection was cut without notice.
 * A refusal with Retry-After (429, 503) is waited out and repeated within the deadline if the method is
 * idempotent. Credentials that are not accepted (401) are read again, and if there are others the request is repeated
 * once, whatever its method: the server did not look at it. Nothing else is repeated. After a timeout what comes next
 * uses a new connection.
 */
export class Transport implements ApiTransport {
  readonly #server: URL;
  readonly #userAgent: string;
  readonly #clock: Clock;
  readonly #pool: ConnectionPool;
  readonly #onRequest: NonNullable<TransportOptions['onRequest']>;

  constructor({ connection, userAgent, clock, onRequest = () => {} }: TransportOptions) {
    this.#onRequest = onRequest;
    this.#server = connection.server;
    this.#userAgent = userAgent;
    this.#clock = clock;
    this.#pool = new ConnectionPool(connection, clock);
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    const deadlineMs = request.deadlineMs ?? DEFAULT_DEADLINE_MS;
    const endsAt = this.#clock.monotonic() + deadlineMs;
    const deadline = new AbortController();
    const timer = this.#clock.schedule(deadlineMs, () => deadline.abort(TIME_IS_UP));
    const signal = anySignal(deadline.signal, request.signal);
    try {
      for (;;) {
        const answer = await this.#requestOnce(request, signal);
        const wait = askedToWait(answer);
        if (wait === undefined || !IDEMPOTENT.has(request.method)) return answer;
        if (this.#clock.monotonic() + wait >= endsAt) return answer;
        await sleep(this.#clock, wait, signal);
      }
    } finally {
      timer.cancel();
    }
  }

  async *watch(request: WatchRequest): AsyncGenerator<ApiAnswer, void> {
    const own = new AbortController();
    const signal = anySignal(own.signal, request.signal);
    const giveUp = () => own.abort(TIME_IS_UP);
    const limit = this.#clock.schedule(request.limitMs, giveUp);
    let lease: Lease | undefined;
    const liveness = new Liveness({
      clock: this.#clock,
      silenceMs: SILENCE_MS,
      probe: async () => lease !== undefined && this.#answers(lease),
      onDead: giveUp,
    });
    try {
      lease = await abortable(this.#pool.lease(), signal);
      const response = await this.#send({ method: 'GET', ...request }, lease, signal);
      if (response.statusCode !== 200) {
        yield this.#refusal(response.statusCode, response.headers, await response.body.text());
        return;
      }

      const lines = new LineSplitter();
      for await (const chunk of response.body) {
        liveness.heard();
        for (const line of lines.push(toBytes(chunk))) {
          const answer = parseJson(line);
          yield answer;
          if (!answer.ok) return;
        }
      }
      if (lines.hasRest()) yield failure('connection', 'the watch stopped in the middle of a line');
    } catch (thrown) {
      yield this.#failed(thrown, signal, lease);
    } finally {
      liveness.stop();
      limit.cancel();
    }
  }

  /** Cuts every request and watch that still runs. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  /**
   * Whether anything comes back over this agent, a refusal too. With HTTP/2 that is the very connection the
   * watch is on. With HTTP/1.1 it is another one, and a cut watch lasts until its limit.
   */
  async #answers(lease: Lease): Promise<boolean> {
    const deadline = new AbortController();
    const timer = this.#clock.schedule(PROBE_DEADLINE_MS, () => deadline.abort());
    try {
      const response = await this.#send({ method: 'GET', path: '/version' }, lease, deadline.signal);
      await response.body.dump();
      return true;
    } catch {
      return false;
    } finally {
      timer.cancel();
    }
  }

  /** @param refused What the server did not accept; nothing is sent under the same once more. */
  async #requestOnce(request: ApiRequest, signal: AbortSignal, refused?: Refused): Promise<ApiAnswer> {
    let lease: Lease | undefined;
    try {
      lease = await abortable(this.#pool.lease(), signal);
      if (refused !== undefined && isDeepStrictEqual(lease.headers, refused.headers)) return refused.answer;
      const response = await this.#send(request, lease, signal);
      const bytes = await readBody(response.body, request.maxBytes);
      if (bytes === undefined) {
        return failure('tooLarge', `the API server's answer is longer than ${request.maxBytes} bytes`);
      }
      const text = bytes.toString('utf8');
      if (response.statusCode >= 200 && response.statusCode < 300) {
        const answer = parseJson(text);
        return answer.ok ? { ...answer, bytes: bytes.length } : answer;
      }
      const answer = this.#refusal(response.statusCode, response.headers, text);
      if (response.statusCode !== 401 || refused !== undefined) return answer;
      return await this.#requestOnce(request, signal, { headers: lease.headers, answer });
    } catch (thrown) {
      return this.#failed(thrown, signal, lease);
    }
  }

  async #send(request: ApiRequest, lease: Lease, signal: AbortSignal) {
    const { method, path, query, body, contentType, accept = 'application/json' } = request;
    const url = new URL(this.#server);
    url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
    url.search = new URLSearchParams(query).toString();
    const headers = { ...lease.headers, accept, 'user-agent': this.#userAgent };
    const options = { dispatcher: lease.agent, method, signal };
    const sending =
      body === undefined
        ? send(url, { ...options, headers })
        : send(url, {
            ...options,
            headers: { ...headers, 'content-type': contentType ?? 'application/json' },
            body: JSON.stringify(body),
          });
    try {
      // undici cannot abort a request that still waits behind a stuck connection; our deadline holds all the same.
      const response = await abortable(sending, signal);
      this.#onRequest(method, response.statusCode);
      return response;
    } catch (thrown) {
      this.#onRequest(method, undefined);
      void sending.then((late) => late.body.dump()).catch(() => {});
      throw thrown;
    }
  }

  #refusal(status: number, headers: ResponseHeaders, text: string): ApiAnswer {
    if (status === 401) this.#pool.forgetCredentials();
    if (isWebPage(status, text)) return failure('malformed', `a web page came with HTTP ${status}`);
    const body = parseJson(text);
    const retryAfterMs = parseRetryAfter(headers['retry-after'], this.#clock.now());
    return { ok: false, error: errorFromAnswer(status, body.ok ? body.body : undefined, retryAfterMs) };
  }

  /** Why there is no answer. Without a lease nothing was sent. */
  #failed(thrown: unknown, signal: AbortSignal, lease: Lease | undefined): ApiAnswer {
    const timedOut = signal.aborted && signal.reason === TIME_IS_UP;
    if (lease === undefined && (timedOut || !signal.aborted)) {
      this.#pool.forgetCredentials();
      const code = timedOut ? 'Timeout' : codeOf(thrown);
      const message = `the credentials for the API server could not be obtained: ${code}`;
      return failure('credentials', message, code);
    }
    if (timedOut) {
      if (lease !== undefined) this.#pool.suspect(lease.agent);
      return failure('timeout', 'the API server did not answer in time');
    }
    if (signal.aborted) return failure('aborted', 'the request was given up');
    const code = codeOf(thrown);
    return failure('connection', `the connection to the API server failed: ${code}`, code);
  }
}

interface Refused {
  readonly headers: Lease['headers'];
  readonly answer: ApiAnswer;
}

type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A page of a proxy or of another server: its 403 or 404 says nothing about a right or an object. */
function isWebPage(status: number, text: string): boolean {
  return status >= 400 && status < 500 && status !== 429 && /^\s*<(!doctype|html|\?xml)/i.test(text);
}

/** An error's code only: messages of plugins and HTTP libraries may quote what must stay secret. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown error';
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}

function anySignal(own: AbortSignal, callers: AbortSignal | undefined): AbortSignal {
  return callers === undefined ? own : AbortSignal.any([own, callers]);
}

/** The promise, or a rejection as soon as the signal aborts. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new Error('aborted'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}

/** The whole body; undefined if it is longer than `maxBytes`, and then the rest is not read. */
async function readBody(
  body: AsyncIterable<unknown>,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    const bytes = toBytes(chunk);
    length += bytes.length;
    if (length > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('the HTTP client delivered something other than bytes');
}
