import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';
import { runScript, script, type Verdict } from './cli/script.ts';

const { outdir } = script('build', 'Builds the operator as one file, main.mjs.')
  .option('--outdir <dir>', 'where to', fileURLToPath(new URL('../dist', import.meta.url)))
  .parse()
  .opts();

await runScript(async (): Promise<Verdict> => {
  const { outputs } = await bundle(outdir);
  const files = Object.entries(outputs).map(
    ([file, { bytes }]) => `${file} (${(bytes / 1024).toFixed(0)} KiB)`,
  );
  return { passed: true, line: `wrote ${files.join(', ')}` };
});
