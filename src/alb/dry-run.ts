import type { Rpc } from './rpc.ts';
import { notSent } from './rpc-outcome.ts';

/** They have no such parameter, so asking would be doing. */
const CANNOT_BE_ASKED: ReadonlySet<string> = new Set(['TagResources', 'UnTagResources']);

/**
 * The same carrier of calls, for writes that the cloud shall only judge. It says yes by refusing with the class
 * `dryRunPassed`. The ClientToken stays behind: it belongs to the call that is meant.
 */
export function withDryRun(rpc: Rpc): Rpc {
  return async (operation, { ClientToken, ...parameters }) =>
    CANNOT_BE_ASKED.has(operation)
      ? notSent(operation, `${operation} has no dry run.`)
      : rpc(operation, { ...parameters, DryRun: 'true' });
}
