import { isDeepStrictEqual } from 'node:util';
import type { ListedListener } from '../alb/api.ts';
import { isToBeAttachedAtOnce } from './access-guard.ts';
import type { Decision } from './decision.ts';
import { isPassing } from './error-policy.ts';
import { isReady, isToldOf } from './freshness.ts';
import { needsFullRead } from './full-read.ts';
import { isAtRest, pendingJob } from './jobs.ts';
import { declarationOf } from './observation.ts';
import { observedOf } from './observed.ts';
import { policiesOf } from './policies.ts';
import type { Pace, View } from './ports.ts';
import { isRequested } from './request.ts';
import type { AlbListener } from './resource.ts';
import type { Observed } from './schema/observed.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { Sight } from './sight.ts';

/** What a list lacks of a listener (ListListeners against GetListenerAttribute in the API reference). */
const NOT_LISTED: ReadonlySet<string> = new Set([
  'certificates',
  'caCertificates',
  'caEnabled',
  'aclConfig',
  'additionalCertificates',
] satisfies readonly (keyof Observed)[]);

/** An observation of a listener through a list. */
export interface Glance {
  readonly of: 'cloud';
  readonly spec: ResolvedSpec;
  readonly sight: Extract<Sight, { seen: 'present' | 'unreadable' }>;
}

/**
 * What a list shows of the listener, where that may be enough; hundreds of resources share one list. Reads only.
 *
 * A list may be some time old and may trail behind the cloud, so a glance makes no news, it only confirms
 * (`confirmedBy`). This is why the status stays true all the same:
 *
 * - That a listener runs as declared is first written after a close look, for each generation. A glance can only
 *   leave that as it is.
 * - After an edit, after a request to look, and until the end of an operation was seen, no glance says that the
 *   listener is as declared: it may show it as it was before, which may by chance be the same.
 * - A list that left before a write of ours was answered serves nobody after it (`BulkReader`), and a process that
 *   has just begun has no lists.
 * - Absence, a difference, a lost tag, anything new: it is looked at closely before it is decided.
 */
export async function glanceAtLife(object: AlbListener, view: View): Promise<Glance | undefined> {
  const { listenerId } = object.status;
  const declaration = declarationOf(object, view.cluster);
  if (listenerId === undefined || declaration.of !== 'declaration') return undefined;
  const { spec } = declaration;
  const maxAgeMs = longestAge(object, spec, view.pace);
  if (maxAgeMs === undefined) return undefined;

  const { loadBalancerId } = spec;
  const listed = await view.cloud.glance({ listenerId, loadBalancerId, maxAgeMs });
  if (listed.outcome !== 'yes') {
    // Whoever may not list may still look closely. What passes by itself is not worth another call.
    if (!isPassing(listed.error)) return undefined;
    return { of: 'cloud', spec, sight: { seen: 'unreadable', error: listed.error } };
  }
  const listener = listed.value;
  if (listener === undefined || isAtRest(listener) !== isReady(object.status)) return undefined;
  const job = await pendingJob(object, listener, view);
  return { of: 'cloud', spec, sight: { seen: 'present', listener, job } };
}

/** What may be done after a glance, given what would be decided on it; `undefined`: look closely. */
export function confirmedBy(
  { sight }: Glance,
  object: AlbListener,
  decision: Decision,
): Decision | undefined {
  if (sight.seen === 'unreadable') return decision;
  if (!isReady(object.status)) {
    return decision.do === 'report' && decision.again.when === 'poll' ? decision : undefined;
  }
  const asBefore = decision.do === 'nothing' && !showsNews(sight.listener, object.status.observed);
  return asBefore ? { do: 'keepStatus', again: { when: 'resync' } } : undefined;
}

/** How old a list may be, in milliseconds; `undefined` where none is enough. */
function longestAge(object: AlbListener, spec: ResolvedSpec, pace: Pace): number | undefined {
  const { status } = object;
  if (!isToldOf(object) || isRequested(object)) return undefined;
  if (isReady(status)) {
    const interval = policiesOf(spec).syncInterval ?? pace.resync;
    return needsFullRead(spec, status) ? undefined : interval / 2;
  }
  // Its lists are attached at once, which a list cannot confirm.
  if (isToBeAttachedAtOnce(object, spec)) return undefined;
  const { operation } = status;
  return operation === undefined || operation.kind === 'Delete' ? undefined : pace.poll / 2;
}

function showsNews(listener: ListedListener, known: Observed = { listenerStatus: '' }): boolean {
  return !isDeepStrictEqual(listedPart(observedOf(listener)), listedPart(known));
}

function listedPart(observed: Observed): object {
  return Object.fromEntries(Object.entries(observed).filter(([name]) => !NOT_LISTED.has(name)));
}
