import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListedListener } from '../../src/alb/api.ts';
import { BulkReader, withInvalidation } from '../../src/alb/bulk-reader.ts';
import type { AlbError, AlbErrorClass, Outcome } from '../../src/alb/error.ts';
import { sleep } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { SimulatedCloud } from './simulated-cloud.ts';

describe('300 listeners on 10 load balancers', () => {
  it.each([1, 2, 3])('are read with at most 10 calls a round of resyncs (seed %i)', async (seed) => {
    const loadBalancers = Array.from({ length: 10 }, (_, index) => `alb-${index}`);
    const cloud = new SimulatedCloud({
      loadBalancers,
      settings: { createLocksLoadBalancer: false, provisioningMs: 0 },
      seed,
    });
    const reader = new BulkReader({ api: cloud.api(), clock: cloud.clock });
    const roundMs = 600_000;
    const rounds = 6;
    let reads = 0;
    const work = loadBalancers.flatMap((loadBalancerId) =>
      cloud.put(loadBalancerId, 30).map(async (listenerId) => {
        await sleep(cloud.clock, roundMs * cloud.random.next());
        while (cloud.clock.monotonic() < rounds * roundMs) {
          const answer = await reader.read({
            listenerId,
            loadBalancerId,
            maxAgeMs: roundMs / 2,
            namespace: 'shop',
          });
          expect(answer).toMatchObject({ outcome: 'yes', value: { listenerId, loadBalancerId } });
          reads += 1;
          await sleep(cloud.clock, roundMs * (0.8 + 0.4 * cloud.random.next()));
        }
      }),
    );
    await cloud.finish(work, (rounds + 2) * roundMs);
    const perRound = cloud.count('ListListeners') / rounds;
    console.log(`calls a round: ${perRound.toFixed(1)} for ${(reads / rounds).toFixed(0)} reads`);
    expect(reads / rounds).toBeGreaterThan(280);
    expect(perRound).toBeLessThanOrEqual(10);
  });
});

interface Call {
  readonly ids: readonly string[];
  readonly leftAt: number;
  readonly answer: (outcome?: Outcome<readonly ListedListener[]>) => void;
}

/** An API whose calls stay open until a test answers them; every listener is named by the number of its call. */
function setUp() {
  const clock = new VirtualClock();
  const calls: Call[] = [];
  const reader = new BulkReader({
    clock,
    api: {
      listListeners: ({ loadBalancerIds: ids = [] }) => {
        const { promise, resolve } = Promise.withResolvers<Outcome<readonly ListedListener[]>>();
        const value = ids.map((id) => listener(id, `call-${calls.length}`));
        const yes = { outcome: 'yes' as const, value, requestId: 'r' };
        calls.push({ ids, leftAt: clock.monotonic(), answer: (outcome = yes) => resolve(outcome) });
        return promise;
      },
    },
  });
  return { clock, calls, reader };
}

function listener(loadBalancerId: string, listenerId: string): ListedListener {
  return {
    listenerId,
    loadBalancerId,
    listenerProtocol: 'HTTP',
    listenerPort: 80,
    listenerStatus: 'Running',
    tags: [],
  };
}

function failure(
  outcome: 'no' | 'unknown',
  errorClass: AlbErrorClass,
  parts: Partial<AlbError> = {},
): Outcome<never> {
  return {
    outcome,
    error: { class: errorClass, operation: 'ListListeners', code: 'X', message: '', ...parts },
  };
}

const idOf = (answer: Outcome<readonly ListedListener[]>) =>
  answer.outcome === 'yes' ? answer.value[0]?.listenerId : answer.error.class;

describe('the bulk reader', () => {
  it('asks once for all who ask within a moment', async () => {
    const { clock, calls, reader } = setUp();
    const reads = ['alb-1', 'alb-2', 'alb-1', 'alb-3'].map((id) => reader.listOf(id, 0, 'shop'));
    await clock.advance(20);
    expect(calls.map(({ ids }) => ids)).toEqual([['alb-1', 'alb-2', 'alb-3']]);
    calls[0]?.answer();
    const answers = await Promise.all(reads);
    expect(answers.map((answer) => answer.outcome === 'yes' && answer.value)).toEqual([
      [listener('alb-1', 'call-0')],
      [listener('alb-2', 'call-0')],
      [listener('alb-1', 'call-0')],
      [listener('alb-3', 'call-0')],
    ]);
  });

  it('asks for at most 20 load balancers in one call', async () => {
    const { clock, calls, reader } = setUp();
    for (let count = 0; count < 45; count += 1) void reader.listOf(`alb-${count}`, 0, 'shop');
    await clock.advance(20);
    expect(calls.map(({ ids }) => ids.length)).toEqual([20, 20, 5]);
  });

  it('serves from what it has while that is young enough', async () => {
    const { clock, calls, reader } = setUp();
    const first = reader.listOf('alb-1', 0, 'shop');
    await clock.advance(1020);
    calls[0]?.answer();
    await first;
    // The request left 1,000 ms ago, whenever its answer came.
    expect(idOf(await reader.listOf('alb-1', 1000, 'shop'))).toBe('call-0');
    void reader.listOf('alb-1', 999, 'shop');
    await clock.advance(20);
    expect(calls).toHaveLength(2);
  });

  it('does not serve what was asked for before a write to the load balancer was over', async () => {
    const { clock, calls, reader } = setUp();
    const before = reader.listOf('alb-1', 60_000, 'shop');
    await clock.advance(20);
    reader.invalidate('alb-1');
    const after = reader.listOf('alb-1', 60_000, 'shop');
    await clock.advance(20);
    expect(calls).toHaveLength(1);
    calls[0]?.answer();
    expect(idOf(await before)).toBe('call-0');
    await clock.advance(20);
    calls[1]?.answer();
    expect(idOf(await after)).toBe('call-1');
  });

  it('learns of writes from the API that makes them, unless they were refused', async () => {
    const cloud = new SimulatedCloud({ loadBalancers: ['alb-1'], settings: { provisioningMs: 0 } });
    const [listenerId = ''] = cloud.put('alb-1', 1);
    const reader = new BulkReader({ api: cloud.api(), clock: cloud.clock });
    const api = withInvalidation(cloud.api(), reader, 'alb-1');
    const description = async () => {
      const read = reader.read({
        listenerId,
        loadBalancerId: 'alb-1',
        maxAgeMs: 3_600_000,
        namespace: 'shop',
      });
      await cloud.clock.advance(200);
      const answer = await read;
      return answer.outcome === 'yes' ? answer.value?.listenerDescription : answer.error.code;
    };
    const describeAs = async (listenerDescription: string) => {
      const writing = api.updateListenerAttribute({ listenerId, listenerDescription });
      await cloud.clock.advance(200);
      return (await writing).outcome;
    };

    expect(await description()).toBeUndefined();
    expect(await describeAs('shop')).toBe('yes');
    expect(await description()).toBe('shop');
    expect(await describeAs('a description that the cloud refuses!')).toBe('no');
    expect(await description()).toBe('shop');
    expect(cloud.count('ListListeners')).toBe(2);
  });

  it('takes along those whose readers will come soon', async () => {
    const { clock, calls, reader } = setUp();
    for (const id of ['alb-1', 'alb-2', 'alb-3']) {
      const read = reader.listOf(id, id === 'alb-3' ? 100_000 : 10_000, 'shop');
      await clock.advance(20);
      calls.at(-1)?.answer();
      await read;
    }
    await clock.advance(6000);
    void reader.listOf('alb-1', 0, 'shop');
    await clock.advance(20);
    expect(calls.at(-1)?.ids).toEqual(['alb-1', 'alb-2']);
  });

  it('tells every waiting reader when a call fails, and asks anew for the next', async () => {
    const { clock, calls, reader } = setUp();
    const reads = [reader.listOf('alb-1', 0, 'shop'), reader.listOf('alb-2', 0, 'shop')];
    await clock.advance(20);
    calls[0]?.answer(failure('unknown', 'unavailable'));
    expect((await Promise.all(reads)).map(idOf)).toEqual(['unavailable', 'unavailable']);
    void reader.listOf('alb-1', 60_000, 'shop');
    await clock.advance(20);
    expect(calls).toHaveLength(2);
  });

  it('does not let a load balancer that may not be read spoil the answer for others', async () => {
    const { clock, calls, reader } = setUp();
    const ids = ['alb-1', 'alb-2', 'alb-foreign', 'alb-4'];
    const reads = ids.map((id) => reader.listOf(id, 0, 'shop'));
    await clock.advance(20);
    for (let place = 0; place < calls.length; place += 1) {
      const call = calls[place];
      if (call?.ids.includes('alb-foreign')) call.answer(failure('no', 'permission'));
      else call?.answer();
      await clock.advance(0);
    }
    expect((await Promise.all(reads)).map((answer) => answer.outcome)).toEqual(['yes', 'yes', 'no', 'yes']);

    await clock.advance(1);
    const before = calls.length;
    for (const id of ids) void reader.listOf(id, 0, 'shop');
    await clock.advance(20);
    expect(calls.slice(before).map((call) => call.ids)).toEqual([
      ['alb-1', 'alb-2', 'alb-4'],
      ['alb-foreign'],
    ]);
  });

  it('asks nothing for as long as it was told to wait, and then once for all who come', async () => {
    const { clock, calls, reader } = setUp();
    const first = reader.listOf('alb-1', 0, 'shop');
    await clock.advance(20);
    calls[0]?.answer(failure('no', 'throttled', { retryAfterMs: 5000 }));
    expect(await first).toMatchObject({ error: { retryAfterMs: 5000 } });

    await clock.advance(2000);
    const meanwhile = await Promise.all([
      reader.listOf('alb-1', 0, 'shop'),
      reader.listOf('alb-2', 0, 'shop'),
    ]);
    for (const answer of meanwhile)
      expect(answer).toMatchObject({ outcome: 'no', error: { retryAfterMs: 3000, notSent: true } });
    expect(calls).toHaveLength(1);

    await clock.advance(3000);
    void reader.listOf('alb-1', 0, 'shop');
    void reader.listOf('alb-2', 0, 'shop');
    await clock.advance(20);
    expect(calls.map(({ ids }) => ids)).toEqual([['alb-1'], ['alb-1', 'alb-2']]);
  });

  it('forgets load balancers that nobody has read for an hour', async () => {
    const { clock, calls, reader } = setUp();
    const read = reader.listOf('alb-1', 86_400_000, 'shop');
    await clock.advance(20);
    calls[0]?.answer();
    await read;
    await clock.advance(3_600_001);
    void reader.listOf('alb-2', 0, 'shop');
    await clock.advance(20);
    void reader.listOf('alb-1', 86_400_000, 'shop');
    await clock.advance(20);
    expect(calls.map(({ ids }) => ids)).toEqual([['alb-1'], ['alb-2'], ['alb-1']]);
  });

  it('tells whether one listener is in the list', async () => {
    const { clock, calls, reader } = setUp();
    const there = reader.read({
      listenerId: 'call-0',
      loadBalancerId: 'alb-1',
      maxAgeMs: 0,
      namespace: 'shop',
    });
    const missing = reader.read({
      listenerId: 'lsn-x',
      loadBalancerId: 'alb-1',
      maxAgeMs: 0,
      namespace: 'shop',
    });
    await clock.advance(20);
    calls[0]?.answer();
    expect(await there).toMatchObject({ outcome: 'yes', value: { listenerId: 'call-0' } });
    expect(await missing).toMatchObject({ outcome: 'yes', value: undefined });
  });
});

describe('of several calls that leave together, namespaces take turns', () => {
  const named = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

  it.each<{
    reason: string;
    asked: readonly (readonly [namespace: string, ids: readonly string[]])[];
    first: readonly string[];
  }>([
    {
      reason: 'one namespace alone, in its order',
      asked: [['crowd', named('c', 30)]],
      first: named('c', 20),
    },
    {
      reason: 'one that asks last for one load balancer is in the first call',
      asked: [
        ['crowd', named('c', 60)],
        ['home', ['h-0']],
      ],
      first: ['c-0', 'h-0', ...named('c', 19).slice(1)],
    },
    {
      reason: 'two that ask for many have half of it each',
      asked: [
        ['crowd', named('c', 60)],
        ['home', named('h', 60)],
      ],
      first: named('c', 10).flatMap((id, n) => [id, `h-${n}`]),
    },
    {
      reason: 'a load balancer that both ask for is in it once, in the turn of the first',
      asked: [
        ['crowd', named('c', 60)],
        ['home', ['c-59']],
      ],
      first: ['c-0', 'c-59', ...named('c', 19).slice(1)],
    },
  ])('$reason', async ({ asked, first }) => {
    const { clock, calls, reader } = setUp();
    for (const [namespace, ids] of asked) for (const id of ids) void reader.listOf(id, 0, namespace);
    await clock.advance(20);
    expect(calls[0]?.ids).toEqual(first);
    const all = calls.flatMap(({ ids }) => ids);
    expect(new Set(all)).toEqual(new Set(asked.flatMap(([, ids]) => ids)));
    expect(all).toHaveLength(new Set(all).size);
  });

  it('a namespace that was served has no turn in the next calls', async () => {
    const { clock, calls, reader } = setUp();
    const ids = named('c', 60);
    for (const id of ids) void reader.listOf(id, 0, 'crowd');
    void reader.listOf('c-59', 0, 'home');
    await clock.advance(20);
    expect(calls[0]?.ids).toContain('c-59');
    for (const call of calls) call.answer();
    await clock.advance(1);
    for (const id of ids) void reader.listOf(id, 0, 'crowd');
    await clock.advance(20);
    expect(calls[3]?.ids).toEqual(named('c', 20));
  });
});

it('keeps its guarantees in any order of reads, writes and answers', async () => {
  const loadBalancerId = fc.constantFrom('alb-1', 'alb-2', 'alb-3');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('read' as const), loadBalancerId, maxAgeMs: fc.constantFrom(0, 50, 500) }),
    fc.record({ kind: fc.constant('write' as const), loadBalancerId }),
    fc.record({
      kind: fc.constant('answer' as const),
      place: fc.nat(),
      fails: fc.constantFrom(false, false, true),
    }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(100) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, calls, reader } = setUp();
      const open: Call[] = [];
      const departed = () => calls.slice(open.length + answered).forEach((call) => open.push(call));
      let answered = 0;
      const writes = new Map<string, number>();
      const reads: Promise<void>[] = [];
      const check = async (id: string, maxAgeMs: number) => {
        const askedAt = clock.monotonic();
        const notBefore = writes.get(id) ?? 0;
        const answer = await reader.listOf(id, maxAgeMs, 'shop');
        if (answer.outcome !== 'yes') return;
        const number = Number(idOf(answer)?.replace('call-', ''));
        expect(calls[number]?.leftAt).toBeGreaterThanOrEqual(askedAt - maxAgeMs);
        expect(number).toBeGreaterThanOrEqual(notBefore);
      };
      const settle = (place: number, fails: boolean) => {
        departed();
        const [call] = open.splice(place % Math.max(1, open.length), 1);
        if (call === undefined) return;
        answered += 1;
        call.answer(fails ? failure('unknown', 'unavailable') : undefined);
      };
      for (const event of steps) {
        if (event.kind === 'read') reads.push(check(event.loadBalancerId, event.maxAgeMs));
        // Calls that have left by now are of no use to those who read from here on.
        else if (event.kind === 'write') {
          reader.invalidate(event.loadBalancerId);
          writes.set(event.loadBalancerId, calls.length);
        } else if (event.kind === 'answer') settle(event.place, event.fails);
        await clock.advance(event.kind === 'wait' ? event.ms : 0);
        departed();
        const onTheirWay = open.flatMap(({ ids }) => ids);
        expect(new Set(onTheirWay).size).toBe(onTheirWay.length);
      }
      for (let rest = 0; rest < 10; rest += 1) {
        await clock.advance(20);
        departed();
        while (open.length > 0) settle(0, false);
      }
      // Nobody waits for ever.
      await Promise.all(reads);
    }),
    { numRuns: 100 },
  );
});
