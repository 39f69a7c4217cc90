import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/runtime/random.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { Priority, Work } from '../../src/runtime/work-queue.ts';
import { WorkQueue } from '../../src/runtime/work-queue.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const longest: Random = { next: () => 1 - Number.EPSILON };

function newQueue(random: Random = longest, mostOfOneNamespace?: number) {
  const clock = new VirtualClock();
  const backoff = { baseMs: 1000, maxMs: 60_000 };
  const queue = new WorkQueue<string>({ backoff, clock, random, mostOfOneNamespace });
  return { clock, queue };
}

/** Takes and finishes what is ready, without waiting for more. */
async function drain(queue: WorkQueue<string>): Promise<string[]> {
  const keys: string[] = [];
  while (ready(queue) > 0) {
    const work = await queue.take();
    if (work === undefined) break;
    keys.push(work.key);
    queue.done(work.key);
  }
  return keys;
}

function ready(queue: WorkQueue<string>): number {
  const { high, normal, low } = queue.depth().ready;
  return high + normal + low;
}

async function take(queue: WorkQueue<string>): Promise<Work<string>> {
  const work = await queue.take();
  if (work === undefined) throw new Error('the queue was shut down');
  return work;
}

describe('a key waits once', () => {
  it('hands out a key once, however often it was added', async () => {
    const { queue } = newQueue();
    queue.add('a', 'normal');
    queue.add('a', 'normal');
    queue.add('b', 'normal');
    expect(await drain(queue)).toEqual(['a', 'b']);
  });

  it('gives a waiting taker the next key', async () => {
    const { queue } = newQueue();
    const taken = queue.take();
    queue.add('a', 'low');
    expect(await taken).toEqual({ key: 'a', priority: 'low', retries: 0 });
  });

  it('gives each of several waiting takers another key', async () => {
    const { queue } = newQueue();
    const taken = [take(queue), take(queue), take(queue)];
    for (const key of ['a', 'b', 'c']) queue.add(key, 'normal');
    const keys = (await Promise.all(taken)).map((work) => work.key);
    expect(keys.sort()).toEqual(['a', 'b', 'c']);
  });

  it('leaves a taker waiting when another one was quicker', async () => {
    const { queue } = newQueue();
    const slow = take(queue);
    queue.add('a', 'normal');
    expect((await take(queue)).key).toBe('a');
    queue.add('b', 'normal');
    expect((await slow).key).toBe('b');
  });
});

describe('a key is worked on once at a time', () => {
  it('brings a key that was added meanwhile again, only when it is done', async () => {
    const { queue } = newQueue();
    queue.add('a', 'normal');
    await take(queue);
    queue.add('a', 'normal');
    queue.add('a', 'normal');
    expect(ready(queue)).toBe(0);
    queue.done('a');
    expect(await drain(queue)).toEqual(['a']);
  });

  it('does not bring a key again that nobody added meanwhile', async () => {
    const { queue } = newQueue();
    queue.add('a', 'normal');
    await take(queue);
    queue.done('a');
    expect(queue.depth()).toEqual({ ready: { high: 0, normal: 0, low: 0 }, delayed: 0, processing: 0 });
  });

  it('brings a dirty key again with the highest priority it was added with', async () => {
    const { queue } = newQueue();
    queue.add('a', 'low');
    await take(queue);
    queue.add('a', 'normal');
    queue.add('a', 'high');
    queue.add('a', 'low');
    queue.done('a');
    expect((await take(queue)).priority).toBe('high');
  });

  it('keeps a delay that began during the work', async () => {
    const { clock, queue } = newQueue();
    queue.add('a', 'normal');
    await take(queue);
    queue.addAfter('a', 500, 'normal');
    queue.done('a');
    expect(ready(queue)).toBe(0);
    await clock.advance(500);
    expect(await drain(queue)).toEqual(['a']);
  });

  it('makes a key dirty when its delay ends during the work', async () => {
    const { clock, queue } = newQueue();
    queue.add('a', 'normal');
    await take(queue);
    queue.addAfter('a', 500, 'low');
    await clock.advance(600);
    expect(ready(queue)).toBe(0);
    queue.done('a');
    expect(await drain(queue)).toEqual(['a']);
  });
});

describe('priorities', () => {
  it('serves higher levels first, and first come first served within one', async () => {
    const { queue } = newQueue();
    const added: readonly (readonly [string, Priority])[] = [
      ['l1', 'low'],
      ['n1', 'normal'],
      ['h1', 'high'],
      ['n2', 'normal'],
      ['h2', 'high'],
    ];
    for (const [key, priority] of added) queue.add(key, priority);
    expect(await drain(queue)).toEqual(['h1', 'h2', 'n1', 'n2', 'l1']);
  });

  it('raises a waiting key that is added with a higher priority', async () => {
    const { queue } = newQueue();
    queue.add('a', 'low');
    queue.add('b', 'low');
    queue.add('b', 'high');
    expect(queue.depth().ready).toEqual({ high: 1, normal: 0, low: 1 });
    expect(await drain(queue)).toEqual(['b', 'a']);
  });

  it('does not lower a waiting key', async () => {
    const { queue } = newQueue();
    queue.add('a', 'high');
    queue.add('a', 'low');
    expect((await take(queue)).priority).toBe('high');
  });

  it('serves a low key within eight takes, although high ones keep coming', async () => {
    const { queue } = newQueue();
    queue.add('patient', 'low');
    const served: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      queue.add(`busy-${i}`, 'high');
      queue.add(`busier-${i}`, 'high');
      const { key } = await take(queue);
      served.push(key);
      queue.done(key);
    }
    expect(served).toContain('patient');
  });
});

describe('a fair share', () => {
  it('of eight takes two are for normal and one is for low work, although more high work comes than can be done', async () => {
    const { queue } = newQueue();
    for (let i = 0; i < 20; i += 1) {
      queue.add(`normal-${i}`, 'normal');
      queue.add(`low-${i}`, 'low');
    }
    const served: string[] = [];
    for (let i = 0; i < 40; i += 1) {
      queue.add(`high-${i}`, 'high');
      queue.add(`high-${i}-again`, 'high');
      const { key, priority } = await take(queue);
      served.push(priority);
      queue.done(key);
    }
    const times = (priority: Priority) => served.filter((one) => one === priority).length;
    expect({ high: times('high'), normal: times('normal'), low: times('low') }).toEqual({
      high: 25,
      normal: 10,
      low: 5,
    });
  });

  it.each(['high', 'normal', 'low'] as const)(
    'namespaces take turns within %s, however many keys they have',
    async (priority) => {
      const { queue } = newQueue();
      for (let i = 0; i < 300; i += 1) queue.add(`crowd/${i}`, priority);
      queue.add('shop/a', priority);
      queue.add('shop/b', priority);
      queue.add('home/a', priority);
      const first = (await drain(queue)).slice(0, 5);
      expect(first).toEqual(['crowd/0', 'shop/a', 'home/a', 'crowd/1', 'shop/b']);
    },
  );

  it('a namespace that adds its keys again and again waits for its turn like any other', async () => {
    const { queue } = newQueue();
    for (let i = 0; i < 5; i += 1) queue.add(`crowd/${i}`, 'high');
    queue.add('shop/a', 'high');
    const first = await take(queue);
    queue.add(first.key, 'high');
    queue.done(first.key);
    expect((await take(queue)).key).toBe('shop/a');
  });

  it('a key that is raised leaves the line that it waited in', async () => {
    const { queue } = newQueue();
    queue.add('shop/a', 'low');
    queue.add('shop/a', 'high');
    expect(await drain(queue)).toEqual(['shop/a']);
  });
});

describe('workers of one namespace', () => {
  it('are limited, and one that is done makes room for the next key', async () => {
    const { queue } = newQueue(longest, 2);
    for (const key of ['crowd/0', 'crowd/1', 'crowd/2']) queue.add(key, 'high');
    queue.add('shop/a', 'low');
    expect([await take(queue), await take(queue), await take(queue)].map(({ key }) => key)).toEqual([
      'crowd/0',
      'crowd/1',
      'shop/a',
    ]);
    const waiting = take(queue);
    // A key that comes while its namespace has all it may have wakes a taker for nothing.
    queue.add('crowd/3', 'high');
    expect(queue.depth().ready).toEqual({ high: 2, normal: 0, low: 0 });
    queue.done('crowd/1');
    expect((await waiting).key).toBe('crowd/2');
  });

  it('are limited across priorities, and a key that was added during its work keeps its line', async () => {
    const { queue } = newQueue(longest, 1);
    queue.add('crowd/0', 'high');
    await take(queue);
    queue.add('crowd/0', 'low');
    queue.add('crowd/1', 'low');
    queue.add('crowd/1', 'high');
    queue.add('shop/a', 'low');
    expect((await take(queue)).key).toBe('shop/a');
    queue.done('crowd/0');
    expect(await take(queue)).toMatchObject({ key: 'crowd/1', priority: 'high' });
    queue.done('crowd/1');
    expect(await take(queue)).toMatchObject({ key: 'crowd/0', priority: 'low' });
  });
});

describe('delays', () => {
  it('adds a key when its delay ends, not before', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter('a', 1000, 'normal');
    await clock.advance(999);
    expect(ready(queue)).toBe(0);
    await clock.advance(1);
    expect(await drain(queue)).toEqual(['a']);
  });

  it.each([
    { first: 1000, second: 5000, reason: 'a later delay does not postpone' },
    { first: 5000, second: 1000, reason: 'an earlier delay takes over' },
  ])('counts the earlier of two delays: $reason', async ({ first, second }) => {
    const { clock, queue } = newQueue();
    queue.addAfter('a', first, 'normal');
    queue.addAfter('a', second, 'normal');
    await clock.advance(1000);
    expect(await drain(queue)).toEqual(['a']);
    await clock.advance(10_000);
    expect(ready(queue)).toBe(0);
  });

  it('ends the delay of a key that is added', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter('a', 1000, 'normal');
    queue.add('a', 'high');
    expect(await drain(queue)).toEqual(['a']);
    await clock.advance(2000);
    expect(ready(queue)).toBe(0);
  });

  it('needs no delay for a key that already waits', async () => {
    const { clock, queue } = newQueue();
    queue.add('a', 'normal');
    queue.addAfter('a', 1000, 'normal');
    expect(queue.depth().delayed).toBe(0);
    await drain(queue);
    await clock.advance(2000);
    expect(ready(queue)).toBe(0);
  });

  it.each([0, -5])('adds at once after a delay of %d', async (delay) => {
    const { queue } = newQueue();
    queue.addAfter('a', delay, 'normal');
    expect(await drain(queue)).toEqual(['a']);
  });
});

describe('retries', () => {
  it('doubles the longest delay with each retry, up to the maximum', async () => {
    const { clock, queue } = newQueue();
    const delays: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      queue.retry('a', 'normal');
      const startedAt = clock.monotonic();
      while (ready(queue) === 0) await clock.advance(500);
      delays.push(clock.monotonic() - startedAt);
      await drain(queue);
    }
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('starts over when the key was forgotten, and tells the taker the number of retries', async () => {
    const { clock, queue } = newQueue();
    queue.retry('a', 'normal');
    await clock.advance(1000);
    expect((await take(queue)).retries).toBe(1);
    queue.retry('a', 'normal');
    queue.done('a');
    await clock.advance(2000);
    expect((await take(queue)).retries).toBe(2);
    queue.forget('a');
    queue.retry('a', 'normal');
    queue.done('a');
    await clock.advance(1000);
    expect((await take(queue)).retries).toBe(1);
  });

  it('spreads delays between zero and the bound', async () => {
    const { clock, queue } = newQueue(seededRandom(7));
    for (let i = 0; i < 1000; i += 1) queue.retry(`k${i}`, 'normal');
    await clock.advance(500);
    const half = ready(queue);
    await clock.advance(500);
    expect(half).toBeGreaterThan(400);
    expect(half).toBeLessThan(600);
    expect(ready(queue)).toBe(1000);
  });

  it('lets an edit pass the backoff', async () => {
    const { clock, queue } = newQueue();
    queue.add('a', 'normal');
    await take(queue);
    queue.add('a', 'high');
    queue.retry('a', 'normal');
    queue.done('a');
    expect(await drain(queue)).toEqual(['a']);
    await clock.advance(60_000);
    expect(ready(queue)).toBe(0);
  });
});

describe('shutting down', () => {
  it('lets waiting takers go and hands out nothing more', async () => {
    const { clock, queue } = newQueue();
    const waiting = queue.take();
    await queue.shutDown();
    expect(await waiting).toBeUndefined();
    queue.add('a', 'high');
    queue.addAfter('b', 10, 'high');
    queue.retry('c', 'high');
    await clock.advance(60_000);
    expect(await queue.take()).toBeUndefined();
  });

  it('drops what waits and cancels every timer', async () => {
    const { clock, queue } = newQueue();
    queue.add('a', 'normal');
    queue.addAfter('b', 1000, 'normal');
    await queue.shutDown();
    expect(queue.depth()).toEqual({ ready: { high: 0, normal: 0, low: 0 }, delayed: 0, processing: 0 });
    expect(clock.pending).toBe(0);
  });

  it('resolves when every key in work is done, not before, and no dirty key comes back', async () => {
    const { clock, queue } = newQueue();
    queue.add('a', 'normal');
    queue.add('b', 'normal');
    await take(queue);
    await take(queue);
    let drained = false;
    const shutDown = queue.shutDown().then(() => (drained = true));
    queue.add('a', 'high');
    queue.done('a');
    await clock.advance(1);
    expect(drained).toBe(false);
    queue.done('b');
    await shutDown;
    expect(await queue.take()).toBeUndefined();
  });
});

const someKey = fc.constantFrom('shop/a', 'shop/b', 'shop/c', 'home/a', 'home/b');
const somePriority = fc.constantFrom<Priority>('high', 'normal', 'low');
const someStep = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key: someKey, priority: somePriority }),
  fc.record({
    do: fc.constant('addAfter' as const),
    key: someKey,
    priority: somePriority,
    ms: fc.integer({ min: 0, max: 50 }),
  }),
  fc.record({ do: fc.constant('retry' as const), key: someKey, priority: somePriority }),
  fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 2000 }) }),
);

describe('any order of events', () => {
  it('never has a key with two workers nor a namespace with too many, and loses no add', async () => {
    const run = async (
      steps: readonly (typeof someStep extends fc.Arbitrary<infer S> ? S : never)[],
      seed: number,
    ) => {
      const { clock, queue } = newQueue(seededRandom(seed), 2);
      const random = seededRandom(seed + 1);
      /** Adds that no work has begun after. */
      const owed = new Set<string>();
      const inWork = new Set<string>();

      const worker = async () => {
        for (let work = await queue.take(); work !== undefined; work = await queue.take()) {
          const { key } = work;
          expect(inWork.has(key)).toBe(false);
          inWork.add(key);
          expect([...inWork].filter((other) => other.startsWith('shop/')).length).toBeLessThanOrEqual(2);
          owed.delete(key);
          const { promise, resolve } = Promise.withResolvers<void>();
          clock.schedule(random.next() * 100, resolve);
          await promise;
          inWork.delete(key);
          queue.done(key);
        }
      };
      const workers = [worker(), worker(), worker()];

      for (const step of steps) {
        if (step.do === 'advance') {
          await clock.advance(step.ms);
          continue;
        }
        owed.add(step.key);
        if (step.do === 'add') queue.add(step.key, step.priority);
        if (step.do === 'addAfter') queue.addAfter(step.key, step.ms, step.priority);
        if (step.do === 'retry') queue.retry(step.key, step.priority);
      }
      await clock.advance(200_000);
      expect([...owed]).toEqual([]);
      expect(queue.depth()).toEqual({ ready: { high: 0, normal: 0, low: 0 }, delayed: 0, processing: 0 });
      await queue.shutDown();
      await Promise.all(workers);
    };

    await fc.assert(fc.asyncProperty(fc.array(someStep, { maxLength: 40 }), fc.nat(), run), { numRuns: 300 });
  });
});
