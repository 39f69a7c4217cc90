import { z } from 'zod';
import { listenerId } from './chance.ts';
import { type Listener, listenerSchema } from './listener.ts';
import { mergePatch } from './merge-patch.ts';
import { defaultsOf } from './operations/listener-settings.ts';
import type { Simulator } from './simulator.ts';
import { draw, endJob } from './state.ts';

/**
 * What people and other programs do to listeners behind the back of whoever calls the API: no rule of the API
 * holds here, no job is started, and any state can be made.
 */

const foreignListener = z.looseObject({
  LoadBalancerId: z.string(),
  ListenerProtocol: z.enum(['HTTP', 'HTTPS', 'QUIC']),
  ListenerPort: z.int(),
});

/** A listener made by somebody else. What is not given has the API's default; it runs at once. */
export function createForeignListener(simulator: Simulator, given: unknown): Listener {
  const foreign = foreignListener.parse(given);
  const bare = {
    ...defaultsOf(foreign.ListenerProtocol),
    ListenerId: listenerId(simulator.state.seed, draw(simulator.state)),
    ListenerStatus: 'Running',
    DefaultActions: [],
  };
  const listener = listenerSchema.parse(mergePatch(bare, foreign));
  simulator.change([{ kind: 'putListener', listener }]);
  return listener;
}

/** Edits attributes; null removes one. Undefined when there is no such listener. */
export function editListener(simulator: Simulator, id: string, patch: unknown): Listener | undefined {
  const listener = simulator.state.listeners.get(id);
  if (listener === undefined) return undefined;
  const edited = listenerSchema.parse({
    ...z.looseObject({}).parse(mergePatch(listener, patch)),
    ListenerId: id,
  });
  simulator.change([{ kind: 'putListener', listener: edited }]);
  return edited;
}

/** False when there is no such listener. */
export function removeListener(simulator: Simulator, id: string): boolean {
  if (!simulator.state.listeners.has(id)) return false;
  simulator.change([{ kind: 'removeListener', listenerId: id }]);
  return true;
}

/** Ends a job now, whatever was planned for it. False when it is not Processing. */
export function settleJob(
  simulator: Simulator,
  id: string,
  failure: { readonly code: string; readonly message: string } | null,
): boolean {
  const job = simulator.state.jobs.get(id);
  if (job === undefined || job.Status !== 'Processing') return false;
  endJob(simulator.state, { ...job, plan: { ...job.plan, failure } }, simulator.now());
  simulator.saved();
  return true;
}
