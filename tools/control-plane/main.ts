import { once } from 'node:events';
import { runScript, script, type Verdict } from '../cli/script.ts';
import { findBinaries } from './binaries.ts';
import { startControlPlane } from './control-plane.ts';

const { prepare } = script('control-plane', 'Starts a control plane to play with; it runs until Ctrl-C.')
  .option('--prepare', 'only make sure that its binaries are there')
  .parse()
  .opts();

await runScript(async (): Promise<Verdict> => {
  const binaries = await findBinaries();
  if (prepare)
    return { passed: true, line: `Kubernetes ${binaries.kubernetesVersion}: ${binaries.directory}` };
  const controlPlane = await startControlPlane({ binaries });
  console.log(`kube-apiserver ${controlPlane.kubernetesVersion} at ${controlPlane.url}. Ctrl-C ends it.`);
  console.log(`export KUBECONFIG=${controlPlane.kubeconfigPath}`);
  // Nothing else keeps the process: the servers end with it and do not hold it.
  const stay = setInterval(() => {}, 60_000);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  clearInterval(stay);
  await controlPlane.stop();
  return { passed: true, line: 'The control plane is stopped.' };
});
