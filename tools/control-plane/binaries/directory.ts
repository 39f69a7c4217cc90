import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const binaryNames = ['kube-apiserver', 'etcd', 'kubectl'] as const;

export interface Binaries {
  directory: string;
  kubeApiserver: string;
  etcd: string;
  kubectl: string;
  /** As kube-apiserver names itself, such as `v1.36.3`. */
  kubernetesVersion: string;
}

/** The names of the programs that the directory lacks, or has without the right to run them. */
export function missingFrom(directory: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return false;
    } catch {
      return true;
    }
  });
}

/**
 * The programs of a directory; kubectl may be another one.
 *
 * Rejects when kube-apiserver cannot be run here, as one for another kind of processor.
 */
export async function describeBinaries(
  directory: string,
  kubectl = join(directory, 'kubectl'),
): Promise<Binaries> {
  const kubeApiserver = join(directory, 'kube-apiserver');
  const { stdout } = await promisify(execFile)(kubeApiserver, ['--version']);
  return {
    directory,
    kubeApiserver,
    etcd: join(directory, 'etcd'),
    kubectl,
    kubernetesVersion: stdout.trim().replace(/^Kubernetes /, ''),
  };
}
