import type { Cluster } from '../listener/ports.ts';
import type { AlbListener } from '../listener/resource.ts';
import type { AlbListenerStatus } from '../listener/schema/status.ts';
import { conditionOf } from '../listener/summary.ts';

/** Hears of what a status write that was confirmed says for the first time. */
export interface TurningPoints {
  /** It was seen to run as declared, and never before. */
  firstRunning(object: AlbListener): void;
  /** The listener of a creation whose answer was lost was found. */
  creationRecovered(): void;
  /** Others changed its listener, and it is left so. */
  driftReported(): void;
  /** The cloud accepts updates and does not follow them. */
  convergenceGivenUp(): void;
  /** A deletion waits for a person. */
  deletionHeld(): void;
}

/** The same cluster, with somebody told of turning points in the life of a resource. */
export function withTurningPoints(cluster: Cluster, tell: TurningPoints): Cluster {
  return {
    ...cluster,
    writeStatus: async (object, status, guard) => {
      const outcome = await cluster.writeStatus(object, status, guard);
      if (outcome.write === 'written') compare(object, status, tell);
      return outcome;
    },
  };
}

function compare(object: AlbListener, after: AlbListenerStatus, tell: TurningPoints): void {
  const before = object.status;
  if (after.phase === 'Running' && before.observed === undefined && after.creation?.incarnation === 0) {
    tell.firstRunning(object);
  }
  if (isRecovery(object, after)) tell.creationRecovered();
  if (before.drift === undefined && after.drift !== undefined) tell.driftReported();
  const reason = conditionOf({ ...object, status: after }, 'Ready')?.reason;
  if (reason === conditionOf(object, 'Ready')?.reason) return;
  if (reason === 'NotConverging') tell.convergenceGivenUp();
  if (reason === 'DeletionHeld') tell.deletionHeld();
}

/**
 * Every creation is written down as unsettled before its call leaves, so that alone says nothing. The answer was lost
 * if the status says so, or if the listener comes without the job that an answer would have named: a crash lies between.
 */
function isRecovery(object: AlbListener, after: AlbListenerStatus): boolean {
  const { creation, listenerId } = object.status;
  if (creation?.unsettledAt === undefined || listenerId !== undefined || after.listenerId === undefined)
    return false;
  return conditionOf(object, 'Ready')?.reason === 'CreateOutcomeUnknown' || after.operation === undefined;
}
