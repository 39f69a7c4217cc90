import type { Answer } from '../../src/simulator/answer.ts';
import { defaultInventory } from '../../src/simulator/default-inventory.ts';
import { type FaultInput, faultSchema } from '../../src/simulator/fault.ts';
import type { InventoryInput } from '../../src/simulator/inventory.ts';
import { type Listener, listenerSchema } from '../../src/simulator/listener.ts';
import type { Body } from '../../src/simulator/operations/operation.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { deserialise, type State, serialise } from '../../src/simulator/state.ts';

export type Wire = Readonly<Record<string, string>>;

/** A simulator in this process, with the default inventory, whose clock moves only when a test moves it. */
export class Cloud {
  now = Date.UTC(2026, 10, 1);
  readonly simulator: Simulator;

  constructor(settings: SettingsInput = {}, inventory: InventoryInput = defaultInventory, state?: State) {
    const clock = () => this.now;
    this.simulator = new Simulator({ clock, settings, inventory, ...(state !== undefined && { state }) });
  }

  /** The same cloud in a new process that knows nothing but what was written down. */
  restarted(): Cloud {
    const cloud = new Cloud({}, {}, deserialise(serialise(this.simulator.state)));
    cloud.now = this.now;
    return cloud;
  }

  answer(action: string, parameters: Wire = {}): Answer {
    const reply = this.simulator.call(action, parameters);
    if (reply.kind !== 'answer') throw new Error(`${action}: ${reply.kind}`);
    return reply.answer;
  }

  /** The body of a success; throws with the code of anything else. */
  ok(action: string, parameters: Wire = {}): Body {
    const answer = this.answer(action, parameters);
    if (answer.ok) return answer.body;
    const last = this.simulator.state.calls.at(-1);
    throw new Error(`${action}: ${answer.refusal.code} (${last?.detail ?? answer.refusal.message})`);
  }

  /** `Success`, or the status and code of the refusal. */
  code(action: string, parameters: Wire = {}): string {
    const answer = this.answer(action, parameters);
    return answer.ok ? 'Success' : `${answer.refusal.status} ${answer.refusal.code}`;
  }

  /** A listener that has come to Running. */
  running(parameters: Wire): string {
    const id = text(this.ok('CreateListener', parameters)['ListenerId']);
    this.wait(60_000);
    return id;
  }

  /** What GetListenerAttribute tells. */
  read(ListenerId: string): Listener {
    return listenerSchema.parse(this.ok('GetListenerAttribute', { ListenerId }));
  }

  status(ListenerId: string): string {
    const answer = this.answer('GetListenerAttribute', { ListenerId });
    return answer.ok ? text(answer.body['ListenerStatus']) : answer.refusal.code;
  }

  wait(milliseconds: number): void {
    this.now += milliseconds;
  }

  fault(fault: FaultInput): void {
    const id = `rule-${this.simulator.state.faultRules.length + 1}`;
    const rule = { id, fault: faultSchema.parse(fault), matched: 0, fired: 0 };
    this.simulator.state.faultRules.push(rule);
  }

  /** Listeners that really exist. */
  listeners(): Listener[] {
    return [...this.simulator.state.listeners.values()];
  }
}

export function forwardTo(...serverGroupIds: string[]): Wire {
  const wire: Record<string, string> = { 'DefaultActions.1.Type': 'ForwardGroup' };
  for (const [index, id] of serverGroupIds.entries()) {
    wire[`DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.${index + 1}.ServerGroupId`] = id;
  }
  return wire;
}

export const http: Wire = {
  LoadBalancerId: 'alb-standard',
  ListenerProtocol: 'HTTP',
  ListenerPort: '80',
  ...forwardTo('sgp-http'),
};

export const https: Wire = {
  LoadBalancerId: 'alb-standard',
  ListenerProtocol: 'HTTPS',
  ListenerPort: '443',
  'Certificates.1.CertificateId': '1001-cn-hangzhou',
  ...forwardTo('sgp-http'),
};

export const quic: Wire = { ...https, ListenerProtocol: 'QUIC' };

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`not a text: ${JSON.stringify(value)}`);
  return value;
}
