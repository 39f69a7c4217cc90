import { fileURLToPath } from 'node:url';
import type { Kubectl } from '../control-plane/kubectl.ts';

const OVERLAY = fileURLToPath(new URL('../../deploy/overlays/cluster-wide', import.meta.url));

/** What deploy/install.yaml has to hold. */
export async function installManifest(kubectl: Kubectl): Promise<string> {
  const { code, stdout, stderr } = await kubectl(['kustomize', OVERLAY]);
  if (code !== 0) throw new Error(`kubectl kustomize: ${stderr}`);
  return `# Generated from deploy/overlays/cluster-wide by \`npm run generate:install\`. Do not edit.
# To be set before it is applied: ALIBABA_CLOUD_REGION_ID in the ConfigMap.
${stdout}`;
}
