import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { fittingKubectlOnPath } from '../control-plane/binaries/kubectl-on-path.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { type OperatorProcess, startOperatorProcess } from '../local/operator-process.ts';
import type { Tell } from './happening.ts';
import { ACCESS_KEY, inventory } from './inventory.ts';

/** The samples of one listener of each protocol, as kubectl takes them. */
export const SAMPLES: readonly string[] = ['http', 'https', 'quic'].map(
  (name) =>
    `--filename=${relative('', fileURLToPath(new URL(`../../deploy/samples/${name}.yaml`, import.meta.url)))}`,
);
const CRDS = fileURLToPath(new URL('../../crds', import.meta.url));

export interface World extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly cloud: SimulatorControl;
  readonly operator: OperatorProcess;
}

/** A real kube-apiserver, the simulated cloud and the operator as a process of its own, all on loopback. */
export async function startWorld(tell: Tell, signal: AbortSignal): Promise<World> {
  await using cleanup = new AsyncDisposableStack();
  const say = (line: string): void => tell({ kind: 'preparing', line });
  const binaries = await findBinaries({ progress: say, signal });
  say(`Starting kube-apiserver ${binaries.kubernetesVersion} and etcd …`);
  const controlPlane = await startControlPlane({ binaries });
  cleanup.defer(() => controlPlane.stop());
  signal.throwIfAborted();

  say('Installing the CRD …');
  const crd = await controlPlane.kubectl(['apply', '--server-side', '-f', CRDS], { signal });
  if (crd.code !== 0) throw new Error(`The CRD was not accepted:\n${crd.stderr}`);
  await controlPlane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'], {
    signal,
  });

  const simulator = await startSimulator({ inventory });
  cleanup.defer(() => simulator.close());
  say(`A simulated ALB answers at ${simulator.endpoint}, its control endpoint at ${simulator.control}.`);

  say('Starting the operator …');
  const operator = await startOperatorProcess({
    KUBECONFIG: controlPlane.kubeconfigPath,
    ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
    ALIBABA_CLOUD_ACCESS_KEY_ID: ACCESS_KEY.id,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: ACCESS_KEY.secret,
    ALB_ENDPOINT: simulator.endpoint,
    ALIBABA_CLOUD_STS_ENDPOINT: simulator.endpoint,
    ALB_POLL_INTERVAL: '500ms',
    ALB_BUSY_INTERVAL: '1s',
    ALB_SLOW_INTERVAL: '5s',
    ALB_RESYNC_INTERVAL: '10s',
    ALB_SETTLE_TIME: '10s',
  });
  cleanup.defer(async () => {
    await operator.stop();
  });
  await operator.line('watching');

  const onPath = await fittingKubectlOnPath(binaries.kubernetesVersion, process.env);
  tell({
    kind: 'up',
    access: {
      kubernetesVersion: controlPlane.kubernetesVersion,
      kubeconfigPath: controlPlane.kubeconfigPath,
      kubectl: { path: onPath ?? binaries.kubectl, isOnPath: onPath !== undefined },
      console: simulator.control,
    },
  });
  const owned = cleanup.move();
  return {
    controlPlane,
    cloud: new SimulatorControl(simulator.control),
    operator,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
