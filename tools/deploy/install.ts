import { runScript, script, type Verdict } from '../cli/script.ts';
import { findBinaries } from '../control-plane/binaries.ts';
import { createKubectl } from '../control-plane/kubectl.ts';
import { writeOrCheck } from '../crd/generated-file.ts';
import { installManifest } from './install-manifest.ts';

script(
  'generate:install',
  'Writes the overlay cluster-wide as the one file deploy/install.yaml. It takes kubectl.',
).parse();

await runScript(async (): Promise<Verdict> => {
  const { kubectl } = await findBinaries();
  // No cluster is asked.
  const manifest = await installManifest(createKubectl(kubectl, '/dev/null'));
  writeOrCheck(new URL('../../deploy/install.yaml', import.meta.url), manifest);
  return { passed: true, line: 'deploy/install.yaml is as the overlay says.' };
});
