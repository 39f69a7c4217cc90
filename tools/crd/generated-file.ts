import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

const found: string[] = [];
/** With `--check`, the files that are not as they would be written. */
export const staleFiles: readonly string[] = found;

/** Writes a generated file, or with `--check` on the command line only compares it. */
export function writeOrCheck(file: URL, content: string): void {
  const name = relative(process.cwd(), file.pathname);
  if (process.argv.includes('--check')) {
    if (current(file) !== content) found.push(name);
    return;
  }
  writeFileSync(file, content);
  console.log(`wrote ${name}`);
}

function current(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
