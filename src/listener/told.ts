import type { AlbError } from '../alb/error.ts';
import { ERROR_POLICY, isWaitingInLine } from './error-policy.ts';
import { isToldOf } from './freshness.ts';
import type { AlbListener } from './resource.ts';
import { conditionOf } from './summary.ts';

/**
 * Whether the status already says of this manifest that it waits. A call that has to wait in line adds nothing to any
 * reason. One that is not sent because no answer comes adds nothing once a call had none, whichever that was.
 */
export function isWaitTold(object: AlbListener, error: AlbError): boolean {
  if (!isToldOf(object)) return false;
  if (isWaitingInLine(error)) return true;
  const { reason } = ERROR_POLICY[error.class];
  const isHeldBack = error.class === 'unavailable' && error.notSent === true;
  return isHeldBack && conditionOf(object, 'Ready')?.reason === reason;
}
