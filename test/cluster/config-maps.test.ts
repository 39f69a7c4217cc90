import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMaps } from '../../src/cluster/config-maps.ts';
import { slimConfigMap, valueIn } from '../../src/cluster/slim-config-map.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { parseObject } from '../../src/runtime/object.ts';
import { eventually } from '../support/eventually.ts';
import { configMap } from '../support/kube-objects.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import type { ScriptedServer } from '../support/scripted-server.ts';
import { json, silence, startScriptedServer } from '../support/scripted-server.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const KEY = { namespace: 'default', name: 'ids' };
const LIST = {
  apiVersion: 'v1',
  kind: 'ConfigMapList',
  metadata: { resourceVersion: '9' },
  items: [{ ...configMap({ name: 'ids' }), data: { web: 'sgp-web', note: 'x'.repeat(65) } }],
};

describe('the ConfigMaps of the cluster', () => {
  let server: ScriptedServer;
  let clock: VirtualClock;
  let transport: Transport;
  let configMaps: ConfigMaps;
  beforeEach(async () => {
    server = await startScriptedServer();
    clock = new VirtualClock();
    const connection = { server: server.url, credentials: async () => ({ headers: {}, tls: {} }) };
    transport = new Transport({ connection, userAgent: 'the-tests', clock });
    const random = { next: () => 0 };
    configMaps = new ConfigMaps({ transport, clock, random, logger: recordingLogger() });
  });
  afterEach(async () => {
    await configMaps.stop();
    await transport.close();
    await server.close();
  });

  it('are not listed before somebody asks for one, and once whoever asks', async () => {
    server.next(json(LIST), silence);
    await clock.advance(60_000);
    expect(server.requests).toEqual([]);

    expect(configMaps.configMapValue(KEY, 'web')).toEqual({ found: 'unread' });
    expect(configMaps.configMapValue(KEY, 'note')).toEqual({ found: 'unread' });
    await configMaps.synced;
    expect(server.requests.filter(({ query }) => query['watch'] === undefined)).toHaveLength(1);
  });

  it('tell values, and what is missing, once all of them are known', async () => {
    server.next(json(LIST), silence);
    configMaps.start();
    await configMaps.synced;
    expect(configMaps.configMapValue(KEY, 'web')).toEqual({ found: 'value', value: 'sgp-web' });
    expect(configMaps.configMapValue(KEY, 'note')).toEqual({ found: 'value', value: '' });
    expect(configMaps.configMapValue(KEY, 'api')).toEqual({ found: 'noKey' });
    expect(configMaps.configMapValue(KEY, 'constructor')).toEqual({ found: 'noKey' });
    expect(configMaps.configMapValue({ ...KEY, namespace: 'other' }, 'web')).toEqual({
      found: 'noConfigMap',
    });
  });

  it('stay unread while they may not be listed, and are read as soon as they may be', async () => {
    const forbidden = { kind: 'Status', code: 403, reason: 'Forbidden', message: 'configmaps is forbidden' };
    server.otherwise(json(forbidden, 403));
    configMaps.start();
    await eventually('a few refusals', async () => {
      await clock.advance(10_000);
      return server.requests.length > 3;
    });
    expect(configMaps.configMapValue(KEY, 'web')).toEqual({ found: 'unread' });

    server.next(json(LIST));
    server.otherwise(silence);
    await eventually('the value', async () => {
      await clock.advance(10_000);
      return configMaps.configMapValue(KEY, 'web').found === 'value';
    });
  });
});

describe('slimConfigMap', () => {
  it('keeps what may be an id and the keys of all else, for everything in a cluster is kept', () => {
    const full = parseObject({
      ...configMap({ name: 'ids', labels: { team: 'shop' } }),
      data: { web: 'sgp-web', page: '<html>'.repeat(10_000) },
      binaryData: { blob: 'AAAA' },
    });
    if (full === undefined) throw new Error('not an object');
    const metadata = { name: 'ids', namespace: 'default', uid: 'uid-of-ids', resourceVersion: '1' };
    expect(slimConfigMap(full)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { web: 'sgp-web', page: '' },
    });
  });

  it.each(['__proto__', 'constructor', 'toString'])(
    'takes %s for a key like any other, and no other for it',
    (key) => {
      const data = Object.fromEntries([[key, 'sgp-web']]);
      expect(valueIn(slimConfigMap({ ...configMap({ name: 'ids' }), data }), key)).toBe('sgp-web');
      expect(
        valueIn(slimConfigMap({ ...configMap({ name: 'ids' }), data: { other: '' } }), key),
      ).toBeUndefined();
    },
  );

  it.each([null, 'text', ['sgp-web'], { web: 7 }])(
    'takes nothing for a value in data that the API server never sends: %j',
    (data) => {
      expect(valueIn(slimConfigMap({ ...configMap({ name: 'ids' }), data }), 'web')).toBeUndefined();
    },
  );

  it('takes a ConfigMap without data', () => {
    expect(slimConfigMap(configMap({ name: 'empty' }))['data']).toEqual({});
  });
});
