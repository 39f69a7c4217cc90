import type { AlbListener } from './resource.ts';
import type { AlbListenerStatus } from './schema/status.ts';
import { toInstant, toMilliseconds } from './time.ts';

/**
 * The object with times of the far future taken for now. The clock of a node may have been wrong by years, or others
 * have written the status; what is waited for from such a time on would be waited for until then. It is taken for now
 * and not for the past, so that nothing counts as over that may have just begun; the next status write keeps it.
 */
export function withoutFuture(object: AlbListener, now: number, settle: number): AlbListener {
  const { creation, recovery, operation } = object.status;
  const isFuture = (time: string | undefined): boolean =>
    time !== undefined && (toInstant(time) ?? now) - now > settle;
  const times = [creation?.startedAt, creation?.unsettledAt, recovery?.since, operation?.startedAt];
  if (!times.some(isFuture)) return object;

  const present = (time: string): string => (isFuture(time) ? toMilliseconds(now) : time);
  const status: AlbListenerStatus = {
    ...object.status,
    ...(creation !== undefined && {
      creation: {
        ...creation,
        startedAt: present(creation.startedAt),
        ...(creation.unsettledAt !== undefined && { unsettledAt: present(creation.unsettledAt) }),
      },
    }),
    ...(recovery !== undefined && { recovery: { since: present(recovery.since) } }),
    ...(operation !== undefined && { operation: { ...operation, startedAt: present(operation.startedAt) } }),
  };
  return { ...object, status };
}
