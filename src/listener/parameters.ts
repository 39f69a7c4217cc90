import type { CreateListenerParameters } from '../alb/api.ts';
import { createListenerToken } from './client-token.ts';
import { ownerOf, ownershipTags } from './ownership.ts';
import type { AlbListener } from './resource.ts';
import { apiParameters, type ResolvedSpec } from './schema/spec.ts';

/**
 * The parameters of CreateListener: what is declared and nothing else, so that the cloud's own defaults apply to
 * the rest; the ownership tags travel in the same call, so that no listener of ours is ever without them.
 */
export function createParameters(
  object: AlbListener,
  spec: ResolvedSpec,
  incarnation: number,
  clusterUid: string | undefined,
): CreateListenerParameters {
  const { tags = [], ...declared } = apiParameters(spec);
  return {
    ...declared,
    clientToken: createListenerToken(object.uid, incarnation),
    tags: [...ownershipTags(ownerOf(object, clusterUid), incarnation, tags.length), ...tags],
  };
}
