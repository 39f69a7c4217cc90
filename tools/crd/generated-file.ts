import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Writes a generated file, or with `--check` on the command line only says whether it is up to date. */
export function writeOrCheck(file: URL, content: string): void {
  const name = relative(process.cwd(), file.pathname);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, content);
    console.log(`wrote ${name}`);
    return;
  }
  if (current(file) === content) return;
  console.error(`${name} is stale: run npm run generate and commit the result.`);
  process.exitCode = 1;
}

function current(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
