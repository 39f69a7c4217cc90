import type { AlbError } from '../alb/error.ts';
import { type Claim, formatClaim, readClaim } from './claim.ts';
import type { Again } from './decision.ts';
import type { Cluster, Log, NextStep, Now } from './ports.ts';
import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';
import type { Unconfirmed, UnconfirmedListener } from './unconfirmed.ts';

/** A listener whose resource vanished while it was being created: someone removed the finalizer by force. */
export interface Orphan {
  /** As it was last seen. */
  readonly object: AlbListener;
  readonly listenerId: string;
  readonly loadBalancerId: string;
}

/** An orphan, and what came of its deletion so far. */
export interface KnownOrphan extends Orphan {
  /** Milliseconds since 1970, as all times here. */
  readonly since: number;
  readonly dueAt: number;
  readonly attempts: number;
  /** What the last attempt was refused with. */
  readonly error?: AlbError | undefined;
  /** Whether an event was recorded. */
  readonly isTold: boolean;
}

/** An orphan that still exists after this time gets a Warning event. */
export const ORPHAN_PATIENCE_MS = 180_000;

/**
 * The listeners that nothing in the cluster refers to any more. There may be several for one key, one of each life of
 * the name. Each is retried for as long as the process lives, whether an object has the name again or not. Kept in memory
 * alone: there is nowhere left to write them down.
 */
export class Orphans {
  readonly #now: Now;
  readonly #orphans = new Map<string, KnownOrphan>();

  constructor(now: Now) {
    this.#now = now;
  }

  add({ object, listenerId, loadBalancerId }: Orphan): void {
    const now = this.#now();
    const begun = { since: now, dueAt: now, attempts: 0, isTold: false };
    this.#orphans.set(listenerId, { object, listenerId, loadBalancerId, ...begun });
  }

  /** One of the key whose deletion is due. */
  due(key: ObjectKey): KnownOrphan | undefined {
    return this.#of(key).find(({ dueAt }) => dueAt <= this.#now());
  }

  /** The one of the key that holds the port. */
  on(key: ObjectKey, claim: Claim): KnownOrphan | undefined {
    return this.#of(key).find(({ object, loadBalancerId }) => {
      const held = readClaim(object.spec, loadBalancerId);
      return held !== undefined && formatClaim(held) === formatClaim(claim);
    });
  }

  update(orphan: KnownOrphan): void {
    this.#orphans.set(orphan.listenerId, orphan);
  }

  forget({ listenerId }: Orphan): void {
    this.#orphans.delete(listenerId);
  }

  /** The same step, or an earlier one if an orphan of the key is due before it. */
  noLaterThanDue(key: ObjectKey, step: NextStep): NextStep {
    const orphans = this.#of(key);
    if (orphans.length === 0) return step;
    const dueInMs = Math.max(0, Math.min(...orphans.map(({ dueAt }) => dueAt)) - this.#now());
    switch (step.next) {
      case 'done':
        return { next: 'poll', ms: dueInMs };
      case 'after':
      case 'poll':
        return step.ms <= dueInMs ? step : { next: 'poll', ms: dueInMs };
      case 'onward':
      case 'retry':
        return step;
    }
  }

  #of(key: ObjectKey): readonly KnownOrphan[] {
    const at = formatKey(key);
    return [...this.#orphans.values()].filter(({ object }) => formatKey(object.key) === at);
  }
}

/**
 * The resource vanished while its listener was being created: someone removed the finalizer by force. The listener
 * is seconds old and nothing will ever refer to it, so it goes too.
 */
export function leaveBehind(
  { object, listenerId, loadBalancerId }: Orphan,
  tools: { readonly unconfirmed: Unconfirmed; readonly orphans: Orphans; readonly log: Log },
): void {
  tools.unconfirmed.forget(object.uid);
  tools.orphans.add({ object, listenerId, loadBalancerId });
  const fields = { key: formatKey(object.key), uid: object.uid, listenerId };
  tools.log.warn(fields, 'the resource vanished while its listener was created; the listener is deleted');
}

/**
 * The object of a listener whose id is not confirmed is not in the cache any more. It may only have left the watched
 * scope, so the API server has the last word: the id is written once more, and only if the object with this UID is gone
 * is the listener deleted.
 *
 * @returns when to come again
 */
export async function followUp(
  { object, facts, listenerId, loadBalancerId }: UnconfirmedListener,
  tools: {
    readonly cluster: Pick<Cluster, 'writeStatus'>;
    readonly unconfirmed: Unconfirmed;
    readonly orphans: Orphans;
    readonly log: Log;
  },
): Promise<Again> {
  const recorded = await tools.cluster.writeStatus(object, { ...object.status, ...facts }, 'incarnation');
  switch (recorded.write) {
    case 'written':
      tools.unconfirmed.forget(object.uid);
      return { when: 'now' };
    case 'gone':
      leaveBehind({ object, listenerId, loadBalancerId }, tools);
      return { when: 'now' };
    case 'conflict':
    case 'failed':
      return { when: 'backoff' };
  }
}
