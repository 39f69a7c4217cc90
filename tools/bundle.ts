import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

/** Makes the operator one file, `main.mjs`, which needs nothing but Node. Answers what went into it. */
export async function bundle(directory: string, { write = true } = {}): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../src/main.ts', import.meta.url))],
    // `.mjs`, so that no package.json has to lie beside it to say that it is a module.
    outfile: join(directory, 'main.mjs'),
    write,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Some dependencies are CommonJS and call `require` for modules of Node, which a module does not have.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    // Stack traces name our files and lines; the sources themselves are in the repository.
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}
