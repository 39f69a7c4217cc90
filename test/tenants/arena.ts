import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { systemClock } from '../../src/runtime/clock.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { OperatorWorld, PLANTED_SECRETS } from '../support/operator-world.ts';
import { installShippedAccess } from '../support/shipped-access.ts';
import { Attack, type TenantRow } from './attack.ts';
import { SILENT_REGION } from './floods.ts';
import { FOREIGN_ACCOUNT, FOREIGN_KEY, HOME_KEY } from './keys.ts';
import type { ApiServer } from './tenant.ts';

const SHANGHAI = 'cn-shanghai';
/** Objects of this prefix have a status that their namespace has written. */
const LIAR = 'liar';

interface ArenaOptions {
  /** Two have the attackers on an API server of their own, with its own operator. */
  readonly clusters?: 1 | 2;
  readonly isFlooded?: boolean;
  /** Over the settings of the operator. */
  readonly environment?: Readonly<Record<string, string>>;
}

interface Parts {
  readonly world: OperatorWorld;
  readonly shanghai: SimulatorControl;
  readonly victimAt: ApiServer;
  readonly attackerAt: ApiServer;
  readonly isFlooded: boolean;
  readonly cleanup: AsyncDisposable;
}

/** An operator and a cloud in which many attacks run, with further regions: one has load balancers of the same ids. */
export class Arena implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #strangers: Listener[] = [];
  #attacks = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async open({
    clusters = 1,
    isFlooded = false,
    environment = {},
  }: ArenaOptions = {}): Promise<Arena> {
    await using cleanup = new AsyncDisposableStack();
    const shanghai = await startSimulator({ inventory: { credentials: [PLANTED_SECRETS] } });
    cleanup.defer(() => shanghai.close());
    const regions = [`${SHANGHAI}=${shanghai.endpoint}`];
    // What an edited manifest may have made before its status was wiped is waited for in every region, a silent one too.
    if (isFlooded) {
      const silence = await startSilence();
      cleanup.defer(() => silence.close());
      regions.push(`${SILENT_REGION}=${silence.url}`);
    }
    const world = await OperatorWorld.start({
      inventory: {},
      endpoint: async (simulated) => [`cn-hangzhou=${simulated}`, ...regions].join(','),
      isLiedAbout: (name) => name.startsWith(LIAR),
      environment,
      secrets: [...Object.values(FOREIGN_KEY), ...Object.values(HOME_KEY)],
    });
    cleanup.defer(() => world.close());
    await world.cloud.patchInventory({
      credentials: [{ ...FOREIGN_KEY, accountId: FOREIGN_ACCOUNT }, HOME_KEY],
    });
    const reached = (controlPlane: ControlPlane): ApiServer => {
      const connection = connectionOf(controlPlane.kubeconfigPath);
      const transport = new Transport({ connection, userAgent: 'the-tenants', clock: systemClock });
      cleanup.defer(() => transport.close());
      return { controlPlane, transport };
    };
    const victimAt = reached(world.controlPlane);
    const attackerAt = clusters === 1 ? victimAt : reached(await secondCluster(world, cleanup));
    return new Arena({
      world,
      shanghai: new SimulatorControl(shanghai.control),
      victimAt,
      attackerAt,
      isFlooded,
      cleanup: cleanup.move(),
    });
  }

  async attack({ grants = [] }: Pick<TenantRow, 'grants'>): Promise<Attack> {
    this.#attacks += 1;
    const { shanghai, cleanup: _, ...site } = this.#parts;
    const attack = await Attack.open({
      ...site,
      number: this.#attacks,
      strangers: this.#strangers,
      grants,
    });
    await shanghai.patchInventory({
      loadBalancers: [{ LoadBalancerId: attack.cloud.loadBalancerId, VpcId: 'vpc-main' }],
      serverGroups: [{ ServerGroupId: attack.cloud.serverGroupId, VpcId: 'vpc-main' }],
    });
    return attack;
  }

  /** Listeners that were made by hand and are not byte for byte as they were made, then and now. */
  async harmedStrangers(): Promise<readonly object[]> {
    const { listeners } = await this.#parts.world.cloud.state();
    const pairs = this.#strangers.map((made) => ({
      made,
      now: listeners.find(({ ListenerId }) => ListenerId === made.ListenerId),
    }));
    return pairs.filter(({ made, now }) => JSON.stringify(made) !== JSON.stringify(now));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.cleanup[Symbol.asyncDispose]();
  }
}

/** Another API server, and an operator on it with the settings of the first and the same account. */
async function secondCluster(world: OperatorWorld, cleanup: AsyncDisposableStack): Promise<ControlPlane> {
  const controlPlane = await startControlPlane();
  cleanup.defer(() => controlPlane.stop());
  const operator = await world.startAnother({ KUBECONFIG: await installShippedAccess(controlPlane) });
  cleanup.defer(async () => void (await operator.stop()));
  await operator.line('"msg":"watching"');
  return controlPlane;
}

/** An endpoint that takes every connection and never answers. */
async function startSilence() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The silent endpoint has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
