/** How long a place is kept after its retry time: the caller may have to read again before its call. */
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
  /** The retry times of deferred callers; milliseconds. */
  readonly waiting: number[];
}

/**
 * Orders callers that are not queued but deferred with a retry time. Weighted fair queueing: virtual time advances with
 * each call, a flow pays `1/weight` of it for a call, and the flow with the earliest finish time is next. A flow without
 * recent calls has no debt, so it comes before all that always have work.
 *
 * A deferred caller that does not return within a grace period delays no other.
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

  /** How many callers of the flow are deferred. */
  waiting({ id }: Flow): number {
    return this.#flows.get(id)?.waiting.length ?? 0;
  }

  /** Whether the flow has deferred callers or debt. */
  knows({ id }: Flow): boolean {
    return this.#flows.has(id);
  }

  /** A caller returns and is deferred again: most likely the one whose retry time is first. */
  arrive({ id }: Flow, now: number): void {
    const waiting = this.#flows.get(id)?.waiting;
    if (waiting?.[0] !== undefined && waiting[0] <= now) waiting.shift();
  }

  /** A caller is deferred until then. */
  wait(flow: Flow, until: number): void {
    const state = this.#state(flow);
    state.paidUpTo = this.#paidUpTo(state);
    state.waiting.push(until);
  }

  /** A call of the flow starts. */
  serve(flow: Flow): void {
    const state = this.#state(flow);
    const begins = this.#paidUpTo(state);
    this.#virtualTime = Math.max(this.#virtualTime, begins);
    state.paidUpTo = begins + 1 / flow.weight;
    state.waiting.shift();
  }

  /** A call that was counted did not start. */
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

  /** Drops callers that did not return in time, and evicts a flow without debt or callers. */
  #expire(id: string, { waiting, paidUpTo }: State, now: number): void {
    while (waiting[0] !== undefined && waiting[0] + GRACE_MS < now) waiting.shift();
    if (waiting.length === 0 && paidUpTo <= this.#virtualTime) this.#flows.delete(id);
  }
}
