import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** `npm test` takes what vitest takes, and answers a wrong flag as every other script does. */
const VITEST = dirname(fileURLToPath(import.meta.resolve('vitest/package.json')));

process.argv.splice(2, 0, 'run');
try {
  await import(pathToFileURL(join(VITEST, 'vitest.mjs')).href);
} catch (error) {
  if (!(error instanceof Error) || error.name !== 'CACError') throw error;
  process.stderr.write(`error: ${error.message}\nRun "npm test -- --help" for what it takes.\n`);
  process.exit(2);
}
