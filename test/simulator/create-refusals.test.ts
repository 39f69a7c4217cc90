import { describe, expect, it } from 'vitest';
import { Cloud, forwardTo, http } from './cloud.ts';
import { PAGE_CODES, REFUSALS } from './create-refusals.ts';

describe('CreateListener refuses by state', () => {
  it.each(REFUSALS)('$code: $reason', ({ code, request, given }) => {
    const cloud = new Cloud();
    const before = given?.(cloud) ?? {};
    const count = cloud.listeners().length;
    expect(cloud.code('CreateListener', { ...request, ...before })).toBe(code);
    expect(cloud.listeners()).toHaveLength(count + (code === 'Success' ? 1 : 0));
  });

  it('reaches every code of the API page', () => {
    const reached = new Set(REFUSALS.map((item) => item.code));
    expect(PAGE_CODES.filter((code) => !reached.has(code))).toEqual([]);
  });

  it('runs every check in a dry run, and changes nothing', () => {
    const cloud = new Cloud();
    expect(cloud.code('CreateListener', { ...http, DryRun: 'true' })).toBe('400 DryRunOperation');
    const wrong = { ...http, ...forwardTo('sgp-other-vpc'), DryRun: 'true' };
    expect(cloud.code('CreateListener', wrong)).toBe('400 Mismatch.VpcId');
    expect(cloud.listeners()).toEqual([]);
  });
});

describe('CreateListener refuses by fault rule', () => {
  it.each(PAGE_CODES)('%s before the effect, once', (answer) => {
    const cloud = new Cloud();
    const [status = '', code = ''] = answer.split(' ');
    cloud.fault({ kind: 'error', operation: 'CreateListener', status: Number(status), code, count: 1 });
    expect(cloud.code('CreateListener', http)).toBe(answer);
    expect(cloud.listeners()).toEqual([]);
    expect(cloud.code('CreateListener', http)).toBe('Success');
  });

  it.each(PAGE_CODES)('%s although it took effect', (answer) => {
    const cloud = new Cloud();
    const [status = '', code = ''] = answer.split(' ');
    cloud.fault({
      kind: 'error',
      operation: 'CreateListener',
      effect: 'after',
      status: Number(status),
      code,
    });
    expect(cloud.code('CreateListener', http)).toBe(answer);
    expect(cloud.listeners()).toHaveLength(1);
  });
});
