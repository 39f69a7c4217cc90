import { Registry } from '@prometheus-io/client';
import { describe, expect, it } from 'vitest';
import { createInstruments } from '../../src/metrics/instruments.ts';
import { parseScrape } from '../support/prometheus-text.ts';

const registry = new Registry();
const instruments = createInstruments(registry);
const text = await registry.metrics();
const families = [...parseScrape(text).types];
const helps = new Map(
  [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [name, help]),
);

/** Of controller-runtime and client-go, whose names are not ours to choose. */
const FOREIGN = /^(controller_runtime|workqueue|rest_client|leader_election)_/;

describe('the instruments', () => {
  it('are all on the page', () => {
    expect(families).toHaveLength(Object.keys(instruments).length);
  });

  it.each(families)('%s is named as its kind of metric is', (name, type) => {
    expect(type).toMatch(/^(counter|gauge|histogram)$/);
    if (!FOREIGN.test(name)) expect(name).toMatch(/^alb_listener_operator_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  });

  it.each(families)('%s is explained in a sentence', (name) => {
    expect(helps.get(name)).toMatch(/^\S.*\.$/);
  });
});

describe('the buckets', () => {
  it.each([
    {
      series: 'alb_listener_operator_time_to_running_seconds',
      from: 1,
      to: 3600,
      reason: 'a load balancer with many listeners takes minutes for each',
    },
    {
      series: 'alb_listener_operator_api_call_duration_seconds',
      from: 0.05,
      to: 10,
      reason: 'a call is given up after ten seconds',
    },
  ])('of $series reach from $from to $to, since $reason', async ({ series, from, to }) => {
    instruments.toRunning.observe(1);
    instruments.callSeconds.observe({ operation: 'CreateListener' }, 1);
    const bounds = parseScrape(await registry.metrics())
      .samples.filter(({ name }) => name === `${series}_bucket`)
      .map(({ labels }) => Number(labels['le']?.replace('+Inf', 'Infinity')));
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
    expect([bounds.at(0), bounds.at(-2), bounds.at(-1)]).toEqual([from, to, Number.POSITIVE_INFINITY]);
  });
});
