import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What V8 grants itself under a memory limit of 512 MiB, for where none can be set. */
const HEAP_UNDER_512_MIB = 256;

/** What holds a process to the memory of its container. */
export interface MemoryLimit {
  /** For people. */
  readonly described: string;
  /** Starts a program under the limit. */
  readonly launcher: readonly string[];
  /** For Node. */
  readonly flags: readonly string[];
  /** The most that the kernel counted, in bytes; its cache of files included. Undefined without a cgroup. */
  readonly peak: () => Promise<number | undefined>;
  /** Only when nothing runs under it any more. */
  readonly remove: () => Promise<void>;
}

interface Hierarchy {
  readonly root: string;
  readonly limit: string;
  readonly peak: string;
}

const V1: Hierarchy = {
  root: '/sys/fs/cgroup/memory',
  limit: 'memory.limit_in_bytes',
  peak: 'memory.max_usage_in_bytes',
};
const V2: Hierarchy = { root: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak' };

/** A cgroup with this limit, where this process may make one; else the heap that Node takes under it. */
export async function memoryLimit(mebibytes: number): Promise<MemoryLimit> {
  const { root, limit, peak } = existsSync(V1.root) ? V1 : V2;
  const folder = join(root, `alb-memory-run-${process.pid}`);
  try {
    await mkdir(folder);
    await writeFile(join(folder, limit), String(mebibytes * 1024 * 1024));
  } catch {
    return {
      described: `no memory cgroup can be made here; instead a heap of ${HEAP_UNDER_512_MIB} MiB, as V8 takes under ${mebibytes} MiB`,
      launcher: [],
      flags: [`--max-old-space-size=${HEAP_UNDER_512_MIB}`],
      peak: async () => undefined,
      remove: async () => {},
    };
  }
  return {
    described: `a memory cgroup of ${mebibytes} MiB`,
    launcher: ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(folder, 'cgroup.procs')],
    flags: [],
    peak: async () => Number(await readFile(join(folder, peak), 'utf8')),
    remove: () => rmdir(folder),
  };
}
