import type { AclType, AlbApi } from '../alb/api.ts';
import type { AlbError } from '../alb/error.ts';
import { isManaged } from './memory.ts';
import type { ResolvedSpec } from './schema/spec.ts';

/** What the cloud says of the access control lists that a manifest names. */
export type AclSight =
  | { readonly seen: 'available' }
  /** At least one cannot be attached now. */
  | { readonly seen: 'unavailable'; readonly lacking: readonly LackingAcl[] }
  /** The credentials do not allow the read. That is a hint for a person, no obstacle. */
  | { readonly seen: 'hidden'; readonly error: AlbError };

interface LackingAcl {
  readonly aclId: string;
  /** Creating or Configuring; `undefined` for a list that does not exist. */
  readonly status: string | undefined;
}

export type AclLook = AclSight | { readonly seen: 'unreadable'; readonly error: AlbError };

/** The lists that the operator has to attach; `undefined` where none are declared or they are ignored. */
export function declaredAcls(
  spec: ResolvedSpec,
): { readonly aclType: AclType; readonly aclIds: readonly string[] } | undefined {
  if (spec.aclConfig === undefined || spec.aclConfig.aclIds.length === 0) return undefined;
  return isManaged('aclConfig', spec, {}) ? spec.aclConfig : undefined;
}

/** Asks the cloud whether the lists exist and can be attached. Reads only. */
export async function lookAtAcls(
  aclIds: readonly string[],
  cloud: Pick<AlbApi, 'listAcls'>,
): Promise<AclLook> {
  const listed = await cloud.listAcls(aclIds);
  if (listed.outcome !== 'yes') {
    const { error } = listed;
    return { seen: error.class === 'permission' ? 'hidden' : 'unreadable', error };
  }
  const statuses = new Map(listed.value.map(({ aclId, aclStatus }) => [aclId, aclStatus]));
  const lacking = aclIds
    .map((aclId) => ({ aclId, status: statuses.get(aclId) }))
    .filter(({ status }) => status !== 'Available');
  return lacking.length === 0 ? { seen: 'available' } : { seen: 'unavailable', lacking };
}

/** What a person reads about lists that cannot be attached. */
export function describeLacking(
  lacking: readonly LackingAcl[],
  { loadBalancerId }: Pick<ResolvedSpec, 'loadBalancerId'>,
): string {
  const problems = lacking.map(({ aclId, status }) =>
    status === undefined
      ? `access control list ${aclId} does not exist in the region of load balancer ${loadBalancerId}`
      : `access control list ${aclId} is not Available yet but ${status}`,
  );
  return `spec.aclConfig.aclIds: ${problems.join(', ')}.`;
}
