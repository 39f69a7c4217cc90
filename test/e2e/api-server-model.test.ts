import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import type { ApiAnswer } from '../../src/runtime/kubernetes/api-answer.ts';
import type { ApiTransport } from '../../src/runtime/kubernetes/api-transport.ts';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { ApiServer } from '../simulation/api-server/api-server.ts';
import { CONFIG_MAPS } from '../simulation/api-server/resources.ts';
import { Anonymous } from '../support/api-sequences/anonymous.ts';
import { type Entry, RandomUser } from '../support/api-sequences/random-user.ts';
import { installCrds } from '../support/install-crds.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

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
  it(`answers as the real one does, in ${SEQUENCES} random sequences`, { timeout: 300_000 }, async () => {
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

describe('a compaction', () => {
  const path = '/api/v1/namespaces/default/configmaps';
  let controlPlane: ControlPlane;
  let transport: Transport;

  beforeAll(async () => {
    controlPlane = await startControlPlane();
    const connection = connectionOf(controlPlane.kubeconfigPath);
    transport = new Transport({ connection, userAgent: 'the-tests', clock: systemClock });
  });

  afterAll(async () => {
    await transport.close();
    await controlPlane.stop();
  });

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
    const expected = await readOn(transport, () => controlPlane.expireWatches());
    const model = new ApiServer({ clock: new VirtualClock(), random: seededRandom(0) });
    await createNamespace(model, 'default');
    const actual = await readOn(model, async () => model.compact(model.versions.newest));
    const expired = { error: { kind: 'expired', status: 410, reason: 'Expired' } };
    expect(expected).toMatchObject([expired, expired, expired]);
    expect(actual).toMatchObject([expired, expired, expired]);
  });
});
