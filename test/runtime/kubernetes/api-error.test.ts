import { describe, expect, it } from 'vitest';
import { errorFromAnswer, errorFromStatusObject } from '../../../src/runtime/kubernetes/api-error.ts';

describe('an answer that is not a success', () => {
  it.each([
    { status: 400, reason: 'BadRequest', kind: 'invalid' },
    { status: 401, reason: 'Unauthorized', kind: 'unauthorized' },
    { status: 403, reason: 'Forbidden', kind: 'forbidden' },
    { status: 404, reason: 'NotFound', kind: 'notFound' },
    { status: 409, reason: 'Conflict', kind: 'conflict' },
    { status: 409, reason: 'AlreadyExists', kind: 'alreadyExists' },
    { status: 410, reason: 'Expired', kind: 'expired' },
    { status: 415, reason: 'UnsupportedMediaType', kind: 'invalid' },
    { status: 422, reason: 'Invalid', kind: 'invalid' },
    { status: 429, reason: 'TooManyRequests', kind: 'throttled' },
    { status: 500, reason: 'InternalError', kind: 'unavailable' },
    { status: 503, reason: 'ServiceUnavailable', kind: 'unavailable' },
    { status: 504, reason: 'Timeout', kind: 'unavailable' },
  ])('is $kind after $status $reason', ({ status, reason, kind }) => {
    const error = errorFromAnswer(status, { kind: 'Status', reason, message: 'why it is so', code: status });
    expect(error).toEqual({ kind, status, reason, message: 'why it is so' });
  });

  it('is expired when the resourceVersion is from a future that a restored etcd does not know', () => {
    const body = {
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
    };
    expect(errorFromAnswer(504, body).kind).toBe('expired');
  });

  it.each([
    {
      body: { details: { retryAfterSeconds: 3 } },
      header: undefined,
      wait: 3000,
      reason: 'the body asks for it',
    },
    {
      body: { details: { retryAfterSeconds: 3 } },
      header: 1000,
      wait: 1000,
      reason: 'the header counts first',
    },
  ])('carries the wait asked for: $reason', ({ body, header, wait }) => {
    expect(errorFromAnswer(429, body, header)).toMatchObject({ kind: 'throttled', retryAfterMs: wait });
  });

  it.each([undefined, null, 'text', 7, { message: 5 }])(
    'is classified by its status when the body is %j',
    (body) => {
      expect(errorFromAnswer(403, body)).toEqual({
        kind: 'forbidden',
        status: 403,
        reason: '',
        message: 'HTTP 403',
      });
    },
  );

  it.each([
    { echo: 'Authorization: Bearer PlantedToken-0/0+0=', reason: 'A gateway shows the header.' },
    { echo: '{"authorization":"bearer PlantedToken"}', reason: 'It shows all headers as JSON.' },
    { echo: 'authorization=Bearer%20PlantedToken&x=1', reason: 'It shows them encoded.' },
    { echo: 'Authorization: Basic UGxhbnRlZFRva2Vu', reason: 'The user has a password.' },
    { echo: 'eyJhbGciOiJSUzI1NiJ9.PlantedToken.c2lnbmF0dXJl', reason: 'It shows a JWT without its scheme.' },
  ])('does not repeat a token: $reason', ({ echo }) => {
    const { message } = errorFromAnswer(502, { message: `Cannot serve ${echo} now` });
    expect(message).toMatch(/^Cannot serve .*\[redacted\].* now$/);
    for (const part of ['PlantedToken', 'UGxhbnRlZFRva2Vu', 'c2lnbmF0dXJl'])
      expect(message).not.toContain(part);
  });

  it('has a message of bounded length', () => {
    expect(errorFromAnswer(500, { message: 'x'.repeat(100_000) }).message).toHaveLength(1024);
  });
});

describe('the status object of a watch', () => {
  it('is classified by its code', () => {
    expect(errorFromStatusObject({ kind: 'Status', code: 410, reason: 'Expired' }).kind).toBe('expired');
  });

  it.each([undefined, {}, { code: 'x' }])('is malformed without a code: %j', (body) => {
    expect(errorFromStatusObject(body).kind).toBe('malformed');
  });
});
