import type { AsynJob, ListedListener, Site } from '../alb/api.ts';
import type { AlbError, Outcome } from '../alb/error.ts';
import type { Ownership } from './ownership.ts';
import type { AlbListener } from './resource.ts';
import type { SeenListener } from './seen-listener.ts';

/** What the cloud showed. */
export type Sight =
  /** The listener whose id is in the status. */
  | {
      readonly seen: 'present';
      readonly listener: SeenListener;
      readonly job: AsynJob | undefined;
      /** Where its tags do not name this resource: another one that has it, or comes first on the port. */
      readonly contender?: AlbListener | undefined;
    }
  /** There is no listener with the id in the status. */
  | { readonly seen: 'absent'; readonly job: AsynJob | undefined }
  /** The listener that the user wants to be taken over; `undefined` when there is none. */
  | {
      readonly seen: 'candidate';
      readonly listener: SeenListener | undefined;
      /** Another resource whose status has its id. */
      readonly holder?: AlbListener | undefined;
    }
  /** No id is known, and a listener stands on the port, or one with our ownership tag elsewhere. */
  | {
      readonly seen: 'occupied';
      readonly listener: ListedListener;
      readonly ownership: Ownership;
      /** Another resource whose status has its id. */
      readonly holder?: AlbListener | undefined;
      /** Its site, if in another region than the manifest names. */
      readonly site?: Site | undefined;
    }
  /** No id is known, and no listener is to be seen on the port. */
  | { readonly seen: 'free' }
  /** The cloud did not say, or was not asked because what would follow may not go yet. */
  | { readonly seen: 'unreadable'; readonly error: AlbError };

/** Present after a search by the ownership tag that found no listener of the resource. */
export interface Search {
  readonly searched?: 'nothing' | undefined;
}

/** Whether a listener with the tag of this very resource was seen, wherever it stands. */
export function hasOurTag(sight: Sight): boolean {
  return sight.seen === 'occupied' && sight.ownership.of === 'us';
}

/** No listener and no load balancer are both an absence; "forbidden" or no answer never is. */
export function isAbsence(answer: Outcome<unknown>): boolean {
  if (answer.outcome !== 'no') return false;
  return answer.error.class === 'listenerNotFound' || answer.error.class === 'loadBalancerNotFound';
}
