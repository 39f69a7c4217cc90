import type { AsynJob, ListedListener } from '../alb/api.ts';
import { mayBeHidden } from './freshness.ts';
import type { View } from './ports.ts';
import type { AlbListener } from './resource.ts';

/** An operation that is still not over after so many polls may have failed: now its job is worth a call. */
const POLLS_BEFORE_ASKING = 5;

/**
 * The job of the operation under way. It tells a failed operation from a slow one. It is a help, not a condition:
 * without the permission to list jobs, or once the cloud has forgotten the job, the listener itself decides. So it is
 * asked for only where it could make a difference.
 *
 * @param listener as it was just seen; `undefined` when it is not there
 */
export async function pendingJob(
  object: AlbListener,
  listener: ListedListener | undefined,
  view: View,
): Promise<AsynJob | undefined> {
  const { operation } = object.status;
  if (operation === undefined) return listener === undefined ? undefined : lostJob(object, listener, view);
  if (!isWorthAsking(operation, listener, view)) return undefined;
  const jobs = await view.cloud.listAsynJobs({ jobIds: [operation.jobId] });
  return jobs.outcome === 'yes' ? jobs.value.find((job) => job.id === operation.jobId) : undefined;
}

function isWorthAsking(
  { kind, startedAt }: NonNullable<AlbListener['status']['operation']>,
  listener: ListedListener | undefined,
  { now, pace }: View,
): boolean {
  // The creation has failed, or the listener is still hidden.
  if (listener === undefined) return kind === 'Create';
  if (isAtRest(listener) && kind === 'Create') return false;
  // A read may trail behind an update that has just begun.
  if (isAtRest(listener) && kind === 'Update') return true;
  return !mayBeHidden(startedAt, now, POLLS_BEFORE_ASKING * pace.poll);
}

/** A listener found without its create answer has a job all the same: it says whether to go on waiting. */
async function lostJob(
  { status }: AlbListener,
  { listenerId, listenerStatus }: ListedListener,
  { cloud, now, pace }: View,
): Promise<AsynJob | undefined> {
  if (listenerStatus !== 'Provisioning') return undefined;
  if (mayBeHidden(status.creation?.startedAt, now, POLLS_BEFORE_ASKING * pace.poll)) return undefined;
  const jobs = await cloud.listAsynJobs({ resourceIds: [listenerId], apiName: 'CreateListener' });
  return jobs.outcome === 'yes' ? jobs.value.find((job) => job.resourceId === listenerId) : undefined;
}

/** Whether the cloud is not working on the listener. */
export function isAtRest({ listenerStatus }: ListedListener): boolean {
  return listenerStatus === 'Running' || listenerStatus === 'Stopped';
}
