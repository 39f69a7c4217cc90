import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { AlbApi } from './api.ts';
import type { AlbError, Outcome } from './error.ts';
import { heldBack } from './held-back.ts';
import { Lane, type Verdict } from './lane.ts';
import { aroundWrites } from './writes.ts';

const DEFAULT_BUSY_DELAY_MS = 1000;
const FORGET_AFTER_MS = 3_600_000;

export interface LanesOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a busy answer closes the lane, milliseconds, give or take a fifth. Default 1,000. */
  readonly busyDelayMs?: number;
}

/**
 * One lane for the writes to each load balancer; no lane holds up another. Nothing waits in here: a write that may
 * not go now is answered at once as `busy`, with the code `LaneBusy` and the time to come again.
 */
export class Lanes {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #busyDelayMs: number;
  /** The one used last comes last. */
  readonly #lanes = new Map<string, { readonly lane: Lane; readonly usedAt: number }>();

  constructor({ clock, random, busyDelayMs = DEFAULT_BUSY_DELAY_MS }: LanesOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#busyDelayMs = busyDelayMs;
  }

  /**
   * Zero when a write to the load balancer would be let through now, else milliseconds to a good moment to come
   * again. For a caller whose write needs costly preparation; the write itself may still be held back.
   */
  waitMs(loadBalancerId: string): number {
    return this.#lane(loadBalancerId).waitMs(this.#clock.monotonic());
  }

  /** Makes one write through the lane. A busy answer of the cloud, too, says when to come again. */
  async write<T>(
    loadBalancerId: string,
    operation: string,
    call: () => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const lane = this.#lane(loadBalancerId);
    const waitMs = lane.waitMs(this.#clock.monotonic());
    if (waitMs > 0) return heldBack('laneBusy', operation, waitMs);

    const passage = lane.enter(operation, this.#clock.monotonic());
    const answer = await call();
    lane.leave(passage, verdictOf(answer), this.#clock.monotonic());
    return this.#withRetryAfter(answer, lane);
  }

  #withRetryAfter<T>(answer: Outcome<T>, lane: Lane): Outcome<T> {
    if (answer.outcome === 'yes' || answer.error.retryAfterMs !== undefined) return answer;
    const waitMs = this.#waitAfter(answer.error, lane);
    if (waitMs === undefined) return answer;
    return { ...answer, error: { ...answer.error, retryAfterMs: Math.ceil(waitMs) } };
  }

  #waitAfter(error: AlbError, lane: Lane): number | undefined {
    if (error.class === 'busy') return lane.waitMs(this.#clock.monotonic());
    if (error.class === 'listenerBusy') return lane.busyDelayMs();
    return undefined;
  }

  #lane(loadBalancerId: string): Lane {
    const now = this.#clock.monotonic();
    const known = this.#lanes.get(loadBalancerId);
    const lane = known?.lane ?? new Lane({ busyDelayMs: this.#busyDelayMs, random: this.#random });
    this.#lanes.delete(loadBalancerId);
    this.#lanes.set(loadBalancerId, { lane, usedAt: now });
    this.#forgetUnused(now);
    return lane;
  }

  /** Ids come from manifests, so there is no end to how many there may be. */
  #forgetUnused(now: number): void {
    for (const [id, { lane, usedAt }] of this.#lanes) {
      if (now - usedAt < FORGET_AFTER_MS) return;
      if (lane.isIdle) this.#lanes.delete(id);
    }
  }
}

/**
 * The same API with every write going through the lane of the load balancer it belongs to; reads go as before.
 * A write that is not sent says so: see `Lanes`.
 */
export function withLane(api: AlbApi, lanes: Lanes, loadBalancerId: string): AlbApi {
  return aroundWrites(api, (operation, call) => lanes.write(loadBalancerId, operation, call));
}

function verdictOf(answer: Outcome<unknown>): Verdict {
  if (answer.outcome === 'yes') return 'accepted';
  return answer.error.class === 'busy' ? 'busy' : 'unrelated';
}
