import type { AlbConnection } from '../../src/alb/alb-client.ts';
import type { AlbErrorClass, Outcome } from '../../src/alb/error.ts';
import { classify } from '../../src/alb/error-classes.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** One call on its way to the cloud. */
export interface Call {
  readonly operation: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly arrive: () => Outcome<unknown>;
}

/** The simulated cloud as a process reaches it, with every call going through `carry`; no network. */
export function connectionTo(
  simulator: Simulator,
  carry: (call: Call) => Promise<Outcome<unknown>>,
): AlbConnection {
  return {
    rpc: (operation, parameters) => {
      const arrive = () => answerOf(simulator, operation, parameters);
      return carry({ operation, parameters, arrive });
    },
    redact: (text) => text,
  };
}

/** What a client of the real API makes of the simulator's answer. */
export function answerOf(
  simulator: Simulator,
  operation: string,
  parameters: Readonly<Record<string, string>>,
): Outcome<unknown> {
  const reply = simulator.call(operation, parameters);
  if (reply.kind !== 'answer') return lost(operation);
  const { answer } = reply;
  const { requestId } = answer;
  if (answer.ok) return { outcome: 'yes', value: { RequestId: requestId, ...answer.body }, requestId };
  const { code, message, status, retryAfterMs } = answer.refusal;
  const { class: errorClass, outcome } = classify(operation, code, status);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { outcome, error: { ...errorOf(operation, errorClass, code, message), requestId, ...wait } };
}

/** A call without a readable answer. */
export function lost(operation: string): Outcome<unknown> {
  return { outcome: 'unknown', error: errorOf(operation, 'unavailable', 'Timeout', 'No answer.') };
}

function errorOf(operation: string, errorClass: AlbErrorClass, code: string, message: string) {
  return { class: errorClass, operation, code, message };
}
