import type { Tag } from '../alb/api.ts';
import { OWNERSHIP_TAG_PREFIX } from './schema/tags.ts';

const UID_TAG = `${OWNERSHIP_TAG_PREFIX}uid`;
const NAMESPACE_TAG = `${OWNERSHIP_TAG_PREFIX}namespace`;
const NAME_TAG = `${OWNERSHIP_TAG_PREFIX}name`;
const INCARNATION_TAG = `${OWNERSHIP_TAG_PREFIX}incarnation`;

/** The longest tag value the cloud accepts, in characters. */
const LONGEST_TAG_VALUE = 128;

export interface Owner {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * The tags that say whose listener it is. The UID alone decides; namespace and name are for people who look at the
 * listener in the console, the incarnation lets a lost status be rebuilt.
 */
export function ownershipTags(owner: Owner, incarnation: number): readonly Tag[] {
  return [
    { key: UID_TAG, value: owner.uid },
    { key: NAMESPACE_TAG, value: owner.namespace },
    { key: NAME_TAG, value: owner.name.slice(0, LONGEST_TAG_VALUE) },
    { key: INCARNATION_TAG, value: String(incarnation) },
  ];
}

export type Ownership =
  | { readonly of: 'us'; readonly incarnation: number }
  /** Another AlbListener made it, or one of the same name that was deleted and applied anew. */
  | { readonly of: 'another'; readonly owner: string }
  /** No AlbListener made it, or its tags were removed. */
  | { readonly of: 'nobody' };

export function ownershipOf(tags: readonly Tag[], uid: string): Ownership {
  const values = new Map(tags.map((tag) => [tag.key, tag.value]));
  const owner = values.get(UID_TAG);
  if (owner === undefined) return { of: 'nobody' };
  if (owner !== uid) {
    return { of: 'another', owner: `${values.get(NAMESPACE_TAG) ?? '?'}/${values.get(NAME_TAG) ?? '?'}` };
  }
  const incarnation = Number(values.get(INCARNATION_TAG) ?? '0');
  return { of: 'us', incarnation: Number.isSafeInteger(incarnation) && incarnation >= 0 ? incarnation : 0 };
}

/** The keys of all ownership tags. */
export const OWNERSHIP_TAG_KEYS: readonly string[] = [UID_TAG, NAMESPACE_TAG, NAME_TAG, INCARNATION_TAG];

/** The tag a person must put back to prove ownership, as `key=value`. */
export function ownershipProof(uid: string): string {
  return `${UID_TAG}=${uid}`;
}
