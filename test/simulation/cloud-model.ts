import { albApiOver } from '../../src/alb/alb-client.ts';
import type { AlbErrorClass, Outcome } from '../../src/alb/error.ts';
import { classify } from '../../src/alb/error-classes.ts';
import type { Cloud } from '../../src/listener/ports.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** The simulated cloud as a process sees it, with every call going through `carry`; no network. */
export function cloudOver(
  simulator: Simulator,
  carry: (call: () => Outcome<unknown>) => Promise<Outcome<unknown>>,
): Cloud {
  return albApiOver(
    (operation, parameters) => carry(() => answerOf(simulator, operation, parameters)),
    (text) => text,
  );
}

function answerOf(
  simulator: Simulator,
  operation: string,
  parameters: Readonly<Record<string, string>>,
): Outcome<unknown> {
  const reply = simulator.call(operation, parameters);
  if (reply.kind !== 'answer') return lost(operation);
  const { answer } = reply;
  const { requestId } = answer;
  if (answer.ok) return { outcome: 'yes', value: { RequestId: requestId, ...answer.body }, requestId };
  const { code, message, status } = answer.refusal;
  const { class: errorClass, outcome } = classify(operation, code, status);
  return { outcome, error: errorOf(operation, errorClass, code, message) };
}

/** A call without a readable answer. */
export function lost(operation: string): Outcome<unknown> {
  return { outcome: 'unknown', error: errorOf(operation, 'unavailable', 'Timeout', 'No answer.') };
}

function errorOf(operation: string, errorClass: AlbErrorClass, code: string, message: string) {
  return { class: errorClass, operation, code, message };
}
