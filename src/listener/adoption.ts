import { isNamedAs, PROOF_KEY, type TaggedOwner } from './ownership.ts';
import { ANOTHER_PORT } from './reason.ts';
import { formatKey, type ObjectKey } from './resource.ts';

/** In `ADOPT_FROM_CLUSTERS`, for listeners without the cluster tag. */
export const UNTAGGED = 'untagged';

/** What decides, besides the object, whether a listener with the tags of another one may be adopted. */
export interface Home {
  /** UID of the namespace kube-system; `undefined` where it may not be read. */
  readonly clusterUid: string | undefined;
  /** UIDs of clusters whose listeners may be adopted; `untagged` for listeners without the cluster tag. */
  readonly adoptFrom: ReadonlySet<string>;
}

/** Whose a listener with the tags of another object is, seen from an object that wants its port. */
type Kinship =
  /**
   * The tags name this cluster and this namespace and name, with another UID. Objects never change their key, and the
   * asking object has this key: so no object with the other UID exists any more, whatever part of the cluster the
   * operator watches.
   */
  | 'earlierLife'
  /** The same namespace and name in another cluster. */
  | 'namesake'
  /** The same namespace and name, and no cluster tag, or the UID of this cluster is not known. */
  | 'unclear'
  /** Another namespace or name, wherever. */
  | 'other';

function kinshipOf(owner: TaggedOwner, key: ObjectKey, { clusterUid }: Home): Kinship {
  if (!isNamedAs(owner, key)) return 'other';
  if (owner.clusterUid === undefined || clusterUid === undefined) return 'unclear';
  return owner.clusterUid === clusterUid ? 'earlierLife' : 'namesake';
}

/** Whether the user's `adopt` is enough to take over a listener with the tags of another object. */
export function mayAdopt(owner: TaggedOwner, key: ObjectKey, home: Home): boolean {
  switch (kinshipOf(owner, key, home)) {
    case 'earlierLife':
      return true;
    case 'namesake':
    case 'unclear':
      return home.adoptFrom.has(owner.clusterUid ?? UNTAGGED);
    case 'other':
      return false;
  }
}

/** Whose listener it is, in words. Begins with a verb. */
export function describeOwner(owner: TaggedOwner, key: ObjectKey, home: Home): string {
  const named = `AlbListener ${owner.namespace ?? '?'}/${owner.name ?? '?'}`;
  switch (kinshipOf(owner, key, home)) {
    case 'earlierLife':
      return `belongs to an earlier ${named} of this cluster (UID ${owner.uid}), which no longer exists`;
    case 'namesake':
      return `belongs to ${named} of another cluster (cluster UID ${owner.clusterUid}), which has the name of this object`;
    case 'unclear':
      return `belongs to an AlbListener with the name of this object, ${formatKey(key)}, and UID ${owner.uid}: an earlier life of this object, or an object of another cluster`;
    case 'other':
      return isElsewhere(owner, home)
        ? `belongs to ${named} of another cluster (cluster UID ${owner.clusterUid})`
        : `belongs to ${named}`;
  }
}

/** What has to happen before the listener may be adopted, and who can do it. Complete sentences. */
export function whatAdoptionLacks(owner: TaggedOwner, key: ObjectKey, home: Home): string {
  const release = `its owner gives it up (deletes its AlbListener with deletionPolicy: Retain, or removes the tag ${PROOF_KEY} from the listener)`;
  switch (kinshipOf(owner, key, home)) {
    case 'earlierLife':
      return 'Nothing is missing.';
    case 'namesake':
    case 'unclear':
      return `It can be adopted after the platform admin adds ${owner.clusterUid ?? UNTAGGED} to ADOPT_FROM_CLUSTERS of this operator, or after ${release}.${
        home.clusterUid === undefined
          ? ' This operator may not read the namespace kube-system, so it cannot tell an earlier life of this object by the cluster tag.'
          : ''
      }`;
    case 'other':
      return `It can be adopted only after ${release}: the tags name another namespace or name than ${formatKey(key)}, so neither an earlier life of this object nor ADOPT_FROM_CLUSTERS applies.`;
  }
}

/** Names `spec.adopt`, for a listener that it would take over, or would watch. A complete sentence. */
export function adviceToAdopt(listenerId: string, use: 'watch it' | 'take it over'): string {
  return `To ${use}, set spec.adopt.listenerId to ${listenerId}; otherwise ${ANOTHER_PORT}.`;
}

/** What can be done about a port whose listener cannot be adopted as it is. Complete sentences. */
export function remedyForTakenPort(
  listenerId: string,
  owner: TaggedOwner,
  key: ObjectKey,
  home: Home,
): string {
  switch (kinshipOf(owner, key, home)) {
    case 'earlierLife':
    case 'namesake':
    case 'unclear':
      // It differs from the manifest in what cannot be edited, or another object has it by now.
      if (mayAdopt(owner, key, home)) return `Delete that listener if nobody needs it, or ${ANOTHER_PORT}.`;
      return `If that object still exists, ${ANOTHER_PORT}. If it does not, set spec.adopt.listenerId to ${listenerId} and have the platform admin add ${owner.clusterUid ?? UNTAGGED} to ADOPT_FROM_CLUSTERS.`;
    case 'other':
      return `Delete that AlbListener if nobody needs it, or ${ANOTHER_PORT}.`;
  }
}

function isElsewhere(owner: TaggedOwner, home: Home): boolean {
  return (
    owner.clusterUid !== undefined && home.clusterUid !== undefined && owner.clusterUid !== home.clusterUid
  );
}
