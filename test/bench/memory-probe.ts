/**
 * Loaded into the operator ahead of its program, under `--expose-gc`. At SIGUSR2 it collects what nobody needs any
 * more and prints as one line what is left, in bytes.
 */
import { writeSync } from 'node:fs';
import { getHeapSpaceStatistics } from 'node:v8';

/** Where V8 has what it compiled: it grows with what has run often, not with the number of listeners. */
const CODE = /^(code|trusted)_/;

let readings = 0;

process.on('SIGUSR2', () => {
  globalThis.gc?.();
  readings += 1;
  const spaces = getHeapSpaceStatistics();
  const used = (isCode: boolean): number =>
    spaces
      .filter(({ space_name: name }) => CODE.test(name) === isCode)
      .reduce((sum, { space_used_size: size }) => sum + size, 0);
  const left = { objects: used(false), code: used(true), external: process.memoryUsage().external };
  writeSync(1, `${JSON.stringify({ memoryReading: readings, ...left })}\n`);
});
