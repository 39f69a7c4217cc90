import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import type { ApiRequest } from '../../src/runtime/kubernetes/api-transport.ts';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import type { ResourceType } from '../../src/runtime/kubernetes/resource-type.ts';
import { collectionPath, objectPath } from '../../src/runtime/kubernetes/resource-type.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { KubeObject, ObjectKey } from '../../src/runtime/object.ts';
import { keyOf, objectKey } from '../../src/runtime/object.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { Reflector } from '../../src/runtime/reflector.ts';
import { Store } from '../../src/runtime/store.ts';
import type { ControlPlane } from '../../tools/control-plane/control-plane.ts';
import { startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { apiContact } from '../support/api-contact.ts';
import { eventually } from '../support/eventually.ts';
import { fastClock } from '../support/fast-clock.ts';
import { connectionOf } from '../support/kube-connection.ts';
import type { RecordingLogger } from '../support/recording-logger.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', plural: 'configmaps' };
const NAMESPACE = 'default';
/** Thirty seconds of silence take three. */
const SPEED = 10;
const RECOVERY_MS = 45_000;

let controlPlane: ControlPlane;
/** Edits, by a way that no test breaks. */
let editor: Transport;
let proxy: TcpProxy;
let transport: Transport;
let logger: RecordingLogger;
let store: Store;
/** The keys of everything the store told of as deleted. */
let deleted: Set<ObjectKey>;
let stop: AbortController;
let ended: Promise<void>;
let run = 0;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  const connection = connectionOf(controlPlane.kubeconfigPath);
  editor = new Transport({ connection, userAgent: 'the-editor', clock: systemClock });
});

afterAll(async () => {
  await editor.close();
  await controlPlane.stop();
});

beforeEach(async () => {
  run += 1;
  proxy = await startTcpProxy(Number(new URL(controlPlane.url).port));
  const clock = fastClock(SPEED);
  const connection = connectionOf(controlPlane.kubeconfigPath, proxy.port);
  transport = new Transport({ connection, userAgent: 'the-reflector', clock });
  logger = recordingLogger();
  store = new Store({}, logger);
  deleted = new Set();
  store.subscribe((change) => {
    if (change.type === 'deleted') deleted.add(keyOf(change.object));
  });
  const client = new ResourceClient(transport, CONFIG_MAPS);
  const reflector = new Reflector({
    client,
    store,
    namespace: NAMESPACE,
    clock,
    random: seededRandom(run),
    contact: apiContact({ clock, logger }),
    logger,
  });
  stop = new AbortController();
  ended = reflector.run(stop.signal);
  await reflector.synced;
});

afterEach(async () => {
  stop.abort();
  await ended;
  await transport.close();
  await proxy.close();
});

async function edit(request: ApiRequest): Promise<void> {
  const answer = await editor.request(request);
  if (!answer.ok) throw new Error(`${request.method} ${request.path}: ${JSON.stringify(answer.error)}`);
}

async function create(name: string): Promise<void> {
  await edit({ method: 'POST', path: collectionPath(CONFIG_MAPS, NAMESPACE), body: { metadata: { name } } });
}

async function change(name: string, value: string): Promise<void> {
  const path = objectPath(CONFIG_MAPS, objectKey(NAMESPACE, name));
  await edit({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { data: { value } },
  });
}

async function remove(name: string): Promise<void> {
  await edit({ method: 'DELETE', path: objectPath(CONFIG_MAPS, objectKey(NAMESPACE, name)) });
}

/** Creations, changes, a deletion and a recreation. */
async function manyEdits(prefix: string): Promise<void> {
  for (let n = 0; n < 20; n += 1) await create(`${prefix}-${n}`);
  for (let n = 0; n < 20; n += 1) await change(`${prefix}-${n % 5}`, `${prefix} ${n}`);
  for (let n = 10; n < 15; n += 1) await remove(`${prefix}-${n}`);
  await create(`${prefix}-10`);
}

/** The store must come to be exactly what the server holds. */
async function storeEqualsServer(): Promise<void> {
  const page = await new ResourceClient(editor, CONFIG_MAPS).listPage({
    namespace: NAMESPACE,
    limit: 10_000,
  });
  if (page.outcome === 'failed') throw new Error(JSON.stringify(page.error));
  const newest = versionsOf(page.objects);
  await eventually('the store to equal the server', () => versionsOf(store.list()) === newest, RECOVERY_MS);
  for (const object of page.objects) expect(store.get(keyOf(object))).toEqual(object);
}

function versionsOf(objects: readonly KubeObject[]): string {
  const versions = objects.map((object) => `${keyOf(object)}@${object.metadata.resourceVersion}`);
  return versions.sort().join(' ');
}

function failures(): unknown[] {
  return logger.lines.map((line) => ('error' in line.fields ? line.fields.error : line.message));
}

describe('a reflector on a real API server', () => {
  it('follows many edits', async () => {
    await manyEdits('calm');
    await storeEqualsServer();
    expect(logger.lines).toEqual([]);
  });

  it('goes on with a quiet watch, over the same connection', async () => {
    const quietUntil = systemClock.monotonic() + 80_000 / SPEED;
    await eventually('eighty seconds to pass', () => systemClock.monotonic() > quietUntil);
    await manyEdits('quiet');
    await storeEqualsServer();
    expect(logger.lines).toEqual([]);
    expect(proxy.stats().accepted).toBe(1);
  });

  it('goes on after the API server was stopped and started, and misses no edit', async () => {
    await create('before-restart');
    await remove('before-restart');
    await controlPlane.stopApiServer();
    await controlPlane.startApiServer();
    await manyEdits('restart');
    await storeEqualsServer();
    expect(failures()).not.toEqual([]);
  });

  it('lists again when its place was compacted away, and finds deletions too', async () => {
    await create('doomed');
    await create('kept');
    await storeEqualsServer();
    // Blind to what comes now: nothing of it reaches the watch.
    proxy.freeze();
    await remove('doomed');
    await change('kept', 'changed unseen');
    await manyEdits('compacted');
    await controlPlane.expireWatches();
    proxy.cut();
    proxy.resume();
    await storeEqualsServer();
    // It does not even ask for what came after its place: after a break it lists.
    expect(failures()).not.toContainEqual(expect.objectContaining({ kind: 'expired' }));
    expect(deleted).toContain('default/doomed');
  });

  it('notices a connection that was cut silently, and goes on over a new one', async () => {
    await create('doomed-silently');
    await storeEqualsServer();
    const { accepted } = proxy.stats();
    proxy.freeze();
    await remove('doomed-silently');
    await manyEdits('silent');
    await eventually('a new connection', () => proxy.stats().accepted > accepted, RECOVERY_MS);
    expect(store.get('default/silent-1')).toBeUndefined();
    proxy.resume();
    await storeEqualsServer();
    expect(failures()).toContainEqual(expect.objectContaining({ kind: 'timeout' }));
    expect(deleted).toContain('default/doomed-silently');
  });

  it('misses nothing while its connection is reset again and again during edits', async () => {
    const edits = manyEdits('reset');
    let done = false;
    void edits.finally(() => {
      done = true;
    });
    await eventually('the edits to end', () => {
      proxy.cut();
      return done;
    });
    await edits;
    await storeEqualsServer();
    expect(failures()).toContainEqual(expect.objectContaining({ kind: 'connection' }));
  });
});
