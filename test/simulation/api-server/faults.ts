import type { Random } from '../../../src/runtime/random.ts';

/** What can become of a request. `Before` and `After` its effect. */
const LOSSES = [
  'cutBefore',
  'cutAfter',
  'silentBefore',
  'silentAfter',
  'garbled',
  'throttled',
  'unavailable',
  'unavailableAfter',
] as const;

/** What can become of a list: also that it shows an earlier state, which the real API server promises not to do. */
const LIST_FAULTS = [...LOSSES, 'stale'] as const;

/** What can become of an event of a watch. */
const EVENT_FAULTS = ['late', 'twice', 'ended', 'cut', 'silent', 'expired'] as const;

export type Loss = (typeof LOSSES)[number];
export type EventFault = (typeof EVENT_FAULTS)[number];

export interface ApiFaultsOptions {
  readonly random: Random;
  /** The part of all requests and events that a fault strikes, from 0 to 1. */
  readonly rate: number;
  /** Whether lists may be stale too. */
  readonly staleLists: boolean;
}

/** Draws what goes wrong between a client and the API server, each kind alike, until it is told to stop. */
export class ApiFaults {
  readonly #options: ApiFaultsOptions;
  readonly #counts = new Map<string, number>();
  #isOver = false;

  constructor(options: ApiFaultsOptions) {
    this.#options = options;
  }

  /** How often each kind has struck. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  forRequest(): Loss | undefined {
    return this.#draw('request', LOSSES);
  }

  forList(): Loss | 'stale' | undefined {
    return this.#options.staleLists ? this.#draw('request', LIST_FAULTS) : this.forRequest();
  }

  forEvent(): EventFault | undefined {
    return this.#draw('event', EVENT_FAULTS);
  }

  /** A version from the oldest to the newest one. */
  version({ oldest, newest }: { readonly oldest: number; readonly newest: number }): number {
    return oldest + Math.floor(this.#options.random.next() * (newest - oldest + 1));
  }

  /** From now on nothing goes wrong. */
  stop(): void {
    this.#isOver = true;
  }

  #draw<Fault extends string>(of: 'request' | 'event', faults: readonly Fault[]): Fault | undefined {
    const { random, rate } = this.#options;
    if (this.#isOver || random.next() >= rate) return undefined;
    const fault = faults[Math.floor(random.next() * faults.length)];
    const name = `${of} ${fault}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return fault;
  }
}
