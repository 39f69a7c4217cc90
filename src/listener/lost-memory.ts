import type { AlbListener } from './resource.ts';
import { toMilliseconds } from './time.ts';

/**
 * An object that has our finalizer and no word of ours in its status has lost its memory: someone wiped the
 * status, or we stopped right after the finalizer. Since the finalizer comes before the first call, a creation may
 * be on its way; it is taken as one whose outcome is unknown as of now.
 */
export function withLostMemory(object: AlbListener, now: number): AlbListener {
  const { status, hasFinalizer } = object;
  const remembers =
    status.observedGeneration >= 0 || status.creation !== undefined || status.listenerId !== undefined;
  if (!hasFinalizer || remembers) return object;
  const instant = toMilliseconds(now);
  return {
    ...object,
    status: { ...status, creation: { incarnation: 0, startedAt: instant, unsettledAt: instant } },
  };
}
