import type { Clock } from '../runtime/clock.ts';
import type { LoadBalancerAttribute } from './api.ts';
import type { Outcome } from './error.ts';
import { InUse } from './in-use.ts';

type Answer = Outcome<LoadBalancerAttribute>;

/**
 * Load balancers, as somebody sees them. One that was seen is not asked for again while it is in use, since it never moves
 * to another account; whoever wants to know at the same moment shares one question.
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
}
