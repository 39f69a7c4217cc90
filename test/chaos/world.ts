import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import type { InventoryInput } from '../../src/simulator/inventory.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { startOperatorProcess } from '../../tools/local/operator-process.ts';
import { kubeconfigThrough } from '../support/kubeconfig-through.ts';
import { SecretSearch, secretsOfKubeconfig } from '../support/secret-search.ts';
import { installShippedAccess } from '../support/shipped-access.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { Operators } from './operators.ts';

/** Looked for in everything that comes out. */
const SECRETS = {
  accessKeyId: 'LTAI5tPlantedKeyId00000',
  accessKeySecret: 'PlantedAccessKeySecret0000000',
  securityToken: 'CAISPlantedSecurityToken00000000000',
} as const;

export const LOAD_BALANCERS = ['alb-0', 'alb-1', 'alb-2', 'alb-3', 'alb-4'] as const;
export const SERVER_GROUPS = ['sgp-blue', 'sgp-green'] as const;
export const CERTIFICATE = '1001-cn-hangzhou';

const INVENTORY: InventoryInput = {
  loadBalancers: LOAD_BALANCERS.map((LoadBalancerId) => ({ LoadBalancerId, VpcId: 'vpc-main' })),
  serverGroups: SERVER_GROUPS.map((ServerGroupId) => ({ ServerGroupId, VpcId: 'vpc-main' })),
  certificates: [{ CertificateId: CERTIFICATE }],
  credentials: [SECRETS],
};

/**
 * The time after which a call that left is over. Nothing in a run may hold a call to the cloud up for longer than
 * `LONGEST_HOLD_MS`, or the promise that the operator builds on would be broken by the world, not by the operator.
 */
const SETTLE_TIME = '4s';
export const LONGEST_HOLD_MS = 800;

/** Before each write to the cloud takes effect, and again before it is answered: so that a kill can come in between. */
export const WRITES_TAKE_MS = 40;
const WRITES = [
  'CreateListener',
  'UpdateListenerAttribute',
  'DeleteListener',
  'TagResources',
  'UnTagResources',
];

const PACE = {
  ALB_POLL_INTERVAL: '100ms',
  ALB_BUSY_INTERVAL: '200ms',
  ALB_SLOW_INTERVAL: '1s',
  ALB_RESYNC_INTERVAL: '2s',
  ALB_SETTLE_TIME: SETTLE_TIME,
  ALB_CALLS_PER_MINUTE: '10000',
};

interface Parts {
  readonly controlPlane: ControlPlane;
  readonly apiServerLine: TcpProxy;
  readonly cloudLine: TcpProxy;
  readonly stateFile: string;
  readonly operators: Operators;
  readonly secrets: SecretSearch;
  readonly simulator: RunningSimulator;
}

/** A real kube-apiserver, the simulated cloud and operators as real processes, with a line to cut before each server. */
export class World implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  /** Between the operator and the API server. */
  readonly apiServerLine: TcpProxy;
  /** Between the operator and the cloud. */
  readonly cloudLine: TcpProxy;
  readonly operators: Operators;
  /** Looks for what must not come out. */
  readonly secrets: SecretSearch;
  readonly cloud: SimulatorControl;
  readonly #stateFile: string;
  #running: RunningSimulator;
  #cleanup: AsyncDisposable | undefined;

  private constructor(parts: Parts) {
    const { controlPlane, apiServerLine, cloudLine, stateFile, operators, secrets, simulator } = parts;
    this.secrets = secrets;
    this.controlPlane = controlPlane;
    this.apiServerLine = apiServerLine;
    this.cloudLine = cloudLine;
    this.operators = operators;
    this.cloud = new SimulatorControl(simulator.control);
    this.#stateFile = stateFile;
    this.#running = simulator;
  }

  static async start(): Promise<World> {
    await using cleanup = new AsyncDisposableStack();
    const controlPlane = await startControlPlane();
    cleanup.defer(() => controlPlane.stop());
    const kubeconfig = await installShippedAccess(controlPlane);

    const directory = await mkdtemp(join(tmpdir(), 'alb-chaos-'));
    cleanup.defer(() => rm(directory, { recursive: true, force: true }));
    const stateFile = join(directory, 'state.json');
    const simulator = await startSimulator({
      stateFile,
      settings: { provisioningMs: 400, configuringMs: 200, deletingMs: 200 },
      inventory: INVENTORY,
    });
    const apiServerLine = await startTcpProxy(portOf(controlPlane.url));
    cleanup.defer(() => apiServerLine.close());
    const cloudLine = await startTcpProxy(portOf(simulator.endpoint));
    cleanup.defer(() => cloudLine.close());

    const settings = {
      ...PACE,
      KUBECONFIG: await kubeconfigThrough(kubeconfig, apiServerLine.port),
      ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
      ALIBABA_CLOUD_ACCESS_KEY_ID: SECRETS.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRETS.accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: SECRETS.securityToken,
      ALB_ENDPOINT: `http://127.0.0.1:${cloudLine.port}`,
      ALIBABA_CLOUD_STS_ENDPOINT: `http://127.0.0.1:${cloudLine.port}`,
    };
    const secrets = new SecretSearch([
      ...Object.values(SECRETS),
      ...(await secretsOfKubeconfig(settings.KUBECONFIG)),
    ]);
    const operators = new Operators(() => startOperatorProcess(settings), secrets);
    cleanup.defer(() => operators.killAll());
    const world = new World({
      controlPlane,
      apiServerLine,
      cloudLine,
      stateFile,
      operators,
      secrets,
      simulator,
    });
    // Who runs when everything ends is known only then.
    cleanup.defer(() => world.#running.close());
    world.#cleanup = cleanup.move();
    await world.#slowWritesDown();
    return world;
  }

  /** The cloud itself, past its API. Another one after each restart. */
  get simulator(): Simulator {
    return this.#running.simulator;
  }

  /** Cuts all calls, and goes on with what was written to the state file. */
  async restartSimulator(endCalls: () => Promise<void>): Promise<void> {
    this.cloudLine.holdNew();
    this.cloudLine.cut();
    await endCalls();
    const { endpoint, control } = this.#running;
    await this.#running.close();
    this.#running = await startSimulator({
      stateFile: this.#stateFile,
      port: portOf(endpoint),
      controlPort: portOf(control),
    });
    this.cloudLine.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup?.[Symbol.asyncDispose]();
  }

  async #slowWritesDown(): Promise<void> {
    for (const operation of WRITES) {
      await this.cloud.addFault({ kind: 'delay', operation, effect: 'before', ms: WRITES_TAKE_MS });
      await this.cloud.addFault({ kind: 'delay', operation, effect: 'after', ms: WRITES_TAKE_MS });
    }
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
