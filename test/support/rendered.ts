import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Kubectl } from '../../tools/control-plane/kubectl.ts';
import { findHelm } from '../../tools/helm/helm.ts';
import { type Manifest, parseManifests } from './manifests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHART = join(ROOT, 'deploy', 'chart');

/** What a user writes beside `deploy`. */
export interface Overlay {
  readonly resources: readonly string[];
  readonly components?: readonly string[];
  /** Settings of the operator. */
  readonly literals: readonly string[];
}

/** Copies what is shipped into a folder and puts an overlay beside it, as the README has it. Answers where that is. */
export async function writeOverlay(folder: string, name: string, overlay: Overlay): Promise<string> {
  for (const part of ['crds', 'deploy']) {
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  }
  const directory = join(folder, name);
  await mkdir(directory, { recursive: true });
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: overlay.resources,
    components: overlay.components ?? [],
    configMapGenerator: [
      {
        name: 'alb-listener-operator-settings',
        namespace: 'alb-listener-operator',
        behavior: 'merge',
        literals: overlay.literals,
      },
    ],
  };
  await writeFile(join(directory, 'kustomization.yaml'), stringify(kustomization));
  return directory;
}

export async function kustomized(kubectl: Kubectl, directory: string): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await kubectl(['kustomize', directory]);
  if (code !== 0) throw new Error(`kubectl kustomize ${directory}: ${stderr}`);
  return parseManifests(stdout);
}

/** The chart as Helm renders it for a release of the operator's own name. */
export async function rendered(values: object): Promise<readonly Manifest[]> {
  return parseManifests(await helmTemplate(values));
}

export async function helmTemplate(values: object, release = 'alb-listener-operator'): Promise<string> {
  const args = ['template', release, CHART, '--namespace=alb-listener-operator', '--values=-'];
  const running = promisify(execFile)(await findHelm(), args, { maxBuffer: 16 * 1024 * 1024 });
  running.child.stdin?.end(JSON.stringify(values));
  return (await running).stdout;
}
