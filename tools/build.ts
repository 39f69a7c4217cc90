/** `npm run build [-- --outdir DIR]`: the operator as one file, `dist/main.mjs`. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.ts';

const { values } = parseArgs({
  options: { outdir: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) } },
});

const { outputs } = await bundle(values.outdir);
for (const [file, { bytes }] of Object.entries(outputs)) {
  console.log(`wrote ${file} (${(bytes / 1024).toFixed(0)} KiB)`);
}
