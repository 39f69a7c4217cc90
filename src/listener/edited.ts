import type { Finding } from './decision.ts';
import { type Facts, factsOf } from './facts.ts';
import { isReady, isToldOf } from './freshness.ts';
import type { AlbListener } from './resource.ts';

/** What is told at once about a manifest that has changed. */
export interface News {
  readonly facts: Facts;
  readonly finding: Finding;
}

/**
 * `kubectl wait --for=jsonpath='{.status.phase}'=Running` looks at no generation. So what was proven for an earlier
 * manifest is taken back before anything else is done about the new one; `undefined` where nothing is to be taken back.
 */
export function newsOfEdit(object: AlbListener): News | undefined {
  if (!isReady(object.status) || isToldOf(object)) return undefined;
  // Counted anew after an edit, which is another difference to the user even where it looks the same.
  const { convergence, ...facts } = factsOf(object.status);
  const message = object.beingDeleted
    ? 'The object is being deleted.'
    : 'The manifest has changed, and the listener is about to be compared with it.';
  return { facts, finding: { reason: 'Configuring', message } };
}
