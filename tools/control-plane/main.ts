/**
 * `npm run control-plane`: a control plane to play with, until Ctrl-C.
 * `npm run control-plane -- --prepare`: only makes sure that its binaries are there.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { findBinaries } from './binaries.ts';
import { startControlPlane } from './control-plane.ts';

const { values } = parseArgs({ options: { prepare: { type: 'boolean', default: false } } });

try {
  const binaries = await findBinaries();
  if (values.prepare) {
    console.log(`Kubernetes ${binaries.kubernetesVersion}: ${binaries.directory}`);
  } else {
    const controlPlane = await startControlPlane({ binaries });
    console.log(`kube-apiserver ${controlPlane.kubernetesVersion} at ${controlPlane.url}. Ctrl-C ends it.`);
    console.log(`export KUBECONFIG=${controlPlane.kubeconfigPath}`);
    // Nothing else keeps the process: the servers end with it and do not hold it.
    const stay = setInterval(() => {}, 60_000);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    clearInterval(stay);
    await controlPlane.stop();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
