/** `npm run generate:install`: the overlay cluster-wide as the one file deploy/install.yaml. It takes kubectl. */

import { findBinaries } from '../control-plane/binaries.ts';
import { createKubectl } from '../control-plane/kubectl.ts';
import { writeOrCheck } from '../crd/generated-file.ts';
import { installManifest } from './install-manifest.ts';

const { kubectl } = await findBinaries();
// No cluster is asked.
const manifest = await installManifest(createKubectl(kubectl, '/dev/null'));
writeOrCheck(new URL('../../deploy/install.yaml', import.meta.url), manifest);
