import type { Site, StartedJob } from '../alb/api.ts';
import type { Difference } from './difference.ts';
import { memoryOf } from './memory.ts';
import { driftOf, observedOf } from './observed.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { AlbListenerStatus } from './schema/status.ts';
import type { SeenListener } from './seen-listener.ts';
import { toMilliseconds } from './time.ts';

/**
 * The part of the status that is the operator's memory: what was begun in the cloud and what came of it. The rest
 * of the status is derived for people and can always be computed again.
 */
export type Facts = Readonly<
  Pick<
    AlbListenerStatus,
    | 'listenerId'
    | 'loadBalancerId'
    | 'regionId'
    | 'accountId'
    | 'creation'
    | 'recovery'
    | 'operation'
    | 'history'
    | 'observed'
    | 'drift'
    | 'convergence'
    | 'accessGuard'
    | 'managedTagKeys'
    | 'managedAttachments'
    | 'plan'
    | 'installation'
    | 'unusableSince'
  >
>;

export function factsOf({
  observedGeneration,
  phase,
  conditions,
  handledReconcileAt,
  ...facts
}: AlbListenerStatus): Facts {
  return facts;
}

/** The listener is, or may be, there and nowhere else. */
export function standingAt(facts: Facts, site: Site | undefined): Facts {
  return { ...facts, ...site };
}

/** No operation of ours is under way. */
export function withoutOperation({ operation, ...facts }: Facts): Facts {
  return facts;
}

/** Ends the right to stop the listener: its lists are attached, or it may have clients without them. */
export function withoutGuard({ accessGuard, ...facts }: Facts): Facts {
  return facts;
}

/** The listener was seen to be as declared: whatever was begun has come to its end. */
export function atRest(facts: Facts, spec: ResolvedSpec, listener: SeenListener): Facts {
  const { creation, drift, convergence, managedTagKeys, managedAttachments, ...kept } = withoutGuard(
    withoutOperation(facts),
  );
  return {
    ...kept,
    ...(creation !== undefined && {
      creation: { incarnation: creation.incarnation, startedAt: creation.startedAt },
    }),
    loadBalancerId: listener.loadBalancerId,
    observed: observedOf(listener),
    ...memoryOf(spec),
  };
}

/** The listener differs, and is left as it is. */
export function drifted(facts: Facts, differences: readonly Difference[], listener: SeenListener): Facts {
  return { ...withoutOperation(facts), drift: driftOf(differences), observed: observedOf(listener) };
}

/**
 * A listener of ours was found. A call of unknown outcome stays on record: what was found may be the ghost of an
 * earlier listener in a list that lags behind.
 */
export function withListener(facts: Facts, listenerId: string, incarnation: number, now: number): Facts {
  const { recovery, ...kept } = facts;
  const creation = facts.creation ?? { incarnation, startedAt: toMilliseconds(now) };
  const isOfThisCreation = creation.unsettledAt !== undefined && creation.incarnation === incarnation;
  return {
    ...(facts.listenerId === listenerId || isOfThisCreation ? kept : withoutGuard(kept)),
    listenerId,
    creation: { ...creation, incarnation: Math.max(creation.incarnation, incarnation) },
  };
}

/** The listener that is observed, or none: what was seen of another one is dropped. */
export function watching(facts: Facts, listenerId: string | undefined): Facts {
  const { listenerId: previous, observed, drift, ...kept } = facts;
  return listenerId === undefined ? kept : { ...kept, listenerId };
}

/** The listener is proven gone; the next one is another incarnation. */
export function withoutListener(facts: Facts, now: number): Facts {
  const { listenerId, operation, creation, observed, drift, convergence, ...kept } = withoutGuard(facts);
  return {
    ...kept,
    creation: {
      ...creation,
      incarnation: (creation?.incarnation ?? 0) + 1,
      startedAt: toMilliseconds(now),
    },
  };
}

/** The record of an operation the cloud has accepted. */
export function operationOf(
  kind: 'Create' | 'Update' | 'Delete',
  { value, requestId }: { readonly value: StartedJob; readonly requestId: string },
  now: number,
): NonNullable<Facts['operation']> {
  return { kind, jobId: value.jobId, requestId, startedAt: toMilliseconds(now) };
}
