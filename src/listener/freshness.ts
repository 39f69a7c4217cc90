import type { AlbListener } from './resource.ts';
import type { AlbListenerStatus } from './schema/status.ts';
import { toInstant } from './time.ts';

/**
 * Whether something written at that time may still be hidden from reads. A time that is missing or unreadable is
 * long ago; one from the future (clocks differ between nodes) is now. `withoutFuture` has it stay so for no longer than
 * clocks may differ.
 */
export function mayBeHidden(writtenAt: string | undefined, now: number, settle: number): boolean {
  const instant = writtenAt === undefined ? undefined : toInstant(writtenAt);
  return instant !== undefined && now - instant < settle;
}

/** Whether a listener with an id may exist although the cloud does not show it yet: it is just being created. */
export function creationMayBeHidden(status: AlbListenerStatus, now: number, settle: number): boolean {
  const { operation, creation } = status;
  if (operation?.kind === 'Create') return mayBeHidden(operation.startedAt, now, settle);
  if (operation !== undefined || isReady(status)) return false;
  return mayBeHidden(creation?.startedAt, now, settle);
}

/** Whether the status speaks of the manifest as it is now. */
export function isToldOf({ status, generation }: AlbListener): boolean {
  return status.observedGeneration === generation;
}

export function isReady(status: AlbListenerStatus): boolean {
  return status.conditions?.find((condition) => condition.type === 'Ready')?.status === 'True';
}
