import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { FINALIZER } from '../../src/listener/resource.ts';
import type { HeldCall } from '../../src/simulator/control-client.ts';
import type { Release } from '../../src/simulator/held-calls.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { forwardTo } from '../scenarios/scene.ts';
import { SceneCloud } from '../scenarios/scene-cloud.ts';
import type { SceneCluster } from '../scenarios/scene-cluster.ts';
import type { OperatorWorld, StoredListener } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type ApiServer, type Grant, openTenant, type Tenant } from './tenant.ts';
import { Victim } from './victim.ts';

/** Something that one namespace tries to do to another. */
export interface TenantRow {
  /** What the attacker does. The first column of the table in docs/security.md. */
  readonly name: string;
  /** What would go wrong for the victim if it succeeded. */
  readonly reason: string;
  readonly grants?: readonly Grant[];
  /** Attacks, and waits until the operator has dealt with it. Then `judge` looks for harm of every kind. */
  readonly run: (attack: Attack) => Promise<void>;
}

/** Where an attack runs. */
export interface AttackSite {
  readonly world: OperatorWorld;
  readonly number: number;
  /** Takes the listeners that the operator must never touch. */
  readonly strangers: Listener[];
  readonly grants: readonly Grant[];
  readonly victimAt: ApiServer;
  /** Another one than that of the victim has a namespace of the same name. */
  readonly attackerAt: ApiServer;
  readonly isFlooded: boolean;
}

/** The finalizer of the operator in a manifest, as nobody but the operator should set it. */
export const PLANTED = { finalizers: [FINALIZER] };

/** A victim and an attacker, two namespaces that share a load balancer, and another one of the attacker alone. */
export class Attack {
  readonly world: OperatorWorld;
  /** The shared load balancer. `serverGroupId` is the attacker's, `otherServerGroupId` the victim's. */
  readonly cloud: SceneCloud;
  /** The load balancer of the attacker alone. */
  readonly elsewhere: SceneCloud;
  readonly victim: Victim;
  readonly tenant: Tenant;
  readonly #number: number;
  readonly #attackerAt: ApiServer;

  private constructor(parts: {
    world: OperatorWorld;
    cloud: SceneCloud;
    elsewhere: SceneCloud;
    victim: Victim;
    tenant: Tenant;
    number: number;
    attackerAt: ApiServer;
  }) {
    this.world = parts.world;
    this.cloud = parts.cloud;
    this.elsewhere = parts.elsewhere;
    this.victim = parts.victim;
    this.tenant = parts.tenant;
    this.#number = parts.number;
    this.#attackerAt = parts.attackerAt;
  }

  static async open({ world, number, strangers, grants, ...site }: AttackSite): Promise<Attack> {
    const cloud = new SceneCloud(`shared${number}`, world.cloud, strangers);
    const elsewhere = new SceneCloud(`elsewhere${number}`, world.cloud, strangers);
    await Promise.all([cloud.open(), elsewhere.open()]);
    await world.cloud.patchInventory({
      certificates: [{ CertificateId: certificateOf(number) }, { CertificateId: '1001-cn-hangzhou' }],
    });
    const [owner, tenant] = await Promise.all([
      openTenant(site.victimAt, `victim${number}`),
      site.attackerAt === site.victimAt
        ? openTenant(site.attackerAt, `attacker${number}`, { grants })
        : openTenant(site.attackerAt, `victim${number}`, { grants }),
    ]);
    const words = [
      cloud.loadBalancerId,
      cloud.otherServerGroupId,
      certificateOf(number),
      descriptionOf(number),
      tagOf(number).key,
      tagOf(number).value,
    ];
    const victim = new Victim(owner.cluster, world.cloud, words, { isFlooded: site.isFlooded });
    const { attackerAt } = site;
    return new Attack({ world, cloud, elsewhere, victim, tenant, number, attackerAt });
  }

  get attacker(): SceneCluster {
    return this.tenant.cluster;
  }

  /** The port that the victim uses in `victimRuns` unless told otherwise. */
  get port(): number {
    return 443;
  }

  /** Has the victim run an HTTPS listener; resolves with its id. */
  victimRuns(name = 'shop', changes: object = {}): Promise<string> {
    return this.victim.runs(name, this.victimSpec(changes));
  }

  victimSpec(changes: object = {}): object {
    return {
      loadBalancerId: this.cloud.loadBalancerId,
      listenerProtocol: 'HTTPS',
      listenerPort: this.port,
      listenerDescription: descriptionOf(this.#number),
      certificates: [{ certificateId: certificateOf(this.#number) }],
      tags: [tagOf(this.#number)],
      ...forwardTo(this.cloud.otherServerGroupId),
      ...changes,
    };
  }

  /** Of the attacker: the smallest spec on the port of the victim, with changes; `undefined` takes a field away. */
  spec(changes: object = {}): object {
    const spec = {
      loadBalancerId: this.cloud.loadBalancerId,
      listenerProtocol: 'HTTP',
      listenerPort: this.port,
      ...forwardTo(this.cloud.serverGroupId),
      ...changes,
    };
    return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
  }

  /** The same on the load balancer of the attacker alone. */
  specElsewhere(changes: object = {}): object {
    const { loadBalancerId, serverGroupId } = this.elsewhere;
    return this.spec({ loadBalancerId, ...forwardTo(serverGroupId), ...changes });
  }

  /** Writes into the status of an own object, as only a grant allows. */
  async lie(name: string, status: object): Promise<void> {
    const patch = JSON.stringify({ status });
    await this.attacker.kubectl(
      'patch',
      'alblistener',
      name,
      '--subresource=status',
      '--type=merge',
      '-p',
      patch,
    );
  }

  /** Waits until an object that is made now is younger: ages count in seconds. */
  async isOlder(name: string): Promise<void> {
    const object = await this.attacker.get(name);
    const createdAt = Date.parse(String(object?.metadata['creationTimestamp']));
    await sleep(Math.max(0, createdAt + 1000 - Date.now()));
  }

  /** Holds calls that create a listener on the port of the shared load balancer. The result ends that, and releases one. */
  async holdCreation(listenerPort: number) {
    const end = await this.cloud.fault({
      kind: 'hold',
      effect: 'after',
      operation: 'CreateListener',
      match: { LoadBalancerId: this.cloud.loadBalancerId, ListenerPort: String(listenerPort) },
    });
    return async (sequence: number, how: Release = 'go') => {
      await end();
      await this.world.cloud.release(sequence, how);
    };
  }

  /** Waits until the call that creates a listener on the port of the shared load balancer is held. */
  async heldCreation(listenerPort: number): Promise<HeldCall> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const { held } = await this.world.cloud.state();
      const call = held.find(
        ({ parameters }) =>
          parameters['LoadBalancerId'] === this.cloud.loadBalancerId &&
          parameters['ListenerPort'] === String(listenerPort),
      );
      if (call !== undefined) return call;
      if (performance.now() > deadline) throw new Error(`No creation on port ${listenerPort} was held.`);
      await sleep(20);
    }
  }

  /** Waits until the operator has told the object that it is refused, for one of the reasons. */
  refused(name: string, ...reasons: readonly string[]): Promise<StoredListener> {
    return this.attacker.until(name, ({ status, metadata }) => {
      const ready = status.conditions.find(({ type }) => type === 'Ready');
      const isToldOf = ready?.observedGeneration === metadata.generation;
      return isToldOf && ready?.status === 'False' && reasons.includes(ready.reason);
    });
  }

  /** Fails on harm of any kind: to what the victim has, may do and keeps to itself, before and after the attacker leaves. */
  async judge(): Promise<void> {
    await this.victim.expectUntouched();
    await this.#expectNothingLearned();
    await this.victim.expectEditable();
    await this.#leave();
    await this.victim.expectUntouched();
    await this.#expectNothingLearned();
    await this.victim.expectDeletable();
  }

  /** The attacker deletes all it has, and the operator deals with it as far as it can. */
  async #leave(): Promise<void> {
    await this.attacker.kubectl('delete', 'alblisteners', '--all', '--wait=false');
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const left = (await this.attacker.list()).filter((object) => !isDealtWith(object));
      if (left.length === 0) return;
      if (performance.now() > deadline) {
        throw new Error(`The operator has not dealt with the deletion of ${JSON.stringify(left, null, 2)}`);
      }
      await sleep(100);
    }
  }

  /** Objects and events of the attacker tell of the victim's listeners no more than the attacker has written itself. */
  async #expectNothingLearned(): Promise<void> {
    const kinds = 'alblisteners,events.events.k8s.io';
    const args = ['get', kinds, '-o', 'json', `--namespace=${this.attacker.namespace}`];
    const { stdout } = await this.#attackerAt.controlPlane.kubectl(args);
    expect(this.victim.wordsIn(stdout, this.tenant.sent())).toEqual([]);
  }
}

/** Released, or told of its deletion: one that is suspended, for example, stays. */
function isDealtWith({ metadata, status }: StoredListener): boolean {
  return !metadata.finalizers.includes(FINALIZER) || status.observedGeneration === metadata.generation;
}

function certificateOf(number: number): string {
  return `${70_000 + number}-cn-hangzhou`;
}

function descriptionOf(number: number): string {
  return `only-the-victim-${number}-knows-this-description`;
}

function tagOf(number: number) {
  return { key: `victim-${number}-tag-key`, value: `victim-${number}-tag-value` };
}
