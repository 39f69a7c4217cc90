import { type AlbConnection, albApiOver } from '../../src/alb/alb-client.ts';
import type { AlbApi, CreateListenerParameters } from '../../src/alb/api.ts';
import type { Outcome } from '../../src/alb/error.ts';
import type { Rpc } from '../../src/alb/rpc.ts';
import { type Clock, sleep } from '../../src/runtime/clock.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { type FaultInput, faultSchema } from '../../src/simulator/fault.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { answerOf } from '../simulation/cloud-model.ts';
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
        serverGroups: ['sgp-web', 'sgp-other'].map((ServerGroupId) => ({ ServerGroupId, VpcId: 'vpc' })),
        certificates: [{ CertificateId: '1001-cn-hangzhou' }],
        acls: [{ AclId: 'acl-office' }],
      },
    });
  }

  readonly rpc: Rpc = async (operation, parameters) => {
    await sleep(this.clock, ONE_WAY_MS);
    const told = answerOf(this.simulator, operation, parameters);
    const answer = this.#tellsRetryAfter ? told : withoutRetryAfter(told);
    const code = answer.outcome === 'yes' ? 'Success' : answer.error.code;
    this.requests.push({ operation, at: this.clock.monotonic(), code });
    await sleep(this.clock, ONE_WAY_MS);
    return answer;
  };

  readonly connection: AlbConnection = { rpc: this.rpc, redact: (text) => text };

  api(): AlbApi {
    return albApiOver(this.connection);
  }

  fail(fault: FaultInput): void {
    const { faultRules } = this.simulator.state;
    faultRules.push({ id: String(faultRules.length), fault: faultSchema.parse(fault), fired: 0, matched: 0 });
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
        'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId': 'sgp-web',
      });
      if (reply.kind !== 'answer' || !reply.answer.ok) throw new Error(JSON.stringify(reply));
      return String(reply.answer.body['ListenerId']);
    });
  }

  /** Lets virtual time pass until all work is done; fails when that takes longer than `limitMs`. Gives the time it took. */
  async finish(work: readonly Promise<unknown>[], limitMs: number): Promise<number> {
    const start = this.clock.monotonic();
    const elapsed = () => this.clock.monotonic() - start;
    const progress: { tookMs?: number } = {};
    const done = (async () => {
      await Promise.all(work);
      progress.tookMs = elapsed();
    })();
    while (progress.tookMs === undefined) {
      if (elapsed() > limitMs) throw new Error(`not done after ${limitMs} ms`);
      await Promise.race([done, this.clock.advance(1000)]);
    }
    return progress.tookMs;
  }
}

function withoutRetryAfter(answer: Outcome<unknown>): Outcome<unknown> {
  if (answer.outcome === 'yes') return answer;
  const { retryAfterMs, ...error } = answer.error;
  return { ...answer, error };
}

export function httpListener(loadBalancerId: string, listenerPort: number): CreateListenerParameters {
  return {
    clientToken: `${loadBalancerId}/${listenerPort}`,
    loadBalancerId,
    listenerProtocol: 'HTTP',
    listenerPort,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
    tags: [],
  };
}

/** Calls again, as a requeued reconcile would, until it is answered with a success. */
export async function insist<T>(
  clock: Clock,
  call: () => Promise<Outcome<T>>,
  otherwiseMs = 5000,
): Promise<T> {
  for (;;) {
    const answer = await call();
    if (answer.outcome === 'yes') return answer.value;
    await sleep(clock, answer.error.retryAfterMs ?? otherwiseMs);
  }
}
