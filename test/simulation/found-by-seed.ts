import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const FILE = new URL('./found-by-seed.json', import.meta.url);

/** By the name of a planted defect, a seed that showed it when that was last recorded. */
export type FoundBySeed = Readonly<Record<string, number>>;

export function readFoundBySeed(): FoundBySeed {
  return z.record(z.string(), z.int().positive()).parse(JSON.parse(readFileSync(FILE, 'utf8')));
}

export function writeFoundBySeed(seeds: FoundBySeed): void {
  writeFileSync(FILE, `${JSON.stringify(seeds, null, 2)}\n`);
}
