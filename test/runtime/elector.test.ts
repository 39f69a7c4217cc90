import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/runtime/clock.ts';
import { Elector } from '../../src/runtime/elector.ts';
import type { ApiAnswer } from '../../src/runtime/kubernetes/api-answer.ts';
import { failure } from '../../src/runtime/kubernetes/api-answer.ts';
import type { ApiRequest, ApiTransport } from '../../src/runtime/kubernetes/api-transport.ts';
import { objectKey } from '../../src/runtime/object.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { ApiServer } from '../simulation/api-server/api-server.ts';
import { LEASE_OBJECTS, NAMESPACES } from '../simulation/api-server/resources.ts';
import { ProcessClock } from '../simulation/process-clock.ts';
import { settled, Timeline } from '../simulation/timeline.ts';
import { apiContact } from '../support/api-contact.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const LEASE = objectKey('operators', 'alb-listener-operator');

/** Replicas on one time and one API server; each can be cut off, put to sleep, and killed. */
class Replicas {
  readonly timeline = new Timeline();
  readonly server: ApiServer;
  readonly #random;

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
    this.server = new ApiServer({ clock: this.timeline, random: this.#random });
    this.server.handle({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: { apiVersion: 'v1', kind: NAMESPACES.kind, metadata: { name: 'operators' } },
    });
  }

  start(identity: string, aheadMs = 0): Replica {
    return new Replica(identity, this, new ProcessClock(this.timeline, aheadMs), this.#random.next());
  }

  async pass(ms: number, each: () => void = () => {}): Promise<void> {
    const until = this.timeline.monotonic() + ms;
    await settled();
    while (this.timeline.monotonic() < until) {
      await this.timeline.advance(until);
      each();
    }
  }

  get lease(): unknown {
    return this.server.read(LEASE_OBJECTS, LEASE)?.['spec'];
  }
}

class Replica {
  readonly elector: Elector;
  readonly clock: ProcessClock;
  readonly #stop = new AbortController();
  /** Whether nothing it sends arrives; it is told so after the deadline. */
  isCut = false;
  /** So many of the next requests go over connections that are dead. */
  dead = 0;
  /** How long a request is under way; it arrives, whether it was given up meanwhile or not. */
  delayMs = 0;
  hasEnded = false;

  constructor(identity: string, { server }: Replicas, clock: ProcessClock, seed: number) {
    this.clock = clock;
    const transport: ApiTransport = {
      request: (request) => this.#request(server, request),
      watch: (request) => server.watch(request),
    };
    this.elector = new Elector({
      transport,
      lease: LEASE,
      identity,
      clock,
      random: seededRandom(Math.floor(seed * 2 ** 31)),
      contact: apiContact({ clock, logger: recordingLogger() }),
      logger: recordingLogger(),
    });
    void this.#run();
  }

  async #run(): Promise<void> {
    await this.elector.acquire(this.#stop.signal);
    await this.elector.keep(this.#stop.signal);
    if (this.#stop.signal.aborted) await this.elector.release();
    this.hasEnded = true;
  }

  async #request(server: ApiServer, request: ApiRequest): Promise<ApiAnswer> {
    const { deadlineMs = 30_000, signal } = request;
    const isDead = this.dead > 0;
    if (isDead) this.dead -= 1;
    if (this.isCut || isDead) {
      await sleep(this.clock, deadlineMs, signal);
      return failure(signal?.aborted ? 'aborted' : 'timeout', 'no answer');
    }
    if (this.delayMs === 0) return server.request(request);
    const { method, path, body } = request;
    const arriving = sleep(this.clock, this.delayMs).then(() =>
      server.handle({ method, path, ...(body !== undefined && { body }) }),
    );
    const givenUp = sleep(this.clock, deadlineMs, signal).then(() =>
      failure(signal?.aborted ? 'aborted' : 'timeout', 'no answer'),
    );
    return Promise.race([arriving, givenUp]);
  }

  terminate(): void {
    this.#stop.abort();
  }
}

/** Two replicas, of which `first` has led for a while and `second` stands by. */
async function leaderAndStandby() {
  const replicas = new Replicas();
  const first = replicas.start('first');
  await replicas.pass(1000);
  const second = replicas.start('second');
  await replicas.pass(10_000);
  return { replicas, first, second };
}

describe('leader election', () => {
  it('makes one of several the leader, and keeps it', async () => {
    const replicas = new Replicas();
    const [first, second] = [replicas.start('first'), replicas.start('second')];
    await replicas.pass(120_000, () => {
      expect([first, second].filter(({ elector }) => elector.isLeading).length).toBeLessThanOrEqual(1);
    });
    expect([first, second].filter(({ elector }) => elector.isLeading)).toHaveLength(1);
    expect(replicas.lease).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  it('hands over within one retry when the leader gives up', async () => {
    const { replicas, first, second } = await leaderAndStandby();
    first.terminate();
    await replicas.pass(4500);
    expect(first.elector.isLeading).toBe(false);
    expect(second.elector.isLeading).toBe(true);
    expect(replicas.lease).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
  });

  it('waits for the time of the lease when the leader vanishes', async () => {
    const { replicas, first, second } = await leaderAndStandby();
    first.clock.die();
    await replicas.pass(10_000);
    expect(second.elector.isLeading).toBe(false);
    await replicas.pass(10_000);
    expect(second.elector.isLeading).toBe(true);
  });

  it('ends leadership before another may begin it, when the leader is cut off', async () => {
    const { replicas, first, second } = await leaderAndStandby();
    first.isCut = true;
    await replicas.pass(40_000, () => {
      expect(first.elector.isLeading && second.elector.isLeading).toBe(false);
    });
    expect(first.hasEnded).toBe(true);
    expect(second.elector.isLeading).toBe(true);
  });

  it('does not let a process that slept believe that it still leads', async () => {
    const { replicas, first, second } = await leaderAndStandby();
    first.clock.sleep();
    await replicas.pass(60_000);
    expect(second.elector.isLeading).toBe(true);
    // Before any timer of it has fired.
    expect(first.elector.isLeading).toBe(false);
    first.clock.wake();
    await replicas.pass(5000);
    expect(first.hasEnded).toBe(true);
    expect(second.elector.isLeading).toBe(true);
  });

  it.each([
    { dead: 1, reason: 'the renewal' },
    { dead: 2, reason: 'the renewal, and the look that follows' },
    { dead: 3, reason: 'all but the last that fit into the time left' },
  ])('survives $dead connections that die without notice: $reason', async ({ dead }) => {
    const { replicas, first, second } = await leaderAndStandby();
    first.dead = dead;
    await replicas.pass(60_000, () => expect(first.elector.isLeading).toBe(true));
    expect(first.dead).toBe(0);
    expect(second.elector.isLeading).toBe(false);
  });

  it('survives an API server that takes 3 s for every answer', async () => {
    const replicas = new Replicas();
    const first = replicas.start('first');
    await replicas.pass(10_000);
    first.delayMs = 3000;
    await replicas.pass(120_000, () => expect(first.elector.isLeading).toBe(true));
  });

  it('takes over although a connection dies meanwhile', async () => {
    const { replicas, first, second } = await leaderAndStandby();
    first.clock.die();
    second.dead = 1;
    // 5 s for the request that hangs, then as ever: a look, the lease, and the next attempt.
    await replicas.pass(5000 + 4400 + 15_000 + 4400);
    expect(second.elector.isLeading).toBe(true);
  });

  it.each([100, 500, 900])(
    'leaves no holder when it is asked to end, although a renewal that was given up arrives %i ms later',
    async (delayMs) => {
      const replicas = new Replicas();
      const first = replicas.start('first');
      await replicas.pass(10_000);
      first.delayMs = delayMs;
      // In the middle of a renewal, every 2 s.
      await replicas.pass(2000 - (10_000 % 2000) + delayMs / 2);
      first.terminate();
      await replicas.pass(10_000);
      expect(first.hasEnded).toBe(true);
      expect(replicas.lease).toMatchObject({ holderIdentity: '' });
    },
  );

  it('ends within three seconds when it is asked to and nothing answers', async () => {
    const replicas = new Replicas();
    const first = replicas.start('first');
    await replicas.pass(10_000);
    first.isCut = true;
    await replicas.pass(3000);
    first.terminate();
    await replicas.pass(3000);
    expect(first.hasEnded).toBe(true);
    expect(first.elector.isLeading).toBe(false);
  });

  it.each([
    {
      reason: 'a lease of nonsense',
      spec: { holderIdentity: 'x', leaseDurationSeconds: 10 ** 9, renewTime: '?' },
    },
    { reason: 'a lease without a holder', spec: { holderIdentity: '' } },
    { reason: 'a lease of somebody who is gone', spec: { holderIdentity: 'gone', leaseDurationSeconds: 15 } },
  ])('gets past $reason', async ({ spec }) => {
    const replicas = new Replicas();
    replicas.server.handle({
      method: 'POST',
      path: '/apis/coordination.k8s.io/v1/namespaces/operators/leases',
      body: { kind: 'Lease', metadata: { name: 'alb-listener-operator' }, spec },
    });
    const replica = replicas.start('first');
    await replicas.pass(25_000);
    expect(replica.elector.isLeading).toBe(true);
  });

  it.each([
    { reason: 'not there yet', earlier: [] },
    { reason: 'given up', earlier: ['earlier'] },
  ])('keeps its leader when etcd goes back to a lease that was $reason', async ({ earlier }) => {
    const replicas = new Replicas();
    for (const name of earlier) {
      const replica = replicas.start(name);
      await replicas.pass(5000);
      replica.terminate();
      await replicas.pass(5000);
    }
    const backup = replicas.server.backup();
    const leader = replicas.start('leader');
    await replicas.pass(1000);
    const others = ['second', 'third', 'fourth'].map((name) => replicas.start(name));
    await replicas.pass(21_000);
    replicas.server.restore(backup);
    await replicas.pass(60_000, () => {
      expect(leader.elector.isLeading).toBe(true);
      expect(others.filter(({ elector }) => elector.isLeading)).toEqual([]);
    });
  });

  it('keeps its leader when etcd goes back to a lease that it has renewed since', async () => {
    const replicas = new Replicas();
    const leader = replicas.start('leader');
    await replicas.pass(20_000);
    const backup = replicas.server.backup();
    const second = replicas.start('second');
    await replicas.pass(20_000);
    replicas.server.restore(backup);
    await replicas.pass(60_000, () => {
      expect(leader.elector.isLeading).toBe(true);
      expect(second.elector.isLeading).toBe(false);
    });
  });

  it('has a leader again soon after etcd went back to the lease of a process that is gone', async () => {
    const replicas = new Replicas();
    const gone = replicas.start('gone');
    await replicas.pass(5000);
    const backup = replicas.server.backup();
    gone.clock.die();
    const [first, second] = [replicas.start('first'), replicas.start('second')];
    await replicas.pass(30_000);
    replicas.server.restore(backup);
    const atMostOne = () =>
      expect([first, second].filter(({ elector }) => elector.isLeading).length).toBeLessThanOrEqual(1);
    // The leader ends by it, since it cannot tell whether that process is gone. The other one waits out the lease.
    await replicas.pass(2000 + 15_000 + 2 * 4400, atMostOne);
    expect([first, second].filter(({ elector }) => elector.isLeading)).toHaveLength(1);
  });

  it('never has two leaders, however often etcd goes back', async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const replicas = new Replicas(seed);
      const chance = seededRandom(seed * 104_729);
      let backup = replicas.server.backup();
      const living = ['a', 'b', 'c'].map((name) => replicas.start(name));
      const pass = (ms: number) =>
        replicas.pass(ms, () => {
          const leaders = living.filter(({ elector }) => elector.isLeading);
          expect(leaders.length, `seed ${seed}`).toBeLessThanOrEqual(1);
        });
      for (let step = 0; step < 30; step += 1) {
        const draw = chance.next();
        const replica = living[Math.floor(chance.next() * living.length)];
        if (draw < 0.3) backup = replicas.server.backup();
        else if (draw < 0.5) {
          for (const one of living) one.isCut = true;
          await pass(10_000 + chance.next() * 20_000);
          replicas.server.restore(backup);
          for (const one of living) one.isCut = chance.next() < 0.3;
        } else if (draw < 0.7 && replica !== undefined) replica.isCut = !replica.isCut;
        else if (draw < 0.8) replica?.terminate();
        for (const [place, { hasEnded }] of living.entries())
          if (hasEnded) living.splice(place, 1, replicas.start(`${place}-${seed}-${step}`));
        await pass(chance.next() * 15_000);
      }
      for (const one of living) one.isCut = false;
      await pass(60_000);
      expect(living.filter(({ hasEnded }) => hasEnded).length, `seed ${seed}`).toBeLessThan(living.length);
    }
  });

  it('never has two leaders, whatever happens to three replicas with clocks that differ', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const replicas = new Replicas(seed);
      const chance = seededRandom(seed * 7919);
      const living = ['a', 'b', 'c'].map((name) => replicas.start(name, (chance.next() - 0.5) * 600_000));
      let led = 0;
      for (let step = 0; step < 60; step += 1) {
        const replica = living[Math.floor(chance.next() * living.length)];
        const draw = chance.next();
        if (replica === undefined) continue;
        if (draw < 0.15) replica.isCut = !replica.isCut;
        else if (draw < 0.3) replica.clock.sleep();
        else if (draw < 0.5) replica.clock.wake();
        else if (draw < 0.55) replica.clock.jump((chance.next() - 0.5) * 600_000);
        else if (draw < 0.6) replica.terminate();
        else if (draw < 0.65) replica.dead = 1 + Math.floor(chance.next() * 3);
        else if (draw < 0.7) replica.delayMs = chance.next() * 4000;
        if (replica.hasEnded) living.splice(living.indexOf(replica), 1, replicas.start(`${seed}-${step}`));
        await replicas.pass(chance.next() * 12_000, () => {
          const leaders = living.filter(({ elector }) => elector.isLeading);
          expect(leaders.length, `seed ${seed}`).toBeLessThanOrEqual(1);
          led += leaders.length;
        });
      }
      expect(led, `seed ${seed}: somebody led at some time`).toBeGreaterThan(0);
    }
  });
});
