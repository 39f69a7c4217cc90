import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiRequest, ApiTransport } from '../../../src/runtime/kubernetes/api-transport.ts';
import { ResourceClient, type WriteOutcome } from '../../../src/runtime/kubernetes/resource-client.ts';
import { collectionPath, objectPath } from '../../../src/runtime/kubernetes/resource-type.ts';
import { type KubeObject, objectKey } from '../../../src/runtime/object.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { slimObject } from '../../../src/runtime/slim-object.ts';
import { ApiServer } from '../../simulation/api-server/api-server.ts';
import { ALB_LISTENERS } from '../../simulation/api-server/resources.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const { type } = ALB_LISTENERS;
const KEY = objectKey('shop', 'web');
const OURS = 'runtime.example.com/ours';
const NOTE = 'x'.repeat(100_000);

let server: ApiServer;
let requests: ApiRequest[];
let client: ResourceClient;

beforeEach(() => {
  server = new ApiServer({ clock: new VirtualClock(), random: seededRandom(1) });
  server.handle({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'shop' } } });
  requests = [];
  const transport: ApiTransport = {
    request: (request) => {
      requests.push(request);
      return server.request(request);
    },
    watch: (request) => server.watch(request),
  };
  const keep = (object: KubeObject) =>
    slimObject(object, { annotations: new Map(), finalizer: OURS, fields: ['spec', 'status'] });
  client = new ResourceClient(transport, type, { keep });
});

async function make(finalizers: readonly string[] = []): Promise<KubeObject> {
  const metadata = { name: 'web', annotations: { note: NOTE }, finalizers };
  server.handle({
    method: 'POST',
    path: collectionPath(type, 'shop'),
    body: { metadata, spec: { port: 1 } },
  });
  return read();
}

async function read(): Promise<KubeObject> {
  const found = await client.get(KEY);
  if (found.outcome !== 'found') throw new Error('it is not there');
  return found.object;
}

function edit(spec: object): void {
  const contentType = 'application/merge-patch+json';
  server.handle({ method: 'PATCH', path: objectPath(type, KEY), contentType, body: { spec } });
}

function written(outcome: WriteOutcome): KubeObject {
  if (outcome.outcome !== 'written') throw new Error(JSON.stringify(outcome));
  return outcome.object;
}

function form({ accept }: ApiRequest): string {
  return accept?.includes('as=PartialObjectMetadata') === true ? 'metadata' : 'whole';
}

describe('what is kept of what is read', () => {
  it('is the same in a read, a list, a watch and the answers to writes', async () => {
    const object = await make();
    expect(JSON.stringify(object)).not.toContain('xxx');
    const page = await client.listPage({ limit: 10 });
    expect(page).toMatchObject({ outcome: 'page', objects: [object] });
    const { signal } = new AbortController();
    const from = { resourceVersion: '1', timeoutSeconds: 1, signal };
    expect((await client.watch(from).next()).value).toEqual({ type: 'applied', object: { ...object } });
    const held = written(await client.addFinalizer(object, OURS));
    expect(held).toEqual(await read());
    const told = written(await client.patchStatus(held, { observedGeneration: 1, phase: 'Running' }));
    expect(told).toEqual(await read());
    const merged = written(await client.mergeStatus(told, { listenerId: 'lsn-1' }));
    expect(merged).toEqual(await read());
  });
});

describe('the answer to a write', () => {
  it('is the metadata alone where the rest is known, and the whole object where it is not', async () => {
    const object = await make();
    requests.length = 0;
    const held = written(await client.addFinalizer(object, OURS));
    const told = written(await client.patchStatus(held, { observedGeneration: 1 }));
    const merged = written(await client.mergeStatus(told, { listenerId: 'lsn-1' }));
    await client.removeFinalizer(merged, OURS);
    expect(requests.map(form)).toEqual(['whole', 'metadata', 'whole', 'metadata']);
  });

  it('shows an edit that a guarded merge landed on', async () => {
    const seen = written(await client.patchStatus(await make(), { observedGeneration: 1 }));
    edit({ port: 2 });
    const merged = written(await client.mergeStatus(seen, { listenerId: 'lsn-1' }));
    expect(merged).toMatchObject({ metadata: { generation: 2 }, spec: { port: 2 } });
    expect(merged).toEqual(await read());
  });

  it('is a conflict for a status that was made for an earlier spec', async () => {
    const seen = await make();
    edit({ port: 2 });
    const outcome = await client.patchStatus(seen, { observedGeneration: 1 });
    expect(outcome).toEqual({ outcome: 'conflict', serverIsBehind: false });
  });
});

describe('a status too large to be kept', () => {
  const note = 'x'.repeat(100_000);
  /** Nothing in it is as the cache has it: what is not written would stay. */
  const LARGE = {
    observedGeneration: 1,
    phase: 'Running',
    observed: { listenerStatus: 'Running', listenerDescription: note },
  };
  const WANTED = { observedGeneration: 1, observed: { listenerStatus: 'Stopped' } };

  beforeEach(() => {
    const transport: ApiTransport = {
      request: (request) => server.request(request),
      watch: (request) => server.watch(request),
    };
    client = new ResourceClient(transport, type, {
      keep: (object) => ({
        ...object,
        ...(JSON.stringify(object['status'] ?? {}).length > note.length && {
          metadata: { ...object.metadata, statusLeftOut: true },
          status: { phase: 'Running' },
        }),
      }),
    });
  });

  async function makeLarge(): Promise<KubeObject> {
    const object = await make([OURS]);
    written(await client.patchStatus(object, LARGE));
    const seen = await read();
    expect(seen).toMatchObject({ metadata: { statusLeftOut: true }, status: { phase: 'Running' } });
    return seen;
  }

  it('is replaced as a whole, without a rest of what was there', async () => {
    const told = written(await client.patchStatus(await makeLarge(), WANTED));
    expect(server.read(ALB_LISTENERS, KEY)?.['status']).toEqual(WANTED);
    expect(told).toEqual(await read());
    expect(told.metadata.statusLeftOut).toBeUndefined();
  });

  it('is not replaced where the object has changed since', async () => {
    const seen = await makeLarge();
    edit({ port: 2 });
    expect(await client.patchStatus(seen, WANTED)).toEqual({ outcome: 'conflict', serverIsBehind: false });
    expect(server.read(ALB_LISTENERS, KEY)?.['status']).toEqual(LARGE);
  });

  it('is still known not to be whole once the finalizer is removed', async () => {
    const seen = await makeLarge();
    const removed = written(await client.removeFinalizer(seen, OURS));
    expect(removed.metadata.statusLeftOut).toBe(true);
  });
});

describe('a list of finalizers too long to be kept', () => {
  const others = Array.from({ length: 1000 }, (_, index) => `held.example.com/by-${index}`);

  it('is added to and removed from all the same', async () => {
    const object = await make(others);
    expect(object.metadata).toMatchObject({ finalizers: [], finalizersLeftOut: 1000 });
    const held = written(await client.addFinalizer(object, OURS));
    expect(held.metadata).toMatchObject({ finalizers: [OURS], finalizersLeftOut: 1000 });
    expect(server.read(ALB_LISTENERS, KEY)?.metadata.finalizers).toEqual([...others, OURS]);
    const released = written(await client.removeFinalizer(held, OURS));
    expect(released.metadata).toMatchObject({ finalizers: [], finalizersLeftOut: 1000 });
    expect(server.read(ALB_LISTENERS, KEY)?.metadata.finalizers).toEqual(others);
  });

  it('belongs to this object and not to its successor', async () => {
    const object = await make([...others, OURS]);
    const contentType = 'application/merge-patch+json';
    const body = { metadata: { finalizers: null } };
    server.handle({ method: 'PATCH', path: objectPath(type, KEY), contentType, body });
    server.handle({ method: 'DELETE', path: objectPath(type, KEY) });
    const successor = await make([...others, OURS]);
    expect(await client.removeFinalizer(object, OURS)).toEqual({ outcome: 'gone' });
    expect(await read()).toEqual(successor);
  });
});

describe('a conflict', () => {
  it('tells that the server holds an older object than the one that was seen', async () => {
    const object = await make();
    const backup = server.backup();
    edit({ port: 2 });
    const seen = await read();
    server.restore(backup);
    expect(await client.patchStatus(seen, { observedGeneration: 2 })).toEqual({
      outcome: 'conflict',
      serverIsBehind: true,
    });
    expect(await read()).toEqual(object);
  });
});
