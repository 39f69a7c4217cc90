import type { Difference } from './difference.ts';
import { planFor } from './plan.ts';
import type { AlbListener } from './resource.ts';
import type { Observed } from './schema/observed.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';

/**
 * The differences that come from changes outside Kubernetes.
 *
 * There the listener was last seen as declared and no longer is. Any other difference comes from an edit of the manifest
 * or of what it refers to. Only messages depend on this: a status that users have written can give a correction the
 * wrong name, and no more.
 */
export function changedOutside(
  { status }: AlbListener,
  spec: ResolvedSpec,
  differences: readonly Difference[],
): readonly Difference[] {
  if (status.observed === undefined) return [];
  const before = planFor(spec, asListener(status.observed, spec), status);
  const edited = new Set(before.differences.map(({ path }) => path));
  return differences.filter(({ path }) => !edited.has(path));
}

/** The listener as `observed` has it. What it lists counts as attached: the progress is not recorded. */
function asListener(
  { aclConfig, additionalCertificates, tags = [], ...settings }: Observed,
  { loadBalancerId, listenerProtocol, listenerPort }: ResolvedSpec,
): SeenListener {
  return {
    ...settings,
    listenerId: '',
    loadBalancerId,
    listenerProtocol,
    listenerPort,
    tags,
    ...(aclConfig !== undefined && {
      aclConfig: {
        ...(aclConfig.aclType !== undefined && { aclType: aclConfig.aclType }),
        aclRelations: (aclConfig.aclIds ?? []).map((aclId) => ({ aclId, status: 'Associated' })),
      },
    }),
    ...(additionalCertificates !== undefined && {
      additionalCertificates: additionalCertificates.map(({ certificateId }) => ({
        certificateId,
        status: 'Associated',
      })),
    }),
  };
}
