import type { ListenerAttribute, ListenerSettings, Tag } from '../alb/api.ts';
import { type Difference, differingSettings, missingTags, updateParameters } from './difference.ts';
import { tagKeys } from './facts.ts';
import type { AlbListenerSpec } from './schema/spec.ts';

/** One call to the cloud that brings a listener closer to its declaration. */
export type Step =
  | { readonly call: 'update'; readonly parameters: ListenerSettings }
  | { readonly call: 'tag'; readonly tags: readonly Tag[] }
  | { readonly call: 'untag'; readonly keys: readonly string[] }
  | { readonly call: 'start' }
  | { readonly call: 'stop' };

/** Everything in which a listener is not as declared, and the calls that change it, in their order. */
export interface Plan {
  readonly differences: readonly Difference[];
  readonly steps: readonly Step[];
}

/**
 * @param managedTagKeys keys that earlier manifests of the resource have set; of all tags that are not declared,
 *   only these may be removed
 */
export function planFor(
  spec: AlbListenerSpec,
  listener: ListenerAttribute,
  managedTagKeys: readonly string[],
): Plan {
  const ignored = new Set(spec.ignoreFields);
  const settings = differingSettings(spec, listener).filter(({ path }) => !ignored.has(path));
  const tags = ignored.has('tags') ? undefined : tagDifference(spec, listener, managedTagKeys);
  const state = stateDifference(spec, listener);

  const update: Step[] =
    settings.length === 0 ? [] : [{ call: 'update', parameters: updateParameters(spec, settings) }];
  const changes = [...update, ...(tags?.steps ?? [])];
  return {
    differences: [...settings, ...(tags === undefined ? [] : [tags.difference]), ...state],
    steps: inOrder(changes, state, spec),
  };
}

/** Whether a stopped listener can be edited is not documented: it is started first, and stopped last. */
function inOrder(
  changes: readonly Step[],
  state: readonly Difference[],
  spec: AlbListenerSpec,
): readonly Step[] {
  if (state.length === 0) return changes;
  return spec.listenerState === 'Stopped' ? [...changes, { call: 'stop' }] : [{ call: 'start' }, ...changes];
}

function stateDifference(
  { listenerState = 'Running' }: AlbListenerSpec,
  listener: ListenerAttribute,
): readonly Difference[] {
  const { listenerStatus } = listener;
  return listenerState === listenerStatus
    ? []
    : [{ path: 'listenerState', declared: listenerState, actual: listenerStatus }];
}

function tagDifference(
  spec: AlbListenerSpec,
  listener: ListenerAttribute,
  managedTagKeys: readonly string[],
): { readonly difference: Difference; readonly steps: readonly Step[] } | undefined {
  const declared = spec.tags ?? [];
  const missing = missingTags(declared, listener.tags);
  const wanted = new Set(tagKeys(spec));
  const surplus = listener.tags.filter(({ key }) => managedTagKeys.includes(key) && !wanted.has(key));
  if (missing.length === 0 && surplus.length === 0) return undefined;

  const concerned = listener.tags.filter(({ key }) => wanted.has(key) || managedTagKeys.includes(key));
  const steps: Step[] = [];
  if (missing.length > 0) steps.push({ call: 'tag', tags: missing });
  if (surplus.length > 0) steps.push({ call: 'untag', keys: surplus.map(({ key }) => key) });
  return { difference: { path: 'tags', declared: inText(declared), actual: inText(concerned) }, steps };
}

function inText(tags: readonly Tag[]): readonly string[] {
  return tags.map(({ key, value }) => `${key}=${value}`).sort();
}
