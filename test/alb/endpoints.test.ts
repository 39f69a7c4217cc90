import { describe, expect, it } from 'vitest';
import { endpointFromUrl, endpointOf, endpointsFromText, regionsOf } from '../../src/alb/endpoints.ts';

describe('the endpoint of a region', () => {
  const served = [
    ['cn-hangzhou', 'public', 'https://alb.cn-hangzhou.aliyuncs.com'],
    ['cn-hangzhou', 'vpc', 'https://alb-vpc.cn-hangzhou.aliyuncs.com'],
    ['ap-southeast-1', 'public', 'https://alb.ap-southeast-1.aliyuncs.com'],
    ['us-southeast-1', 'vpc', 'https://alb-vpc.us-southeast-1.aliyuncs.com'],
    ['cn-shanghai-finance-1', 'public', 'https://alb.cn-shanghai-finance-1.aliyuncs.com'],
    ['cn-hangzhou-finance', 'public', 'https://alb.cn-hangzhou.aliyuncs.com'],
  ] as const;
  it.each(served)('%s, %s: %s', (region, network, endpoint) => {
    expect(endpointOf(region, network)).toEqual({ ok: true, endpoint });
  });

  it('does not invent a VPC endpoint for a region that another one serves', () => {
    const result = endpointOf('cn-hangzhou-finance', 'vpc');
    expect(result.ok ? 'accepted' : result.problem).toContain(
      'No VPC endpoint is known for cn-hangzhou-finance',
    );
  });

  const noRegion = [
    '',
    'hangzhou',
    'CN-hangzhou',
    'cn-',
    'cn_hangzhou',
    'cn-hangzhou.evil.example',
    'cn-x/y',
    'cn-x@y',
    ' cn-x',
  ];
  it.each(noRegion)('refuses %j: it would choose another host', (region) => {
    expect(endpointOf(region, 'public').ok).toBe(false);
  });
});

describe('an endpoint given as a URL', () => {
  const accepted = [
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    ['https://ALB.example.com:443', 'https://alb.example.com'],
  ] as const;
  it.each(accepted)('%s', (text, endpoint) => {
    expect(endpointFromUrl(text)).toEqual({ ok: true, endpoint });
  });

  const refused = [
    { text: 'alb.cn-hangzhou.aliyuncs.com', reason: 'no scheme' },
    { text: 'ftp://alb.example.com', reason: 'neither http nor https' },
    { text: 'https://user:planted-password@alb.example.com', reason: 'a password would reach every log' },
    { text: 'https://:planted-password@alb.example.com', reason: 'a password alone is one too' },
    { text: 'https://user@alb.example.com', reason: 'a user name does not belong to the call' },
    { text: 'https://alb.example.com/v1', reason: 'a path is not part of the signature' },
    { text: 'https://alb.example.com?planted-password', reason: 'a query would be mixed with the call' },
    { text: 'http://', reason: 'no host' },
  ];
  it.each(refused)('refuses $text: $reason', ({ text }) => {
    const result = endpointFromUrl(text);
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain('planted-password');
  });
});

describe('regions', () => {
  const given = (text: string) => {
    const result = endpointsFromText(text, 'cn-hangzhou');
    return result.ok ? Object.fromEntries(result.endpoints) : result.problem;
  };

  it('have the usual endpoints; that of the VPC can be reached in the region of the operator only', () => {
    const regions = regionsOf({ home: 'cn-hangzhou', network: 'vpc', given: new Map() });
    expect(['cn-hangzhou', 'cn-beijing'].map((region) => regions.endpointOf(region))).toEqual([
      { ok: true, endpoint: 'https://alb-vpc.cn-hangzhou.aliyuncs.com' },
      { ok: true, endpoint: 'https://alb.cn-beijing.aliyuncs.com' },
    ]);
    expect(regions.endpointOf('evil.example/cn')).toMatchObject({ ok: false });
  });

  it('have others where these are given: one URL is for the region of the operator alone', () => {
    const endpoints = new Map([['cn-hangzhou', 'http://127.0.0.1:1']]);
    const regions = regionsOf({ home: 'cn-hangzhou', network: 'public', given: endpoints });
    expect(regions.endpointOf('cn-hangzhou')).toEqual({ ok: true, endpoint: 'http://127.0.0.1:1' });
    expect(regions.endpointOf('cn-beijing')).toEqual({
      ok: true,
      endpoint: 'https://alb.cn-beijing.aliyuncs.com',
    });
  });

  it.each([
    { text: 'http://127.0.0.1:1', says: { 'cn-hangzhou': 'http://127.0.0.1:1' } },
    {
      text: 'cn-hangzhou=http://127.0.0.1:1, cn-beijing=https://alb.example.com/',
      says: { 'cn-hangzhou': 'http://127.0.0.1:1', 'cn-beijing': 'https://alb.example.com' },
    },
    { text: 'cn-beijing=http://127.0.0.1:2', says: { 'cn-beijing': 'http://127.0.0.1:2' } },
  ])('are read from $text', ({ text, says }) => {
    expect(given(text)).toEqual(says);
  });

  it.each([
    'cn-hangzhou=http://127.0.0.1:1,http://127.0.0.1:2',
    'http://127.0.0.1:1,',
    'cn-beijing=',
    'CN=http://127.0.0.1:1',
    'cn-beijing=https://user:planted-password@alb.example.com',
  ])('are refused in %j, without repeating it', (text) => {
    expect(given(text)).toBeTypeOf('string');
    expect(given(text)).not.toContain('planted-password');
  });
});
