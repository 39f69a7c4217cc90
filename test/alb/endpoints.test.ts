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
      { ok: true, endpoint: 'https://alb-vpc.cn-hangzhou.aliyuncs.com', listed: true },
      { ok: true, endpoint: 'https://alb.cn-beijing.aliyuncs.com', listed: true },
    ]);
  });

  it('have others where these are given: one URL is for the region of the operator alone', () => {
    const endpoints = new Map([['cn-hangzhou', 'http://127.0.0.1:1']]);
    const regions = regionsOf({ home: 'cn-hangzhou', network: 'public', given: endpoints });
    expect(regions.endpointOf('cn-hangzhou')).toMatchObject({ ok: true, endpoint: 'http://127.0.0.1:1' });
    expect(regions.endpointOf('cn-beijing')).toMatchObject({
      ok: true,
      endpoint: 'https://alb.cn-beijing.aliyuncs.com',
    });
  });

  it.each([
    { region: 'cn-lhasa', known: true, reason: 'it is the region of the operator, in the table or not' },
    { region: 'cn-hangzhou', known: true, reason: 'it is in the table' },
    {
      region: 'cn-hangzhou-finance',
      known: true,
      reason: 'it is in the table, with the endpoint of another',
    },
    { region: 'eu-south-7', known: true, reason: 'it stands in ALB_ENDPOINT' },
    { region: 'ap-east-9', known: true, reason: 'it stands in ALB_REGIONS' },
    { region: 'cn-hangzou', known: false, reason: 'it is misspelt' },
    { region: 'oss-cn-hangzhou', known: false, reason: 'it belongs to another product' },
    { region: 'evil.example/cn', known: false, reason: 'it is another host' },
    { region: '', known: false, reason: 'it is empty' },
    { region: '__proto__', known: false, reason: 'it is a key of every object' },
  ])('$region is known: $known, since $reason', ({ region, known }) => {
    const regions = regionsOf({
      home: 'cn-lhasa',
      network: 'public',
      given: new Map([['eu-south-7', 'http://127.0.0.1:1']]),
      further: ['ap-east-9'],
    });
    expect(regions.endpointOf(region).ok).toBe(known);
  });

  it.each([
    { region: 'cn-lhasa', served: true, reason: 'it is written like a region, and a listener stands there' },
    { region: 'oss-cn-hangzhou', served: false, reason: 'a status may be written by others' },
    { region: 'cn-lhasa.evil', served: false, reason: 'it would be another host' },
    { region: 'cn-', served: false, reason: 'it is no region' },
  ])('$region in the status of a listener is served: $served, since $reason', ({ region, served }) => {
    const regions = regionsOf({ home: 'cn-hangzhou', network: 'vpc', given: new Map() });
    const endpoint = { ok: true, endpoint: `https://alb.${region}.aliyuncs.com`, listed: false };
    expect(regions.endpointOf(region, true)).toMatchObject(served ? endpoint : { ok: false });
    expect(regions.endpointOf(region).ok).toBe(false);
  });

  it.each([
    { region: 'cn-hangzou', says: 'Did you mean cn-hangzhou' },
    { region: 'oss-cn-beijing', says: 'Did you mean cn-beijing' },
    { region: 'cn-hanghzou', says: 'cn-hangzhou' },
    { region: 'af-nowhere-at-all-9', says: '"af-nowhere-at-all-9" is not a known region.' },
  ])('close to $region are named: $says', ({ region, says }) => {
    const result = regionsOf({ home: 'cn-hangzhou', network: 'public', given: new Map() }).endpointOf(region);
    expect(result.ok ? '' : result.problem).toContain(says);
  });

  it.each<{ home: string; given?: ReadonlyMap<string, string>; says: string | undefined; reason: string }>([
    { home: 'cn-hangzhou', says: undefined, reason: 'it is in the table' },
    {
      home: 'cn-hangzou',
      says: '"cn-hangzou" is not a known region. Did you mean cn-hangzhou?',
      reason: 'it may be misspelt',
    },
    {
      home: 'cn-lhasa',
      given: new Map([['cn-lhasa', 'http://127.0.0.1:1']]),
      says: undefined,
      reason: 'its endpoint is given',
    },
  ])('the home region $home is doubted: $says, since $reason', ({ home, given = new Map(), says }) => {
    const regions = regionsOf({ home, network: 'public', given });
    expect(regions.doubt).toBe(says);
    expect(regions.endpointOf(home).ok).toBe(true);
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
