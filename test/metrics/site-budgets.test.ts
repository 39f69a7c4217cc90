import { describe, expect, it } from 'vitest';
import { SiteBudgets } from '../../src/metrics/site-budgets.ts';

const LANES = { open: 0, closed: 0, inFlight: 0, deepest: 0 };

/** Sites in use, each with one operation of which so many calls are left. */
const sites = (numbers: readonly number[]) =>
  numbers.map((number) => ({
    accountId: String(number),
    regionId: 'cn-hangzhou',
    lanes: LANES,
    budget: [{ operation: 'ListListeners', left: number, callsPerMinute: 100 + number }],
  }));

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

describe('series of budgets', () => {
  it('are no more than for 20 accounts and regions, however many are in use', () => {
    const series = new SiteBudgets().of(sites(upTo(500)));
    expect(series).toHaveLength(21);
    expect(series.at(-1)).toEqual({
      account: 'Other',
      region: 'Other',
      operation: 'ListListeners',
      left: 20,
      callsPerMinute: 120,
    });
  });

  it('stay with those that have them, and pass to others when those are closed', () => {
    const budgets = new SiteBudgets();
    budgets.of(sites(upTo(25)));
    const accounts = (numbers: readonly number[]) => budgets.of(sites(numbers)).map(({ account }) => account);
    expect(accounts(upTo(25).toReversed())).toContain('0');
    expect(accounts(upTo(25).toReversed())).not.toContain('24');
    expect(accounts(upTo(25).slice(10))).toEqual(upTo(25).slice(10).map(String));
  });

  it('need no Other where few are in use', () => {
    expect(new SiteBudgets().of(sites([1, 2])).map(({ account }) => account)).toEqual(['1', '2']);
  });
});
