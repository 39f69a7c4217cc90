import type { ListenerAttribute, Tag } from '../alb/api.ts';
import { differenceOfSets } from './difference.ts';
import type { Memory } from './memory.ts';
import { tagsInTheWay } from './ownership.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import { OWNERSHIP_TAG_PREFIX } from './schema/tags.ts';
import type { Plan, Step } from './step.ts';

/** Declared tags that the listener lacks or has otherwise, and those that left the manifest. The others are not ours. */
export function tagPlan(
  { tags: declared = [], ignoreFields = [] }: ResolvedSpec,
  { tags: actual }: ListenerAttribute,
  { managedTagKeys = [] }: Memory,
): Plan {
  // The tags that say whose it is are set by no manifest, whatever others have written into the status.
  const managed = new Set(managedTagKeys.filter((key) => !key.startsWith(OWNERSHIP_TAG_PREFIX)));
  if (ignoreFields.includes('tags')) return { differences: [], steps: [] };
  const values = new Map(actual.map(({ key, value }) => [key, value]));
  const missing = declared.filter(({ key, value }) => values.get(key) !== value);
  const wanted = new Set(declared.map(({ key }) => key));
  const surplus = actual.filter(({ key }) => managed.has(key) && !wanted.has(key));

  const concerned = actual.filter(({ key }) => wanted.has(key) || managed.has(key));
  const steps: Step[] = [];
  // Places become free first: a listener has 20 tags at the most.
  const kept = actual.filter((tag) => !surplus.includes(tag));
  const leaving = [...surplus.map(({ key }) => key), ...tagsInTheWay(kept, missing)];
  if (leaving.length > 0) steps.push({ call: 'untag', keys: leaving });
  if (missing.length > 0) steps.push({ call: 'tag', tags: missing });
  return { differences: differenceOfSets('tags', inText(declared), inText(concerned)), steps };
}

function inText(tags: readonly Tag[]): readonly string[] {
  return tags.map(({ key, value }) => `${key}=${value}`);
}
