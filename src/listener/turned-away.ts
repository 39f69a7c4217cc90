import type { AlbError } from '../alb/error.ts';
import type { Acted } from './act.ts';
import { againAfter, findingOf } from './decision.ts';
import { factsOf } from './facts.ts';
import { isReady } from './freshness.ts';
import type { AlbListener } from './resource.ts';
import { isWaitTold } from './told.ts';

/**
 * What follows from a call to the cloud that did not succeed and left nothing to remember: a person reads why. That it
 * only waits in line is told once; the status stays as it is while the call comes back for its turn, however often.
 */
export function turnedAway(object: AlbListener, error: AlbError): Acted {
  const again = againAfter(error);
  if (!isReady(object.status) && isWaitTold(object, error)) return { after: 'leave', again };
  return { after: 'summarise', object, facts: factsOf(object.status), finding: findingOf(error), again };
}
