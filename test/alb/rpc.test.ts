import { createHmac } from 'node:crypto';
import net from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import { createRedactor } from '../../src/alb/redact.ts';
import { createRpc, type Rpc } from '../../src/alb/rpc.ts';
import { percentEncode } from './percent-encode.ts';
import { answering, type Script, startScriptedServer } from './scripted-server.ts';

const ID = 'LTAIplantedid';
const SECRET = 'planted-secret-0123';
const TOKEN = 'CAISplanted+token/with=marks==';
const SECRETS = [ID, SECRET, TOKEN, encodeURIComponent(TOKEN)];
const credentials = new Credentials(ID, SECRET, TOKEN);

function rpcTo(endpoint: string, timeoutMs = 5000): Rpc {
  return createRpc({
    target: { service: 'ALB', endpoint, regionId: 'cn-hangzhou' },
    apiVersion: '2020-06-16',
    credentials,
    timeoutMs,
    redact: createRedactor(credentials),
  });
}

describe('a request', () => {
  it('is a POST with a signed form, and nothing of it in the URL', async () => {
    await using server = await startScriptedServer(answering(200, { RequestId: 'R-1' }));
    const outcome = await rpcTo(server.endpoint)('GetListenerAttribute', {
      ListenerId: 'lsn-1',
      Odd: "a b*~!'()é",
    });
    expect(outcome).toMatchObject({ outcome: 'yes', requestId: 'R-1' });

    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      form: {
        Action: 'GetListenerAttribute',
        Version: '2020-06-16',
        Format: 'JSON',
        ListenerId: 'lsn-1',
        Odd: "a b*~!'()é",
        AccessKeyId: ID,
        SecurityToken: TOKEN,
      },
    });
    const { Signature, ...signed } = request?.form ?? {};
    expect(Signature).toBe(sign(signed, SECRET));
  });

  it('has a nonce of its own every time', async () => {
    await using server = await startScriptedServer(answering(200, { RequestId: 'R' }));
    const rpc = rpcTo(server.endpoint);
    for (let call = 0; call < 3; call += 1) await rpc('ListListeners', {});
    expect(new Set(server.requests.map(({ form }) => form['SignatureNonce'])).size).toBe(3);
  });

  it('never meets a connection that the server closes while it is idle', async () => {
    await using server = await startScriptedServer((_request, response, socket) => {
      response.end('{"RequestId":"R"}', () => setImmediate(() => socket.destroy()));
    });
    const rpc = rpcTo(server.endpoint);
    for (let call = 0; call < 20; call += 1) {
      expect(await rpc('ListListeners', {})).toMatchObject({ outcome: 'yes' });
    }
    expect(server.requests.map(({ connection }) => connection)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });
});

const HTML = `<html><body>Bad gateway for ${ID} ${SECRET} ${TOKEN}</body></html>`;
const ECHO = `string to sign: AccessKeyId=${ID}&SecurityToken=${encodeURIComponent(TOKEN)} secret ${SECRET}`;

describe('what proves nothing is an unknown outcome', () => {
  const scripts: readonly { readonly reason: string; readonly script: Script; readonly error: object }[] = [
    {
      reason: 'HTTP 500 without a code, which pop-core takes for success',
      script: answering(500, { RequestId: 'R', ListenerId: 'lsn-1', JobId: 'j' }),
      error: { code: 'UnexpectedStatus', httpStatus: 500 },
    },
    {
      reason: 'HTTP 302 with JSON',
      script: answering(302, { RequestId: 'R' }),
      error: { code: 'UnexpectedStatus', httpStatus: 302 },
    },
    {
      reason: 'HTTP 500 with a code that pop-core takes for success',
      script: answering(500, { RequestId: 'R', Code: 'OK' }),
      error: { code: 'UnexpectedStatus' },
    },
    { reason: 'an HTML page under 503', script: answering(503, HTML), error: { code: 'UnreadableAnswer' } },
    { reason: 'an HTML page under 200', script: answering(200, HTML), error: { code: 'UnreadableAnswer' } },
    {
      reason: 'XML',
      script: answering(
        400,
        `<?xml version="1.0"?><Error><Code>InvalidParameter</Code><Message>${ECHO}</Message></Error>`,
      ),
      error: { code: 'UnreadableAnswer' },
    },
    { reason: 'an empty body', script: answering(200, ''), error: { code: 'UnreadableAnswer' } },
    {
      reason: 'JSON that ends too early',
      script: answering(200, '{"RequestId":"R","Lis'),
      error: { code: 'UnreadableAnswer' },
    },
    { reason: 'null', script: answering(200, 'null'), error: { code: 'UnreadableAnswer' } },
    { reason: 'a list', script: answering(200, []), error: { code: 'UnexpectedAnswer' } },
    {
      reason: 'an empty object',
      script: answering(200, {}),
      error: { code: 'UnexpectedAnswer', httpStatus: 200 },
    },
    {
      reason: 'a RequestId that is no id',
      script: answering(200, { RequestId: `${ID} ${SECRET}` }),
      error: { code: 'UnexpectedAnswer' },
    },
    {
      reason: 'a body cut before its length',
      script: (_request, response, socket) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"RequestId":"R"}', () => socket.destroy());
      },
      error: { code: 'ConnectionReset' },
    },
    {
      reason: 'a connection cut before any answer',
      script: (_request, _response, socket) => socket.destroy(),
      error: { code: 'ConnectionReset' },
    },
    {
      reason: 'no HTTP at all',
      script: (_request, _response, socket) => socket.end(`${ECHO}\r\n\r\n`),
      error: { code: 'UnreadableAnswer' },
    },
    {
      reason: 'a code that is no text or number',
      script: answering(400, { RequestId: 'R', Code: { [ID]: SECRET }, Message: ECHO }),
      error: { code: 'UnreadableAnswer' },
    },
    {
      reason: 'a documented refusal under 500',
      script: answering(500, { RequestId: 'R', Code: 'InvalidParameter', Message: ECHO }),
      error: { class: 'invalidParameter', code: 'InvalidParameter', httpStatus: 500, requestId: 'R' },
    },
    {
      reason: 'an undocumented code',
      script: answering(400, { RequestId: 'R', Code: '-21020', Message: ECHO }),
      error: { class: 'unclassified', code: '-21020' },
    },
    {
      reason: 'a number for a code',
      script: answering(400, { RequestId: 'R', Code: 21020 }),
      error: { class: 'unclassified', code: '21020', message: '' },
    },
    {
      reason: 'a number for a code beyond the exact integers, which arrives as an object',
      script: answering(400, '{"RequestId":"R","Code":123456789012345678901}'),
      error: { code: 'UnreadableAnswer' },
    },
  ];
  it.each(scripts)('$reason', async ({ script, error }) => {
    await using server = await startScriptedServer(script);
    const outcome = await rpcTo(server.endpoint)('CreateListener', {});
    expect(outcome).toMatchObject({
      outcome: 'unknown',
      error: { class: 'unavailable', operation: 'CreateListener', ...error },
    });
    for (const secret of SECRETS) expect(inspect(outcome, { depth: null })).not.toContain(secret);
  });

  it('a port where nobody listens', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const outcome = await rpcTo(`http://${host}`)('CreateListener', {});
    expect(outcome).toMatchObject({
      outcome: 'unknown',
      error: {
        code: 'ConnectionFailed',
        unansweredBy: host,
        message: `no answer from ${host} (ALB, region cn-hangzhou): nothing listens there (ECONNREFUSED). Check ALB_ENDPOINT, or ALIBABA_CLOUD_REGION_ID and ALB_NETWORK, and whether the server runs. The operator tries again by itself.`,
      },
    });
  });

  it('a name that is not there', async () => {
    const outcome = await rpcTo('http://alb.cn-nowhere.invalid')('CreateListener', {});
    expect(outcome).toMatchObject({
      outcome: 'unknown',
      error: { code: 'ConnectionFailed', unansweredBy: 'alb.cn-nowhere.invalid' },
    });
    expect(JSON.stringify(outcome)).toMatch(
      /its name cannot be resolved \((ENOTFOUND|EAI_AGAIN)\)\. Check ALB_ENDPOINT/,
    );
  });

  it('a server that speaks no TLS where https is asked for', async () => {
    await using server = await startScriptedServer(answering(200, { RequestId: 'R' }));
    const outcome = await rpcTo(server.endpoint.replace('http:', 'https:'))('CreateListener', {});
    expect(outcome).toMatchObject({ outcome: 'unknown', error: { class: 'unavailable' } });
    expect(server.requests).toEqual([]);
  });
});

describe('time', () => {
  const silent: readonly { readonly reason: string; readonly script: Script }[] = [
    { reason: 'no answer', script: () => {} },
    {
      reason: 'headers and no body',
      script: (_request, response) => {
        response.writeHead(200, { 'content-length': '17' });
        response.flushHeaders();
      },
    },
    {
      reason: 'a body that trickles for ever',
      script: (_request, response, socket) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 20);
        socket.on('close', () => clearInterval(drip));
      },
    },
  ];
  it.each(silent)('$reason: ends in time, and the connection is given up', async ({ script }) => {
    const closed = Promise.withResolvers<void>();
    await using server = await startScriptedServer((request, response, socket) => {
      socket.on('close', () => closed.resolve());
      script(request, response, socket);
    });
    const started = performance.now();
    const outcome = await rpcTo(server.endpoint, 200)('CreateListener', {});
    expect(performance.now() - started).toBeLessThan(1500);
    expect(outcome).toMatchObject({ outcome: 'unknown', error: { class: 'unavailable', code: 'Timeout' } });
    await closed.promise;
  });

  it('a slow answer is not cut while there is time', async () => {
    await using server = await startScriptedServer((_request, response) => {
      setTimeout(() => response.end('{"RequestId":"R"}'), 3500);
    });
    expect(await rpcTo(server.endpoint, 8000)('CreateListener', {})).toMatchObject({ outcome: 'yes' });
  });
});

describe('a refusal', () => {
  it('carries class, code, message, RequestId and status', async () => {
    await using server = await startScriptedServer(
      answering(404, {
        RequestId: '7F1-A',
        HostId: 'alb.cn-hangzhou.aliyuncs.com',
        Code: 'ResourceNotFound.ServerGroup',
        Message: 'The specified resource sgp-1 is not found.',
        Recommend: `https://next.api.aliyun.com/troubleshoot?q=${ID}`,
      }),
    );
    expect(await rpcTo(server.endpoint)('CreateListener', {})).toEqual({
      outcome: 'no',
      error: {
        class: 'dependencyNotFound',
        operation: 'CreateListener',
        code: 'ResourceNotFound.ServerGroup',
        message: 'The specified resource sgp-1 is not found.',
        requestId: '7F1-A',
        httpStatus: 404,
      },
    });
  });

  const waits = [
    { headers: { 'x-acs-retry-after': '1500' }, retryAfterMs: 1500, reason: 'milliseconds of the cloud' },
    { headers: { 'retry-after': '7' }, retryAfterMs: 7000, reason: 'seconds of HTTP' },
    {
      headers: { 'x-acs-retry-after': '200', 'retry-after': '7' },
      retryAfterMs: 200,
      reason: 'the finer one wins',
    },
    { headers: { 'retry-after': '99999999' }, retryAfterMs: 3_600_000, reason: 'an hour is the longest' },
    { headers: { 'retry-after': 'soon' }, retryAfterMs: undefined, reason: 'no number, no wait' },
    { headers: { 'retry-after': '-5' }, retryAfterMs: undefined, reason: 'nor a negative one' },
    { headers: {}, retryAfterMs: undefined, reason: 'not asked' },
  ];
  it.each(waits)('says how long to wait: $reason', async ({ headers, retryAfterMs }) => {
    await using server = await startScriptedServer(
      answering(400, { RequestId: 'R', Code: 'Throttling.User', Message: 'slow down' }, headers),
    );
    const outcome = await rpcTo(server.endpoint)('CreateListener', {});
    expect(outcome).toMatchObject({ outcome: 'no', error: { class: 'throttled' } });
    expect(outcome.outcome === 'yes' ? 'accepted' : outcome.error.retryAfterMs).toBe(retryAfterMs);
  });

  it('shows no secret that the cloud sends back, in any field', async () => {
    await using server = await startScriptedServer((request, response) => {
      const echo = `${request.body} ${HTML} ${ECHO} ${request.form['Signature'] ?? ''}`;
      response.writeHead(400, { 'x-echo': SECRET, 'x-acs-retry-after': SECRET });
      response.end(
        JSON.stringify({
          RequestId: ID,
          Code: `SignatureDoesNotMatch${SECRET}`,
          Message: echo,
          HostId: TOKEN,
        }),
      );
    });
    const outcome = await rpcTo(server.endpoint)('CreateListener', {});
    const shown = inspect(outcome, { depth: null, showHidden: true });
    for (const secret of SECRETS) expect(shown).not.toContain(secret);
    expect(shown).not.toContain(encodeURIComponent(server.requests[0]?.form['Signature'] ?? 'none'));
  });

  it('shows no secret in the RequestId of a success', async () => {
    await using server = await startScriptedServer(answering(200, { RequestId: ID }));
    expect(await rpcTo(server.endpoint)('ListListeners', {})).toMatchObject({ requestId: '[redacted]' });
  });
});

/** HMAC-SHA1, version 1 of Alibaba's RPC signature, written from its description. */
function sign(form: Readonly<Record<string, string>>, secret: string): string {
  const sorted = Object.keys(form)
    .sort()
    .map((key) => `${percentEncode(key)}=${percentEncode(form[key] ?? '')}`)
    .join('&');
  return createHmac('sha1', `${secret}&`)
    .update(`POST&%2F&${percentEncode(sorted)}`)
    .digest('base64');
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}
