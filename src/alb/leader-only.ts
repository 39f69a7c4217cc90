import { heldBack } from './held-back.ts';
import type { Rpc } from './rpc.ts';

/** Long enough for the process to end; it does so as soon as it does not lead any more. */
const RETRY_AFTER_MS = 5000;

/**
 * The same carrier, with writes only while this process leads. It belongs right before the wire, inside of all that waits
 * (for credentials, for a turn): a process that slept finds out here, before any timer told it. What has left already is
 * out of reach.
 */
export function leaderOnly(rpc: Rpc, mayWrite: () => boolean): Rpc {
  return async (operation, parameters) =>
    isRead(operation) || mayWrite()
      ? rpc(operation, parameters)
      : heldBack('notLeading', operation, RETRY_AFTER_MS);
}

function isRead(operation: string): boolean {
  return /^(Get|List)[A-Z]/.test(operation);
}
