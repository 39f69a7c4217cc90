import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { ControlPlane } from '../../tools/control-plane/control-plane.ts';
import { type Manifest, parseManifests } from './manifests.ts';

/** Of the operator: its namespace, its ServiceAccount, its Lease and its roles. */
export const OPERATOR = 'alb-listener-operator';

const INSTALL = fileURLToPath(new URL('../../deploy/install.yaml', import.meta.url));
/** Needs what a control plane without nodes does not do, or is of no use there. */
const FOR_PODS: ReadonlySet<string> = new Set([
  'ConfigMap',
  'Deployment',
  'NetworkPolicy',
  'PodDisruptionBudget',
]);

/** What deploy/install.yaml installs, without what is about pods: the CRD, the ServiceAccount and its roles. */
export async function shippedAccess(install = INSTALL): Promise<readonly Manifest[]> {
  return withoutPods(parseManifests(await readFile(install, 'utf8')));
}

export function withoutPods(manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.filter(({ kind }) => !FOR_PODS.has(kind));
}

/**
 * Installs the CRD and what the operator is allowed, as shipped. Answers the path of a kubeconfig that has the rights of
 * its ServiceAccount and no others.
 */
export async function installShippedAccess(controlPlane: ControlPlane, install = INSTALL): Promise<string> {
  await applyManifests(controlPlane, await shippedAccess(install));
  await controlPlane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=120s']);
  return kubeconfigOfAccount(controlPlane);
}

export async function applyManifests({ kubectl }: ControlPlane, items: readonly Manifest[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  // Forced: a test that takes a right away owns the rules from then on.
  const args = ['apply', '--server-side', '--force-conflicts', '--validate=strict', '-f', '-'];
  const { code, stderr } = await kubectl(args, { input });
  if (code !== 0) throw new Error(`kubectl apply: ${stderr}`);
}

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** Writes a kubeconfig with a token of the ServiceAccount, that of the operator unless given; resolves with its path. */
export async function kubeconfigOfAccount(
  controlPlane: ControlPlane,
  { namespace, name }: ServiceAccount = { namespace: OPERATOR, name: OPERATOR },
): Promise<string> {
  const token = await controlPlane.kubectl(['create', 'token', name, '-n', namespace, '--duration=1h']);
  if (token.code !== 0) throw new Error(`kubectl create token: ${token.stderr}`);
  const admin = z
    .looseObject({ users: z.array(z.looseObject({ user: z.unknown() })) })
    .parse(parse(await readFile(controlPlane.kubeconfigPath, 'utf8')));
  const users = admin.users.map((user) => ({ ...user, user: { token: token.stdout.trim() } }));
  const path = join(controlPlane.dataDirectory, `kubeconfig-of-${namespace}-${name}`);
  await writeFile(path, stringify({ ...admin, users }), { mode: 0o600 });
  return path;
}
