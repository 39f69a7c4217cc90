import { z } from 'zod';
import { type AlbListenerStatus, readStatus } from './schema/status.ts';

/** `namespace/name`. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/**
 * An AlbListener as the domain sees it. The spec is kept unread: a resource must be deletable even when its spec
 * breaks a rule that came later.
 */
export interface AlbListener {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  /** RFC 3339, seconds. */
  readonly createdAt: string;
  readonly beingDeleted: boolean;
  /** When somebody asked for its deletion. RFC 3339, seconds. */
  readonly deletedAt: string | undefined;
  readonly hasFinalizer: boolean;
  /** What the annotation asks for; a value that was not handled yet means: look now, and try again what was given up. */
  readonly reconcileRequestedAt: string | undefined;
  readonly spec: unknown;
  readonly status: AlbListenerStatus;
  /** The object as the API server returned it: what a status write is compared with. */
  readonly stored: unknown;
}

/** Set to any new value, such as the time, it has the operator look at the resource at once. */
export const RECONCILE_REQUEST = 'alb.alibabacloud.com/reconcile-requested-at';

/**
 * With the value `true`, on an object, its namespace or the CRD: the listener may be deleted although the deletion
 * was aimed at the namespace or the CRD.
 */
export const ALLOW_SWEEP = 'alb.alibabacloud.com/allow-deletion';

/** Present from before the first call that could create something until the cloud said that nothing is left. */
export const FINALIZER = 'alb.alibabacloud.com/listener';

const manifestSchema = z.object({
  metadata: z.object({
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    generation: z.number().int(),
    resourceVersion: z.string(),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
    finalizers: z.array(z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.unknown(),
  status: z.unknown().optional(),
});

/**
 * Reads an object as the API server returned it. Anything well formed in the status is kept, the rest is dropped.
 *
 * @throws ZodError when the metadata are not those of a stored namespaced object, which an API server never sends
 */
export function readAlbListener(raw: unknown): AlbListener {
  const { metadata, spec, status } = manifestSchema.parse(raw);
  return {
    key: { namespace: metadata.namespace, name: metadata.name },
    uid: metadata.uid,
    generation: metadata.generation,
    resourceVersion: metadata.resourceVersion,
    createdAt: metadata.creationTimestamp,
    beingDeleted: metadata.deletionTimestamp !== undefined,
    deletedAt: metadata.deletionTimestamp,
    hasFinalizer: metadata.finalizers?.includes(FINALIZER) ?? false,
    reconcileRequestedAt: metadata.annotations?.[RECONCILE_REQUEST],
    spec,
    status: readStatus(status),
    stored: raw,
  };
}

export function formatKey(key: ObjectKey): string {
  return `${key.namespace}/${key.name}`;
}
