import { pino } from 'pino';
import { expect, it } from 'vitest';
import { type Ending, runOperator } from '../src/operator.ts';
import { sleep } from '../src/runtime/clock.ts';
import type { ApiTransport } from '../src/runtime/kubernetes/api-transport.ts';
import { objectKey } from '../src/runtime/object.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { ApiServer } from './simulation/api-server/api-server.ts';
import { LEASE_OBJECTS, NAMESPACES } from './simulation/api-server/resources.ts';
import { oneAccount } from './support/one-account.ts';
import { OPERATOR_CONFIG } from './support/operator-config.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const LEASE = objectKey('operators', 'alb-listener-operator');
/** An API server that is slow to take what is sent to it. */
const SLOW_MS = 900;

/** Two operators without any work, and an API server that takes its time. */
class Pair {
  readonly #clock = new VirtualClock();
  readonly #server = new ApiServer({ clock: this.#clock, random: seededRandom(1) });

  constructor() {
    const body = { apiVersion: 'v1', kind: NAMESPACES.kind, metadata: { name: 'operators' } };
    this.#server.handle({ method: 'POST', path: '/api/v1/namespaces', body });
  }

  start(identity: string, signal: AbortSignal): Promise<Ending> {
    const transport: ApiTransport = {
      request: async (request) => {
        await sleep(this.#clock, SLOW_MS);
        return this.#server.request(request);
      },
      watch: (request) => this.#server.watch(request),
    };
    const unused = { rpc: () => Promise.reject(new Error('nobody calls the cloud')), redact: String };
    return runOperator(
      {
        config: OPERATOR_CONFIG,
        transport,
        server: 'https://api.example.com:6443',
        connectCloud: () => oneAccount(unused),
        clock: this.#clock,
        random: seededRandom(identity.length),
        logger: pino({ level: 'silent' }),
        instance: identity,
        leadership: { lease: LEASE, identity },
      },
      signal,
    );
  }

  async pass(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  get lease(): unknown {
    return this.#server.read(LEASE_OBJECTS, LEASE);
  }
}

// A renewal takes 1.8 s of every 3.8 s, so that these moments are before, in and after its two requests.
it.each([0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000])(
  'gives the lease up for good when asked to end %i ms later, whatever is under way',
  async (afterMs) => {
    const pair = new Pair();
    const [stopFirst, stopSecond] = [new AbortController(), new AbortController()];
    const first = pair.start('first', stopFirst.signal);
    await pair.pass(10_000);
    const second = pair.start('second', stopSecond.signal);
    await pair.pass(10_000 + afterMs);
    expect(pair.lease).toMatchObject({ spec: { holderIdentity: 'first' } });

    stopFirst.abort();
    // The renewal under way, the release, and one look of the other one.
    await pair.pass(2 * SLOW_MS + SLOW_MS + 4400 + 2 * SLOW_MS);
    expect(await first).toBe('stopped');
    expect(pair.lease).toMatchObject({ spec: { holderIdentity: 'second' } });

    stopSecond.abort();
    await pair.pass(10_000);
    expect(await second).toBe('stopped');
    expect(pair.lease).toMatchObject({ spec: { holderIdentity: '' } });
  },
);
