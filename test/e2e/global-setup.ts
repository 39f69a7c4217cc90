import type { TestProject } from 'vitest/node';
import { findBinaries } from '../../tools/control-plane/binaries.ts';
import { startControlPlane } from '../../tools/control-plane/control-plane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one control plane that the test files share. */
    controlPlane: { url: string; kubeconfigPath: string; kubectlPath: string; kubernetesVersion: string };
  }
}

/** Starts the shared control plane before the first end-to-end test and ends it after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binaries = await findBinaries();
  const controlPlane = await startControlPlane({ binaries });
  project.vitest.logger.log(`End-to-end tests on kube-apiserver ${controlPlane.kubernetesVersion}.`);
  project.provide('controlPlane', {
    url: controlPlane.url,
    kubeconfigPath: controlPlane.kubeconfigPath,
    kubectlPath: binaries.kubectl,
    kubernetesVersion: controlPlane.kubernetesVersion,
  });
  return () => controlPlane.stop();
}
