import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { z } from 'zod';

const described = z.object({ name: z.string(), version: z.string(), license: z.string() });
export type BundledPackage = z.infer<typeof described>;

/** The packages whose code is in a bundle, by name and version. */
export function packagesIn({ inputs }: Metafile): readonly BundledPackage[] {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  );
  const packages = [...folders].map((folder) =>
    described.parse(JSON.parse(readFileSync(join(resolve(folder), 'package.json'), 'utf8'))),
  );
  // The same one may be installed in two places.
  const distinct = new Map(packages.map((one) => [idOf(one), one]));
  return [...distinct.values()].toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

export function idOf({ name, version }: Pick<BundledPackage, 'name' | 'version'>): string {
  return `${name}@${version}`;
}
