import { beforeEach, describe, expect, it } from 'vitest';
import { WorkQueue } from '../../src/runtime/work-queue.ts';
import { type Scrape, valueOf } from '../support/prometheus-text.ts';
import { type PlayedMetrics, playedMetrics } from './played.ts';

/** The whole backoff. */
const BACKOFF_MS = 1000;

let played: PlayedMetrics;
let queue: WorkQueue<string>;
beforeEach(() => {
  played = playedMetrics();
  queue = new WorkQueue<string>({
    backoff: { baseMs: BACKOFF_MS, maxMs: 60_000 },
    clock: played.clock,
    random: { next: () => 1 - Number.EPSILON },
    observer: played.metrics.queue,
  });
});

describe('how long resources wait for a worker', () => {
  it('is the time from the add to the take', async () => {
    queue.add('a', 'normal');
    await played.clock.advance(3000);
    await queue.take();
    const scrape = await played.scrape();
    expect(waits(scrape)).toEqual({ count: 1, seconds: 3 });
    expect(valueOf(scrape, 'workqueue_queue_duration_seconds_bucket', { le: '1' })).toBe(0);
    expect(valueOf(scrape, 'workqueue_queue_duration_seconds_bucket', { le: '10' })).toBe(1);
  });

  it('begins with the first of several adds, an urgent one among them', async () => {
    queue.add('a', 'low');
    await played.clock.advance(2000);
    queue.add('a', 'low');
    queue.add('a', 'high');
    await played.clock.advance(1000);
    await queue.take();
    const scrape = await played.scrape();
    expect(waits(scrape)).toEqual({ count: 1, seconds: 3 });
    expect(valueOf(scrape, 'workqueue_adds_total')).toBe(1);
  });

  it('counts the time for which the worker is not through with what came before', async () => {
    queue.add('a', 'normal');
    await queue.take();
    await played.clock.advance(1000);
    queue.add('a', 'high');
    await played.clock.advance(4000);
    queue.done('a');
    await queue.take();
    const scrape = await played.scrape();
    expect(waits(scrape)).toEqual({ count: 2, seconds: 4 });
    expect(valueOf(scrape, 'workqueue_adds_total')).toBe(2);
  });

  it('does not count a delay or a backoff, during which nobody is waited for', async () => {
    queue.addAfter('a', 5000, 'low');
    await played.clock.advance(5000);
    await queue.take();
    queue.retry('a', 'normal');
    queue.done('a');
    await played.clock.advance(BACKOFF_MS);
    await queue.take();
    const scrape = await played.scrape();
    expect(waits(scrape)).toEqual({ count: 2, seconds: 0 });
    expect(valueOf(scrape, 'workqueue_retries_total')).toBe(1);
  });
});

describe('how long resources are with a worker', () => {
  it('is the time from the take to the end', async () => {
    queue.add('a', 'normal');
    await queue.take();
    await played.clock.advance(2500);
    queue.done('a');
    const scrape = await played.scrape();
    expect(valueOf(scrape, 'workqueue_work_duration_seconds_count')).toBe(1);
    expect(valueOf(scrape, 'workqueue_work_duration_seconds_sum')).toBe(2.5);
  });

  it('is shown while they still are: summed up, and the longest', async () => {
    queue.add('slow', 'normal');
    await queue.take();
    await played.clock.advance(4000);
    queue.add('quick', 'normal');
    await queue.take();
    await played.clock.advance(1000);
    expect(underWay(await played.scrape())).toEqual({ sum: 6, longest: 5 });

    queue.done('slow');
    expect(underWay(await played.scrape())).toEqual({ sum: 1, longest: 1 });
    queue.done('quick');
    expect(underWay(await played.scrape())).toEqual({ sum: 0, longest: 0 });
  });

  it('begins anew when the same resource comes again', async () => {
    queue.add('a', 'normal');
    await queue.take();
    queue.add('a', 'normal');
    await played.clock.advance(3000);
    queue.done('a');
    await queue.take();
    await played.clock.advance(1000);
    expect(underWay(await played.scrape())).toEqual({ sum: 1, longest: 1 });
  });
});

function waits(scrape: Scrape) {
  return {
    count: valueOf(scrape, 'workqueue_queue_duration_seconds_count'),
    seconds: valueOf(scrape, 'workqueue_queue_duration_seconds_sum'),
  };
}

function underWay(scrape: Scrape) {
  return {
    sum: valueOf(scrape, 'workqueue_unfinished_work_seconds'),
    longest: valueOf(scrape, 'workqueue_longest_running_processor_seconds'),
  };
}
