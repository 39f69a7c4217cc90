import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from '../../tools/control-plane/control-plane.ts';

/** Writes a kubeconfig that reaches the API server through another port of 127.0.0.1, and answers its path. */
export async function kubeconfigThrough(controlPlane: ControlPlane, port: number): Promise<string> {
  const direct = await readFile(controlPlane.kubeconfigPath, 'utf8');
  const path = join(controlPlane.dataDirectory, `kubeconfig-through-${port}`);
  await writeFile(path, direct.replaceAll(controlPlane.url, `https://127.0.0.1:${port}`), { mode: 0o600 });
  return path;
}
