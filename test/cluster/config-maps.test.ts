import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valuesIn } from '../../src/cluster/config-map-values.ts';
import { ConfigMaps } from '../../src/cluster/config-maps.ts';
import { type ListenerStore, listenerStore } from '../../src/cluster/relations.ts';
import { sleep } from '../../src/runtime/clock.ts';
import type { ApiRequest, ApiTransport } from '../../src/runtime/kubernetes/api-transport.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { ApiServer } from '../simulation/api-server/api-server.ts';
import { apiContact } from '../support/api-contact.ts';
import { configMap } from '../support/kube-objects.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const COLLECTION = '/api/v1/namespaces/shop/configmaps';
const IDS = { namespace: 'shop', name: 'ids' };

let clock: VirtualClock;
let server: ApiServer;
/** Of the operator, not of the users. */
let requests: ApiRequest[];
let refuses: (request: ApiRequest) => boolean;
let listeners: ListenerStore;
let configMaps: ConfigMaps;
let told: string[];

beforeEach(() => {
  clock = new VirtualClock();
  const random = seededRandom(1);
  server = new ApiServer({ clock, random });
  server.handle({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'shop' } } });
  requests = [];
  refuses = () => false;
  const transport: ApiTransport = {
    async request(request) {
      requests.push(request);
      if (refuses(request)) return FORBIDDEN;
      await sleep(clock, 10);
      return server.request(request);
    },
    watch: (request) => server.watch(request),
  };
  const logger = recordingLogger();
  listeners = listenerStore(logger);
  configMaps = new ConfigMaps({
    transport,
    listeners,
    clock,
    random,
    contact: apiContact({ clock, logger }),
    logger,
  });
  told = [];
  configMaps.subscribe((key) => told.push(key));
});
afterEach(async () => {
  const stopped = configMaps.stop();
  await clock.advance(1000);
  await stopped;
});

const FORBIDDEN = {
  ok: false,
  error: { kind: 'forbidden', status: 403, reason: 'Forbidden', message: 'configmaps is forbidden' },
} as const;

/** An AlbListener that takes the ids of its server groups from these keys. */
function refer(
  name: string,
  keys: readonly (readonly [configMap: string, key: string])[],
  version = '1',
): KubeObject {
  const serverGroupTuples = keys.map(([of, key]) => ({
    serverGroupIdFrom: { configMapKeyRef: { name: of, key } },
  }));
  const object = {
    apiVersion: 'alb.alibabacloud.com/v1alpha1',
    kind: 'AlbListener',
    metadata: { name, namespace: 'shop', uid: `uid-of-${name}`, resourceVersion: version },
    spec: { defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }] },
  };
  listeners.apply(object);
  return object;
}

function store(name: string, data: Readonly<Record<string, string>>): void {
  const { ok } = server.handle({ method: 'POST', path: COLLECTION, body: { metadata: { name }, data } });
  if (!ok) {
    server.handle({
      method: 'PATCH',
      path: `${COLLECTION}/${name}`,
      contentType: 'application/merge-patch+json',
      body: { data },
    });
  }
}

function remove(name: string): void {
  server.handle({ method: 'DELETE', path: `${COLLECTION}/${name}` });
}

/** The names of those that were asked for by name. */
function read(): readonly string[] {
  return requests.flatMap(({ query }) => query?.['fieldSelector']?.replace('metadata.name=', '') ?? []);
}

describe('the ConfigMaps that are referred to', () => {
  it('cost no request while nobody refers to one', async () => {
    store('ids', { web: 'sgp-web' });
    await clock.advance(60_000);
    expect(requests).toEqual([]);
    expect(configMaps.isNeeded).toBe(false);
  });

  it('are read by name, and of all others only the metadata, however many and large they are', async () => {
    for (let index = 0; index < 20; index += 1) store(`other-${index}`, { page: '<html>'.repeat(100_000) });
    store('ids', { web: 'sgp-web', page: '<html>'.repeat(100_000) });
    refer('a', [['ids', 'web']]);
    await clock.advance(1000);
    await configMaps.synced;
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'value', value: 'sgp-web' });
    expect(read()).toEqual(['ids']);
    const whole = requests.filter(({ accept }) => accept === undefined);
    expect(whole.map(({ query }) => query)).toEqual([{ limit: '1', fieldSelector: 'metadata.name=ids' }]);
  });

  it('tell values, and what is missing', async () => {
    store('ids', { web: 'sgp-web', note: 'x'.repeat(65) });
    const keys = ['web', 'note', 'api', 'constructor'];
    refer('a', [...keys.map((key) => ['ids', key] as const), ['none', 'web']]);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'unread' });
    await clock.advance(1000);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'value', value: 'sgp-web' });
    expect(configMaps.configMapValue(IDS, 'note')).toEqual({ found: 'value', value: '' });
    expect(configMaps.configMapValue(IDS, 'api')).toEqual({ found: 'noKey' });
    expect(configMaps.configMapValue(IDS, 'constructor')).toEqual({ found: 'noKey' });
    expect(configMaps.configMapValue({ ...IDS, name: 'none' }, 'web')).toEqual({ found: 'noConfigMap' });
    expect(configMaps.configMapValue({ ...IDS, namespace: 'other' }, 'web')).toEqual({
      found: 'noConfigMap',
    });
    expect(told.toSorted()).toEqual(['shop/ids', 'shop/none']);
  });

  it.each([
    {
      reason: 'a value changes',
      change: () => store('ids', { web: 'sgp-other' }),
      after: { found: 'value', value: 'sgp-other' },
    },
    { reason: 'it goes', change: () => remove('ids'), after: { found: 'noConfigMap' } },
    {
      reason: 'it goes and comes again',
      change: () => {
        remove('ids');
        store('ids', { web: 'sgp-new' });
      },
      after: { found: 'value', value: 'sgp-new' },
    },
  ])('are followed at once when $reason', async ({ change, after }) => {
    store('ids', { web: 'sgp-web' });
    refer('a', [['ids', 'web']]);
    await clock.advance(1000);
    told.length = 0;
    change();
    await clock.advance(100);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual(after);
    expect(new Set(told)).toEqual(new Set(['shop/ids']));
  });

  it('are no news when something else in them changes', async () => {
    store('ids', { web: 'sgp-web', note: 'one' });
    refer('a', [['ids', 'web']]);
    await clock.advance(1000);
    told.length = 0;
    store('ids', { note: 'two' });
    await clock.advance(1000);
    expect(told).toEqual([]);
    expect(read()).toEqual(['ids', 'ids']);
  });

  it('are read again for a key that nobody took before', async () => {
    store('ids', { web: 'sgp-web', api: 'sgp-api' });
    refer('a', [['ids', 'web']]);
    await clock.advance(1000);
    refer('a', [['ids', 'api']], '2');
    expect(configMaps.configMapValue(IDS, 'api')).toEqual({ found: 'unread' });
    await clock.advance(1000);
    expect(configMaps.configMapValue(IDS, 'api')).toEqual({ found: 'value', value: 'sgp-api' });
  });

  it('are not read any more when nobody refers to them', async () => {
    store('ids', { web: 'sgp-web' });
    const listener = refer('a', [['ids', 'web']]);
    await clock.advance(1000);
    listeners.remove(listener);
    store('ids', { web: 'sgp-other' });
    await clock.advance(1000);
    expect(read()).toEqual(['ids']);
  });

  it('stay unread while they may not be listed, and are read as soon as they may be', async () => {
    store('ids', { web: 'sgp-web' });
    refuses = () => true;
    refer('a', [['ids', 'web']]);
    await clock.advance(60_000);
    expect(requests.length).toBeGreaterThan(3);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'unread' });
    refuses = () => false;
    await clock.advance(15_000);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'value', value: 'sgp-web' });
  });

  it('keep the value that is known while a new one cannot be read', async () => {
    store('ids', { web: 'sgp-web' });
    refer('a', [['ids', 'web']]);
    await clock.advance(1000);
    refuses = ({ query }) => query?.['fieldSelector'] !== undefined;
    store('ids', { web: 'sgp-other' });
    await clock.advance(1000);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'value', value: 'sgp-web' });
    refuses = () => false;
    await clock.advance(60_000);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'value', value: 'sgp-other' });
  });

  it('are read two at a time, however many come at once', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `ids-${index}`);
    for (const name of names) store(name, { web: 'sgp-web' });
    refer(
      'a',
      names.map((name) => [name, 'web'] as const),
    );
    await clock.advance(15);
    const before = read().length;
    await clock.advance(10);
    expect(read().length - before).toBeLessThanOrEqual(2);
    await clock.advance(1000);
    expect(read().toSorted()).toEqual(names);
  });

  it('follow an API server that went back, also to the same version with another value', async () => {
    store('ids', { web: 'sgp-web' });
    refer('a', [['ids', 'web']]);
    await clock.advance(1000);
    const backup = server.backup();
    store('ids', { web: 'sgp-lost' });
    await clock.advance(1000);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'value', value: 'sgp-lost' });
    server.restore(backup);
    store('ids', { web: 'sgp-other' });
    await clock.advance(30_000);
    expect(configMaps.configMapValue(IDS, 'web')).toEqual({ found: 'value', value: 'sgp-other' });
  });
});

describe('valuesIn', () => {
  it.each(['__proto__', 'constructor', 'toString'])(
    'takes %s for a key like any other, and no other for it',
    (key) => {
      const data = Object.fromEntries([[key, 'sgp-web']]);
      const keys = new Set([key]);
      expect(valuesIn({ ...configMap({ name: 'ids' }), data }, keys)).toEqual(new Map([[key, 'sgp-web']]));
      const others = { ...configMap({ name: 'ids' }), data: { other: '' } };
      expect(valuesIn(others, keys)).toEqual(new Map([[key, undefined]]));
    },
  );

  it.each([undefined, null, 'text', ['sgp-web'], { web: 7 }])(
    'takes nothing for a value in data that the API server never sends: %j',
    (data) => {
      const object = { ...configMap({ name: 'ids' }), data };
      expect(valuesIn(object, new Set(['web']))).toEqual(new Map([['web', undefined]]));
    },
  );
});
