import type { Clock } from '../runtime/clock.ts';
import type { AlbApi, LoadBalancerAttribute } from './api.ts';
import type { Outcome } from './error.ts';
import { InUse } from './in-use.ts';
import { aroundWrites } from './writes.ts';

type Answer = Outcome<LoadBalancerAttribute>;

/**
 * Caches GetLoadBalancerAttribute for one key: concurrent callers share one request. Only successes are cached, and only
 * until an answer says that the load balancer, or a listener of it, is gone.
 */
export class SeenLoadBalancers {
  readonly #looks: InUse<{ answer?: Promise<Answer> }>;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#looks = new InUse(clock);
  }

  /** @param ask must not reject */
  async see(loadBalancerId: string, ask: () => Promise<Answer>): Promise<Answer> {
    const look = this.#looks.get(loadBalancerId, () => ({}));
    look.answer ??= ask();
    const answer = await look.answer;
    if (answer.outcome !== 'yes') delete look.answer;
    return answer;
  }

  /**
   * Takes an answer about a load balancer or one of its listeners. A listener that is gone may have gone with its load
   * balancer, so that too has it read again before the next creation.
   */
  heed(loadBalancerId: string, answer: Outcome<unknown>): void {
    if (answer.outcome !== 'no') return;
    const { class: problem } = answer.error;
    if (problem === 'loadBalancerNotFound' || problem === 'listenerNotFound')
      this.#looks.forget(loadBalancerId);
  }
}

/** The same API, with every write and every read of one listener heeded. */
export function withHeed(api: AlbApi, loadBalancers: SeenLoadBalancers, loadBalancerId: string): AlbApi {
  const heeded = async <T>(call: () => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    const answer = await call();
    loadBalancers.heed(loadBalancerId, answer);
    return answer;
  };
  return {
    ...aroundWrites(api, (_operation, call) => heeded(call)),
    getListenerAttribute: (listenerId) => heeded(() => api.getListenerAttribute(listenerId)),
    listListenerCertificates: (listenerId) => heeded(() => api.listListenerCertificates(listenerId)),
  };
}
