import { cut } from './cut.ts';
import type { AlbListener } from './resource.ts';

/** The longest value of the request annotation that is remembered, in characters. */
export const LONGEST_REQUEST = 64;

/** What the annotation asks for, as it is remembered when it has been acted on. */
export function requestOf({ reconcileRequestedAt }: AlbListener): string | undefined {
  return reconcileRequestedAt === undefined ? undefined : cut(reconcileRequestedAt, LONGEST_REQUEST);
}

/** Whether a user has asked through the annotation, and nothing was done about it yet. */
export function isRequested(object: AlbListener): boolean {
  return requestOf(object) !== object.status.handledReconcileAt;
}
