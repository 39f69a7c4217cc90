import type { Tag } from '../alb/api.ts';
import type { AlbListener, ObjectKey } from './resource.ts';
import { CLOUD_TAG_LIMIT, OWNERSHIP_TAG_PREFIX } from './schema/tags.ts';

const UID_TAG = `${OWNERSHIP_TAG_PREFIX}uid`;
const NAMESPACE_TAG = `${OWNERSHIP_TAG_PREFIX}namespace`;
const NAME_TAG = `${OWNERSHIP_TAG_PREFIX}name`;
const INCARNATION_TAG = `${OWNERSHIP_TAG_PREFIX}incarnation`;
const CLUSTER_TAG = `${OWNERSHIP_TAG_PREFIX}cluster`;

/** The longest tag value the cloud accepts, in characters. */
const LONGEST_TAG_VALUE = 128;

/** What the ownership tags of a listener say about its owner. */
export interface Owner {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** UID of the namespace kube-system of its cluster; `undefined` where it is not known. */
  readonly clusterUid: string | undefined;
}

export function ownerOf({ uid, key }: AlbListener, clusterUid: string | undefined): Owner {
  return { uid, namespace: key.namespace, name: key.name, clusterUid };
}

/**
 * The tags that say whose listener it is. The UID alone decides; namespace, name and cluster are for people who look
 * at the listener in the console and for an adoption, the incarnation lets a wiped status be rebuilt.
 *
 * @param others how many other tags the listener will have: without room for the cluster tag, it is left out
 */
export function ownershipTags(owner: Owner, incarnation: number, others = 0): readonly Tag[] {
  const tags = [
    { key: UID_TAG, value: owner.uid },
    { key: NAMESPACE_TAG, value: owner.namespace },
    { key: NAME_TAG, value: owner.name.slice(0, LONGEST_TAG_VALUE) },
    { key: INCARNATION_TAG, value: String(incarnation) },
  ];
  const { clusterUid } = owner;
  const hasRoom = tags.length + others < CLOUD_TAG_LIMIT;
  return clusterUid !== undefined && hasRoom ? [...tags, clusterTag(clusterUid)] : tags;
}

/**
 * User tags together with the cluster tag, where the listener lacks it and has room for it: an existing listener gets
 * it with a tag write that happens anyway.
 */
export function withClusterTag(
  tags: readonly Tag[],
  actual: readonly Tag[],
  clusterUid: string | undefined,
): readonly Tag[] {
  if (clusterUid === undefined) return tags;
  const keys = new Set([...tags, ...actual].map(({ key }) => key));
  if (keys.has(CLUSTER_TAG) || keys.size >= CLOUD_TAG_LIMIT) return tags;
  return [...tags, clusterTag(clusterUid)];
}

/** Ownership tags to remove for user tags beyond the limit of the cloud: the cluster tag, if any. */
export function tagsInTheWay(actual: readonly Tag[], added: readonly Tag[]): readonly string[] {
  const keys = new Set([...actual, ...added].map(({ key }) => key));
  return keys.size > CLOUD_TAG_LIMIT && keys.has(CLUSTER_TAG) ? [CLUSTER_TAG] : [];
}

export type Ownership =
  | { readonly of: 'us'; readonly incarnation: number }
  /** An AlbListener with another UID made it: of another name, of an earlier life or of another cluster. */
  | { readonly of: 'another'; readonly owner: TaggedOwner }
  /** No AlbListener made it, or its tags were removed. */
  | { readonly of: 'nobody' };

/** The owner as the tags name it, which others may have written. */
export interface TaggedOwner {
  readonly uid: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly clusterUid: string | undefined;
}

export function ownershipOf(tags: readonly Tag[], uid: string): Ownership {
  const values = new Map(tags.map((tag) => [tag.key, tag.value]));
  const owner = values.get(UID_TAG);
  if (owner === undefined) return { of: 'nobody' };
  if (owner !== uid) {
    return {
      of: 'another',
      owner: {
        uid: owner,
        namespace: values.get(NAMESPACE_TAG),
        name: values.get(NAME_TAG),
        clusterUid: values.get(CLUSTER_TAG),
      },
    };
  }
  const incarnation = Number(values.get(INCARNATION_TAG) ?? '0');
  return { of: 'us', incarnation: Number.isSafeInteger(incarnation) && incarnation >= 0 ? incarnation : 0 };
}

/**
 * Whether the tags name this namespace and name. A name tag of the full length may be the beginning of any longer name,
 * so names of 128 characters and more never agree.
 */
export function isNamedAs({ namespace, name }: TaggedOwner, key: ObjectKey): boolean {
  return namespace === key.namespace && name === key.name && name.length < LONGEST_TAG_VALUE;
}

/** Whether the tags name an object of this namespace; of this cluster, where both clusters are known. */
export function isOfNamespace(
  owner: TaggedOwner,
  namespace: string,
  clusterUid: string | undefined,
): boolean {
  const { clusterUid: theirs = clusterUid } = owner;
  return owner.namespace === namespace && theirs === (clusterUid ?? theirs);
}

/** The keys of all ownership tags. */
export const OWNERSHIP_TAG_KEYS: readonly string[] = [
  UID_TAG,
  NAMESPACE_TAG,
  NAME_TAG,
  INCARNATION_TAG,
  CLUSTER_TAG,
];

/** The tag that every listener of this resource carries. */
export function uidTag(uid: string): Tag {
  return { key: UID_TAG, value: uid };
}

/** The tag a person must put back to prove ownership, as `key=value`. */
export function ownershipProof(uid: string): string {
  return `${UID_TAG}=${uid}`;
}

/** The tag whose removal gives a listener up. */
export const PROOF_KEY = UID_TAG;

function clusterTag(clusterUid: string): Tag {
  return { key: CLUSTER_TAG, value: clusterUid };
}
