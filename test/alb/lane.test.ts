import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lane, type Passage } from '../../src/alb/lane.ts';
import { seededRandom } from '../../src/runtime/random.ts';

const lane = (seed = 1) => new Lane({ busyDelayMs: 1000, random: seededRandom(seed) });

/** Makes one write that is answered at once. */
function write(on: Lane, operation: string, verdict: 'accepted' | 'busy', now: number): void {
  expect(on.waitMs('shop', now)).toBe(0);
  on.leave(on.enter(operation, 'shop', now), verdict, now);
}

describe('how long a write locks the load balancer', () => {
  it('is learned when two writes of one operation in a row are followed by busy answers', () => {
    const learning = lane();
    for (const accepted of [0, 10_000]) {
      write(learning, 'CreateListener', 'accepted', accepted);
      write(learning, 'CreateListener', 'busy', accepted);
      write(learning, 'CreateListener', 'busy', accepted + 1200);
    }
    write(learning, 'CreateListener', 'accepted', 20_000);
    // Busy for more than 1.2 s each time; the test after it would have come 0.8 to 1.2 s later.
    expect(learning.waitMs('shop', 21_900)).toBeGreaterThan(0);
    expect(learning.waitMs('shop', 22_400)).toBe(0);
  });

  it('is not learned from a busy answer that came by chance', () => {
    const learning = lane();
    write(learning, 'UpdateListenerAttribute', 'accepted', 0);
    write(learning, 'UpdateListenerAttribute', 'busy', 0);
    write(learning, 'UpdateListenerAttribute', 'accepted', 1200);
    expect(learning.waitMs('shop', 1200)).toBe(0);
    write(learning, 'UpdateListenerAttribute', 'accepted', 1200);
    write(learning, 'UpdateListenerAttribute', 'busy', 1200);
    write(learning, 'UpdateListenerAttribute', 'accepted', 2400);
    expect(learning.waitMs('shop', 2400)).toBe(0);
  });

  it('is not learned from a busy answer long after the write', () => {
    const learning = lane();
    for (const accepted of [0, 10_000, 20_000]) {
      write(learning, 'CreateListener', 'accepted', accepted);
      write(learning, 'CreateListener', 'busy', accepted + 5000);
    }
    write(learning, 'CreateListener', 'accepted', 30_000);
    expect(learning.waitMs('shop', 30_000)).toBe(0);
  });

  it('holds up after writes of that operation only', () => {
    const learning = lane();
    for (const accepted of [0, 10_000]) {
      write(learning, 'CreateListener', 'accepted', accepted);
      write(learning, 'CreateListener', 'busy', accepted);
    }
    write(learning, 'UpdateListenerAttribute', 'accepted', 20_000);
    expect(learning.waitMs('shop', 20_000)).toBe(0);
  });
});

it('is not opened by a write that left before the busy answer', () => {
  const tried = lane();
  for (let count = 0; count < 10; count += 1) write(tried, 'DeleteListener', 'accepted', 0);
  const [first, second] = [
    tried.enter('DeleteListener', 'shop', 0),
    tried.enter('DeleteListener', 'shop', 0),
  ];
  tried.leave(first, 'busy', 100);
  tried.leave(second, 'accepted', 110);
  expect(tried.waitMs('shop', 1400)).toBe(0);
  tried.enter('DeleteListener', 'shop', 1400);
  expect(tried.waitMs('shop', 1400)).toBeGreaterThan(0);
});

it('keeps its promises in any order of writes and answers', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3000) }),
    fc.record({
      kind: fc.constant('try' as const),
      operation: fc.constantFrom('CreateListener', 'DeleteListener'),
    }),
    fc.record({
      kind: fc.constant('answer' as const),
      place: fc.nat(),
      verdict: fc.constantFrom('accepted', 'accepted', 'accepted', 'busy', 'unrelated'),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat(), (steps, seed) => {
      const tried = lane(seed);
      const inFlight: Passage[] = [];
      let now = 0;
      let busyAt = Number.NEGATIVE_INFINITY;
      let testing = false;
      for (const event of steps) {
        if (event.kind === 'wait') now += event.ms;
        else if (event.kind === 'try') {
          if (tried.waitMs('shop', now) > 0) continue;
          expect(now - busyAt).toBeGreaterThanOrEqual(800);
          if (testing) expect(inFlight).toHaveLength(0);
          inFlight.push(tried.enter(event.operation, 'shop', now));
          expect(inFlight.length).toBeLessThanOrEqual(8);
        } else {
          const [passage] = inFlight.splice(event.place % Math.max(1, inFlight.length), 1);
          if (passage === undefined) continue;
          tried.leave(passage, event.verdict, now);
          if (event.verdict === 'busy') {
            busyAt = now;
            testing = true;
          } else if (event.verdict === 'accepted' && passage.leftAt >= busyAt) testing = false;
        }
      }
      // It never stays shut: the longest hold later, with all answered, a write may go.
      for (const passage of inFlight) tried.leave(passage, 'unrelated', now);
      expect(tried.waitMs('shop', now + 30_000)).toBe(0);
    }),
    { numRuns: 300 },
  );
});

it('is shared in turn by the namespaces on the load balancer, however many writes one of them has', () => {
  const shared = lane();
  const accepted = { crowd: 0, shop: [] as number[] };
  const waiting = [
    ...Array.from({ length: 50 }, () => ({ namespace: 'crowd', at: 0 })),
    { namespace: 'shop', at: 5000 },
  ];
  let writing: { readonly passage: Passage; readonly until: number } | undefined;
  for (let now = 0; now < 60_000; now += 10) {
    if (writing !== undefined && writing.until <= now) {
      shared.leave(writing.passage, 'accepted', now);
      // Each write locks the load balancer, and the next one finds that out.
      shared.leave(shared.enter('CreateListener', 'crowd', now), 'busy', now);
      writing = undefined;
    }
    for (const one of waiting) {
      if (one.at > now) continue;
      const waitMs = shared.waitMs(one.namespace, now);
      one.at = now + (waitMs > 0 ? waitMs : 2000);
      if (waitMs > 0) continue;
      writing = { passage: shared.enter('CreateListener', one.namespace, now), until: now + 100 };
      if (one.namespace === 'shop') accepted.shop.push(now);
      else accepted.crowd += 1;
    }
  }
  expect(accepted.crowd).toBeGreaterThan(10);
  expect(accepted.shop.length).toBeGreaterThan(0.7 * accepted.crowd);
});
