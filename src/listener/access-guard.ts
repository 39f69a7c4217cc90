import { declaredAcls } from './acl-sight.ts';
import type { Facts } from './facts.ts';
import { isReady, isToldOf } from './freshness.ts';
import { aclsOf } from './plan-acls.ts';
import { isRequested } from './request.ts';
import type { AlbListener } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';

/**
 * The right to stop a listener that is open, and what was tried so far. Only a creation gives it, and it ends for good
 * when the listener was first seen with its access control: a listener without it may have clients that rely on it.
 */
export type AccessGuard = NonNullable<Facts['accessGuard']>;
type GuardedState = NonNullable<AccessGuard['refusedWhile']>[number];

export const NEW_GUARD: AccessGuard = { starts: 0 };

/** A listener that serves for a moment each time is opened no more often than this. */
export const MOST_STARTS = 3;

/** The guard of the listener. An edit, or a request through the annotation, starts the attempts again. */
export function guardOf(object: AlbListener): AccessGuard | undefined {
  const { accessGuard } = object.status;
  if (accessGuard === undefined || isReady(object.status)) return undefined;
  return isToldOf(object) && !isRequested(object) ? accessGuard : NEW_GUARD;
}

/** What is kept of the guard with the next status, which speaks of the manifest as it is now. */
export function guardToKeep(object: AlbListener): Pick<Facts, 'accessGuard'> {
  const accessGuard = guardOf(object);
  return accessGuard === undefined ? {} : { accessGuard };
}

export function wasRefused({ refusedWhile = [] }: AccessGuard, state: GuardedState): boolean {
  return refusedWhile.includes(state);
}

export function refusedIn(guard: AccessGuard, ...states: readonly GuardedState[]): AccessGuard {
  const refusedWhile = [...new Set([...(guard.refusedWhile ?? []), ...states])].sort();
  return { ...guard, refusedWhile };
}

/** The guard with one more start counted; what was refused while the listener ran is tried again. */
export function startedOnceMore({ refusedWhile = [], ...guard }: AccessGuard): AccessGuard {
  return {
    ...guard,
    starts: Math.min(guard.starts + 1, MOST_STARTS),
    refusedWhile: refusedWhile.filter((state) => state !== 'Running'),
  };
}

/** Whether addresses get through, or would if it ran, that the manifest keeps out. */
export function isOpen(spec: ResolvedSpec, listener: SeenListener): boolean {
  const declared = declaredAcls(spec);
  if (declared === undefined) return false;
  const { aclType, aclIds } = declared;
  const present = new Set(aclsOf(listener).map(({ id }) => id));
  if (present.size === 0 || listener.aclConfig?.aclType !== aclType) return true;
  return aclType === 'Black' && aclIds.some((aclId) => !present.has(aclId));
}

/** Whether the guarded listener rather stops than serves without its lists. */
export function isToBeStopped({ aclConfig, listenerState }: ResolvedSpec): boolean {
  return aclConfig?.whenNotAttached !== 'Serve' || listenerState === 'Stopped';
}

/** Whether a new listener still waits for the first attempt to attach its lists. */
export function isToBeAttachedAtOnce(object: AlbListener, spec: ResolvedSpec): boolean {
  if ((spec.reconcilePolicy ?? 'Manage') !== 'Manage' || declaredAcls(spec) === undefined) return false;
  const guard = guardOf(object);
  const isBeingCreated = object.status.operation?.kind === 'Create';
  return isBeingCreated && guard !== undefined && !wasRefused(guard, 'Provisioning');
}
