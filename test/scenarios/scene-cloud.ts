import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { InventoryPatch, SimulatorControl } from '../../src/simulator/control-client.ts';
import type { FaultInput } from '../../src/simulator/fault.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const LOOK_EVERY_MS = 40;
const OWNERSHIP = 'alb-listener-operator/';

type Call = Awaited<ReturnType<SimulatorControl['calls']>>[number];
type NewListener = Partial<Listener>;
type LoadBalancerPatch = NonNullable<InventoryPatch['loadBalancers']>[number];

/** The part of the cloud that belongs to one scene: a load balancer, two server groups and what stands on it. */
export class SceneCloud {
  readonly loadBalancerId: string;
  readonly serverGroupId: string;
  /** To change over to. */
  readonly otherServerGroupId: string;
  readonly #id: string;
  readonly #control: SimulatorControl;
  readonly #strangers: Listener[];
  /** Listeners that did not come from a call of the operator. */
  readonly #madeByHand = new Set<string>();
  /** The last call before the scene. */
  #opened = 0;

  constructor(id: string, control: SimulatorControl, strangers: Listener[]) {
    this.#id = id;
    this.loadBalancerId = `alb-${id}`;
    this.serverGroupId = `sgp-${id}`;
    this.otherServerGroupId = `sgp-${id}b`;
    this.#control = control;
    this.#strangers = strangers;
  }

  async open(): Promise<void> {
    this.#opened = await this.mark();
    const { loadBalancerId: LoadBalancerId } = this;
    await this.#control.patchInventory({
      loadBalancers: [
        { LoadBalancerId, VpcId: 'vpc-main', AccessLogConfig: { LogProject: 'logs', LogStore: 'alb' } },
      ],
      serverGroups: [this.serverGroupId, this.otherServerGroupId].map((ServerGroupId) => ({
        ServerGroupId,
        VpcId: 'vpc-main',
      })),
    });
  }

  async changeLoadBalancer(patch: LoadBalancerPatch): Promise<void> {
    await this.#control.patchInventory({
      loadBalancers: [{ LoadBalancerId: this.loadBalancerId, ...patch }],
    });
  }

  async removeLoadBalancer(): Promise<void> {
    await this.#control.removeFromInventory(this.loadBalancerId);
  }

  async addServerGroup(ServerGroupId: string): Promise<void> {
    await this.#control.patchInventory({ serverGroups: [{ ServerGroupId, VpcId: 'vpc-main' }] });
  }

  /** The id of an access control list that no other scene knows. */
  aclId(name: string): string {
    return `acl-${this.#id}${name}`;
  }

  /** Makes such a list, or changes what is in it. */
  async putAcl(name: string, AclEntries: string[] = ['198.51.100.1/32']): Promise<void> {
    await this.#control.patchInventory({ acls: [{ AclId: this.aclId(name), AclEntries }] });
  }

  /** What happens to calls that are about this scene; `match` must say so. Ends when the result is called. */
  async fault(fault: FaultInput): Promise<() => Promise<void>> {
    const id = await this.#control.addFault(fault);
    return () => this.#control.removeFault(id);
  }

  /** A listener of somebody else on the load balancer of the scene: the operator must never touch it. */
  async stranger(attributes: NewListener = {}): Promise<Listener> {
    const listener = await this.candidate(attributes);
    this.#strangers.push(listener);
    return listener;
  }

  /** A listener made by hand, which a manifest will take over. */
  async candidate(attributes: NewListener = {}): Promise<Listener> {
    const listener = await this.#control.createListener({
      LoadBalancerId: this.loadBalancerId,
      ListenerProtocol: 'HTTP',
      ListenerPort: 80,
      DefaultActions: [
        {
          Type: 'ForwardGroup',
          ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId: this.serverGroupId }] },
        },
      ],
      ...attributes,
    });
    this.#madeByHand.add(listener.ListenerId);
    return listener;
  }

  /** Somebody changes a listener in the console. */
  async editByHand(listenerId: string, patch: Parameters<SimulatorControl['editListener']>[1]) {
    return this.#control.editListener(listenerId, patch);
  }

  async deleteByHand(listenerId: string): Promise<void> {
    await this.#control.deleteListener(listenerId);
  }

  async listener(listenerId: string): Promise<Listener | undefined> {
    return (await this.listeners()).find(({ ListenerId }) => ListenerId === listenerId);
  }

  /** All on the load balancer of the scene. */
  async listeners(): Promise<readonly Listener[]> {
    const { listeners } = await this.#control.state();
    return listeners.filter(({ LoadBalancerId }) => LoadBalancerId === this.loadBalancerId);
  }

  /** Tags of a listener that are not the operator's own, in the form `key=value`. */
  async tags(listenerId: string): Promise<readonly string[]> {
    const tags = (await this.listener(listenerId))?.Tags ?? [];
    return tags
      .filter(({ Key }) => !Key.startsWith(OWNERSHIP))
      .map(({ Key, Value }) => `${Key}=${Value}`)
      .sort();
  }

  /** Waits until the listener has these attributes. */
  async untilListener(listenerId: string, attributes: object): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const listener = await this.listener(listenerId);
      try {
        return expect(listener).toMatchObject(attributes);
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** A point in time, for `calls` and `writes`. */
  async mark(): Promise<number> {
    return (await this.#control.state()).lastCall;
  }

  /** Calls about the load balancer of the scene or its listeners, oldest first: all, or those after a mark. */
  async calls(mark = this.#opened): Promise<readonly Call[]> {
    const all = await this.#control.calls();
    const [oldest] = all;
    if (oldest !== undefined && oldest.sequence > this.#opened + 1) {
      throw new Error('The simulator has forgotten the first calls of this scene: let fewer scenes play.');
    }
    const ids = new Set([this.loadBalancerId, ...this.#madeByHand]);
    const concerned = ({ effect, parameters }: Call) =>
      [...(effect?.listenerIds ?? []), ...Object.values(parameters)].some((id) => ids.has(id));
    return all.filter((call) => {
      if (call.sequence <= this.#opened || !concerned(call)) return false;
      for (const id of call.effect?.listenerIds ?? []) ids.add(id);
      return call.sequence > mark;
    });
  }

  /** Calls that have changed something here. */
  async writeCalls(mark?: number): Promise<readonly Call[]> {
    return (await this.calls(mark)).filter(({ effect }) => effect !== null);
  }

  /** Operations that have changed something here, in their order. */
  async writes(mark?: number): Promise<readonly string[]> {
    return (await this.writeCalls(mark)).map(({ action }) => action);
  }

  /** Waits until an operation has changed something here. */
  async untilWrite(operation: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const writes = await this.writes();
      if (writes.includes(operation)) return;
      if (performance.now() > deadline) throw new Error(`No ${operation}, only ${writes.join(', ')}.`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Waits until the operator has read something here so many times more. */
  async untilReads(count: number): Promise<void> {
    const mark = await this.mark();
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const reads = (await this.calls(mark)).filter(({ action }) => /^(Get|List)/.test(action));
      if (reads.length >= count) return;
      if (performance.now() > deadline) throw new Error(`Only ${reads.length} reads in ${PATIENCE_MS} ms.`);
      await sleep(LOOK_EVERY_MS);
    }
  }
}
