import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { callSchema } from './call-log.ts';
import { type FaultInput, faultRuleSchema } from './fault.ts';
import type { Release } from './held-calls.ts';
import type { InventoryInput } from './inventory.ts';
import { jobSchema } from './job.ts';
import { type Listener, listenerSchema } from './listener.ts';
import { type SettingsInput, settingsSchema } from './settings.ts';

const heldSchema = z.object({
  sequence: z.int(),
  action: z.string(),
  effect: z.enum(['before', 'after']),
  parameters: z.record(z.string(), z.string()),
  callerGone: z.boolean(),
});

const stateSchema = z.object({
  now: z.number(),
  lastCall: z.int(),
  listeners: z.array(listenerSchema),
  jobs: z.array(jobSchema),
  faults: z.array(faultRuleSchema),
  held: z.array(heldSchema),
});

export type HeldCall = z.infer<typeof heldSchema>;
export type TrueState = z.infer<typeof stateSchema>;

/** Items named by their id; what is left out of an item that exists already keeps its value. */
export type InventoryPatch = {
  readonly [Kind in keyof InventoryInput]?: readonly Partial<NonNullable<InventoryInput[Kind]>[number]>[];
};
export type SettingsPatch = Omit<SettingsInput, 'quotas'> & {
  readonly quotas?: Partial<NonNullable<SettingsInput['quotas']>>;
};
/** Attributes of a listener; null removes one. */
export type ListenerPatch = { readonly [Name in keyof Listener]?: Listener[Name] | null };

/** Client of the simulator's control endpoint. Every method throws with the endpoint's own words when it is refused. */
export class SimulatorControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** What is really there, at this moment. */
  async state(): Promise<TrueState> {
    return stateSchema.parse(await this.#send('GET', '/state'));
  }

  /** Calls with a sequence number over `after`, oldest first. */
  async calls(after = 0) {
    const answer = await this.#send('GET', `/calls?after=${after}`);
    return z.object({ last: z.int(), calls: z.array(callSchema) }).parse(answer).calls;
  }

  async replaceInventory(inventory: InventoryInput): Promise<void> {
    await this.#send('PUT', '/inventory', inventory);
  }

  async patchInventory(patch: InventoryPatch): Promise<void> {
    await this.#send('PATCH', '/inventory', patch);
  }

  async removeFromInventory(id: string): Promise<void> {
    await this.#send('DELETE', `/inventory/${encodeURIComponent(id)}`);
  }

  async settings() {
    return settingsSchema.parse(await this.#send('GET', '/settings'));
  }

  async patchSettings(patch: SettingsPatch): Promise<void> {
    await this.#send('PATCH', '/settings', patch);
  }

  /** Returns the id of the rule. */
  async addFault(fault: FaultInput): Promise<string> {
    return faultRuleSchema.parse(await this.#send('POST', '/faults', fault)).id;
  }

  async removeFault(id: string): Promise<void> {
    await this.#send('DELETE', `/faults/${encodeURIComponent(id)}`);
  }

  async clearFaults(): Promise<void> {
    await this.#send('DELETE', '/faults');
  }

  /** Waits until a call of this operation is held by a `hold` rule. */
  async heldCall(action: string, timeoutMs = 10_000): Promise<HeldCall> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const held = z.array(heldSchema).parse(await this.#send('GET', '/held'));
      const found = held.find((call) => call.action === action);
      if (found !== undefined) return found;
      await sleep(10);
    }
    throw new Error(`No call of ${action} was held within ${timeoutMs} ms.`);
  }

  async release(sequence: number, how: Release = 'go'): Promise<void> {
    await this.#send('POST', `/held/${sequence}/${how}`);
  }

  /** A listener made by somebody else; it runs at once. */
  async createListener(
    listener: Pick<Listener, 'LoadBalancerId' | 'ListenerProtocol' | 'ListenerPort'> & ListenerPatch,
  ): Promise<Listener> {
    return listenerSchema.parse(await this.#send('POST', '/listeners', listener));
  }

  /** An edit by somebody else, without a job: values change at once. */
  async editListener(id: string, patch: ListenerPatch): Promise<Listener> {
    return listenerSchema.parse(await this.#send('PATCH', `/listeners/${encodeURIComponent(id)}`, patch));
  }

  async deleteListener(id: string): Promise<void> {
    await this.#send('DELETE', `/listeners/${encodeURIComponent(id)}`);
  }

  /** Ends a job now: it succeeds, or fails with the code given. */
  async settleJob(id: string, failure: { readonly code: string; readonly message?: string } | null) {
    await this.#send('POST', `/jobs/${encodeURIComponent(id)}`, { failure });
  }

  /** Moves the simulated clock forward: jobs end, tokens expire. Signatures are still judged by the real clock. */
  async advanceTime(milliseconds: number): Promise<void> {
    await this.#send('POST', '/time', { advanceMs: milliseconds });
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const { error } = z.object({ error: z.string() }).parse(answer);
    throw new Error(`Simulator, ${method} ${path}: ${error}`);
  }
}
