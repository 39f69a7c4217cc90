import { readFile, writeFile } from 'node:fs/promises';

/** Writes beside a kubeconfig one that reaches the API server through another port of 127.0.0.1, and answers its path. */
export async function kubeconfigThrough(kubeconfigPath: string, port: number): Promise<string> {
  const direct = await readFile(kubeconfigPath, 'utf8');
  const path = `${kubeconfigPath}-through-${port}`;
  await writeFile(path, direct.replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, `https://127.0.0.1:${port}`), {
    mode: 0o600,
  });
  return path;
}
