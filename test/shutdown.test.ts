import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type Ending, runOperator } from '../src/operator.ts';
import { sleep } from '../src/runtime/clock.ts';
import { type ApiAnswer, failure } from '../src/runtime/kubernetes/api-answer.ts';
import {
  type ApiRequest,
  type ApiTransport,
  DEFAULT_DEADLINE_MS,
} from '../src/runtime/kubernetes/api-transport.ts';
import { collectionPath } from '../src/runtime/kubernetes/resource-type.ts';
import { objectKey } from '../src/runtime/object.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { ApiServer } from './simulation/api-server/api-server.ts';
import { ALB_LISTENERS, apiVersionOf, LEASE_OBJECTS, NAMESPACES } from './simulation/api-server/resources.ts';
import { oneAccount } from './support/one-account.ts';
import { OPERATOR_CONFIG } from './support/operator-config.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const LEASE = objectKey('operators', 'alb-listener-operator');
const GRACE_OF_A_POD_MS = 30_000;
const LISTENERS = 40;
/** Each of them is told of in an event. */
const INVALID_SPEC = {
  loadBalancerId: 'alb-1',
  listenerProtocol: 'HTTP',
  listenerPort: 0,
  defaultActions: [],
};

type Silence = (request: ApiRequest) => boolean;

/** A leading operator whose AlbListeners all have something to be told, and an API server that can stop answering. */
class Leader {
  readonly #clock = new VirtualClock();
  readonly #server = new ApiServer({ clock: this.#clock, random: seededRandom(1) });
  readonly #stop = new AbortController();
  readonly #ending: Promise<Ending>;
  /** Requests that get no answer. */
  silence: Silence = () => false;
  /** When each request for the lease left. */
  readonly leaseRequests: number[] = [];

  constructor() {
    for (const name of ['operators', 'shop']) {
      const body = { apiVersion: 'v1', kind: NAMESPACES.kind, metadata: { name } };
      this.#server.handle({ method: 'POST', path: '/api/v1/namespaces', body });
    }
    this.#ending = this.#run();
  }

  #run(): Promise<Ending> {
    const transport: ApiTransport = {
      request: (request) => this.#request(request),
      watch: (request) => this.#server.watch(request),
    };
    const unused = { rpc: () => Promise.reject(new Error('the cloud is not needed here')), redact: String };
    return runOperator(
      {
        config: OPERATOR_CONFIG,
        transport,
        server: 'https://api.example.com:6443',
        connectCloud: () => oneAccount(unused),
        clock: this.#clock,
        random: seededRandom(2),
        logger: pino({ level: 'silent' }),
        instance: 'one',
        leadership: { lease: LEASE, identity: 'one' },
      },
      this.#stop.signal,
    );
  }

  async #request(request: ApiRequest): Promise<ApiAnswer> {
    const { path, deadlineMs = DEFAULT_DEADLINE_MS, signal } = request;
    if (path.includes('/leases')) this.leaseRequests.push(this.#clock.monotonic());
    if (this.silence(request)) {
      await sleep(this.#clock, deadlineMs, signal);
      return failure(signal?.aborted ? 'aborted' : 'timeout', 'no answer');
    }
    await sleep(this.#clock, 50, signal);
    return this.#server.request(request);
  }

  apply(): void {
    for (let index = 0; index < LISTENERS; index += 1) {
      this.#server.handle({
        method: 'POST',
        path: collectionPath(ALB_LISTENERS.type, 'shop'),
        body: {
          apiVersion: apiVersionOf(ALB_LISTENERS),
          kind: ALB_LISTENERS.kind,
          metadata: { name: `web-${index}` },
          spec: INVALID_SPEC,
        },
      });
    }
  }

  pass(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  get now(): number {
    return this.#clock.monotonic();
  }

  /** Asks the process to end; gives what came of it and how long it took. */
  async terminate(): Promise<{ readonly ending: Ending | undefined; readonly tookMs: number }> {
    const since = this.now;
    let ended: { readonly ending: Ending; readonly at: number } | undefined;
    void this.#ending.then((ending) => {
      ended = { ending, at: this.now };
      return ending;
    });
    this.#stop.abort();
    await this.pass(2 * GRACE_OF_A_POD_MS);
    return { ending: ended?.ending, tookMs: (ended?.at ?? Number.POSITIVE_INFINITY) - since };
  }

  get lease(): unknown {
    return this.#server.read(LEASE_OBJECTS, LEASE);
  }
}

async function leaderAtWork(): Promise<Leader> {
  const leader = new Leader();
  await leader.pass(10_000);
  expect(leader.lease).toMatchObject({ spec: { holderIdentity: 'one' } });
  return leader;
}

describe('an operator that is asked to end', () => {
  it.each<{ readonly reason: string; readonly silence: Silence; readonly withinMs: number }>([
    { reason: 'everything answers', silence: () => false, withinMs: 5000 },
    { reason: 'events get no answer', silence: ({ path }) => path.includes('/events'), withinMs: 5000 },
    {
      reason: 'status writes get no answer, so that workers hang',
      silence: ({ path }) => path.endsWith('/status'),
      withinMs: 25_000,
    },
  ])('releases the lease, and does not renew it afterwards: $reason', async ({ silence, withinMs }) => {
    const leader = await leaderAtWork();
    leader.silence = silence;
    leader.apply();
    await leader.pass(2000);
    const since = leader.now;
    const { ending, tookMs } = await leader.terminate();
    expect(ending).toBe('stopped');
    expect(tookMs).toBeLessThan(withinMs);
    // The work is over at once, or after the time that it is given: then comes the release, and nothing else.
    const workEndedAt = since + (withinMs > 20_000 ? 20_000 : 200);
    expect(leader.leaseRequests.filter((at) => at > workEndedAt).length).toBeLessThanOrEqual(1);
    expect(leader.lease).toMatchObject({ spec: { holderIdentity: '' } });
  });

  it.each<{ readonly reason: string; readonly silence: Silence }>([
    { reason: 'nothing answers', silence: () => true },
    { reason: 'nothing but the lease answers', silence: ({ path }) => !path.includes('/leases') },
    { reason: 'the lease gets no answer', silence: ({ path }) => path.includes('/leases') },
  ])('ends within 25 s whatever the API server does: $reason', async ({ silence }) => {
    for (const afterMs of [0, 700, 1400]) {
      const leader = await leaderAtWork();
      leader.apply();
      await leader.pass(200);
      leader.silence = silence;
      await leader.pass(afterMs);
      const { ending, tookMs } = await leader.terminate();
      expect(ending).toBe('stopped');
      expect(tookMs).toBeLessThanOrEqual(25_000);
    }
  });

  it('ends at once while it stands by, though its look at the lease gets no answer', async () => {
    const leader = new Leader();
    leader.silence = ({ path }) => path.includes('/leases');
    await leader.pass(5000);
    const { ending, tookMs } = await leader.terminate();
    expect(ending).toBe('stopped');
    expect(tookMs).toBeLessThan(1000);
  });
});
