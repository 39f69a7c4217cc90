import { pino } from 'pino';
import { expect, it } from 'vitest';
import { FINALIZER } from '../src/listener/resource.ts';
import { readStatus } from '../src/listener/schema/status.ts';
import { runOperator } from '../src/operator.ts';
import type { ApiTransport } from '../src/runtime/kubernetes/api-transport.ts';
import { collectionPath, objectPath } from '../src/runtime/kubernetes/resource-type.ts';
import { objectKey } from '../src/runtime/object.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { ApiServer } from './simulation/api-server/api-server.ts';
import { ALB_LISTENERS, CONFIG_MAPS } from './simulation/api-server/resources.ts';
import { oneAccount } from './support/one-account.ts';
import { OPERATOR_CONFIG } from './support/operator-config.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const WEB = objectKey('shop', 'web');
const { type } = ALB_LISTENERS;

/** An API server that is restored and edited between a list and the watch that follows it. */
class RestoredServer {
  readonly #clock: VirtualClock;
  readonly #server: ApiServer;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.#server = new ApiServer({ clock, random: seededRandom(1) });
    for (const name of ['kube-system', 'shop'])
      this.#server.handle({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
    const spec = { loadBalancerId: 'alb-one', listenerProtocol: 'HTTP', listenerPort: 80 };
    const body = { metadata: { name: 'web', finalizers: [FINALIZER] }, spec };
    this.#server.handle({ method: 'POST', path: collectionPath(type, 'shop'), body });
  }

  /** The way to it for one process, which sleeps through the restore as soon as it has the list. */
  transport(): ApiTransport {
    const backup = this.#server.backup();
    let isRestored = false;
    // The list comes from a version that the server reaches again only after the edit.
    for (const name of ['one', 'two', 'three'])
      this.#server.handle({
        method: 'POST',
        path: collectionPath(CONFIG_MAPS.type, 'shop'),
        body: { metadata: { name } },
      });
    return {
      request: async (request) => {
        const answer = await this.#server.request(request);
        const isList = request.path.endsWith(type.plural) && request.query?.['limit'] !== undefined;
        if (isRestored || !isList) return answer;
        isRestored = true;
        this.#server.restore(backup);
        this.#edit({ idleTimeout: 25 });
        return answer;
      },
      watch: (request) => this.#server.watch(request),
    };
  }

  #edit(spec: object): void {
    const contentType = 'application/merge-patch+json';
    this.#server.handle({ method: 'PATCH', path: objectPath(type, WEB), contentType, body: { spec } });
  }

  async pass(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  get web() {
    const object = this.#server.read(ALB_LISTENERS, WEB);
    return { generation: object?.metadata.generation, status: readStatus(object?.['status']) };
  }
}

it('an edit that no watch tells of is found by the writes that conflict on it', async () => {
  const clock = new VirtualClock();
  const server = new RestoredServer(clock);
  const stopping = new AbortController();
  const cloud = { rpc: () => Promise.reject(new Error('nobody calls the cloud')), redact: String };
  const running = runOperator(
    {
      config: OPERATOR_CONFIG,
      transport: server.transport(),
      server: 'https://api.example.com:6443',
      connectCloud: () => oneAccount(cloud),
      clock,
      random: seededRandom(1),
      logger: pino({ level: 'silent' }),
      instance: 'one',
    },
    stopping.signal,
  );
  await server.pass(60_000);
  expect(server.web.generation).toBe(2);
  expect(server.web.status.observedGeneration).toBe(2);
  stopping.abort();
  await server.pass(30_000);
  expect(await running).toBe('stopped');
});
