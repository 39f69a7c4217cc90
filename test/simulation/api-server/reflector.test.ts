import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/runtime/clock.ts';
import { ResourceClient } from '../../../src/runtime/kubernetes/resource-client.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../../../src/runtime/object.ts';
import { type Random, seededRandom } from '../../../src/runtime/random.ts';
import { Reflector } from '../../../src/runtime/reflector.ts';
import { Store, type StoreChange } from '../../../src/runtime/store.ts';
import { apiContact } from '../../support/api-contact.ts';
import { RandomUser } from '../../support/api-sequences/random-user.ts';
import { type RecordingLogger, recordingLogger } from '../../support/recording-logger.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { ApiServer } from './api-server.ts';
import { ApiFaults } from './faults.ts';
import { ALB_LISTENERS, CONFIG_MAPS } from './resources.ts';
import { UnreliableTransport } from './unreliable-transport.ts';

const SEEDS = 150;
const STEPS = 80;
const NAMESPACE = 'shop';
const COLLECTION = '/apis/alb.alibabacloud.com/v1alpha1/alblisteners';

/** A server, its user, and a reflector behind an unreliable network, all on the same virtual time. */
class World {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly server: ApiServer;
  readonly faults: ApiFaults;
  readonly logger: RecordingLogger = recordingLogger();
  readonly store = new Store({}, this.logger);
  readonly changes: StoreChange[] = [];
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  constructor(seed: number, options: { readonly rate: number; readonly staleLists: boolean }) {
    const random = seededRandom(seed);
    const { clock, logger, store } = this;
    this.random = random;
    this.server = new ApiServer({ clock, random });
    this.faults = new ApiFaults({ random, ...options });
    const transport = new UnreliableTransport({
      server: this.server,
      faults: this.faults,
      clock,
      pass: () => sleep(clock, random.next() * 1000),
    });
    store.subscribe((change) => this.changes.push(change));
    const client = new ResourceClient(transport, ALB_LISTENERS.type);
    this.#watching = new Reflector({
      client,
      store,
      clock,
      random,
      contact: apiContact({ clock, logger }),
      logger,
    }).run(this.#stop.signal);
    const body = { metadata: { name: NAMESPACE } };
    this.server.handle({ method: 'POST', path: '/api/v1/namespaces', body });
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.clock.advance(120_000);
    await this.#watching;
  }

  async onServer(): Promise<readonly KubeObject[]> {
    const page = await new ResourceClient(this.server, ALB_LISTENERS.type).listPage({ limit: 0 });
    return page.outcome === 'page' ? page.objects : [];
  }
}

/** What somebody who only hears of changes believes to be there. */
function believed(changes: readonly StoreChange[]): ReadonlyMap<ObjectKey, KubeObject> {
  const objects = new Map<ObjectKey, KubeObject>();
  for (const { type, object } of changes) {
    if (type === 'deleted') objects.delete(keyOf(object));
    else objects.set(keyOf(object), object);
  }
  return objects;
}

function byKey(objects: readonly KubeObject[]): ReadonlyMap<ObjectKey, KubeObject> {
  return new Map(objects.map((object) => [keyOf(object), object]));
}

function areInOrder(changes: readonly StoreChange[]): boolean {
  const versions = changes.flatMap((change) =>
    change.type === 'updated'
      ? [[change.previous, change.object].map(({ metadata }) => Number(metadata.resourceVersion))]
      : [],
  );
  return versions.every(([before = 0, after = 0]) => before < after);
}

describe('the reflector on the model of the API server', () => {
  it.each([
    { staleLists: false, reason: 'in order, when lists are as new as the real API server promises' },
    { staleLists: true, reason: 'even when lists are stale' },
  ])(`comes to hold what the server holds, ${SEEDS} times, $reason`, async ({ staleLists }) => {
    const struck = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const world = new World(seed, { rate: 0.3, staleLists });
      const { server, clock, random, store, faults, changes } = world;
      const user = new RandomUser(server, NAMESPACE, seed);
      for (let step = 0; step < STEPS; step += 1) {
        await user.step();
        await clock.advance(random.next() * 20_000);
        if (random.next() < 0.1) server.compact(faults.version(server.versions));
      }
      faults.stop();
      // The longest silence and the longest backoff, twice, and what a list takes.
      await clock.advance(200_000);

      const there = byKey(await world.onServer());
      expect(byKey(store.list()), `seed ${seed}`).toEqual(there);
      expect(believed(changes), `seed ${seed}`).toEqual(there);
      if (!staleLists) expect(areInOrder(changes), `seed ${seed}`).toBe(true);
      for (const fault of faults.counts.keys()) struck.add(fault);
      await world.end();
      expect(clock.pending, `seed ${seed}`).toBe(0);
    }
    expect(struck.size).toBe(staleLists ? 15 : 14);
  });

  it(`comes to hold what the server holds, ${SEEDS} times, through restores of etcd`, {
    timeout: 120_000,
  }, async () => {
    let wentBack = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const world = new World(seed, { rate: 0.1, staleLists: false });
      const { server, clock, random, store, faults, changes, logger } = world;
      const user = new RandomUser(server, NAMESPACE, seed);
      await clock.advance(10_000);
      let backup = server.backup();
      for (let step = 0; step < STEPS; step += 1) {
        await user.step();
        await clock.advance(random.next() * 20_000);
        if (random.next() < 0.1) backup = server.backup();
        if (random.next() < 0.05) server.restore(backup);
        // The versions may have passed those of before when the reflector is back.
        for (let more = 0; more < 3 && random.next() < 0.3; more += 1) await user.step();
      }
      faults.stop();
      await clock.advance(200_000);

      const there = byKey(await world.onServer());
      expect(byKey(store.list()), `seed ${seed}`).toEqual(there);
      expect(believed(changes), `seed ${seed}`).toEqual(there);
      wentBack += logger.lines.filter(({ message }) => message.includes('went back')).length;
      await world.end();
    }
    expect(wentBack).toBeGreaterThan(SEEDS);
  });

  it('does the same twice with the same seed', async () => {
    const run = async () => {
      const world = new World(7, { rate: 0.3, staleLists: true });
      const user = new RandomUser(world.server, NAMESPACE, 7);
      for (let step = 0; step < STEPS; step += 1) {
        await user.step();
        await world.clock.advance(world.random.next() * 20_000);
      }
      await world.end();
      return JSON.stringify([world.changes, world.logger.lines]);
    };
    expect(await run()).toBe(await run());
  });

  it('lists once, however long nothing changes, for bookmarks keep it before every compaction', async () => {
    const world = new World(1, { rate: 0, staleLists: false });
    const { server, clock, store, logger } = world;
    const listener = { metadata: { name: 'web' }, spec: {} };
    await clock.advance(10_000);
    const post = (path: string, body: object) => server.handle({ method: 'POST', path, body });
    post(COLLECTION.replace('alblisteners', `namespaces/${NAMESPACE}/alblisteners`), listener);
    for (let minute = 0; minute < 120; minute += 1) {
      const before = server.versions.newest;
      post(`/api/v1/namespaces/${NAMESPACE}/configmaps`, { metadata: { name: `map-${minute}` } });
      await clock.advance(90_000);
      server.compact(before);
    }
    expect(store.size).toBe(1);
    expect(logger.lines).toEqual([]);
    expect(server.read(CONFIG_MAPS, `${NAMESPACE}/map-119`)).toBeDefined();
    await world.end();
  });
});
