import type { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import type { OperatorWorld, StoredListener } from '../support/operator-world.ts';
import { SceneCloud } from './scene-cloud.ts';
import { SceneCluster } from './scene-cluster.ts';

export interface SceneParts {
  /** Lowercase letters and digits; no other scene of the world has it. */
  readonly id: string;
  readonly world: OperatorWorld;
  readonly transport: Transport;
  /** Takes the listeners that the operator must never touch. */
  readonly strangers: Listener[];
}

/** Where one scenario plays: a namespace and a load balancer that no other scenario knows. */
export class Scene {
  readonly cluster: SceneCluster;
  readonly cloud: SceneCloud;
  readonly #world: OperatorWorld;

  private constructor({ id, world, transport, strangers }: SceneParts) {
    this.#world = world;
    this.cluster = new SceneCluster(id, world.controlPlane, transport);
    this.cloud = new SceneCloud(id, world.cloud, strangers);
  }

  static async open(parts: SceneParts): Promise<Scene> {
    const scene = new Scene(parts);
    await Promise.all([scene.cluster.open(), scene.cloud.open()]);
    return scene;
  }

  /** The smallest HTTP spec on the load balancer of the scene, with changes; `undefined` takes a field away. */
  spec(changes: object = {}): object {
    const { loadBalancerId, serverGroupId } = this.cloud;
    const spec = {
      loadBalancerId,
      listenerProtocol: 'HTTP',
      listenerPort: 80,
      ...forwardTo(serverGroupId),
      ...changes,
    };
    return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
  }

  https(changes: object = {}): object {
    return this.spec({ listenerProtocol: 'HTTPS', listenerPort: 443, ...certificate('1001'), ...changes });
  }

  quic(changes: object = {}): object {
    return this.https({ listenerProtocol: 'QUIC', ...changes });
  }

  /** Applies the spec and waits until it is as declared. */
  async ready(name: string, spec: object): Promise<ReadyListener> {
    await this.cluster.apply(name, spec);
    const object = await this.cluster.untilReady(name);
    const { listenerId } = object.status;
    if (listenerId === undefined) throw new Error(`${name} is ready and has no listener.`);
    return { object, listenerId };
  }

  /** What the operator has written about its writes to the cloud for one object. */
  audit(name: string): readonly unknown[] {
    const key = `"key":"${this.cluster.namespace}/${name}"`;
    return this.#world.operator.lines
      .filter((line) => line.includes('"stream":"audit"') && line.includes(key))
      .map((line): unknown => JSON.parse(line));
  }
}

export interface ReadyListener {
  readonly object: StoredListener;
  readonly listenerId: string;
}

export function forwardTo(serverGroupId: string): object {
  const serverGroupTuples = [{ serverGroupId }];
  return { defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }] };
}

/** The default certificate of a listener, by its number. */
export function certificate(number: string): object {
  return { certificates: [{ certificateId: `${number}-cn-hangzhou` }] };
}
