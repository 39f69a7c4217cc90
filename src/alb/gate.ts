import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Bulkhead } from './bulkhead.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { AlbError, Outcome } from './error.ts';
import { type About, heldBack } from './held-back.ts';
import type { Rpc } from './rpc.ts';

/** A failure within this time holds no worker, so it is no silence. */
const SILENCE_MS = 3000;

export interface GateOptions {
  /** What is behind it, for messages. */
  readonly name: string;
  /** Limits of the callers inside, shared with other gates. */
  readonly bulkheads: readonly Bulkhead[];
  /** Which callers count against the limits: all, or only those that enter before a first answer. */
  readonly counts: 'always' | 'unproven';
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly random: Random;
  /** Called when it begins to defer callers because no answers come. */
  readonly onTrip?: (() => void) | undefined;
}

export type Entry =
  /** `leave` is to be called once. */
  | { readonly entered: true; readonly leave: () => void }
  /** What all calls would be answered without being sent. */
  | { readonly entered: false; readonly error: AlbError };

/**
 * Guards a part of the cloud that may be slow or silent. Each caller inside holds a worker, so their number is limited; if
 * no answers come, one caller at a time probes after a pause. Nothing waits in here.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #breaker: CircuitBreaker;
  /** The last one, while the breaker is not closed. */
  #silence: AlbError | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#breaker = new CircuitBreaker(options.random);
  }

  enter(namespace: string): Entry {
    const { name, clock, counts } = this.#options;
    const now = clock.monotonic();
    const silentMs = this.#breaker.waitMs(now);
    if (silentMs > 0) return refused('noAnswer', silentMs, { place: name, silence: this.#silence });
    const bulkheads = counts === 'unproven' && this.#breaker.isProven ? [] : this.#options.bulkheads;
    for (const bulkhead of bulkheads) {
      const fullMs = bulkhead.waitMs(namespace, now);
      if (fullMs > 0) return refused('workersBusy', fullMs, { place: name });
    }
    const ends = bulkheads.map((bulkhead) => bulkhead.enter(namespace, now));
    const through = this.#breaker.enter();
    const leave = () => {
      through();
      for (const end of ends) end(clock.monotonic());
    };
    return { entered: true, leave };
  }

  /** The same carrier of calls, with each answer and each silence noted. */
  watching(rpc: Rpc): Rpc {
    return async (operation, parameters) => this.watch(async () => rpc(operation, parameters));
  }

  async watch<Answer extends Watched>(ask: () => Promise<Answer>): Promise<Answer> {
    const { clock, onTrip } = this.#options;
    const leftAt = clock.monotonic();
    const answer = await ask();
    const now = clock.monotonic();
    const silence = silenceIn(answer, now - leftAt);
    if (silence === undefined) this.#breaker.answered();
    else if (this.#breaker.silent(leftAt, now)) onTrip?.();
    this.#silence = silence;
    return answer;
  }
}

/** An answer of the cloud, or a session that was opened or not. */
type Watched = Outcome<unknown> | { readonly opened: boolean; readonly error?: AlbError };

function silenceIn(answer: Watched, tookMs: number): AlbError | undefined {
  const error = 'error' in answer ? answer.error : undefined;
  if (error?.class !== 'unavailable' || error.httpStatus !== undefined) return undefined;
  return error.code === 'Timeout' || tookMs >= SILENCE_MS ? error : undefined;
}

function refused(cause: 'noAnswer' | 'workersBusy', retryAfterMs: number, about: About): Entry {
  return { entered: false, error: heldBack(cause, '', retryAfterMs, about).error };
}
