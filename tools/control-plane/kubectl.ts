import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface KubectlResult {
  /** The exit code: 0 is success, -1 that a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface KubectlOptions {
  /** What it reads for `-f -`. */
  input?: string;
  /** Ends it at once: the call rejects. */
  signal?: AbortSignal;
}

/** Runs kubectl against one cluster. A failing command is a result, not an error. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

export function createKubectl(executable: string, kubeconfigPath: string): Kubectl {
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfigPath,
    // Ports come back with other clusters behind them: a cache in the home directory would mix them up.
    KUBECACHEDIR: join(kubeconfigPath, '..', 'kubectl-cache'),
    // The user's own preferences would change what kubectl does and prints.
    KUBERC: 'off',
  };
  return async (args, { input = '', signal } = {}) => {
    const child = spawn(executable, args, { env, stdio: 'pipe', signal });
    // kubectl may end without reading its input. Its exit code tells more than the broken pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      // Rejects when kubectl cannot be started at all.
      once(child, 'close'),
    ]);
    return { code: child.exitCode ?? -1, stdout, stderr };
  };
}
