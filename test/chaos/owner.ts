import type { Listener } from '../../src/simulator/listener.ts';

/** What the tags of the operator begin with. */
export const OWNERSHIP_PREFIX = 'alb-listener-operator/';
export const UID_TAG = `${OWNERSHIP_PREFIX}uid`;
export const INCARNATION_TAG = `${OWNERSHIP_PREFIX}incarnation`;

/** The object that a listener was made for; `undefined` when no operator made it. */
export function uidOf({ Tags }: Listener): string | undefined {
  return Tags.find(({ Key }) => Key === UID_TAG)?.Value;
}

/** The namespace of that object, as the tags have it. */
export function namespaceOf({ Tags }: Listener): string | undefined {
  return Tags.find(({ Key }) => Key === `${OWNERSHIP_PREFIX}namespace`)?.Value;
}
