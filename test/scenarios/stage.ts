import { systemClock } from '../../src/runtime/clock.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { InventoryInput } from '../../src/simulator/inventory.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { OperatorWorld } from '../support/operator-world.ts';
import { Scene } from './scene.ts';

/** What all scenes may refer to. Each has its own load balancer and server groups besides. */
const INVENTORY: InventoryInput = {
  loadBalancers: [{ LoadBalancerId: 'alb-theirs', VpcId: 'vpc-main' }],
  serverGroups: [
    { ServerGroupId: 'sgp-grpc', VpcId: 'vpc-main', Protocol: 'gRPC', Servers: ['10.0.0.3:9090'] },
    { ServerGroupId: 'sgp-elsewhere', VpcId: 'vpc-other', Servers: ['172.16.0.1:8080'] },
  ],
  certificates: [
    ...['1001', '1002', '1003', '1004'].map((number) => ({ CertificateId: `${number}-cn-hangzhou` })),
    { CertificateId: 'ca-1', CertificateType: 'Ca' },
  ],
  acls: ['office', 'partners', 'vpn', 'abuse'].map((name, index) => ({
    AclId: `acl-${name}`,
    AclEntries: [`192.0.2.${index}/32`],
  })),
};

/** A world in which many scenes play, and the listeners in it that are none of the operator's business. */
export class Stage {
  readonly world: OperatorWorld;
  readonly #transport: Transport;
  readonly #strangers: Listener[] = [];
  #scenes = 0;

  private constructor(world: OperatorWorld) {
    this.world = world;
    const connection = connectionOf(world.controlPlane.kubeconfigPath);
    this.#transport = new Transport({ connection, userAgent: 'the-scenarios', clock: systemClock });
  }

  static async open(): Promise<Stage> {
    const settings = { updateKeepsOldValue: ['XForwardedForConfig.XForwardedForHostEnabled'] };
    const stage = new Stage(await OperatorWorld.start({ inventory: INVENTORY, settings }));
    await stage.#settleStrangers();
    return stage;
  }

  /** An empty namespace, and a load balancer with server groups. */
  async scene(): Promise<Scene> {
    this.#scenes += 1;
    const { world } = this;
    return Scene.open({
      id: `scene${this.#scenes}`,
      world,
      transport: this.#transport,
      strangers: this.#strangers,
    });
  }

  /** Listeners that nobody gave to the operator and that are not byte for byte as they were made, then and now. */
  async harmedStrangers(): Promise<readonly object[]> {
    const { listeners } = await this.world.cloud.state();
    const pairs = this.#strangers.map((made) => ({
      made,
      now: listeners.find(({ ListenerId }) => ListenerId === made.ListenerId),
    }));
    return pairs.filter(({ made, now }) => JSON.stringify(made) !== JSON.stringify(now));
  }

  async close(): Promise<void> {
    await this.#transport.close();
    await this.world.close();
  }

  /** Neighbours that were there before anything was declared. */
  async #settleStrangers(): Promise<void> {
    const at = { LoadBalancerId: 'alb-theirs', ListenerProtocol: 'HTTP' } as const;
    const { cloud } = this.world;
    this.#strangers.push(
      await cloud.createListener({ ...at, ListenerPort: 80, IdleTimeout: 33 }),
      await cloud.createListener({ ...at, ListenerPort: 81, ListenerStatus: 'Stopped' }),
      await cloud.createListener({
        ...at,
        ListenerPort: 82,
        Tags: [{ Key: 'ingress.k8s.alibaba/albconfig', Value: 'shop' }],
      }),
      await cloud.createListener({
        ...at,
        ListenerPort: 83,
        Tags: [
          { Key: 'alb-listener-operator/uid', Value: '00000000-0000-4000-8000-000000000000' },
          { Key: 'alb-listener-operator/namespace', Value: 'of-another-cluster' },
          { Key: 'alb-listener-operator/name', Value: 'web' },
        ],
      }),
    );
  }
}
