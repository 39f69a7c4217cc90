import { LONGEST_REQUEST } from '../listener/request.ts';
import { ALLOW_SWEEP, FINALIZER, RECONCILE_REQUEST } from '../listener/resource.ts';
import type { Observed } from '../listener/schema/observed.ts';
import {
  type AlbListenerStatus,
  CONDITION_TYPES,
  type Condition,
  readStatus,
} from '../listener/schema/status.ts';
import type { KubeObject } from '../runtime/object.ts';
import { type Kept, slimObject } from '../runtime/slim-object.ts';

const KEPT: Kept = {
  annotations: new Map([
    [RECONCILE_REQUEST, LONGEST_REQUEST],
    // One more than the only value with a meaning, so that no longer one looks like it.
    [ALLOW_SWEEP, 'true'.length + 1],
  ]),
  finalizer: FINALIZER,
  fields: ['spec', 'status'],
};

/** UTF-16 units of JSON: more than the operator itself writes, less than the largest valid spec. */
export const LONGEST_STATUS = 64 * 1024;

/** Keeps of an AlbListener what is read. The schema bounds the spec; nothing bounds annotations. */
export function slimAlbListener(object: KubeObject): KubeObject {
  const slim = slimObject(object, KEPT);
  const { status } = slim;
  if (status === undefined || JSON.stringify(status).length <= LONGEST_STATUS) return slim;
  return {
    ...slim,
    metadata: { ...slim.metadata, statusLeftOut: true },
    status: remembered(readStatus(status)),
  };
}

/**
 * Keeps what decisions depend on, which the schema bounds.
 *
 * Drops what is only shown and can be large: the next look at the cloud makes it anew.
 */
function remembered({ observed, drift, plan, conditions, ...kept }: AlbListenerStatus): AlbListenerStatus {
  return {
    ...kept,
    ...(observed && { observed: reference(observed) }),
    ...(conditions && { conditions: conditions.filter(isOurs) }),
  };
}

function isOurs({ type }: Condition): boolean {
  return CONDITION_TYPES.some((ours) => ours === type);
}

/** What decides about references between listeners. */
function reference({ listenerStatus, quicConfig }: Observed): Observed {
  return { listenerStatus, ...(quicConfig && { quicConfig }) };
}
