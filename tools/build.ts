/** `npm run build [-- --outdir DIR]`: the operator as one file, `dist/main.mjs`, which needs nothing but Node. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: { outdir: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) } },
});

const { metafile } = await build({
  entryPoints: [fileURLToPath(new URL('../src/main.ts', import.meta.url))],
  // `.mjs`, so that no package.json has to lie beside it to say that it is a module.
  outfile: join(values.outdir, 'main.mjs'),
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

for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  console.log(`wrote ${file} (${(bytes / 1024).toFixed(0)} KiB)`);
}
