import { type Listener, quicReferenceOf } from '../listener.ts';
import type { StateView } from '../state.ts';

/**
 * The HTTPS listener that sends its clients on to this QUIC listener. One whose update is still running counts
 * with its old reference too: the update can fail, and then the old one holds again.
 */
export function referrerOf(state: StateView, quicListenerId: string): Listener | undefined {
  const restorable = [...state.processing]
    .map((id) => state.jobs.get(id)?.plan.before ?? undefined)
    .filter((before) => before !== undefined);
  return [...state.listeners.values(), ...restorable].find(
    (listener) => quicReferenceOf(listener) === quicListenerId,
  );
}
