import { LONGEST_REQUEST } from '../listener/request.ts';
import { ALLOW_SWEEP, FINALIZER, RECONCILE_REQUEST } from '../listener/resource.ts';
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

/** What is kept of an AlbListener: what the operator reads of it. The schema bounds the spec, nothing bounds annotations. */
export function slimAlbListener(object: KubeObject): KubeObject {
  return slimObject(object, KEPT);
}
