import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAlbApi } from '../../src/alb/alb-client.ts';
import type { AlbApi } from '../../src/alb/api.ts';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import { fixedCredentials } from '../../src/alb/credentials/provider.ts';
import { type ScriptedServer, startScriptedServer } from '../alb/scripted-server.ts';
import { hostileJson, hostileText } from './hostile.ts';

const SECRETS = [
  'LTAI5tPlantedKeyId00000',
  'PlantedAccessKeySecret0000000',
  'CAISPlantedToken00000',
] as const;
const TIMEOUT_MS = 400;
const NAMES = [
  'Code',
  'Message',
  'RequestId',
  'Listeners',
  'NextToken',
  'ListenerId',
  'Jobs',
  'Id',
  'Status',
];

/** What the other side does with one request. */
interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** Bytes of the body after which the connection is reset; `undefined`: it is sent whole. */
  readonly cutAfter: number | undefined;
  /** Puts the request, with its signature and token, in front of the body. */
  readonly echoes: boolean;
}

const text = fc.oneof(
  hostileText,
  hostileJson(NAMES).map((value) => JSON.stringify(value)),
  fc
    .constantFrom(...SECRETS)
    .map((secret) => JSON.stringify({ Code: 'X', Message: secret, RequestId: secret })),
  fc.constantFrom('[', '{"a":').map((open) => open.repeat(20_000)),
  fc.constant(`{"Code":"Throttling.User","Message":"${'http://'.repeat(10_000)}"}`),
);
const body = fc.oneof(
  text.map((said) => new TextEncoder().encode(said)),
  text.map((said) => gzipSync(said)),
  fc.uint8Array({ maxLength: 60 }),
);
const headers = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constantFrom('retry-after', 'x-acs-retry-after'),
      fc.constantFrom('0', '-1', '1e9', 'soon', '9999999999'),
    ),
    fc.tuple(fc.constant('content-encoding'), fc.constantFrom('gzip', 'deflate', 'br', '')),
    fc.tuple(fc.constant('content-type'), fc.constantFrom('text/html', 'application/json; charset=gbk')),
    fc.tuple(fc.constant('location'), fc.constant('http://127.0.0.1:9/')),
    fc.tuple(fc.constant('__proto__'), fc.constant('x')),
  ),
  { maxLength: 4 },
);
const answer: fc.Arbitrary<Answer> = fc.record({
  status: fc.oneof(
    fc.constantFrom(200, 204, 302, 400, 403, 404, 429, 500, 503),
    fc.integer({ min: 200, max: 999 }),
  ),
  headers,
  body,
  cutAfter: fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, fc.nat(30)),
  echoes: fc.boolean(),
});

let server: ScriptedServer;
let api: AlbApi;
let next: Answer | undefined;

beforeAll(async () => {
  server = await startScriptedServer((request, response, socket) => {
    if (next !== undefined) give(next, request.body, response, socket);
  });
  api = createAlbApi({
    endpoint: server.endpoint,
    provider: fixedCredentials(new Credentials(...SECRETS)),
    timeoutMs: TIMEOUT_MS,
  });
});
afterAll(() => server[Symbol.asyncDispose]());

function give(
  { status, headers, body, cutAfter, echoes }: Answer,
  request: string,
  response: ServerResponse,
  socket: Socket,
): void {
  response.on('error', () => {});
  const whole = echoes ? Buffer.concat([Buffer.from(request), body]) : Buffer.from(body);
  response.writeHead(status, headers.flat());
  if (cutAfter === undefined) {
    response.end(whole);
    return;
  }
  response.write(whole.subarray(0, cutAfter), () => socket.resetAndDestroy());
}

/** One read, one write and one list, since each judges the body in its own way. */
const CALLS = {
  createListener: () =>
    api.createListener({
      clientToken: 'token',
      loadBalancerId: 'alb-1',
      listenerProtocol: 'HTTP',
      listenerPort: 80,
      defaultActions: [
        { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-1' }] } },
      ],
      tags: [],
    }),
  deleteListener: () => api.deleteListener('lsn-1'),
  listListeners: () => api.listListeners({ loadBalancerIds: ['alb-1'] }),
  listAsynJobs: () => api.listAsynJobs({ jobIds: ['job-1'] }),
} as const;

it('makes an outcome of whatever comes back, in time and without a secret', async () => {
  const call = fc.constantFrom(...Object.values(CALLS));
  await fc.assert(
    fc.asyncProperty(call, answer, async (make, given) => {
      next = given;
      const started = performance.now();
      const outcome = await make();
      expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + 2_000);
      const said = JSON.stringify(outcome);
      for (const secret of SECRETS) expect(said).not.toContain(secret);
      if (outcome.outcome === 'yes') {
        expect(given.status).toBeGreaterThanOrEqual(200);
        expect(given.status).toBeLessThan(300);
        return;
      }
      // A refusal proves that nothing happened: only a documented one of the cloud itself does.
      const { httpStatus = 0, notSent } = outcome.error;
      if (outcome.outcome === 'no' && notSent !== true) {
        expect(httpStatus >= 400 && httpStatus < 500).toBe(true);
      }
    }),
    { numRuns: 400 },
  );
});
