import type { AlbListenerStatus } from './schema/status.ts';
import { toMilliseconds } from './time.ts';

/**
 * The part of the status that is the operator's memory: what was begun in the cloud and what came of it. The rest
 * of the status is derived for people and can always be computed again.
 */
export interface Facts {
  readonly listenerId?: string;
  readonly loadBalancerId?: string;
  readonly creation?: NonNullable<AlbListenerStatus['creation']>;
  readonly operation?: NonNullable<AlbListenerStatus['operation']>;
}

export function factsOf(status: AlbListenerStatus): Facts {
  const { listenerId, loadBalancerId, creation, operation } = status;
  return {
    ...(listenerId !== undefined && { listenerId }),
    ...(loadBalancerId !== undefined && { loadBalancerId }),
    ...(creation !== undefined && { creation }),
    ...(operation !== undefined && { operation }),
  };
}

/** No operation of ours is under way. */
export function withoutOperation({ operation, ...facts }: Facts): Facts {
  return facts;
}

/** The listener was seen to run: whatever was begun has come to its end. */
export function atRest(facts: Facts): Facts {
  const { creation, ...kept } = withoutOperation(facts);
  if (creation === undefined) return kept;
  const { incarnation, startedAt } = creation;
  return { ...kept, creation: { incarnation, startedAt } };
}

/**
 * A listener of ours was found. A call of unknown outcome stays on record: what was found may be the ghost of an
 * earlier listener in a list that lags behind.
 */
export function withListener(facts: Facts, listenerId: string, incarnation: number, now: number): Facts {
  const creation = facts.creation ?? { incarnation, startedAt: toMilliseconds(now) };
  return {
    ...facts,
    listenerId,
    creation: { ...creation, incarnation: Math.max(creation.incarnation, incarnation) },
  };
}

/** The listener is proven gone; the next one is another incarnation. */
export function withoutListener(facts: Facts, now: number): Facts {
  const { listenerId, operation, creation, ...kept } = facts;
  return {
    ...kept,
    creation: {
      ...creation,
      incarnation: (creation?.incarnation ?? 0) + 1,
      startedAt: toMilliseconds(now),
    },
  };
}
