import type { Caller } from './api.ts';
import { FairShare, type Flow } from './fair-share.ts';

/** Within one namespace, priorities that always have work get calls in proportion to their weight. */
const PRIORITIES = {
  high: { id: 'high', weight: 16 },
  normal: { id: 'normal', weight: 2 },
  low: { id: 'low', weight: 1 },
} as const satisfies Record<Caller['priority'], Flow>;

/** Shares calls out: namespaces equally, and the calls of one namespace by their priority. */
export class CallerShare {
  readonly #namespaces = new FairShare();
  /** Of those that want something or got something lately. */
  readonly #priorities = new Map<string, FairShare>();

  /** How many waiting calls go before one that comes now. */
  before(caller: Caller, now: number): number {
    return this.#before(caller, now, 0);
  }

  /** How many waiting calls go before one that lines up behind all of the same namespace and priority. */
  beforeLast(caller: Caller, now: number): number {
    const ahead = this.#of(caller).waiting(PRIORITIES[caller.priority]);
    return ahead + this.#before(caller, now, ahead);
  }

  /** Whether calls of a higher priority wait, whosever they are. */
  isMoreUrgentWaiting({ priority }: Caller, now: number): boolean {
    return [...this.#priorities.values()].some((share) => share.isHeavierWaiting(PRIORITIES[priority], now));
  }

  /** A caller returns and is deferred again: most likely the one whose retry time is first. */
  arrive(caller: Caller, now: number): void {
    this.#namespaces.arrive(flowOf(caller), now);
    this.#of(caller).arrive(PRIORITIES[caller.priority], now);
  }

  /** A caller is deferred until then. */
  wait(caller: Caller, until: number): void {
    this.#namespaces.wait(flowOf(caller), until);
    this.#of(caller).wait(PRIORITIES[caller.priority], until);
  }

  /** A call starts. */
  serve(caller: Caller): void {
    this.#namespaces.serve(flowOf(caller));
    this.#of(caller).serve(PRIORITIES[caller.priority]);
    this.#forgetIdle();
  }

  /** A call that was counted did not start. */
  giveBack(caller: Caller): void {
    this.#namespaces.giveBack(flowOf(caller));
    this.#of(caller).giveBack(PRIORITIES[caller.priority]);
  }

  #before(caller: Caller, now: number, ahead: number): number {
    const own = this.#of(caller).before(PRIORITIES[caller.priority], now, ahead);
    return own + this.#namespaces.before(flowOf(caller), now, ahead + own);
  }

  #of({ namespace }: Caller): FairShare {
    const share = this.#priorities.get(namespace) ?? new FairShare();
    this.#priorities.set(namespace, share);
    return share;
  }

  #forgetIdle(): void {
    for (const namespace of this.#priorities.keys())
      if (!this.#namespaces.knows(flowOf({ namespace }))) this.#priorities.delete(namespace);
  }
}

function flowOf({ namespace }: Pick<Caller, 'namespace'>): Flow {
  return { id: namespace, weight: 1 };
}
