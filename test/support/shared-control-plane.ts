import { inject } from 'vitest';
import { createKubectl, type Kubectl } from '../../tools/control-plane/kubectl.ts';

export interface SharedControlPlane {
  url: string;
  kubeconfigPath: string;
  kubernetesVersion: string;
  kubectl: Kubectl;
}

/**
 * The control plane that all end-to-end test files share. Files run at the same time: use a namespace of your
 * own. A test that stops servers or compacts etcd starts its own control plane instead.
 */
export function sharedControlPlane(): SharedControlPlane {
  const { kubectlPath, ...shared } = inject('controlPlane');
  return { ...shared, kubectl: createKubectl(kubectlPath, shared.kubeconfigPath) };
}
