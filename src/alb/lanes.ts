import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { AlbApi } from './api.ts';
import type { Outcome } from './error.ts';
import { type HeldBack, heldBack } from './held-back.ts';
import { Lane, type Verdict } from './lane.ts';
import { type Turn, withTurn } from './turn.ts';
import { aroundWrites } from './writes.ts';

const FORGET_AFTER_MS = 3_600_000;

export interface LanesOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a busy answer closes the lane, milliseconds, give or take a fifth. */
  readonly busyDelayMs: number;
  /** Called when a busy answer closes a lane that was open. */
  readonly onClosed?: (() => void) | undefined;
}

/** All lanes together. */
export interface LanesLoad {
  readonly open: number;
  readonly closed: number;
  /** Writes that are on their way. */
  readonly inFlight: number;
  /** About how many writes wait in the lane where most do. */
  readonly deepest: number;
}

/**
 * One lane for the writes to each load balancer; no lane delays another, and in each of them namespaces take turns.
 * Nothing waits in here: a deferred write is answered at once as `busy`, with the code `LaneBusy` and a retry time.
 */
export class Lanes {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #busyDelayMs: number;
  readonly #onClosed: NonNullable<LanesOptions['onClosed']>;
  /** The one used last comes last. */
  readonly #lanes = new Map<string, { readonly lane: Lane; readonly usedAt: number }>();

  constructor({ clock, random, busyDelayMs, onClosed = () => {} }: LanesOptions) {
    this.#onClosed = onClosed;
    this.#clock = clock;
    this.#random = random;
    this.#busyDelayMs = busyDelayMs;
  }

  /**
   * The answer that a write to the load balancer would get now without being sent; `undefined` when it would be let
   * through. Keeps no place.
   */
  heldBack(loadBalancerId: string, operation: string, namespace: string): HeldBack | undefined {
    const waitMs = this.#lane(loadBalancerId).waitMs(namespace, this.#clock.monotonic());
    return waitMs > 0 ? heldBack('laneBusy', operation, waitMs) : undefined;
  }

  /** A place in the lane, for one write. A busy answer of the cloud, too, says when to come again. */
  turn(loadBalancerId: string, operation: string, namespace: string): Turn {
    const refusal = this.heldBack(loadBalancerId, operation, namespace);
    if (refusal !== undefined) return { given: false, refusal };

    const lane = this.#lane(loadBalancerId);
    const passage = lane.enter(operation, namespace, this.#clock.monotonic());
    const settle = <T>(answer: Outcome<T>): Outcome<T> => {
      const now = this.#clock.monotonic();
      const wasOpen = !lane.isClosed(now);
      lane.leave(passage, verdictOf(answer), now);
      if (wasOpen && verdictOf(answer) === 'busy') this.#onClosed();
      return this.#withRetryAfter(answer, lane, namespace);
    };
    const giveBack = () => lane.leave(passage, 'unrelated', this.#clock.monotonic());
    return { given: true, place: { settle, giveBack } };
  }

  /** Makes one write, if it is its turn. */
  async write<T>(
    loadBalancerId: string,
    operation: string,
    namespace: string,
    call: () => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    return withTurn<Outcome<T>>(
      this.turn(loadBalancerId, operation, namespace),
      (use) => use(call),
      (refusal) => refusal,
    );
  }

  load(): LanesLoad {
    const now = this.#clock.monotonic();
    const lanes = [...this.#lanes.values()].map(({ lane }) => lane);
    const closed = lanes.filter((lane) => lane.isClosed(now)).length;
    return {
      open: lanes.length - closed,
      closed,
      inFlight: lanes.reduce((sum, lane) => sum + lane.inFlight, 0),
      deepest: lanes.reduce((deepest, lane) => Math.max(deepest, lane.depth), 0),
    };
  }

  #withRetryAfter<T>(answer: Outcome<T>, lane: Lane, namespace: string): Outcome<T> {
    if (answer.outcome === 'yes' || answer.error.retryAfterMs !== undefined) return answer;
    if (answer.error.class !== 'busy') return answer;
    const waitMs = lane.waitMs(namespace, this.#clock.monotonic());
    return { ...answer, error: { ...answer.error, retryAfterMs: Math.ceil(waitMs) } };
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
export function withLane(api: AlbApi, lanes: Lanes, loadBalancerId: string, namespace: string): AlbApi {
  return aroundWrites(api, (operation, call) => lanes.write(loadBalancerId, operation, namespace, call));
}

function verdictOf(answer: Outcome<unknown>): Verdict {
  if (answer.outcome === 'yes') return 'accepted';
  return answer.error.class === 'busy' ? 'busy' : 'unrelated';
}
