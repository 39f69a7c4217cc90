import PopCore from '@alicloud/pop-core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { http } from './cloud.ts';
import { codeOf, send, start } from './running.ts';
import { callV3 } from './v3-request.ts';

const simulator = { accessKeyId: 'simulator', accessKeySecret: 'simulator-secret' };
const sts = {
  accessKeyId: 'STS.simulator',
  accessKeySecret: 'simulator-sts-secret',
  securityToken: 'simulator-security-token',
};

/** Everything that is hard to encode. */
const awkward = "web/门户_1.0-a ~!*'()+&=%";

function pop(
  endpoint: string,
  credentials: PopCore.Config | typeof simulator | typeof sts,
  more: object = {},
) {
  const client = new PopCore({ endpoint, apiVersion: '2020-06-16', ...credentials });
  return async (action: string, parameters: object, method = 'POST'): Promise<unknown> => {
    try {
      return await client.request(action, { ...parameters, ...more }, { method });
    } catch (error) {
      if (error instanceof Error && 'code' in error) return error.code;
      throw error;
    }
  };
}

describe('signature version 1, by pop-core', () => {
  it.each(['POST', 'GET'])('lets a well-signed %s in, with any text in the parameters', async (method) => {
    const { endpoint, client } = await start();
    const call = pop(endpoint, simulator);
    const answer = await call('CreateListener', { ...http, 'Tag.1.Key': awkward, ClientToken: 'a' }, method);
    expect(JSON.stringify(answer)).toMatch(
      /^{"RequestId":"[0-9A-F-]{36}","JobId":"[^"]+","ListenerId":"lsn-[^"]+"}$/,
    );
    const { listeners } = await client.state();
    expect(listeners).toMatchObject([{ ListenerPort: 80, Tags: [{ Key: awkward, Value: '' }] }]);
  });

  it('lets temporary credentials in with their token only', async () => {
    const { endpoint } = await start();
    expect(await pop(endpoint, sts)('ListListeners', {})).toMatchObject({ TotalCount: 0 });
    const { securityToken: _, ...bare } = sts;
    expect(await pop(endpoint, bare)('ListListeners', {})).toBe('MissingSecurityToken');
    expect(await pop(endpoint, { ...sts, securityToken: 'other' })('ListListeners', {})).toBe(
      'InvalidSecurityToken.Malformed',
    );
    expect(await pop(endpoint, { ...simulator, securityToken: 'any' })('ListListeners', {})).toBe(
      'InvalidSecurityToken.MismatchWithAccessKey',
    );
  });

  it.each([
    {
      reason: 'a wrong secret',
      credentials: { ...simulator, accessKeySecret: 'x' },
      more: {},
      code: 'SignatureDoesNotMatch',
    },
    {
      reason: 'an unknown key',
      credentials: { ...simulator, accessKeyId: 'x' },
      more: {},
      code: 'InvalidAccessKeyId.NotFound',
    },
    {
      reason: 'no sense in the time',
      credentials: simulator,
      more: { Timestamp: 'yesterday' },
      code: 'InvalidTimeStamp.Format',
    },
    {
      reason: 'a time too long ago',
      credentials: simulator,
      more: { Timestamp: '2020-01-01T00:00:00Z' },
      code: 'InvalidTimeStamp.Expired',
    },
    {
      reason: 'another way to sign',
      credentials: simulator,
      more: { SignatureMethod: 'HMAC-MD5' },
      code: 'InvalidSignatureMethod',
    },
    {
      reason: 'another API version',
      credentials: simulator,
      more: { Version: '2014-05-26' },
      code: 'InvalidVersion',
    },
  ])('turns away $reason: $code', async ({ credentials, more, code }) => {
    const { endpoint, client } = await start();
    expect(await pop(endpoint, credentials, more)('CreateListener', http)).toBe(code);
    expect((await client.state()).listeners).toEqual([]);
    expect(await client.calls()).toMatchObject([{ action: 'CreateListener', outcome: code, effect: null }]);
  });

  it('turns away an operation it does not have, a second use of a nonce, and a key that is disabled', async () => {
    const { endpoint, client } = await start();
    expect(await pop(endpoint, simulator)('MakeListener', {})).toBe('InvalidAction.NotFound');
    const same = pop(endpoint, simulator, { SignatureNonce: 'once' });
    expect(await same('ListListeners', {})).toMatchObject({ TotalCount: 0 });
    expect(await same('ListListeners', {})).toBe('SignatureNonceUsed');
    await client.patchInventory({
      credentials: [{ accessKeyId: 'simulator', deniedActions: ['DeleteListener'] }],
    });
    expect(await pop(endpoint, simulator)('DeleteListener', { ListenerId: 'lsn-1' })).toBe('NoPermission');
    await client.patchInventory({ credentials: [{ accessKeyId: 'simulator', disabled: true }] });
    expect(await pop(endpoint, simulator)('ListListeners', {})).toBe('InvalidAccessKeyId.Inactive');
    await client.patchInventory({
      credentials: [{ accessKeyId: 'STS.simulator', expiresAt: Date.now() - 1 }],
    });
    expect(await pop(endpoint, sts)('ListListeners', {})).toBe('InvalidSecurityToken.Expired');
  });

  it('accepts a clock that is 14 minutes off, not 16', async () => {
    const { endpoint } = await start();
    const at = (minutes: number) => ({
      Timestamp: new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+Z$/, 'Z'),
    });
    for (const minutes of [-14, 14]) {
      expect(await pop(endpoint, simulator, at(minutes))('ListListeners', {})).toMatchObject({
        TotalCount: 0,
      });
    }
    for (const minutes of [-16, 16]) {
      expect(await pop(endpoint, simulator, at(minutes))('ListListeners', {})).toBe(
        'InvalidTimeStamp.Expired',
      );
    }
  });

  it('tells what should have been signed, access key included, but no secret', async () => {
    const { endpoint } = await start();
    const client = new PopCore({ endpoint, apiVersion: '2020-06-16', ...sts, accessKeySecret: 'x' });
    await expect(client.request('ListListeners', {}, { method: 'POST' })).rejects.toThrow(
      /server string to sign is:POST&%2F&AccessKeyId%3DSTS\.simulator/,
    );
  });
});

describe('signature version 3', () => {
  it('lets parameters in by query or by form', async () => {
    const { endpoint, client } = await start();
    expect(codeOf(await send(endpoint, 'CreateListener', { ...http, 'Tag.1.Key': awkward }))).toBe('Success');
    const form = { ...http, ListenerPort: '81', LoadBalancerId: 'alb-basic', 'Tag.1.Key': awkward };
    expect(codeOf(await callV3({ endpoint, action: 'CreateListener', form }))).toBe('Success');
    const { listeners } = await client.state();
    expect(listeners.map((listener) => listener.Tags[0]?.Key)).toEqual([awkward, awkward]);
  });

  it('lets temporary credentials in', async () => {
    const { endpoint } = await start();
    const { accessKeyId, accessKeySecret: secret, securityToken } = sts;
    expect(codeOf(await send(endpoint, 'ListListeners', {}, { accessKeyId, secret, securityToken }))).toBe(
      'Success',
    );
  });

  it.each([
    { reason: 'a wrong secret', more: { secret: 'x' }, code: 'SignatureDoesNotMatch' },
    { reason: 'an unknown key', more: { accessKeyId: 'x' }, code: 'InvalidAccessKeyId.NotFound' },
    { reason: 'an old date', more: { date: new Date(0) }, code: 'InvalidTimeStamp.Expired' },
    {
      reason: 'an action that is not signed',
      more: { unsigned: ['x-acs-action'] },
      code: 'IncompleteSignature',
    },
    {
      reason: 'a body that is not the signed one',
      more: { form: http, tampered: 'ListenerPort=22' },
      code: 'SignatureDoesNotMatch',
    },
  ])('turns away $reason: $code', async ({ more, code }) => {
    const { endpoint } = await start();
    expect(codeOf(await send(endpoint, 'CreateListener', http, more))).toBe(code);
  });

  it('turns away a second use of a nonce', async () => {
    const { endpoint } = await start();
    expect(codeOf(await send(endpoint, 'ListListeners', {}, { nonce: 'once' }))).toBe('Success');
    expect(codeOf(await send(endpoint, 'ListListeners', {}, { nonce: 'once' }))).toBe('SignatureNonceUsed');
  });
});

describe('the form of answers', () => {
  it('is JSON where it is asked for', async () => {
    const { endpoint } = await start();
    const answer = await send(endpoint, 'GetListenerAttribute', { ListenerId: 'lsn-1', Format: 'JSON' });
    expect(answer.status).toBe(404);
    const { RequestId, ...error } = z.record(z.string(), z.string()).parse(JSON.parse(answer.text));
    expect(error).toEqual({
      HostId: '127.0.0.1',
      Code: 'ResourceNotFound.Listener',
      Message: 'The specified resource lsn-1 is not found.',
      Recommend: `https://api.alibabacloud.com/troubleshoot?q=ResourceNotFound.Listener&product=Alb&requestId=${RequestId}`,
    });
  });

  it('is XML where it is asked for, and for requests that ask for nothing', async () => {
    const { endpoint } = await start();
    const tagged = { ...http, 'Tag.1.Key': 'a<b', 'Tag.1.Value': 'c&d' };
    expect((await send(endpoint, 'CreateListener', { ...tagged, Format: 'XML' })).text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?><CreateListenerResponse><RequestId>[^<]+<\/RequestId><JobId>[^<]+<\/JobId><ListenerId>lsn-[^<]+<\/ListenerId><\/CreateListenerResponse>$/,
    );
    const list = await send(endpoint, 'ListListeners', { Format: 'XML' });
    expect(list.text).toContain('<Tags><Key>a&lt;b</Key><Value>c&amp;d</Value></Tags>');
    expect(list.text).toContain('<GzipEnabled>true</GzipEnabled><XForwardedForConfig>');
    const bare = await (await fetch(`${endpoint}/?Action=ListListeners`)).text();
    expect(bare).toContain('<Code>MissingVersion</Code>');
  });

  it('answers GET and POST only', async () => {
    const { endpoint } = await start();
    const answer = await fetch(`${endpoint}/?Action=ListListeners&Format=JSON`, { method: 'PUT' });
    expect(answer.status).toBe(405);
    expect(await answer.text()).toContain('UnsupportedHTTPMethod');
  });
});
