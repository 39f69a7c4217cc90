import type { AlbError } from '../alb/error.ts';
import { againAfter, type Decision, findingOf } from './decision.ts';
import { isPassing } from './error-policy.ts';
import { isReady, isToldOf } from './freshness.ts';
import { isRequested } from './request.ts';
import type { AlbListener } from './resource.ts';
import { conditionOf } from './summary.ts';
import { isWaitTold } from './told.ts';

/**
 * Decides when the cloud did not say, or was not asked because it is not the resource's turn. A cloud that cannot be
 * read for a moment does not make a running listener less running, and one that only waits in line is told so once.
 */
export function decideUnreadable(object: AlbListener, error: AlbError): Decision {
  const again = againAfter(error);
  const isKnown = isReady(object.status) ? isToldOf(object) && isPassing(error) : isWaitTold(object, error);
  if (isKnown) return { do: 'keepStatus', error, again };
  if (isSaidAlready(object, error)) return { do: 'keepStatus', again };
  return { do: 'report', finding: findingOf(error), again };
}

/** That the load balancer is gone is said once, whichever call was answered so: it may be gone for good. */
function isSaidAlready(object: AlbListener, error: AlbError): boolean {
  if (error.class !== 'loadBalancerNotFound' || !isToldOf(object) || isRequested(object)) return false;
  return conditionOf(object, 'Ready')?.reason === 'LoadBalancerNotFound';
}
