import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import type { ApiAnswer } from '../../src/runtime/kubernetes/api-answer.ts';
import type { Method } from '../../src/runtime/kubernetes/api-transport.ts';
import type { WriteOutcome } from '../../src/runtime/kubernetes/resource-client.ts';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import type { ResourceType } from '../../src/runtime/kubernetes/resource-type.ts';
import { collectionPath, objectPath } from '../../src/runtime/kubernetes/resource-type.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { keyOf, objectKey, parseObject } from '../../src/runtime/object.ts';
import { eventually } from '../support/eventually.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { matching } from '../support/matchers.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const NAMESPACE = 'runtime-resource-client';
const THINGS: ResourceType = { group: 'runtime.example.com', version: 'v1', plural: 'things' };
const OURS = 'runtime.example.com/ours';
const THEIRS = 'runtime.example.com/theirs';

const { kubeconfigPath } = sharedControlPlane();
const transport = new Transport({
  connection: connectionOf(kubeconfigPath),
  userAgent: 'the-tests',
  clock: systemClock,
});
const things = new ResourceClient(transport, THINGS);

const thingDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.runtime.example.com' },
  spec: {
    group: THINGS.group,
    scope: 'Namespaced',
    names: { plural: THINGS.plural, kind: 'Thing' },
    versions: [
      {
        name: THINGS.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              status: {
                type: 'object',
                properties: {
                  phase: { type: 'string' },
                  id: { type: 'string' },
                  nested: { type: 'object', additionalProperties: { type: 'integer' } },
                },
              },
            },
          },
        },
      },
    ],
  },
};

async function send(method: Method, path: string, body?: unknown, contentType?: string): Promise<ApiAnswer> {
  return transport.request({
    method,
    path,
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  });
}

beforeAll(async () => {
  await send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', thingDefinition);
  await eventually('the resource to be served', async () => (await send('GET', collectionPath(THINGS))).ok);
});

afterAll(async () => {
  await transport.close();
});

let names = 0;
async function newThing(metadata: object = {}): Promise<KubeObject> {
  names += 1;
  return create(`thing-${names}`, metadata);
}

async function create(name: string, metadata: object = {}): Promise<KubeObject> {
  const body = { apiVersion: 'runtime.example.com/v1', kind: 'Thing', metadata: { name, ...metadata } };
  const answer = await send('POST', collectionPath(THINGS, NAMESPACE), body);
  return parsed(answer.ok ? answer.body : answer.error);
}

function parsed(body: unknown): KubeObject {
  const object = parseObject(body);
  if (object === undefined) throw new Error(`not an object: ${JSON.stringify(body)}`);
  return object;
}

async function read(object: KubeObject): Promise<KubeObject> {
  const answer = await things.get(keyOf(object));
  if (answer.outcome !== 'found') throw new Error(`not found: ${keyOf(object)}`);
  return answer.object;
}

function written(outcome: WriteOutcome): KubeObject {
  if (outcome.outcome !== 'written') throw new Error(`not written: ${JSON.stringify(outcome)}`);
  return outcome.object;
}

/** What another client does: overwrites the finalizers. */
async function setFinalizers(object: KubeObject, finalizers: readonly string[]): Promise<KubeObject> {
  const path = objectPath(THINGS, keyOf(object));
  const answer = await send('PATCH', path, { metadata: { finalizers } }, 'application/merge-patch+json');
  return parsed(answer.ok ? answer.body : answer.error);
}

/** Deletes the object and makes another one under its name. */
async function recreate(object: KubeObject, metadata: object = {}): Promise<KubeObject> {
  await send('DELETE', objectPath(THINGS, keyOf(object)));
  return create(object.metadata.name, metadata);
}

describe('reading', () => {
  it('tells an object from none', async () => {
    const thing = await newThing();
    expect(await things.get(keyOf(thing))).toEqual({ outcome: 'found', object: thing });
    expect(await things.get(objectKey(NAMESPACE, 'nobody'))).toEqual({ outcome: 'notFound' });
  });

  it('strips managedFields', async () => {
    const thing = await newThing();
    expect(thing.metadata['managedFields']).toBeUndefined();
  });

  it('lists a consistent state page by page', async () => {
    const namespace = `${NAMESPACE}-pages`;
    await send('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    const maps: ResourceType = { group: '', version: 'v1', plural: 'configmaps' };
    for (let n = 0; n < 7; n += 1) {
      await send('POST', collectionPath(maps, namespace), { metadata: { name: `map-${n}` } });
    }

    const client = new ResourceClient(transport, maps);
    const pages: (readonly KubeObject[])[] = [];
    let page = await client.listPage({ namespace, limit: 3 });
    while (page.outcome === 'page') {
      pages.push(page.objects);
      if (page.continueToken === undefined) break;
      await send('POST', collectionPath(maps, namespace), { metadata: { name: `late-${pages.length}` } });
      page = await client.listPage({ namespace, limit: 3, continueToken: page.continueToken });
    }
    expect(pages.map((objects) => objects.map((object) => object.metadata.name))).toEqual([
      ['map-0', 'map-1', 'map-2'],
      ['map-3', 'map-4', 'map-5'],
      ['map-6'],
    ]);
    expect(pages[0]?.[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });
});

describe('the status as a whole', () => {
  it('is made equal: fields are set, changed and removed, also nested ones', async () => {
    const thing = await newThing();
    const first = { phase: 'Pending', id: 'x', nested: { a: 1, b: 2 } };
    const once = written(await things.patchStatus(thing, first));
    expect(once['status']).toEqual(first);
    const second = { phase: 'Running', nested: { b: 3 } };
    const twice = written(await things.patchStatus(once, second));
    expect((await read(twice))['status']).toEqual(second);
  });

  it('is not written when nothing differs', async () => {
    const thing = written(await things.patchStatus(await newThing(), { phase: 'Running' }));
    expect(await things.patchStatus(thing, { phase: 'Running', id: undefined })).toEqual({
      outcome: 'unchanged',
    });
    expect((await read(thing)).metadata.resourceVersion).toBe(thing.metadata.resourceVersion);
  });

  it('is in conflict when the object changed since it was read', async () => {
    const thing = await newThing();
    written(await things.patchStatus(thing, { phase: 'Running' }));
    expect(await things.patchStatus(thing, { phase: 'Pending' })).toEqual({
      outcome: 'conflict',
      serverIsBehind: false,
    });
    expect((await read(thing))['status']).toEqual({ phase: 'Running' });
  });

  it('does not touch another object under the same name', async () => {
    const old = await newThing();
    const thing = await recreate(old);
    expect(await things.patchStatus(old, { phase: 'Running' })).toEqual({ outcome: 'gone' });
    expect(await read(thing)).toEqual(thing);
  });

  it('is gone when the object is', async () => {
    const thing = await newThing();
    await send('DELETE', objectPath(THINGS, keyOf(thing)));
    expect(await things.patchStatus(thing, { phase: 'Running' })).toEqual({ outcome: 'gone' });
  });

  it('that is not valid is refused with the reason', async () => {
    const thing = await newThing();
    expect(await things.patchStatus(thing, { phase: 7 })).toMatchObject({
      outcome: 'failed',
      error: { kind: 'invalid', message: matching('status.phase') },
    });
  });
});

describe('single fields of the status', () => {
  it('are recorded although somebody else wrote in between, whose fields stay', async () => {
    const seen = written(await things.patchStatus(await newThing(), { phase: 'Pending' }));
    written(await things.patchStatus(seen, { phase: 'Running' }));
    written(await things.mergeStatus(seen, { id: 'lsn-1' }));
    expect((await read(seen))['status']).toEqual({ phase: 'Running', id: 'lsn-1' });
  });

  it('are recorded where there is no status yet, and again', async () => {
    const thing = await newThing();
    const once = written(await things.mergeStatus(thing, { id: 'lsn-1', nested: { a: 1 } }));
    const twice = written(await things.mergeStatus(once, { nested: { b: 2 } }));
    expect(twice['status']).toEqual({ id: 'lsn-1', nested: { b: 2 } });
  });

  it('are in conflict when a status appeared since the object was read', async () => {
    const thing = await newThing();
    written(await things.patchStatus(thing, { phase: 'Running' }));
    expect(await things.mergeStatus(thing, { id: 'lsn-1' })).toEqual({
      outcome: 'conflict',
      serverIsBehind: false,
    });
    expect((await read(thing))['status']).toEqual({ phase: 'Running' });
  });

  it('are recorded only while the field holds still on which they rest', async () => {
    const seen = written(await things.patchStatus(await newThing(), { phase: 'Pending', nested: { a: 1 } }));
    const edited = written(await things.patchStatus(seen, { phase: 'Running', nested: { a: 1 } }));
    written(await things.mergeStatus(seen, { id: 'lsn-1' }, [['nested', 'a'], ['absent']]));
    expect((await read(edited))['status']).toEqual({ phase: 'Running', nested: { a: 1 }, id: 'lsn-1' });

    written(await things.patchStatus(await read(edited), { nested: { a: 2 } }));
    const outdone = await things.mergeStatus(seen, { id: 'lsn-0' }, [['nested', 'a']]);
    expect(outdone).toEqual({ outcome: 'conflict', serverIsBehind: false });
    expect((await read(edited))['status']).toEqual({ nested: { a: 2 } });
  });

  it.each([
    { status: {}, reason: 'without a status' },
    { status: { phase: 'Pending' }, reason: 'with a status' },
  ])('do not touch another object under the same name, $reason', async ({ status }) => {
    const first = await newThing();
    const old = Object.keys(status).length === 0 ? first : written(await things.patchStatus(first, status));
    const made = await recreate(old);
    const thing = Object.keys(status).length === 0 ? made : written(await things.patchStatus(made, status));
    expect(await things.mergeStatus(old, { id: 'lsn-1' })).toEqual({ outcome: 'gone' });
    expect(await read(thing)).toEqual(thing);
  });

  it('that are not valid are refused with the reason', async () => {
    expect(await things.mergeStatus(await newThing(), { id: 7 })).toMatchObject({
      outcome: 'failed',
      error: { kind: 'invalid', message: matching('status.id') },
    });
  });
});

describe('a finalizer', () => {
  it.each([
    { before: [], after: [OURS], reason: 'the first' },
    { before: [THEIRS], after: [THEIRS, OURS], reason: 'one beside others' },
  ])('is added: $reason', async ({ before, after }) => {
    const thing = await newThing({ finalizers: before });
    expect(written(await things.addFinalizer(thing, OURS)).metadata.finalizers).toEqual(after);
  });

  it.each([
    { before: [OURS], after: undefined, reason: 'the only one' },
    { before: [THEIRS, OURS], after: [THEIRS], reason: 'the last' },
    { before: [OURS, THEIRS], after: [THEIRS], reason: 'the first' },
  ])('is removed: $reason', async ({ before, after }) => {
    const thing = await newThing({ finalizers: before });
    expect(written(await things.removeFinalizer(thing, OURS)).metadata.finalizers).toEqual(after);
  });

  it('is neither added twice nor removed twice', async () => {
    const thing = await newThing({ finalizers: [OURS] });
    expect(await things.addFinalizer(thing, OURS)).toEqual({ outcome: 'unchanged' });
    expect(await things.removeFinalizer(await newThing(), OURS)).toEqual({ outcome: 'unchanged' });
  });

  it.each([
    { seen: [], now: [THEIRS], reason: 'the first finalizer of somebody else' },
    { seen: [THEIRS], now: [THEIRS, 'runtime.example.com/more'], reason: 'one more' },
    { seen: [THEIRS], now: [], reason: 'the removal of one' },
  ])('is not added over $reason since the object was read', async ({ seen, now }) => {
    const thing = await newThing({ finalizers: seen });
    const changed = await setFinalizers(thing, now);
    expect(await things.addFinalizer(thing, OURS)).toEqual({ outcome: 'conflict', serverIsBehind: false });
    expect(await read(thing)).toEqual(changed);
  });

  it('is not removed in place of another that moved there', async () => {
    const thing = await newThing({ finalizers: [OURS, THEIRS] });
    const changed = await setFinalizers(thing, [THEIRS, OURS]);
    expect(await things.removeFinalizer(thing, OURS)).toEqual({ outcome: 'conflict', serverIsBehind: false });
    expect(await read(thing)).toEqual(changed);
  });

  it('is removed although another was added behind it since the object was read', async () => {
    const thing = await newThing({ finalizers: [OURS] });
    await setFinalizers(thing, [OURS, THEIRS]);
    expect(written(await things.removeFinalizer(thing, OURS)).metadata.finalizers).toEqual([THEIRS]);
  });

  it('does not touch another object under the same name', async () => {
    const bare = await newThing();
    const bareNow = await recreate(bare);
    expect(await things.addFinalizer(bare, OURS)).toEqual({ outcome: 'gone' });
    expect(await read(bareNow)).toEqual(bareNow);

    const held = await setFinalizers(await newThing({ finalizers: [OURS] }), []);
    const heldNow = await recreate(held, { finalizers: [OURS] });
    const seen = { ...held, metadata: { ...held.metadata, finalizers: [OURS] } };
    expect(await things.removeFinalizer(seen, OURS)).toEqual({ outcome: 'gone' });
    expect(await read(heldNow)).toEqual(heldNow);
  });

  it('is the last thing that holds a deleted object', async () => {
    const thing = await newThing({ finalizers: [OURS] });
    await send('DELETE', objectPath(THINGS, keyOf(thing)));
    const deleted = await read(thing);
    expect(deleted.metadata.deletionTimestamp).toBeDefined();
    written(await things.removeFinalizer(deleted, OURS));
    expect(await things.get(keyOf(thing))).toEqual({ outcome: 'notFound' });
    expect(await things.removeFinalizer(deleted, OURS)).toEqual({ outcome: 'gone' });
  });

  it('cannot be added to a deleted object, and the refusal says so', async () => {
    const thing = await newThing({ finalizers: [THEIRS] });
    await send('DELETE', objectPath(THINGS, keyOf(thing)));
    expect(await things.addFinalizer(await read(thing), OURS)).toMatchObject({
      outcome: 'failed',
      error: { kind: 'invalid', message: matching('finalizer') },
    });
  });

  it('is kept when many clients add and remove theirs at the same time', async () => {
    const thing = await newThing();
    const mine = Array.from({ length: 8 }, (_, n) => `runtime.example.com/client-${n}`);
    const persist = async (change: (object: KubeObject) => Promise<WriteOutcome>) => {
      let outcome: WriteOutcome = { outcome: 'conflict', serverIsBehind: false };
      while (outcome.outcome === 'conflict') outcome = await change(await read(thing));
      expect(outcome.outcome).toBe('written');
    };
    await Promise.all(
      mine.map(async (finalizer) => persist(async (object) => things.addFinalizer(object, finalizer))),
    );
    expect(new Set((await read(thing)).metadata.finalizers)).toEqual(new Set(mine));
    const even = mine.filter((_, n) => n % 2 === 0);
    await Promise.all(
      even.map(async (finalizer) => persist(async (object) => things.removeFinalizer(object, finalizer))),
    );
    expect(new Set((await read(thing)).metadata.finalizers)).toEqual(
      new Set(mine.filter((_, n) => n % 2 === 1)),
    );
  });
});
