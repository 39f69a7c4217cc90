import { describe, expect, it } from 'vitest';
import type { Reconcile } from '../../src/runtime/controller.ts';
import { Controller } from '../../src/runtime/controller.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { WorkQueue } from '../../src/runtime/work-queue.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function newController(reconcile: Reconcile<string>, workers = 2) {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  // Half of every backoff bound: 500 ms, 1 s, 2 s …
  const queue = new WorkQueue<string>({
    backoff: { baseMs: 1000, maxMs: 60_000 },
    clock,
    random: { next: () => 0.5 },
  });
  const controller = new Controller({ reconcile, queue, workers, clock, random: seededRandom(1), logger });
  return { clock, logger, queue, controller };
}

/** One key in work until it is released, and one that waits. */
function blocked() {
  const release = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const parts = newController(async (_key, { signal }) => {
    signals.push(signal);
    await release.promise;
    return { next: 'done' };
  }, 1);
  parts.controller.start();
  parts.queue.add('a', 'normal');
  parts.queue.add('b', 'normal');
  return { ...parts, release, signals };
}

describe('what a reconcile wants next', () => {
  it.each([
    { result: { next: 'done' } as const, runsAt: [0], reason: 'done is final until the next add' },
    {
      result: { next: 'after', ms: 20_000 } as const,
      runsAt: [0, 20_000, 40_000],
      reason: 'after comes again at its interval',
    },
    {
      result: { next: 'retry' } as const,
      runsAt: [0, 500, 1500, 3500, 7500, 15_500, 31_500],
      reason: 'retry comes again at doubling intervals',
    },
  ])('$reason', async ({ result, runsAt }) => {
    const runs: number[] = [];
    const { clock, queue, controller } = newController(async () => {
      runs.push(clock.monotonic());
      return result;
    });
    controller.start();
    queue.add('a', 'normal');
    await clock.advance(59_000);
    expect(runs).toEqual(runsAt);
  });

  it.each([{ next: 'done' }, { next: 'after', ms: 60_000 }, { next: 'onward' }] as const)(
    'forgets the backoff after $next',
    async (success) => {
      const retries: number[] = [];
      const { clock, queue, controller } = newController(async (_key, context) => {
        retries.push(context.retries);
        if (retries.length === 3) return success;
        return retries.length < 3 ? { next: 'retry' } : { next: 'done' };
      });
      controller.start();
      queue.add('a', 'normal');
      await clock.advance(10_000);
      queue.add('a', 'normal');
      await clock.advance(100);
      expect(retries.slice(0, 4)).toEqual([0, 1, 2, 0]);
    },
  );

  it.each([
    { from: 'high', result: { next: 'poll', ms: 1000 }, to: 'high', reason: 'an edit is urgent to its end' },
    { from: 'high', result: { next: 'retry' }, to: 'high', reason: 'an edit that fails is still an edit' },
    { from: 'normal', result: { next: 'poll', ms: 1000 }, to: 'normal', reason: 'work that goes on' },
    { from: 'low', result: { next: 'poll', ms: 1000 }, to: 'normal', reason: 'a look that found work' },
    { from: 'high', result: { next: 'onward' }, to: 'high', reason: 'an edit that got further' },
    { from: 'low', result: { next: 'retry' }, to: 'normal', reason: 'a look that found work and failed' },
    { from: 'high', result: { next: 'after', ms: 1000 }, to: 'low', reason: 'nobody waits for a resync' },
  ] as const)('$from, then $result.next, comes again as $to: $reason', async ({ from, result, to }) => {
    const priorities: string[] = [];
    const { clock, queue, controller } = newController(async (_key, { priority }) => {
      priorities.push(priority);
      return priorities.length === 1 ? result : { next: 'done' };
    });
    controller.start();
    queue.add('a', from);
    await clock.advance(1000);
    expect(priorities.slice(0, 2)).toEqual([from, to]);
  });

  it('an edit that fails again and again is less urgent than one that has not been tried', async () => {
    const priorities: string[] = [];
    const { clock, queue, controller } = newController(async (_key, { priority }) => {
      priorities.push(priority);
      return { next: 'retry' };
    });
    controller.start();
    queue.add('a', 'high');
    await clock.advance(20_000);
    expect(priorities).toEqual(['high', 'high', 'high', 'high', 'normal', 'normal']);
    queue.add('a', 'high');
    await clock.advance(10);
    expect(priorities.at(-1)).toBe('high');
  });
});

describe('a reconcile that fails', () => {
  it.each([
    {
      fail: () => {
        throw new Error('thrown');
      },
      reason: 'a throw before the first await',
    },
    { fail: async () => Promise.reject(new Error('rejected')), reason: 'a rejection' },
  ])('is logged and retried with backoff: $reason', async ({ fail }) => {
    const runs: number[] = [];
    const { clock, logger, queue, controller } = newController(async () => {
      runs.push(clock.monotonic());
      return runs.length < 3 ? fail() : { next: 'done' };
    }, 1);
    controller.start();
    queue.add('a', 'normal');
    await clock.advance(10_000);
    expect(runs).toEqual([0, 500, 1500]);
    expect(logger.lines.map((line) => line.level)).toEqual(['error', 'error']);
    expect(logger.lines[0]?.fields).toMatchObject({ key: 'a', retries: 0, error: { name: 'Error' } });
  });
});

describe('workers', () => {
  it('work on as many keys at once as there are workers, each on another key', async () => {
    const inWork = new Set<string>();
    let most = 0;
    const { clock, queue, controller } = newController(async (key) => {
      expect(inWork.has(key)).toBe(false);
      inWork.add(key);
      most = Math.max(most, inWork.size);
      const { promise, resolve } = Promise.withResolvers<void>();
      clock.schedule(100, resolve);
      await promise;
      inWork.delete(key);
      return { next: 'done' };
    }, 3);
    controller.start();
    for (let i = 0; i < 10; i += 1) queue.add(`k${i}`, 'normal');
    await clock.advance(150);
    queue.add('k3', 'high');
    await clock.advance(1000);
    expect(most).toBe(3);
    expect(queue.depth().processing).toBe(0);
  });

  it('give every run an id of its own', async () => {
    const ids = new Set<string>();
    const { clock, queue, controller } = newController(async (_key, { reconcileId }) => {
      ids.add(reconcileId);
      return { next: 'done' };
    });
    controller.start();
    for (let i = 0; i < 50; i += 1) queue.add(`k${i}`, 'normal');
    await clock.advance(1);
    expect(ids.size).toBe(50);
    expect([...ids]).toEqual(expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{16}$/)]));
  });
});

describe('stopping', () => {
  it('waits for what is in flight and begins nothing new', async () => {
    const { clock, controller, release, signals } = blocked();
    await clock.advance(1);
    const stopped = controller.stop(30_000);
    await clock.advance(29_000);
    expect(signals[0]?.aborted).toBe(false);
    release.resolve();
    expect(await stopped).toBe('drained');
    expect(signals).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('aborts what is still in flight when the grace is over', async () => {
    const { clock, controller, signals } = blocked();
    await clock.advance(1);
    const stopped = controller.stop(30_000);
    await clock.advance(30_000);
    expect(await stopped).toBe('abandoned');
    expect(signals[0]?.aborted).toBe(true);
  });

  it('refuses a second start', () => {
    const { controller } = newController(async () => ({ next: 'done' }));
    controller.start();
    expect(() => controller.start()).toThrow('started twice');
  });
});
