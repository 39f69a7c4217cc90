/** How long after its moment a caller is waited for. It may have to read again before it calls. */
const GRACE_MS = 2000;
/** Rounding must not put anything before what is level with it. */
const EPSILON = 1e-9;

/** What is counted together, for example the calls of one namespace. */
export interface Flow {
  readonly id: string;
  /** Of two flows that both always want more, each gets in proportion to its weight. */
  readonly weight: number;
}

interface State {
  readonly weight: number;
  /** In virtual time. */
  paidUpTo: number;
  /** For each caller that was told to come again, when that was to be; milliseconds. */
  readonly waiting: number[];
}

/**
 * Decides who is next when callers are not kept in line, but told to come again. Weighted fair queueing: virtual time
 * goes on with what is given out, each flow pays `1/weight` of it for a call, and the flow that will have paid up to the
 * earliest time is next. A flow that had little so far owes nothing, so it is before all that always want more.
 *
 * Those who do not come back within a grace hold up nobody.
 */
export class FairShare {
  readonly #flows = new Map<string, State>();
  #virtualTime = 0;

  /** How many waiting calls of others go before a call of this flow that has `ahead` of its own before it. */
  before(flow: Flow, now: number, ahead = 0): number {
    const paidThen = this.#paidUpTo(this.#flows.get(flow.id)) + (ahead + 1) / flow.weight;
    let count = 0;
    for (const [id, state] of this.#flows) {
      if (id === flow.id) continue;
      this.#expire(id, state, now);
      const paidEarlier = Math.ceil((paidThen - this.#paidUpTo(state)) * state.weight - EPSILON) - 1;
      count += Math.min(state.waiting.length, Math.max(0, paidEarlier));
    }
    return count;
  }

  /** Whether callers wait whose flow has a greater weight. */
  isHeavierWaiting({ weight }: Flow, now: number): boolean {
    for (const [id, state] of this.#flows) {
      this.#expire(id, state, now);
      if (state.weight > weight && state.waiting.length > 0) return true;
    }
    return false;
  }

  /** How many callers of the flow were told to come again. */
  waiting({ id }: Flow): number {
    return this.#flows.get(id)?.waiting.length ?? 0;
  }

  /** Whether it wants something, or has not paid yet for what it got. */
  knows({ id }: Flow): boolean {
    return this.#flows.has(id);
  }

  /** A caller is there and cannot go: most likely one of those who were told to come now. */
  arrive({ id }: Flow, now: number): void {
    const waiting = this.#flows.get(id)?.waiting;
    if (waiting?.[0] !== undefined && waiting[0] <= now) waiting.shift();
  }

  /** A caller is told to come again at that moment. */
  wait(flow: Flow, until: number): void {
    const state = this.#state(flow);
    state.paidUpTo = this.#paidUpTo(state);
    state.waiting.push(until);
  }

  /** A call of the flow goes. */
  serve(flow: Flow): void {
    const state = this.#state(flow);
    const begins = this.#paidUpTo(state);
    this.#virtualTime = Math.max(this.#virtualTime, begins);
    state.paidUpTo = begins + 1 / flow.weight;
    state.waiting.shift();
  }

  /** A call that was to go did not. */
  giveBack({ id, weight }: Flow): void {
    const state = this.#flows.get(id);
    if (state !== undefined) state.paidUpTo -= 1 / weight;
  }

  /** What a flow did not want in the past is no credit; what it has to wait for is. */
  #paidUpTo(state: State | undefined): number {
    if (state === undefined) return this.#virtualTime;
    return state.waiting.length > 0 ? state.paidUpTo : Math.max(state.paidUpTo, this.#virtualTime);
  }

  #state({ id, weight }: Flow): State {
    const state = this.#flows.get(id) ?? { weight, paidUpTo: this.#virtualTime, waiting: [] };
    this.#flows.set(id, state);
    return state;
  }

  /** Stops waiting for those who did not come back, and forgets a flow that owes nothing and wants nothing. */
  #expire(id: string, { waiting, paidUpTo }: State, now: number): void {
    while (waiting[0] !== undefined && waiting[0] + GRACE_MS < now) waiting.shift();
    if (waiting.length === 0 && paidUpTo <= this.#virtualTime) this.#flows.delete(id);
  }
}
