import { z } from 'zod';
import type { Access } from '../alb/api.ts';
import { mayStand } from './links.ts';
import type { AlbListener } from './resource.ts';

/**
 * A reference that says something unreadable stays one, to a Secret that nobody has: it must not end in the operator's
 * own credentials.
 */
const declaredAccess = z
  .object({
    regionId: z.string().optional().catch(undefined),
    credentialsSecretRef: z.object({ name: z.string() }).catch({ name: '' }).optional(),
  })
  .catch({});

/**
 * As whom and where a resource is worked on, read from a spec that may break rules. While it has, or may have, a
 * listener, that is where this one is, whatever the manifest and the settings of the operator say meanwhile: in any
 * other account or region it would seem to be gone.
 */
export function accessOf({ key, spec, status, beingDeleted }: AlbListener): Access {
  const declared = declaredAccess.parse(spec);
  const stands = mayStand(status);
  const name = declared.credentialsSecretRef?.name;
  return {
    secret: name === undefined ? undefined : { namespace: key.namespace, name },
    regionId: (stands ? status.regionId : undefined) ?? declared.regionId,
    accountId: stands ? status.accountId : undefined,
    isRecorded: status.listenerId !== undefined && status.regionId !== undefined,
    isLeaving: beingDeleted,
  };
}
