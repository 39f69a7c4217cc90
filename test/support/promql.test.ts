import { describe, expect, it } from 'vitest';
import { readQuery } from './promql.ts';

describe('readQuery', () => {
  it.each([
    {
      reason: 'labels and strings are no metrics',
      query: 'max(up{job=~"a|b", phase!="Failed"}) > 0',
      metrics: ['up'],
      labels: ['job', 'phase'],
    },
    {
      reason: 'nor are functions, aggregations and what they group by',
      query: 'histogram_quantile(0.9, sum by (namespace, le) (rate(a_bucket[1h])))',
      metrics: ['a_bucket'],
      labels: ['namespace', 'le'],
    },
    {
      reason: 'each side of an operator is one',
      query: 'sum without (x) (a and on (instance) b) / c offset 5m unless d',
      metrics: ['a', 'b', 'c', 'd'],
      labels: ['x', 'instance'],
    },
    {
      reason: 'a variable of Grafana stands in a range',
      query: 'rate(a{}[$__rate_interval])',
      metrics: ['a'],
      labels: [],
    },
    { reason: 'a duration is no word', query: 'a offset 5m > 1e3', metrics: ['a'], labels: [] },
  ])('$reason', ({ query, metrics, labels }) => {
    const { selectors, grouping } = readQuery(query);
    expect(selectors.map(({ metric }) => metric)).toEqual(metrics);
    expect([...selectors.flatMap((selector) => selector.labels), ...grouping]).toEqual(labels);
  });

  it.each(['sum(1)', 'a{b="c"} ; drop', '$a'])('refuses what it cannot read: %s', (query) => {
    expect(() => readQuery(query)).toThrow(/This is no PromQL|There is no metric/);
  });
});
