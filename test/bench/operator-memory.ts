import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { z } from 'zod';
import type { OperatorProcess } from '../../tools/local/operator-process.ts';

/** What the operator holds, in bytes. */
export interface Memory {
  /** All that is in RAM, as the kernel counts it. */
  readonly resident: number;
  /** The part of it that is files, the program of Node above all: processes share it, and the kernel may drop it. */
  readonly files: number;
  /** The most that was ever resident. */
  readonly peak: number;
  /** What is left after a collection: objects of the program, code that V8 made, and what lies outside its heap. */
  readonly objects: number;
  readonly code: number;
  readonly external: number;
}

/**
 * What Node must be started with to be asked. The probe is JavaScript by then: what Node loads to run TypeScript takes
 * tens of megabytes itself.
 */
export async function probeFlags(folder: string): Promise<readonly string[]> {
  const outfile = join(folder, 'memory-probe.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('memory-probe.ts', import.meta.url))],
    outfile,
    platform: 'node',
    format: 'esm',
  });
  return ['--expose-gc', `--import=${outfile}`];
}

const readingSchema = z.object({
  memoryReading: z.number(),
  objects: z.number(),
  code: z.number(),
  external: z.number(),
});

/** Reads what is resident before it has the operator collect, since nothing else would have. */
export async function memoryOf(operator: OperatorProcess): Promise<Memory> {
  const { pid, lines } = operator;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;

  const reading = lines.filter((printed) => printed.includes('"memoryReading"')).length + 1;
  process.kill(pid, 'SIGUSR2');
  const { objects, code, external } = readingSchema.parse(
    JSON.parse(await operator.line(`{"memoryReading":${reading},`)),
  );
  return {
    resident: bytes('VmRSS'),
    files: bytes('RssFile'),
    peak: bytes('VmHWM'),
    objects,
    code,
    external,
  };
}
