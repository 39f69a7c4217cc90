import type { AlbError } from '../alb/error.ts';
import { againAfter } from './decision.ts';
import { describeError, isWaitingInLine } from './error-policy.ts';
import { type KnownOrphan, ORPHAN_PATIENCE_MS, type Orphans } from './orphans.ts';
import type { Cloud, Cluster, Log, Now, Pace } from './ports.ts';
import { formatKey } from './resource.ts';
import { isAbsence } from './sight.ts';

/**
 * Asks for the deletion of an orphan, or finds that it is gone. It is ours, since its id comes from the answer to our
 * own create call. Called again until the cloud says that there is no such listener: the call has to wait for its
 * turn, and a listener that is being created cannot be deleted yet.
 */
export async function removeOrphan(
  orphan: KnownOrphan,
  cloud: Cloud,
  { orphans, cluster, pace, now, log }: RemovalTools,
): Promise<void> {
  const { object, listenerId, loadBalancerId, attempts, since } = orphan;
  const fields = { key: formatKey(object.key), uid: object.uid, listenerId, loadBalancerId };
  const answer = await cloud.deleteListener(listenerId);
  if (isAbsence(answer)) {
    orphans.forget(orphan);
    log.info(fields, 'the listener that its resource left behind is gone');
    return;
  }

  const error = answer.outcome === 'yes' ? undefined : answer.error;
  const dueAt = now() + pauseAfter(error, attempts, pace);
  const isTold = orphan.isTold || now() - since >= ORPHAN_PATIENCE_MS;
  orphans.update({ ...orphan, dueAt, attempts: attempts + 1, error, isTold });
  if (error !== undefined && error.code !== orphan.error?.code && !isWaitingInLine(error))
    log.warn({ ...fields, error }, 'the listener that its resource left behind cannot be deleted yet');
  if (isTold === orphan.isTold) return;
  const problem = error === undefined ? 'The cloud has not finished its deletion.' : describeError(error);
  cluster.recordEvent(object, {
    type: 'Warning',
    reason: 'OrphanNotDeleted',
    action: 'Reconcile',
    note: `Listener ${listenerId} of load balancer ${loadBalancerId} was left behind when the finalizer of this object was removed by force, and still stands. ${problem} The deletion is tried again for as long as this process lives; delete the listener by hand if that does not help.`,
  });
}

interface RemovalTools {
  readonly orphans: Orphans;
  readonly cluster: Pick<Cluster, 'recordEvent'>;
  readonly pace: Pick<Pace, 'poll' | 'slow'>;
  readonly now: Now;
  readonly log: Log;
}

/** Grows from the poll interval to the slow one, which errors that need user action get at once. */
function pauseAfter(
  error: AlbError | undefined,
  attempts: number,
  { poll, slow }: Pick<Pace, 'poll' | 'slow'>,
): number {
  const again = error === undefined ? undefined : againAfter(error);
  if (again?.when === 'after') return Math.min(Math.max(again.ms, poll), slow);
  if (again?.when === 'slowly' || again?.when === 'onEdit') return slow;
  return Math.min(poll * 1.4 ** attempts, slow);
}
