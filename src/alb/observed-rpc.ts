import type { Clock } from '../runtime/clock.ts';
import type { Outcome } from './error.ts';
import type { Rpc } from './rpc.ts';

/** One request that went to the cloud, and what came of it. */
export interface ObservedCall {
  readonly operation: string;
  readonly outcome: Outcome<unknown>;
  readonly tookMs: number;
}

/** The same carrier, with somebody told of every call that left. A call that was not sent is none. */
export function observedRpc(
  rpc: Rpc,
  clock: Pick<Clock, 'monotonic'>,
  onCall: (call: ObservedCall) => void,
): Rpc {
  return async (operation, parameters) => {
    const leftAt = clock.monotonic();
    const outcome = await rpc(operation, parameters);
    if (outcome.outcome !== 'yes' && outcome.error.notSent) return outcome;
    onCall({ operation, outcome, tookMs: clock.monotonic() - leftAt });
    return outcome;
  };
}
