import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../../src/runtime/kubernetes/api-answer.ts';
import type { ApiRequest } from '../../../src/runtime/kubernetes/api-transport.ts';
import type { KubeConnection } from '../../../src/runtime/kubernetes/connection.ts';
import { Transport } from '../../../src/runtime/kubernetes/transport.ts';
import { eventually } from '../../support/eventually.ts';
import { matching } from '../../support/matchers.ts';
import type { Answer, ScriptedServer } from '../../support/scripted-server.ts';
import { json, raw, reset, silence, startScriptedServer } from '../../support/scripted-server.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const TOKEN = 'planted-secret-token';
const get: ApiRequest = { method: 'GET', path: '/api/v1/things' };

let server: ScriptedServer;
let clock: VirtualClock;
let transport: Transport;
let readings: number;

beforeEach(async () => {
  server = await startScriptedServer();
  clock = new VirtualClock();
  readings = 0;
  transport = newTransport(async () => ({
    headers: { authorization: `Bearer ${TOKEN}-${(readings += 1)}` },
    tls: {},
  }));
});

afterEach(async () => {
  await transport.close();
  await server.close();
});

function newTransport(credentials: KubeConnection['credentials'], url: URL = server.url): Transport {
  return new Transport({ connection: { server: url, credentials }, userAgent: 'the-tests', clock });
}

function kindOf(answer: ApiAnswer | undefined): string {
  if (answer === undefined) return 'nothing';
  return answer.ok ? 'ok' : answer.error.kind;
}

const busy = (status: number, after: string) => json({}, status, { 'retry-after': after });

const tokens = () =>
  server.requests.map((request) => request.headers.authorization?.replace(/^Bearer .*-/, ''));

const line = (n: number) => `{"n":${n}}\n`;
const parsed = (n: number) => ({ ok: true, body: { n } });

/** Answers with a stream that the test feeds. */
function stream() {
  const opened = Promise.withResolvers<Parameters<Answer>[0]>();
  server.next((response) => {
    response.writeHead(200);
    response.flushHeaders();
    opened.resolve(response);
  });
  return opened.promise;
}

function watch(signal = new AbortController().signal) {
  return transport.watch({
    path: '/api/v1/things',
    query: { watch: 'true' },
    limitMs: 600_000,
    signal,
  });
}

async function collect(answers: AsyncIterable<ApiAnswer>): Promise<ApiAnswer[]> {
  const all: ApiAnswer[] = [];
  for await (const answer of answers) all.push(answer);
  return all;
}

describe('a request', () => {
  it.each([
    {
      maxBytes: 17,
      reason: 'as long as the limit',
      answer: { ok: true, body: { some: ['json'] }, bytes: 17 },
    },
    { maxBytes: 16, reason: 'longer', answer: { ok: false, error: { kind: 'tooLarge' } } },
  ])('with a limit takes an answer that is $reason for what it is', async ({ maxBytes, answer }) => {
    server.next(json({ some: ['json'] }), json({ next: 1 }));
    expect(await transport.request({ method: 'GET', path: '/api', maxBytes })).toMatchObject(answer);
    expect(await transport.request({ method: 'GET', path: '/api' })).toMatchObject({ ok: true });
  });

  it('asks for the form of the answer that it is told', async () => {
    server.next(json({}));
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    await transport.request({ method: 'GET', path: '/api', accept });
    expect(server.requests).toMatchObject([{ headers: { accept } }]);
  });

  it('sends method, path, query, body and headers, and gives the parsed answer', async () => {
    server.next(json({ some: ['json'] }));
    const answer = await transport.request({
      method: 'PATCH',
      path: '/api/v1/namespaces/a/things/b',
      query: { fieldManager: 'a&b=c' },
      body: { x: 'ä' },
      contentType: 'application/merge-patch+json',
    });
    expect(answer).toEqual({ ok: true, body: { some: ['json'] }, bytes: 17 });
    expect(server.requests).toMatchObject([
      {
        method: 'PATCH',
        path: '/api/v1/namespaces/a/things/b',
        query: { fieldManager: 'a&b=c' },
        body: '{"x":"ä"}',
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${TOKEN}-1`,
          'content-type': 'application/merge-patch+json',
          'user-agent': 'the-tests',
        },
      },
    ]);
  });

  it.each(['/k8s/clusters/c-1', '/k8s/clusters/c-1/'])(
    'goes below the path of the server: %s',
    async (path) => {
      server.next(json({}));
      const below = newTransport(async () => ({ headers: {}, tls: {} }), new URL(path, server.url));
      await below.request(get);
      await below.close();
      expect(server.requests[0]?.path).toBe('/k8s/clusters/c-1/api/v1/things');
    },
  );

  it('leaves no timer behind', async () => {
    server.next(json({}));
    await transport.request(get);
    expect(clock.pending).toBe(0);
  });
});

describe('a request that fails', () => {
  const cases: readonly { answer: Answer; kind: string; reason: string }[] = [
    { answer: raw('<html>hello</html>'), kind: 'malformed', reason: 'a success that is not JSON is none' },
    { answer: raw(''), kind: 'malformed', reason: 'an empty success is none' },
    { answer: raw('<html>Bad Gateway</html>', 502), kind: 'unavailable', reason: 'a proxy answers in HTML' },
    {
      answer: raw('<!DOCTYPE html><html>Log in</html>', 403),
      kind: 'malformed',
      reason: 'a login page says nothing about a right',
    },
    {
      answer: raw('<html>Not found</html>', 404),
      kind: 'malformed',
      reason: 'a page of another server does not prove that an object is gone',
    },
    { answer: raw('404 page not found', 404), kind: 'notFound', reason: 'so the API server says it itself' },
    { answer: json({ reason: 'Conflict' }, 409), kind: 'conflict', reason: 'a refusal is classified' },
    { answer: raw('moved', 301), kind: 'malformed', reason: 'the API server never redirects' },
    { answer: reset, kind: 'connection', reason: 'the connection broke before the answer' },
    {
      answer: (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"half":');
        setImmediate(() => response.socket?.resetAndDestroy());
      },
      kind: 'connection',
      reason: 'the connection broke inside the answer',
    },
  ];

  it.each(cases)('is $kind: $reason', async ({ answer, kind }) => {
    server.next(answer);
    const failed = await transport.request(get);
    expect(kindOf(failed)).toBe(kind);
    expect(JSON.stringify(failed)).not.toContain(TOKEN);
    expect(server.requests).toHaveLength(1);
  });

  it('is connection when nobody listens', async () => {
    await server.close();
    const failed = await transport.request(get);
    expect(failed).toMatchObject({
      ok: false,
      error: { kind: 'connection', message: matching('ECONNREFUSED') },
    });
    server = await startScriptedServer();
  });

  it.each([
    { answer: silence, reason: 'no answer at all' },
    {
      answer: ((response) => {
        response.writeHead(200);
        response.write('{"half":');
      }) satisfies Answer,
      reason: 'an answer that does not end',
    },
  ])('is timeout at its deadline: $reason', async ({ answer }) => {
    server.next(answer);
    const asked = transport.request({ ...get, deadlineMs: 5000 });
    await eventually('the request to arrive', () => server.requests.length === 1);
    await clock.advance(5000);
    expect(kindOf(await asked)).toBe('timeout');
  });

  it('is aborted by the signal of the caller', async () => {
    const stop = new AbortController();
    const asked = transport.request({ ...get, signal: stop.signal });
    await eventually('the request to arrive', () => server.requests.length === 1);
    stop.abort();
    expect(kindOf(await asked)).toBe('aborted');
  });
});

describe('Retry-After', () => {
  it.each([
    { status: 429, after: () => '2', reason: 'seconds' },
    { status: 503, after: () => new Date(clock.now() + 2000).toUTCString(), reason: 'an HTTP date' },
  ])('of a GET is waited out: $status, $reason', async ({ status, after }) => {
    server.next(busy(status, after()), json({ done: true }));
    const asked = transport.request(get);
    await eventually('the wait to begin', () => clock.pending === 2);
    await clock.advance(1999);
    expect(server.requests).toHaveLength(1);
    await clock.advance(1);
    expect(await asked).toMatchObject({ ok: true, body: { done: true } });
  });

  it.each(['POST', 'PATCH'] as const)(
    'of a %s is handed to the caller, nothing is sent twice',
    async (method) => {
      server.next(busy(429, '2'));
      const answer = await transport.request({ ...get, method, body: {} });
      expect(answer).toMatchObject({ ok: false, error: { kind: 'throttled', retryAfterMs: 2000 } });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('beyond the deadline is handed to the caller at once', async () => {
    server.next(busy(503, '60'));
    const answer = await transport.request({ ...get, deadlineMs: 30_000 });
    expect(answer).toMatchObject({ ok: false, error: { kind: 'unavailable', retryAfterMs: 60_000 } });
  });

  it('does not outlast the deadline, however often it is asked for', async () => {
    server.otherwise(busy(429, '4'));
    const asked = transport.request({ ...get, deadlineMs: 10_000 });
    for (const attempt of [1, 2]) {
      await eventually('the wait to begin', () => server.requests.length === attempt && clock.pending === 2);
      await clock.advance(4000);
    }
    expect(kindOf(await asked)).toBe('throttled');
    expect(server.requests).toHaveLength(3);
  });
});

describe('credentials', () => {
  it('are read again after ten seconds, so that a rotated token takes effect', async () => {
    server.otherwise(json({}));
    await transport.request(get);
    await clock.advance(9999);
    await transport.request(get);
    await clock.advance(1);
    await transport.request(get);
    expect(tokens()).toEqual(['1', '1', '2']);
  });

  it('are read again when the server did not accept them, and newer ones carry the same request', async () => {
    server.next(json({}, 401), json({}));
    expect(kindOf(await transport.request({ ...get, method: 'POST', body: {} }))).toBe('ok');
    expect(tokens()).toEqual(['1', '2']);
  });

  it('are tried anew once only', async () => {
    server.otherwise(json({}, 401));
    expect(kindOf(await transport.request(get))).toBe('unauthorized');
    expect(tokens()).toEqual(['1', '2']);
  });

  it('that are the same as before are not sent again', async () => {
    server.otherwise(json({}, 401));
    const other = newTransport(async () => ({ headers: { authorization: 'Bearer same' }, tls: {} }));
    expect(kindOf(await other.request(get))).toBe('unauthorized');
    expect(server.requests).toHaveLength(1);
    await other.close();
  });

  it('that cannot be obtained fail the request unsent and say nothing of what the plugin said', async () => {
    server.otherwise(json({}));
    let broken = true;
    const other = newTransport(async () => {
      if (broken) throw new Error(`stderr of the plugin: ${TOKEN}`);
      return { headers: {}, tls: {} };
    });
    const failed = await other.request(get);
    expect(kindOf(failed)).toBe('credentials');
    expect(JSON.stringify(failed)).not.toContain(TOKEN);
    expect(server.requests).toHaveLength(0);
    broken = false;
    expect(kindOf(await other.request(get))).toBe('ok');
    await other.close();
  });

  it('that never come end the request at its deadline, and are asked for again by the next', async () => {
    server.otherwise(json({}));
    let hangs = true;
    const other = newTransport(async () => (hangs ? new Promise(() => {}) : { headers: {}, tls: {} }));
    const asked = other.request({ ...get, deadlineMs: 1000 });
    await clock.advance(1000);
    expect(kindOf(await asked)).toBe('credentials');
    hangs = false;
    expect(kindOf(await other.request(get))).toBe('ok');
    await other.close();
  });
});

describe('a watch', () => {
  it('gives each line as it comes, and ends without an error when the server ends it', async () => {
    const opened = stream();
    const collected = collect(watch());
    const response = await opened;
    response.write('{"n":1}\n{"n"');
    response.write(':2}\n');
    response.end(line(3));
    expect(await collected).toEqual([parsed(1), parsed(2), parsed(3)]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    { bytes: `${line(1)}{"n":\n${line(3)}`, kinds: ['ok', 'malformed'], reason: 'a broken line' },
    { bytes: `${line(1)}<html>\n`, kinds: ['ok', 'malformed'], reason: 'a line of something else' },
    { bytes: `${line(1)}{"n":2`, kinds: ['ok', 'connection'], reason: 'an end in the middle of a line' },
  ])('ends with an error after $reason, and skips nothing', async ({ bytes, kinds }) => {
    server.next(raw(bytes));
    expect((await collect(watch())).map(kindOf)).toEqual(kinds);
  });

  it('ends with an error when the connection is reset', async () => {
    const opened = stream();
    const collected = collect(watch());
    const response = await opened;
    response.write(line(1), () => response.socket?.resetAndDestroy());
    const kinds = (await collected).map(kindOf);
    expect(kinds.at(-1)).toBe('connection');
  });

  it('ends with the refusal when it is refused', async () => {
    server.next(json({ reason: 'Expired', code: 410 }, 410));
    expect((await collect(watch())).map(kindOf)).toEqual(['expired']);
  });

  it('asks after thirty seconds of silence whether the server is there, and goes on when it answers', async () => {
    let probes = 0;
    server.at('/version', (response, request) => {
      probes += 1;
      // A refusal is an answer, too.
      json({}, 403)(response, request);
    });
    const opened = stream();
    const answers = watch();
    const first = answers.next();
    const response = await opened;
    for (const probe of [1, 2, 3, 4, 5]) {
      await clock.advance(30_000);
      await eventually('the answer to the probe', () => probes === probe && clock.pending === 2);
    }
    response.write(line(1));
    expect((await first).value).toEqual(parsed(1));
    await answers.return();
    expect(clock.pending).toBe(0);
  });

  it('does not ask while something comes at least every thirty seconds', async () => {
    let probes = 0;
    server.at('/version', () => {
      probes += 1;
    });
    const opened = stream();
    const answers = watch();
    let next = answers.next();
    const response = await opened;
    for (let n = 1; n <= 5; n += 1) {
      await clock.advance(29_999);
      response.write(line(n));
      expect((await next).value).toEqual(parsed(n));
      next = answers.next();
    }
    expect(probes).toBe(0);
  });

  it('ends with a timeout fifteen seconds later when the server does not answer', async () => {
    let probes = 0;
    server.at('/version', () => {
      probes += 1;
    });
    const opened = stream();
    const collected = collect(watch());
    await opened;
    await clock.advance(30_000);
    await eventually('the probe', () => probes === 1);
    await clock.advance(15_000);
    expect((await collected).map(kindOf)).toEqual(['timeout']);
    expect(clock.pending).toBe(0);
  });

  it('goes on when the answer to a probe is late but something else came meanwhile', async () => {
    let probes = 0;
    server.at('/version', () => {
      probes += 1;
    });
    const opened = stream();
    const answers = watch();
    const first = answers.next();
    const response = await opened;
    await clock.advance(30_000);
    await eventually('the probe', () => probes === 1);
    response.write(line(1));
    expect((await first).value).toEqual(parsed(1));
    await clock.advance(15_000);
    response.write(line(2));
    expect((await answers.next()).value).toEqual(parsed(2));
    await answers.return();
  });

  it('ends with a timeout when no answer ever comes, and not even the probe can connect', async () => {
    const collected = collect(watch());
    await eventually('the request to arrive', () => server.requests.length === 1);
    await clock.advance(30_000);
    await clock.advance(15_000);
    expect((await collected).map(kindOf)).toEqual(['timeout']);
  });

  it('ends with a timeout at its limit, however much comes', async () => {
    const opened = stream();
    const answers = watch();
    let next = answers.next();
    const response = await opened;
    for (let n = 1; n <= 24; n += 1) {
      await clock.advance(24_999);
      response.write(line(n));
      expect((await next).value).toEqual(parsed(n));
      next = answers.next();
    }
    await clock.advance(24);
    expect(kindOf((await next).value ?? undefined)).toBe('timeout');
  });

  it('closes the stream when the reader leaves', async () => {
    const opened = stream();
    const answers = watch();
    const first = answers.next();
    const response = await opened;
    response.write(line(1));
    await first;
    await answers.return();
    await eventually('the stream to close', () => response.closed);
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind when the reader leaves while the server is being asked', async () => {
    const asked = Promise.withResolvers<Parameters<Answer>[0]>();
    server.at('/version', (response) => asked.resolve(response));
    const opened = stream();
    const answers = watch();
    const first = answers.next();
    const response = await opened;
    response.write(line(1));
    await first;
    await clock.advance(30_000);
    const probe = await asked.promise;
    await answers.return();
    expect(clock.pending).toBe(1);
    probe.end('{}');
    await eventually('the answer to the probe', () => clock.pending === 0);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('closes the stream when its signal aborts', async () => {
    const opened = stream();
    const stop = new AbortController();
    const collected = collect(watch(stop.signal));
    const response = await opened;
    stop.abort();
    expect((await collected).map(kindOf)).toEqual(['aborted']);
    await eventually('the stream to close', () => response.closed);
  });
});
