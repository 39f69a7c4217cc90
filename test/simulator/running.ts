import { onTestFinished } from 'vitest';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import { defaultInventory } from '../../src/simulator/default-inventory.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { callV3, type V3Answer, type V3Call } from './v3-request.ts';

/** The simulator on real ports, stopped when the test is over. */
export async function start(
  settings: SettingsInput = {},
): Promise<RunningSimulator & { readonly client: SimulatorControl }> {
  const running = await startSimulator({ inventory: defaultInventory, settings });
  onTestFinished(() => running.close());
  return { ...running, client: new SimulatorControl(running.control) };
}

/** A call with its parameters in the query, as JSON. */
export async function send(
  endpoint: string,
  action: string,
  query: Readonly<Record<string, string>> = {},
  more: Partial<V3Call> = {},
): Promise<V3Answer> {
  return callV3({ endpoint, action, query, ...more });
}

/** The code of an error answer, or `Success`. */
export function codeOf(answer: V3Answer): string {
  const [, code] = /"Code":"([^"]+)"/.exec(answer.text) ?? [];
  return code ?? (answer.status === 200 ? 'Success' : `HTTP ${answer.status}`);
}
