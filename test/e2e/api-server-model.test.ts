import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/runtime/clock.ts';
import type { ApiAnswer } from '../../src/runtime/kubernetes/api-answer.ts';
import type { ApiTransport } from '../../src/runtime/kubernetes/api-transport.ts';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { isOlder } from '../../src/runtime/object.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { ApiServer } from '../simulation/api-server/api-server.ts';
import { CONFIG_MAPS } from '../simulation/api-server/resources.ts';
import { Anonymous } from '../support/api-sequences/anonymous.ts';
import { type Entry, RandomUser } from '../support/api-sequences/random-user.ts';
import { fastClock } from '../support/fast-clock.ts';
import { installCrds } from '../support/install-crds.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const listSchema = z.object({ items: z.array(z.looseObject({})) });
const SEQUENCES = Number(process.env['SEQUENCES'] ?? 2000);
const STEPS = 10;
const USERS_AT_ONCE = 16;
const FIRST_SEED = Number(process.env['SEED'] ?? 1);

const { kubeconfigPath, kubectl } = sharedControlPlane();
const real = new Transport({
  connection: connectionOf(kubeconfigPath),
  userAgent: 'the-tests',
  clock: systemClock,
});

beforeAll(() => installCrds(kubectl));
afterAll(() => real.close());

async function createNamespace(transport: ApiTransport, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await transport.request({ method: 'POST', path: '/api/v1/namespaces', body });
}

async function transcriptOn(
  transport: ApiTransport,
  namespace: string,
  seed: number,
): Promise<readonly Entry[]> {
  const user = new RandomUser(transport, namespace, seed);
  for (let step = 0; step < STEPS; step += 1) await user.step();
  await user.finish();
  return user.transcript;
}

/** The first answer that differs, and what led there; what follows differs because of it. */
function disagreement(seed: number, expected: readonly Entry[], actual: readonly Entry[]) {
  const at = expected.findIndex((entry, index) => !isDeepStrictEqual(entry.got, actual[index]?.got));
  if (at === -1) return [];
  return [{ seed, before: expected.slice(0, at), real: expected[at], model: actual[at] }];
}

describe('the model of the API server', () => {
  it(`answers as the real one does, in ${SEQUENCES} random sequences`, async () => {
    const disagreements: object[] = [];
    let operations = 0;
    let repeated = 0;
    let next = FIRST_SEED;
    const runSome = async (namespace: string) => {
      const model = new ApiServer({ clock: new VirtualClock(), random: seededRandom(0) });
      await createNamespace(real, namespace);
      await createNamespace(model, namespace);
      while (next < FIRST_SEED + SEQUENCES) {
        const seed = next;
        next += 1;
        const actual = await transcriptOn(model, namespace, seed);
        const compare = async () => disagreement(seed, await transcriptOn(real, namespace, seed), actual);
        let found = await compare();
        if (found.length > 0) {
          // The real one begins a write with what its cache holds, which may lag for a moment. With that, a write made
          // for an old version that would change nothing of the newest one succeeds. What is a rule comes again.
          repeated += 1;
          found = await compare();
        }
        disagreements.push(...found);
        operations += actual.length;
      }
    };
    await Promise.all(Array.from({ length: USERS_AT_ONCE }, (_, n) => runSome(`api-server-model-${n}`)));

    expect(disagreements).toEqual([]);
    console.log(`${SEQUENCES} sequences, ${operations} operations, no disagreement (${repeated} run twice)`);
  });
});

/** Does the same on both servers; resolves with what each answered. */
async function onBoth(script: (transport: ApiTransport) => Promise<readonly ApiAnswer[]>) {
  const model = new ApiServer({ clock: new VirtualClock(), random: seededRandom(0) });
  return { expected: told(await script(real)), actual: told(await script(model)) };
}

function told(answers: readonly ApiAnswer[]): readonly unknown[] {
  const anonymous = new Anonymous();
  return answers.map((answer) => anonymous.answer(answer));
}

describe('a namespace', () => {
  const namespace = 'api-server-model-namespace';
  const path = `/api/v1/namespaces/${namespace}/configmaps`;

  it('takes in new objects while it is there and not being deleted', async () => {
    const create = (name: string) => ({ method: 'POST', path, body: { metadata: { name } } }) as const;
    const { expected, actual } = await onBoth(async (transport) => {
      const tooEarly = await transport.request(create('early'));
      await createNamespace(transport, namespace);
      const inTime = await transport.request(create('in-time'));
      await transport.request({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
      const tooLate = await transport.request(create('late'));
      const body = { data: { key: 'value' } };
      const contentType = 'application/merge-patch+json';
      const edit = await transport.request({ method: 'PATCH', path: `${path}/in-time`, contentType, body });
      return [tooEarly, inTime, tooLate, edit];
    });
    expect(actual).toEqual(expected);
    expect(expected).toMatchObject([{ reason: 'NotFound' }, {}, { reason: 'Forbidden' }, { data: {} }]);
  });
});

describe('what is asked for in part', () => {
  const namespace = 'api-server-model-part';
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const form = (of: string) => `application/json;as=${of};g=meta.k8s.io;v=v1`;

  it('is the metadata alone, or the object of one name', async () => {
    const contentType = 'application/merge-patch+json';
    const { expected, actual } = await onBoth(async (transport) => {
      await createNamespace(transport, namespace);
      for (const name of ['one', 'two']) {
        const body = { metadata: { name, annotations: { note: name } }, data: { key: name } };
        await transport.request({ method: 'POST', path, body });
      }
      const accept = form('PartialObjectMetadata');
      const body = { data: { key: 'other' } };
      const list = async (query: Readonly<Record<string, string>>, as?: string) =>
        transport.request({ method: 'GET', path, query, accept: as });
      const byName = { fieldSelector: 'metadata.name=two', limit: '1' };
      return [
        await transport.request({ method: 'GET', path: `${path}/one`, accept }),
        await transport.request({ method: 'PATCH', path: `${path}/one`, accept, contentType, body }),
        await transport.request({ method: 'PATCH', path: `${path}/none`, accept, contentType, body }),
        ...itemsOf(await list({ labelSelector: '' }, form('PartialObjectMetadataList'))).filter(
          isNamedAsHere,
        ),
        ...itemsOf(await list(byName)),
        ...itemsOf(await list({ ...byName, fieldSelector: 'metadata.name=none' })),
      ];
    });
    expect(actual).toEqual(expected);
    expect(expected).toMatchObject([
      { kind: 'PartialObjectMetadata', metadata: { name: 'one', annotations: { note: 'one' } } },
      { kind: 'PartialObjectMetadata' },
      { reason: 'NotFound' },
      { kind: 'PartialObjectMetadata', metadata: { name: 'one' } },
      { kind: 'PartialObjectMetadata', metadata: { name: 'two' } },
      { kind: 'ConfigMap', data: { key: 'two' } },
    ]);
  });

  /** Each item as an answer of its own. Those of built-in resources come without these two fields. */
  function itemsOf(answer: ApiAnswer): readonly ApiAnswer[] {
    const { items } = listSchema.parse(answer.ok ? answer.body : answer);
    return items.map((item) => ({ ok: true, body: { apiVersion: 'v1', kind: 'ConfigMap', ...item } }));
  }

  /** A control plane with controllers would put others beside them. */
  function isNamedAsHere(answer: ApiAnswer): boolean {
    return JSON.stringify(answer).includes('"note"');
  }
});

const path = '/api/v1/namespaces/default/configmaps';

/** Runs on a control plane that nothing else uses, so that it may forget, or go back in time. */
async function onOwnControlPlane<Result>(
  run: (transport: Transport, controlPlane: ControlPlane) => Promise<Result>,
): Promise<Result> {
  await using cleanup = new AsyncDisposableStack();
  const controlPlane = await startControlPlane();
  cleanup.defer(() => controlPlane.stop());
  const connection = connectionOf(controlPlane.kubeconfigPath);
  const transport = new Transport({ connection, userAgent: 'the-tests', clock: systemClock });
  cleanup.defer(() => transport.close());
  return await run(transport, controlPlane);
}

describe('a compaction', () => {
  /** Reads on from where it was before a compaction in each way there is. */
  async function readOn(from: ApiTransport, compact: () => Promise<void>) {
    for (const name of ['one', 'two']) {
      await from.request({ method: 'POST', path, body: { metadata: { name } } });
    }
    const client = new ResourceClient(from, CONFIG_MAPS.type);
    const page = await client.listPage({ namespace: 'default', limit: 1 });
    if (page.outcome === 'failed' || page.continueToken === undefined) throw new Error('no first page');
    const { resourceVersion, continueToken } = page;
    await from.request({ method: 'POST', path, body: { metadata: { name: 'three' } } });
    await compact();

    const exactly = { resourceVersion, resourceVersionMatch: 'Exact' };
    const { signal } = new AbortController();
    const watch = client.watch({ namespace: 'default', resourceVersion, timeoutSeconds: 10, signal });
    return [
      await from.request({ method: 'GET', path, query: { limit: '1', continue: continueToken } }),
      await from.request({ method: 'GET', path, query: exactly }),
      (await watch.next()).value,
    ];
  }

  it('ends lists and watches from before', async () => {
    const expected = await onOwnControlPlane((transport, controlPlane) =>
      readOn(transport, () => controlPlane.expireWatches()),
    );
    const model = new ApiServer({ clock: new VirtualClock(), random: seededRandom(0) });
    await createNamespace(model, 'default');
    const actual = await readOn(model, async () => model.compact(model.versions.newest));
    const expired = { error: { kind: 'expired', status: 410, reason: 'Expired' } };
    expect(expected).toMatchObject([expired, expired, expired]);
    expect(actual).toMatchObject([expired, expired, expired]);
  });
});

describe('a restore of etcd', () => {
  /** Whether versions went back, what is there then, and what a watch says that goes on from a version before. */
  async function goBack(on: ApiTransport, backUp: () => Promise<void>, restore: () => Promise<void>) {
    const create = async (name: string) => on.request({ method: 'POST', path, body: { metadata: { name } } });
    const client = new ResourceClient(on, CONFIG_MAPS.type);
    const list = async () => {
      const page = await client.listPage({ namespace: 'default', limit: 500 });
      if (page.outcome === 'failed') throw new Error(page.error.message);
      return page;
    };
    await create('kept');
    await backUp();
    for (let count = 0; count < 60; count += 1) await create(`lost-${count}`);
    const before = await list();
    await restore();
    const after = await list();
    await create('new');
    const told: string[] = [];
    const { signal } = new AbortController();
    const from = { namespace: 'default', resourceVersion: before.resourceVersion, timeoutSeconds: 2, signal };
    for await (const event of client.watch(from)) told.push(event.type);
    return {
      wentBack: isOlder(after.resourceVersion, before.resourceVersion),
      names: after.objects.map(({ metadata }) => metadata.name).filter((name) => !name.includes('root-ca')),
      told,
    };
  }

  it('takes versions back, and a watch from one of before is silent about what is new', async () => {
    const expected = await onOwnControlPlane((transport, controlPlane) =>
      goBack(
        transport,
        () => controlPlane.backUpEtcd(),
        () => controlPlane.restoreEtcd(),
      ),
    );
    const clock = fastClock(1);
    const model = new ApiServer({ clock, random: seededRandom(0) });
    await createNamespace(model, 'default');
    let backup = model.backup();
    const actual = await goBack(
      model,
      async () => {
        backup = model.backup();
      },
      async () => model.restore(backup),
    );
    expect(actual).toEqual(expected);
    expect(expected).toEqual({ wentBack: true, names: ['kept'], told: [] });
  });
});
