import { albApiOver } from '../../src/alb/alb-client.ts';
import type { AlbApi, CreateListenerParameters } from '../../src/alb/api.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { classify } from '../../src/alb/error-classes.ts';
import type { Rpc } from '../../src/alb/rpc.ts';
import { sleep } from '../../src/runtime/clock.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** How long a call is under way to the cloud, and as long again the answer. */
const ONE_WAY_MS = 50;

/** The simulator in this process, on virtual time: the same rules as over HTTP, and hours pass in a moment. */
export class SimulatedCloud {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly simulator: Simulator;
  /** Every request that reached the cloud, page by page. */
  readonly requests: { readonly operation: string; readonly at: number; readonly code: string }[] = [];
  readonly #tellsRetryAfter: boolean;

  constructor(options: {
    readonly loadBalancers: readonly string[];
    readonly settings?: SettingsInput;
    readonly seed?: number;
    /** Whether a throttling answer says how long to wait. */
    readonly tellsRetryAfter?: boolean;
  }) {
    const { loadBalancers, settings = {}, seed = 1, tellsRetryAfter = true } = options;
    this.random = seededRandom(seed);
    this.#tellsRetryAfter = tellsRetryAfter;
    this.simulator = new Simulator({
      clock: () => this.clock.now(),
      settings: {
        ...settings,
        quotas: { listenersPerLoadBalancer: 100, listenersPerServerGroup: 1000, ...settings.quotas },
      },
      inventory: {
        loadBalancers: loadBalancers.map((LoadBalancerId) => ({ LoadBalancerId, VpcId: 'vpc' })),
        serverGroups: [{ ServerGroupId: 'sgp', VpcId: 'vpc' }],
      },
    });
  }

  readonly rpc: Rpc = async (operation, parameters) => {
    await sleep(this.clock, ONE_WAY_MS);
    const answer = this.#answer(operation, parameters);
    const code = answer.outcome === 'yes' ? 'Success' : answer.error.code;
    this.requests.push({ operation, at: this.clock.monotonic(), code });
    await sleep(this.clock, ONE_WAY_MS);
    return answer;
  };

  api(rpc = this.rpc): AlbApi {
    return albApiOver(rpc, (text) => text);
  }

  count(operation: string, code?: RegExp): number {
    return this.requests.filter(
      (request) => request.operation === operation && (code?.test(request.code) ?? true),
    ).length;
  }

  /** Listeners on ports 1000 and up, made at once and without any call; their ids. */
  put(loadBalancerId: string, count: number): readonly string[] {
    return Array.from({ length: count }, (_, index) => {
      const reply = this.simulator.call('CreateListener', {
        LoadBalancerId: loadBalancerId,
        ListenerProtocol: 'HTTP',
        ListenerPort: String(1000 + index),
        'DefaultActions.1.Type': 'ForwardGroup',
        'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId': 'sgp',
      });
      if (reply.kind !== 'answer' || !reply.answer.ok) throw new Error(JSON.stringify(reply));
      return String(reply.answer.body['ListenerId']);
    });
  }

  /** Lets virtual time pass until all work is done; fails when that takes longer than `limitMs`. Gives the time it took. */
  async finish(work: readonly Promise<unknown>[], limitMs: number): Promise<number> {
    const start = this.clock.monotonic();
    let end: number | undefined;
    const done = Promise.all(work).then(() => {
      end = this.clock.monotonic() - start;
    });
    while (end === undefined) {
      if (this.clock.monotonic() - start > limitMs) throw new Error(`not done after ${limitMs} ms`);
      await this.clock.advance(1000);
    }
    await done;
    return end;
  }

  #answer(operation: string, parameters: Readonly<Record<string, string>>): Outcome<unknown> {
    const reply = this.simulator.call(operation, parameters);
    if (reply.kind !== 'answer') throw new Error(`${operation}: no faults are set up here`);
    const { answer } = reply;
    const { requestId } = answer;
    if (answer.ok) return { outcome: 'yes', value: { RequestId: requestId, ...answer.body }, requestId };
    const { code, message, status, retryAfterMs } = answer.refusal;
    const { class: errorClass, outcome } = classify(operation, code, status);
    const wait = this.#tellsRetryAfter && retryAfterMs !== undefined ? { retryAfterMs } : {};
    return { outcome, error: { class: errorClass, operation, code, message, requestId, ...wait } };
  }
}

export function httpListener(loadBalancerId: string, listenerPort: number): CreateListenerParameters {
  return {
    clientToken: `${loadBalancerId}/${listenerPort}`,
    loadBalancerId,
    listenerProtocol: 'HTTP',
    listenerPort,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp' }] } },
    ],
    tags: [],
  };
}

/** Calls again, as a requeued reconcile would, until it is answered with a success. */
export async function insist<T>(
  cloud: SimulatedCloud,
  call: () => Promise<Outcome<T>>,
  otherwiseMs = 5000,
): Promise<T> {
  for (;;) {
    const answer = await call();
    if (answer.outcome === 'yes') return answer.value;
    await sleep(cloud.clock, answer.error.retryAfterMs ?? otherwiseMs);
  }
}
