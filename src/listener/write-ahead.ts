import type { Acted } from './act.ts';
import type { Cluster, Now, WriteOutcome } from './ports.ts';
import type { AlbListener } from './resource.ts';
import type { AlbListenerStatus } from './schema/status.ts';

interface WriteAheadTools {
  readonly cluster: Pick<Cluster, 'writeStatus'>;
  readonly now: Now;
  /** See `Pace.settle`. */
  readonly settle: number;
}

/**
 * Records in the status what the following call is about.
 *
 * Returns the object as it is then, or what follows instead of the call.
 */
export async function writeAhead(
  object: AlbListener,
  status: AlbListenerStatus,
  { cluster, now, settle }: WriteAheadTools,
): Promise<Acted | { readonly object: AlbListener }> {
  const startedAt = now();
  const ahead = await cluster.writeStatus(object, status, 'version');
  if (ahead.write !== 'written') return notWrittenAhead(ahead);
  // For a process that slept since then the write proves nothing any more: another one may have given the attempt up.
  return now() - startedAt > settle / 4
    ? { after: 'leave', again: { when: 'now' } }
    : { object: ahead.object };
}

/** What follows when something could not be written down before a call to the cloud: the call is not made. */
function notWrittenAhead({ write }: Exclude<WriteOutcome, { write: 'written' }>): Acted {
  switch (write) {
    // A cache that lags behind still does at once, so there is no point in hurrying.
    case 'conflict':
    case 'failed':
      return { after: 'leave', again: { when: 'backoff' } };
    case 'gone':
      return { after: 'finish' };
  }
}
