import { compareTexts } from './compare-texts.ts';
import { cut } from './cut.ts';
import type { Difference } from './difference.ts';
import { OBSERVED_CHARACTERS, OBSERVED_ITEMS, type Observed, observedSchema } from './schema/observed.ts';
import type { Drift } from './schema/status.ts';
import { OWNERSHIP_TAG_PREFIX } from './schema/tags.ts';
import type { SeenListener } from './seen-listener.ts';
import { describeValue } from './value.ts';

type AclConfig = NonNullable<SeenListener['aclConfig']>;

const LONGEST_VALUE = 256;
const MOST_DIFFERENCES = 32;

/**
 * The listener as the cloud has it, for the status. Sorted, so that an answer in another order is no news; cut to
 * what the API server stores; without the ownership tags, which only say what the status says anyway.
 */
export function observedOf({ tags, aclConfig, ...listener }: SeenListener): Observed {
  const declaredByPeople = tags.filter(({ key }) => !key.startsWith(OWNERSHIP_TAG_PREFIX));
  const parsed = observedSchema.safeParse(
    bounded({ ...listener, ...observedAcls(aclConfig), tags: declaredByPeople }),
  );
  return parsed.success ? parsed.data : { listenerStatus: cut(listener.listenerStatus, OBSERVED_CHARACTERS) };
}

/** Without an ACL, the type says nothing. */
function observedAcls({ aclType, aclRelations }: AclConfig = { aclRelations: [] }): object {
  const aclIds = aclRelations.map(({ aclId }) => aclId);
  return aclIds.length === 0 ? {} : { aclConfig: { aclType, aclIds } };
}

/** The differences in words, for the status. */
export function driftOf(differences: readonly Difference[]): Drift[] {
  return differences.slice(0, MOST_DIFFERENCES).map(({ path, declared, actual }) => ({
    path,
    declared: cut(describeValue(declared), LONGEST_VALUE),
    actual: cut(describeValue(actual), LONGEST_VALUE),
  }));
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, OBSERVED_CHARACTERS);
  if (Array.isArray(value)) {
    const items = value.map((item) => bounded(item));
    return items
      .toSorted((a, b) => compareTexts(JSON.stringify(a), JSON.stringify(b)))
      .slice(0, OBSERVED_ITEMS);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, bounded(part)]));
}
