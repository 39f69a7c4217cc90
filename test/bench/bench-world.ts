import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { commandOf, readDockerfile } from '../support/dockerfile.ts';
import { installShippedAccess, OPERATOR } from '../support/shipped-access.ts';

export const LOAD_BALANCERS = 10;
const KEY = { accessKeyId: 'LTAI5tBench0000000000', accessKeySecret: 'Bench000000000000000000000000' };
const DOCKERFILE = fileURLToPath(new URL('../../Dockerfile', import.meta.url));

/** A real API server, a simulated ALB, and the environment and flags of the image. */
export interface BenchWorld {
  /** Removed at the end. */
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  readonly simulator: RunningSimulator;
  readonly settings: Readonly<Record<string, string>>;
  /** Of Node. */
  readonly flags: readonly string[];
}

export async function startBenchWorld(cleanup: AsyncDisposableStack): Promise<BenchWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'alb-bench-'));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const controlPlane = await startControlPlane();
  cleanup.defer(() => controlPlane.stop());
  const simulator = await startBenchSimulator(folder);
  cleanup.defer(() => simulator.close());
  const { args, environment } = commandOf(await readDockerfile(DOCKERFILE));
  const settings = {
    ...environment,
    KUBECONFIG: await installShippedAccess(controlPlane),
    POD_NAMESPACE: OPERATOR,
    LEADER_ELECT: 'true',
    ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
    ALIBABA_CLOUD_ACCESS_KEY_ID: KEY.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: KEY.accessKeySecret,
    ALB_ENDPOINT: simulator.endpoint,
    ALIBABA_CLOUD_STS_ENDPOINT: simulator.endpoint,
    ALB_POLL_INTERVAL: '300ms',
    // The most there is: else the cloud's own limit would be all that is measured.
    ALB_CALLS_PER_MINUTE: '10000',
  };
  return { folder, controlPlane, simulator, settings, flags: args.filter((arg) => arg.startsWith('-')) };
}

/** Builds the bundle of this source. */
export async function buildBundle({ folder }: Pick<BenchWorld, 'folder'>): Promise<string> {
  await promisify(execFile)('npm', ['run', 'build', '--', '--outdir', folder]);
  return join(folder, 'main.mjs');
}

/** A cloud that is quick and takes many writes at once: what is measured is the operator. */
function startBenchSimulator(folder: string): Promise<RunningSimulator> {
  const numbers = Array.from({ length: LOAD_BALANCERS }, (_, index) => index);
  return startSimulator({
    stateFile: join(folder, 'cloud.json'),
    settings: { provisioningMs: 300, createLocksLoadBalancer: false },
    inventory: {
      loadBalancers: numbers.map((index) => ({ LoadBalancerId: `alb-${index}`, VpcId: 'vpc-main' })),
      // One for each load balancer: 50 listeners may forward to one.
      serverGroups: numbers.map((index) => ({
        ServerGroupId: `sgp-${index}`,
        VpcId: 'vpc-main',
        Servers: ['10.0.0.1:8080'],
      })),
      credentials: [KEY],
    },
  });
}
