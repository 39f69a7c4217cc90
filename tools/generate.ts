import { runScript, script, type Verdict } from './cli/script.ts';
import { staleFiles } from './crd/generated-file.ts';

/** Each writes its files when it is imported, or with --check compares them. */
const GENERATORS = [
  () => import('./crd/generate.ts'),
  () => import('./crd/reference.ts'),
  () => import('./docs/conditions.ts'),
  () => import('./docs/messages.ts'),
  () => import('./docs/settings.ts'),
  () => import('./docs/metrics.ts'),
  () => import('./deploy/values-schema.ts'),
  () => import('./gitops/argocd-cm.ts'),
  () => import('./docs/licences.ts'),
];

script(
  'generate',
  'Writes the files that are made from the source: CRD, reference, tables of the docs, chart schema.',
)
  .option('--check', 'write nothing; exit with 1 when a file is stale')
  .parse();

await runScript(async (): Promise<Verdict> => {
  for (const generate of GENERATORS) await generate();
  return staleFiles.length === 0
    ? { passed: true, line: 'The generated files are as the source says.' }
    : { passed: false, line: `stale: ${staleFiles.join(', ')}. Run npm run generate and commit the result.` };
});
