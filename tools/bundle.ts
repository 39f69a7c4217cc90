import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

/** Makes the operator one file, `main.mjs`, which needs nothing but Node. Answers what went into it. */
export async function bundle(directory: string, { write = true } = {}): Promise<Metafile> {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/main.ts', import.meta.url))],
    // `.mjs`, so that no package.json has to lie beside it to say that it is a module.
    outfile: join(directory, 'main.mjs'),
    write: false,
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
  if (write) {
    await mkdir(directory, { recursive: true });
    for (const { path, text } of outputFiles) await writeFile(path, inAscii(text));
  }
  return metafile;
}

/**
 * Node keeps the text of a program for as long as it runs: with one byte a character if all of it is ASCII, else with
 * two. esbuild escapes what is not ASCII in the code, but not in comments.
 */
function inAscii(text: string): string {
  // Without the flag u: half a pair at a time, which is what an escape of four digits can say.
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
