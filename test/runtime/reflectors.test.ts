import { afterEach, beforeEach, expect, it } from 'vitest';
import { failure } from '../../src/runtime/kubernetes/api-answer.ts';
import type { ApiTransport } from '../../src/runtime/kubernetes/api-transport.ts';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import { keyOf } from '../../src/runtime/object.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { Reflectors } from '../../src/runtime/reflectors.ts';
import { Store } from '../../src/runtime/store.ts';
import { ApiServer } from '../simulation/api-server/api-server.ts';
import { CONFIG_MAPS } from '../simulation/api-server/resources.ts';
import { apiContact } from '../support/api-contact.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

let clock: VirtualClock;
let server: ApiServer;
let store: Store;
let stop: AbortController;
let ended: Promise<void>;

beforeEach(() => {
  clock = new VirtualClock();
  server = new ApiServer({ clock, random: seededRandom(1) });
  for (const name of ['shop', 'blog', 'bank']) {
    server.handle({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
    add(name, 'first');
  }
});
afterEach(async () => {
  stop.abort();
  await clock.advance(1000);
  await ended;
});

function add(namespace: string, name: string): void {
  server.handle({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/configmaps`,
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } },
  });
}

/** Begins to watch; the promise resolves when it is in step. */
function begin(namespaces: readonly string[], transport: ApiTransport = server): Promise<void> {
  const [random, logger] = [seededRandom(2), recordingLogger()];
  store = new Store({}, logger);
  stop = new AbortController();
  const client = new ResourceClient(transport, CONFIG_MAPS.type);
  const reflectors = new Reflectors({
    client,
    store,
    scope: { namespaces },
    clock,
    random,
    contact: apiContact({ clock, logger }),
    logger,
  });
  ended = reflectors.run(stop.signal);
  return reflectors.synced;
}

function known(): readonly string[] {
  return store.list().map(keyOf).toSorted();
}

it('knows all of the namespaces that are named, once it is in step, and nothing of others', async () => {
  await begin(['shop', 'blog']);
  expect(known()).toEqual(['blog/first', 'shop/first']);
  for (const namespace of ['bank', 'blog', 'shop']) add(namespace, 'second');
  await clock.advance(1000);
  expect(known()).toEqual(['blog/first', 'blog/second', 'shop/first', 'shop/second']);
});

it('knows the whole cluster where none is named', async () => {
  await begin([]);
  expect(known()).toEqual(['bank/first', 'blog/first', 'shop/first']);
});

it('notices what comes into a namespace that is made later', async () => {
  await begin(['later', 'shop']);
  server.handle({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'later' } } });
  add('later', 'first');
  await clock.advance(1000);
  expect(known()).toEqual(['later/first', 'shop/first']);
});

it('is in step only when the last namespace could be read', async () => {
  let isAllowed = false;
  let isInStep = false;
  const transport: ApiTransport = {
    request: async (request) =>
      isAllowed || !request.path.includes('/blog/') ? server.request(request) : failure('connection', 'no'),
    watch: (request) => server.watch(request),
  };
  const noteWhenInStep = async () => {
    await begin(['shop', 'blog'], transport);
    isInStep = true;
  };
  void noteWhenInStep();
  await clock.advance(60_000);
  expect(known()).toEqual(['shop/first']);
  expect(isInStep).toBe(false);
  isAllowed = true;
  await clock.advance(60_000);
  expect(isInStep).toBe(true);
  expect(known()).toEqual(['blog/first', 'shop/first']);
});
