import { mkdir, rmdir, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { duration } from '../../duration.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Context } from './way.ts';

const refreshMs = 1000;
const staleAfterMs = 15_000;
const retryMs = 200;

/**
 * Runs `work` while holding a lock between processes, and reports when another one holds it.
 *
 * A lock that its holder no longer refreshes, since it was killed, is broken. In a rare race, two processes that break
 * the same lock both go on: the lock saves work and is not needed for correctness.
 */
export async function withLock<T>(
  directory: string,
  title: string,
  context: Context,
  work: () => Promise<T>,
): Promise<T> {
  if (!(await acquired(directory))) {
    context.progress(`Another process is preparing ${title}. Waiting for it …`);
    await withHeartbeat(
      context,
      (elapsedMs) => `Still waiting for the process that is preparing ${title}: ${duration(elapsedMs)}`,
      () => acquire(directory, context.signal),
    );
  }

  const refresh = setInterval(() => {
    const now = new Date();
    utimes(directory, now, now).catch(() => {});
  }, refreshMs);
  try {
    return await work();
  } finally {
    clearInterval(refresh);
    await release(directory);
  }
}

async function acquire(directory: string, signal: AbortSignal): Promise<void> {
  while (!(await acquired(directory))) {
    if (await isStale(directory)) await release(directory);
    else await sleep(retryMs, undefined, { signal });
  }
}

async function acquired(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function isStale(directory: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(directory);
    return Date.now() - mtimeMs > staleAfterMs;
  } catch {
    // Just released.
    return false;
  }
}

async function release(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
