import type { AlbApi, CreatedListener } from '../alb/api.ts';
import type { Outcome } from '../alb/error.ts';
import { NEW_GUARD } from './access-guard.ts';
import { declaredAcls } from './acl-sight.ts';
import type { Acted, Tools } from './act.ts';
import { type Again, againAfter, type Decision, type Finding, findingOf } from './decision.ts';
import { explainError, isPassing } from './error-policy.ts';
import { type Facts, factsOf, standingAt, withoutGuard } from './facts.ts';
import { mayBeHidden } from './freshness.ts';
import { remembering } from './memory.ts';
import { leaveBehind } from './orphans.ts';
import { createParameters } from './parameters.ts';
import { type AlbListener, formatKey } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { AlbListenerStatus } from './schema/status.ts';
import { summarise } from './summary.ts';
import { toMilliseconds } from './time.ts';
import { turnedAway } from './turned-away.ts';
import { writeAhead } from './write-ahead.ts';

type Creation = NonNullable<Facts['creation']>;

const CACHE_LAG_MS = 50;

/**
 * One attempt to create the listener, such that no crash, lost answer, stale cache or second leader can make two:
 *
 * 0. Take this creation's turn: nothing is written ahead of a call that would have to wait.
 * 1. Write ahead that a call of this incarnation is about to leave, onto exactly the version of the object that the
 *    decision was made on. A stale cache ends here.
 * 2. Call CreateListener, with the token of the incarnation and the ownership tags in the same call.
 * 3. Keep the id, in memory at once and in the status with the next write, whatever a user edited meanwhile.
 *
 * The caller has just seen that no listener stands on the port.
 */
export async function create(
  object: AlbListener,
  decision: Extract<Decision, { do: 'create' }>,
  tools: Tools,
): Promise<Acted> {
  return tools.cloud.withTurnToCreate(
    (createListener) => attemptToCreate(object, decision, createListener, tools),
    (error) => turnedAway(object, error),
  );
}

async function attemptToCreate(
  object: AlbListener,
  { spec, incarnation, unseenAcls }: Extract<Decision, { do: 'create' }>,
  createListener: AlbApi['createListener'],
  tools: Tools,
): Promise<Acted> {
  const now = tools.now();
  const before = creationBefore(object, incarnation, now);
  // What is written ahead says more than that the status was wiped.
  const { recovery, ...facts } = factsOf(object.status);
  const attempt: Facts = {
    ...standingAt(facts, tools.site),
    ...remembering(object.status, spec),
    loadBalancerId: spec.loadBalancerId,
    // What an earlier call may have created could have served since then.
    ...(isKnownToBeFirst(object.status) && { accessGuard: NEW_GUARD }),
    creation: { ...before, unsettledAt: toMilliseconds(now) },
  };
  const ahead = await writeAhead(object, writeAheadStatus(object, attempt, now), tools);
  if ('after' in ahead) return ahead;

  if (unseenAcls !== undefined) {
    const fields = { key: formatKey(object.key), error: unseenAcls };
    tools.log.warn(
      fields,
      'whether the access control lists exist is not known; grant alb:ListAcls to have it checked before a creation',
    );
  }
  const answer = await createListener(createParameters(object, spec, incarnation, tools.clusterUid));
  if (answer.outcome !== 'yes') return notCreated(ahead.object, attempt, before, answer, tools);
  return created(ahead.object, spec, attempt, before, answer, tools);
}

/** Whether no earlier call can have created the listener that this one will answer with. */
function isKnownToBeFirst({ creation, recovery }: AlbListenerStatus): boolean {
  return creation?.unsettledAt === undefined && recovery === undefined;
}

/**
 * The record of this incarnation as it stood before this attempt. One that takes over from calls of unknown outcome
 * goes on with their start: it is still the same creation that has not come to an end since then.
 */
function creationBefore(object: AlbListener, incarnation: number, now: number): Creation {
  const { creation } = object.status;
  if (creation?.incarnation === incarnation) return creation;
  if (creation?.unsettledAt !== undefined) return { incarnation, startedAt: creation.startedAt };
  return { incarnation, startedAt: toMilliseconds(now) };
}

/** A repeated attempt leaves what people read as it is: nothing has changed for them until it is answered. */
function writeAheadStatus(object: AlbListener, attempt: Facts, now: number): AlbListenerStatus {
  if (object.status.observedGeneration === object.generation) return { ...object.status, ...attempt };
  const { loadBalancerId = '?' } = attempt;
  return summarise(
    object,
    attempt,
    { reason: 'Creating', message: `Creating the listener on ${loadBalancerId}.` },
    now,
  );
}

async function created(
  object: AlbListener,
  spec: ResolvedSpec,
  attempt: Facts,
  before: Creation,
  answer: Extract<Outcome<CreatedListener>, { outcome: 'yes' }>,
  tools: Tools,
): Promise<Acted> {
  const { listenerId, jobId } = answer.value;
  const { requestId } = answer;
  const { incarnation, startedAt } = before;
  const now = tools.now();
  const history = tools.writes.addedTo(attempt.history);
  const facts: Facts = {
    ...attempt,
    ...(history !== undefined && { history }),
    listenerId,
    creation: { incarnation, startedAt },
    operation: { kind: 'Create', jobId, requestId, startedAt: toMilliseconds(now) },
  };
  const { loadBalancerId } = spec;
  tools.unconfirmed.add({ object, facts, listenerId, loadBalancerId });
  const finding: Finding = {
    reason: 'Provisioning',
    message: `The cloud is creating listener ${listenerId}.`,
    requestId,
  };
  const recorded = await tools.cluster.writeStatus(
    object,
    summarise(object, facts, finding, now),
    'incarnation',
  );
  switch (recorded.write) {
    case 'written':
      return { after: 'summarise', object: recorded.object, facts, finding, again: againAfterCreation(spec) };
    case 'gone':
      leaveBehind({ object, listenerId, loadBalancerId }, tools);
      return { after: 'leave', again: { when: 'now' } };
    case 'conflict':
    case 'failed':
      return { after: 'leave', again: { when: 'backoff' } };
  }
}

/**
 * Access control lists are attached at once. The cache needs a moment to show the id: a write onto an older copy would be
 * refused and repeated only after a backoff.
 */
function againAfterCreation(spec: ResolvedSpec): Again {
  return declaredAcls(spec) === undefined ? { when: 'poll' } : { when: 'after', ms: CACHE_LAG_MS };
}

/** What is known after an attempt that did not answer with a listener. */
function notCreated(
  object: AlbListener,
  attempt: Facts,
  before: Creation,
  answer: Exclude<Outcome<CreatedListener>, { outcome: 'yes' }>,
  tools: Tools,
): Acted {
  const now = tools.now();
  const creation = creationAfter(before, answer, now);
  const kept = creation.unsettledAt === undefined ? withoutGuard(attempt) : attempt;
  const facts: Facts = { ...kept, creation };
  const again = againAfter(answer.error);
  return { after: 'summarise', object, facts, finding: findingOfAttempt(before, answer, now, tools), again };
}

/**
 * - Refused, and nothing of this incarnation can be on its way: the refused token is retired unless the refusal
 *   passes by itself, for the cloud may answer a token it knows with the refusal it remembers.
 * - Refused, but an earlier call is unaccounted for: that call stays so.
 * - The port is taken, or the token is known: an earlier call of ours has got through, whenever that was.
 * - Unknown, or in progress: a call of ours may take effect as of now.
 */
function creationAfter(
  before: Creation,
  answer: Exclude<Outcome<CreatedListener>, { outcome: 'yes' }>,
  now: number,
): Creation {
  const unsettledBefore = before.unsettledAt;
  const pointsBack = answer.error.class === 'portTaken' || answer.error.class === 'tokenMismatch';
  if (pointsBack) return { ...before, unsettledAt: unsettledBefore ?? toMilliseconds(now) };
  // A call in progress counts from now: the cloud has just said that it is not over.
  if (answer.outcome === 'unknown') return { ...before, unsettledAt: toMilliseconds(now) };
  if (unsettledBefore !== undefined || isPassing(answer.error)) return before;
  return { incarnation: before.incarnation + 1, startedAt: toMilliseconds(now) };
}

/** A taken port that shows no listener yet is most likely ours, not seen yet; only time makes it a stranger's. */
function findingOfAttempt(
  before: Creation,
  answer: Exclude<Outcome<CreatedListener>, { outcome: 'yes' }>,
  now: number,
  tools: Tools,
): Finding {
  const finding = findingOf(answer.error);
  const hidden = answer.error.class === 'portTaken' && mayBeHidden(before.startedAt, now, tools.settle);
  if (answer.outcome !== 'unknown' && !hidden) return finding;
  // The remedy of the code goes with its reason: nobody shall delete the listener that is most likely ours.
  const reason = 'CreateOutcomeUnknown';
  return { ...finding, reason, message: explainError(answer.error, reason) };
}
