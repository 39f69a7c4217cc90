import { once } from 'node:events';
import type { Server } from 'node:http';
import { controlServer } from './control.ts';
import { HeldCalls } from './held-calls.ts';
import { apiServer } from './http.ts';
import type { InventoryInput } from './inventory.ts';
import type { SettingsInput } from './settings.ts';
import { Simulator } from './simulator.ts';
import { loadState, saveState } from './state-file.ts';

export interface RunningSimulator {
  /** Where the API is, for example `http://127.0.0.1:40001`. */
  readonly endpoint: string;
  /** Where the control endpoint is. */
  readonly control: string;
  readonly simulator: Simulator;
  /** Cuts every connection and stops. */
  close(): Promise<void>;
}

/**
 * Starts the API endpoint and the control endpoint on loopback. A state file that exists wins over seed,
 * settings and inventory. Port 0 takes a free one.
 */
export async function startSimulator(
  options: {
    readonly port?: number;
    readonly controlPort?: number;
    readonly stateFile?: string;
    readonly seed?: string;
    readonly settings?: SettingsInput;
    readonly inventory?: InventoryInput;
    readonly clock?: () => number;
  } = {},
): Promise<RunningSimulator> {
  const { port = 0, controlPort = 0, stateFile, clock = Date.now, ...world } = options;
  const state = stateFile === undefined ? undefined : loadState(stateFile);
  const simulator = new Simulator({
    ...world,
    clock,
    ...(state !== undefined && { state }),
    ...(stateFile !== undefined && { save: (current) => saveState(stateFile, current) }),
  });
  simulator.saved();
  const held = new HeldCalls();
  const api = apiServer(simulator, held);
  const control = controlServer(simulator, held);
  return {
    endpoint: await listen(api, port),
    control: await listen(control, controlPort),
    simulator,
    close: async () => {
      held.releaseAll('cut');
      await Promise.all([stop(api), stop(control)]);
      simulator.saved();
    },
  };
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}`;
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
