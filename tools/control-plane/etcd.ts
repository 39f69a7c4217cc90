import { join } from 'node:path';
import { z } from 'zod';
import { type Start, startServer } from './server-process.ts';

const readyWithinMs = 60_000;
const QUOTA_BYTES = 8 * 1024 ** 3;

/** Where it keeps everything. */
export function etcdDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'etcd');
}

export function etcdUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

export function startEtcd(executable: string, dataDirectory: string, port: number): Promise<Start> {
  const url = etcdUrl(port);
  // Nobody dials the peer address of a single member: any port will do.
  const peerUrl = 'http://127.0.0.1:0';
  return startServer({
    name: 'etcd',
    executable,
    args: [
      '--name=control-plane',
      `--data-dir=${etcdDirectory(dataDirectory)}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=control-plane=${peerUrl}`,
      // The data need not survive a power cut, and every write waits for the disk otherwise.
      '--unsafe-no-fsync',
      '--log-level=warn',
      // What Kubernetes is run with at most. By default a test with very large objects would fill it.
      `--quota-backend-bytes=${QUOTA_BYTES}`,
    ],
    dataDirectory,
    isReady: () => isHealthy(url),
    readyWithinMs,
  });
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) });
    const { health } = z.object({ health: z.string() }).parse(await answer.json());
    return health === 'true';
  } catch {
    return false;
  }
}

/** Forgets every revision before now. What etcd holds now stays. */
export async function compactEtcd(port: number): Promise<void> {
  // A write of our own makes a revision that was never compacted and that no client has seen.
  const { header } = await call(port, 'kv/put', { key: base64('control-plane/compacted'), value: '' });
  await call(port, 'kv/compaction', { revision: header.revision, physical: true });
}

const answerSchema = z.object({ header: z.object({ revision: z.string() }) });

async function call(port: number, operation: string, body: object): Promise<z.infer<typeof answerSchema>> {
  const answer = await fetch(`${etcdUrl(port)}/v3/${operation}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`etcd answered ${operation} with ${answer.status}: ${text}`);
  return answerSchema.parse(JSON.parse(text));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
