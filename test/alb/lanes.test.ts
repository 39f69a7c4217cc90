import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/alb/error.ts';
import { Lanes, withLane } from '../../src/alb/lanes.ts';
import { sleep } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { httpListener, insist, SimulatedCloud } from './simulated-cloud.ts';

const LOCKING = { createLocksLoadBalancer: true, provisioningMs: 3000 };

/** Creates listeners as reconciles would, and says for each when its create was accepted. */
async function createAll(
  cloud: SimulatedCloud,
  counts: Readonly<Record<string, number>>,
  limitMs: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const lanes = new Lanes({ clock: cloud.clock, random: cloud.random, busyDelayMs: 1000 });
  const accepted = new Map<string, number[]>();
  const work = Object.entries(counts).flatMap(([loadBalancerId, count]) => {
    const api = withLane(cloud.api(), lanes, loadBalancerId, 'shop');
    const times: number[] = [];
    accepted.set(loadBalancerId, times);
    return Array.from({ length: count }, async (_, index) => {
      await insist(cloud.clock, () => api.createListener(httpListener(loadBalancerId, 1000 + index)));
      times.push(cloud.clock.monotonic());
    });
  });
  await cloud.finish(work, limitMs);
  return accepted;
}

describe('50 creates on a load balancer that each of them locks', () => {
  it.each([1, 2, 3])(
    'go one after another, and two free load balancers notice nothing (seed %i)',
    async (seed) => {
      const loadBalancers = ['alb-full', 'alb-free-1', 'alb-free-2'];
      const cloud = new SimulatedCloud({ loadBalancers, settings: LOCKING, seed });
      const accepted = await createAll(
        cloud,
        { 'alb-full': 50, 'alb-free-1': 1, 'alb-free-2': 1 },
        50 * 4000,
      );

      const last = Math.max(...(accepted.get('alb-full') ?? []));
      const refused = cloud.count('CreateListener', /IncorrectStatus/);
      console.log(`50 creates: ${(last / 1000).toFixed(1)} s, ${refused} refusals of the cloud`);
      expect(cloud.simulator.state.listeners.size).toBe(52);
      expect(last).toBeLessThan(50 * 3700);
      expect(refused).toBeLessThan(50 * 0.75);
      for (const free of ['alb-free-1', 'alb-free-2']) {
        const alone = new SimulatedCloud({ loadBalancers: [free], settings: LOCKING, seed });
        expect(accepted.get(free)).toEqual((await createAll(alone, { [free]: 1 }, 60_000)).get(free));
      }
    },
  );

  it('keeps several writes in flight where none of them locks anything', async () => {
    const cloud = new SimulatedCloud({
      loadBalancers: ['alb-1'],
      settings: { createLocksLoadBalancer: false },
    });
    const times = (await createAll(cloud, { 'alb-1': 50 }, 60_000)).get('alb-1') ?? [];
    // One at a time it would be 50 times the 100 ms of a call.
    expect(Math.max(...times)).toBeLessThan(2500);
    expect(cloud.count('CreateListener')).toBe(50);
  });
});

const ok: Outcome<null> = { outcome: 'yes', value: null, requestId: 'r' };
const refusal = (errorClass: 'busy' | 'listenerBusy' | 'portTaken' | 'throttled'): Outcome<null> => ({
  outcome: 'no',
  error: { class: errorClass, operation: 'UpdateListenerAttribute', code: 'X', message: '' },
});

function setUp() {
  const clock = new VirtualClock();
  const lanes = new Lanes({ clock, random: seededRandom(1), busyDelayMs: 1000 });
  const sent: string[] = [];
  const write = (loadBalancerId: string, answer: Outcome<null>, ms = 100) =>
    lanes.write(loadBalancerId, 'UpdateListenerAttribute', 'shop', async () => {
      sent.push(loadBalancerId);
      await sleep(clock, ms);
      return answer;
    });
  /** Writes alone, from the call to the answer. */
  const writeAlone = async (loadBalancerId: string, answer: Outcome<null>) => {
    const writing = write(loadBalancerId, answer);
    await clock.advance(100);
    return writing;
  };
  return { clock, lanes, sent, write, writeAlone };
}

const retryAfter = (outcome: Outcome<unknown>) =>
  outcome.outcome === 'yes' ? undefined : outcome.error.retryAfterMs;

describe('a lane', () => {
  it('closes for about a second after a busy answer, without asking the cloud', async () => {
    const { clock, sent, writeAlone } = setUp();
    const first = retryAfter(await writeAlone('alb-1', refusal('busy')));
    expect(first).toBeGreaterThanOrEqual(800);
    expect(first).toBeLessThanOrEqual(1500);

    const held = await writeAlone('alb-1', ok);
    expect(held).toMatchObject({ outcome: 'no', error: { class: 'busy', code: 'LaneBusy' } });
    expect(retryAfter(held)).toBeGreaterThan(600);
    expect(sent).toHaveLength(1);

    await clock.advance(1200);
    expect(await writeAlone('alb-1', ok)).toBe(ok);
  });

  it('is tested by one write alone before more may go', async () => {
    const { clock, sent, write, writeAlone } = setUp();
    for (let count = 0; count < 20; count += 1) await writeAlone('alb-1', ok);
    await writeAlone('alb-1', refusal('busy'));
    await clock.advance(1200);
    sent.length = 0;

    const test = write('alb-1', ok);
    expect(await write('alb-1', ok)).toMatchObject({ error: { code: 'LaneBusy' } });
    await clock.advance(100);
    expect(await test).toBe(ok);
    const together = [write('alb-1', ok), write('alb-1', ok)];
    await clock.advance(100);
    expect(await Promise.all(together)).toEqual([ok, ok]);
    expect(sent).toHaveLength(3);
  });

  it('halves once for all writes that met the same obstacle', async () => {
    const { clock, sent, write, writeAlone } = setUp();
    // More than 40 accepted writes bring it to its upper bound of 8.
    for (let count = 0; count < 50; count += 1) await writeAlone('alb-1', ok);
    const met = Array.from({ length: 9 }, () => write('alb-1', refusal('busy')));
    await clock.advance(100);
    expect(
      (await Promise.all(met)).filter(
        (answer) => answer.outcome === 'no' && answer.error.code === 'LaneBusy',
      ),
    ).toHaveLength(1);
    await clock.advance(1200);
    await writeAlone('alb-1', ok);
    sent.length = 0;
    for (let count = 0; count < 9; count += 1) void write('alb-1', ok);
    expect(sent).toHaveLength(4);
    await clock.advance(100);
  });

  it('does not close for a listener that is busy itself, nor for any other refusal', async () => {
    const { writeAlone } = setUp();
    expect(await writeAlone('alb-1', refusal('listenerBusy'))).toEqual(refusal('listenerBusy'));
    expect(await writeAlone('alb-1', refusal('portTaken'))).toEqual(refusal('portTaken'));
    expect(await writeAlone('alb-1', ok)).toBe(ok);
  });

  it('takes a write that was not sent after all for no test', async () => {
    const { clock, writeAlone, lanes } = setUp();
    for (let count = 0; count < 20; count += 1) await writeAlone('alb-1', ok);
    await writeAlone('alb-1', refusal('busy'));
    await clock.advance(1200);
    await writeAlone('alb-1', refusal('throttled'));
    expect(lanes.heldBack('alb-1', 'StopListener', 'shop')).toBeUndefined();
    const { promise, resolve } = Promise.withResolvers<Outcome<null>>();
    const test = lanes.write('alb-1', 'UpdateListenerAttribute', 'shop', () => promise);
    expect(retryAfter(lanes.heldBack('alb-1', 'StopListener', 'shop') ?? ok)).toBeGreaterThan(0);
    resolve(ok);
    await test;
    expect(lanes.heldBack('alb-1', 'StopListener', 'shop')).toBeUndefined();
  });

  it('keeps a place from the moment it is given until it is given back', () => {
    const { lanes } = setUp();
    const first = lanes.turn('alb-1', 'CreateListener', 'shop');
    expect(first.given).toBe(true);
    expect(lanes.turn('alb-1', 'CreateListener', 'shop').given).toBe(false);
    if (first.given) first.place.giveBack();
    expect(lanes.turn('alb-1', 'CreateListener', 'shop').given).toBe(true);
  });

  it('is forgotten when it was not used for an hour', async () => {
    const { clock, sent, write, writeAlone } = setUp();
    for (let count = 0; count < 20; count += 1) await writeAlone('alb-1', ok);
    await clock.advance(3_600_000);
    await writeAlone('alb-2', ok);
    sent.length = 0;
    for (let count = 0; count < 9; count += 1) void write('alb-1', ok);
    expect(sent).toHaveLength(1);
    await clock.advance(100);
  });

  it('never holds up another', async () => {
    const { writeAlone } = setUp();
    await writeAlone('alb-1', refusal('busy'));
    expect(await writeAlone('alb-2', ok)).toBe(ok);
  });
});

describe('an API with a lane', () => {
  it('holds back every write while the lane is closed, and no read', async () => {
    const cloud = new SimulatedCloud({ loadBalancers: ['alb-1'], settings: { provisioningMs: 0 } });
    const [id = ''] = cloud.put('alb-1', 1);
    const lanes = new Lanes({ clock: cloud.clock, random: cloud.random, busyDelayMs: 1000 });
    const closing = lanes.write('alb-1', 'UpdateListenerAttribute', 'shop', async () => refusal('busy'));
    expect((await closing).outcome).toBe('no');

    const api = withLane(cloud.api(), lanes, 'alb-1', 'shop');
    const writes = [
      api.createListener(httpListener('alb-1', 80)),
      api.updateListenerAttribute({ listenerId: id, idleTimeout: 20 }),
      api.deleteListener(id),
      api.startListener(id),
      api.stopListener(id),
      api.associateAdditionalCertificatesWithListener(id, [{ certificateId: '1' }]),
      api.dissociateAdditionalCertificatesFromListener(id, [{ certificateId: '1' }]),
      api.updateListenerLogConfig({ listenerId: id, accessLogRecordCustomizedHeadersEnabled: true }),
      api.associateAclsWithListener(id, 'White', ['acl']),
      api.dissociateAclsFromListener(id, ['acl']),
      api.tagListener(id, [{ key: 'a', value: 'b' }]),
      api.untagListener(id, ['a']),
    ];
    for (const answer of await Promise.all(writes))
      expect(answer).toMatchObject({ error: { code: 'LaneBusy' } });
    expect(cloud.requests).toEqual([]);

    const reads = [
      api.getLoadBalancerAttribute('alb-1'),
      api.getListenerAttribute(id),
      api.listListeners({ listenerIds: [id] }),
      api.listListenerCertificates(id),
      api.listAcls(['acl']),
      api.listAsynJobs({ resourceIds: [id] }),
    ];
    await cloud.clock.advance(100);
    await Promise.all(reads);
    expect(cloud.requests).toHaveLength(6);
    expect(writes.length + reads.length).toBe(Object.keys(api).length);
  });
});
