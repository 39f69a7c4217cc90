import type { Done, Site, StartedJob } from '../alb/api.ts';
import type { Outcome } from '../alb/error.ts';
import type { Acted } from './act.ts';
import { changedOutside } from './changed-outside.ts';
import { type Convergence, counted } from './convergence.ts';
import { type Again, type Decision, type Finding, findingOf } from './decision.ts';
import { describeChanges, describeOutsideChanges } from './difference.ts';
import { explainError } from './error-policy.ts';
import { type Facts, factsOf, operationOf, standingAt, withListener, withoutGuard } from './facts.ts';
import { isToldOf } from './freshness.ts';
import { remembering } from './memory.ts';
import { notAttached } from './not-attached.ts';
import { OWNERSHIP_TAG_KEYS, ownerOf, ownershipTags } from './ownership.ts';
import type { Cluster, Now } from './ports.ts';
import type { AlbListener } from './resource.ts';
import { carryOut, type Step, type StepOperations } from './step.ts';
import { toMilliseconds } from './time.ts';
import { turnedAway } from './turned-away.ts';
import { writeAhead } from './write-ahead.ts';

type Apply = Extract<Decision, { do: 'apply' }>;
type Answer = Outcome<StartedJob | Done>;

interface ApplyTools {
  readonly cluster: Pick<Cluster, 'writeStatus'>;
  readonly cloud: StepOperations;
  /** Where the cloud is. */
  readonly site: Site | undefined;
  readonly now: Now;
  /** See `Pace.settle`. */
  readonly settle: number;
  /** See `Home`. */
  readonly clusterUid: string | undefined;
}

/** Makes one call of the plan. The next look at the listener tells what is left to do. */
export async function apply(object: AlbListener, decision: Apply, tools: ApplyTools): Promise<Acted> {
  const { spec, listenerId, step, differences, guard, closes } = decision;
  const { accessGuard, ...status } = object.status;
  const memory = { ...remembering(object.status, spec), ...(guard !== undefined && { accessGuard: guard }) };
  const ahead = await writeAhead(object, { ...status, ...memory }, tools);
  if ('after' in ahead) return ahead;

  const answer = await carryOut(step, listenerId, tools.cloud);
  const isDone = answer.outcome !== 'yes' && isDoneAlready(step, answer);
  if (answer.outcome !== 'yes' && !isDone) return refused(ahead.object, decision, answer);
  const known = factsOf(ahead.object.status);
  // A read that does not show the lists yet trails behind this answer: there is nothing to stop the listener for.
  const facts = isDone && step.call === 'associateAcls' ? withoutGuard(known) : known;
  if (closes?.listenerStatus === 'Provisioning') {
    return attachedBesideCreation(ahead.object, facts, listenerId);
  }
  // Counted anew after an edit, which is another difference to the user even where it looks the same.
  const convergence = counted(isToldOf(object) ? facts.convergence : undefined, differences);
  const requestId = answer.outcome === 'yes' ? answer.requestId : answer.error.requestId;
  return {
    after: 'summarise',
    object: ahead.object,
    facts: { ...withStarted(facts, answer, tools.now()), convergence },
    finding: { ...findingOfUpdate(object, decision), ...(requestId !== undefined && { requestId }) },
    again: answer.outcome === 'yes' ? afterAccepted(convergence) : afterDone(convergence, tools.settle),
  };
}

/** What others have changed is told as such, so that it cannot be taken for an edit of the manifest. */
function findingOfUpdate(object: AlbListener, { spec, differences }: Apply): Finding {
  const outside = changedOutside(object, spec, differences);
  const changes = `The listener was changed outside Kubernetes: ${describeOutsideChanges(outside)}.`;
  if (outside.length === 0) {
    return { reason: 'Updating', message: `Bringing to the declaration: ${describeChanges(differences)}.` };
  }
  if (outside.length === differences.length) {
    return { reason: 'CorrectingDrift', message: `${changes} The operator changes it back.` };
  }
  const message = `Bringing to the declaration: ${describeChanges(differences)}. ${changes}`;
  return { reason: 'Updating', message };
}

/** The same difference after an accepted call: the cloud is slow or does not follow; do not hurry it. */
function afterAccepted({ updates }: Convergence): Again {
  return { when: updates > 1 ? 'backoff' : 'poll' };
}

/** The read is stale: the difference counts as permanent only after the settle time. */
function afterDone({ updates }: Convergence, settle: number): Again {
  return { when: 'after', ms: (settle / 12) * 2 ** updates };
}

/** The creation is still under way: its job stays on record, and has the state of the listener. */
function attachedBesideCreation(object: AlbListener, facts: Facts, listenerId: string): Acted {
  const message = `The cloud is creating listener ${listenerId} and attaches its access control lists.`;
  const finding: Finding = { reason: 'Provisioning', message };
  return { after: 'summarise', object, facts, finding, again: { when: 'poll' } };
}

/** Puts our ownership tags on a listener that is ours, or that the user gave us; then its id belongs in the status. */
export async function adopt(
  object: AlbListener,
  decision: Extract<Decision, { do: 'adopt' }>,
  tools: ApplyTools,
): Promise<Acted> {
  const { listener, incarnation } = decision;
  const { listenerId } = listener;
  const ahead = await beforeAdoption(object, decision, tools);
  if ('after' in ahead) return ahead;

  const others = listener.tags.filter(({ key }) => !OWNERSHIP_TAG_KEYS.includes(key)).length;
  const tags = ownershipTags(ownerOf(object, tools.clusterUid), incarnation, others);
  const answer = await tools.cloud.tagListener(listenerId, tags);
  if (answer.outcome !== 'yes') return turnedAway(ahead.object, answer.error);
  // One that others have created is never stopped for its access control.
  const known = factsOf(ahead.object.status);
  const facts = known.listenerId === listenerId ? known : withoutGuard(known);
  const message = `Listener ${listenerId} carries our ownership tags.`;
  return {
    after: 'summarise',
    object: ahead.object,
    facts: standingAt(withListener(facts, listenerId, incarnation, tools.now()), tools.site),
    finding: { reason: 'Updating', message, requestId: answer.requestId },
    again: { when: 'poll' },
  };
}

/**
 * A listener that is not in the status yet is taken over only after a write onto exactly this version of the object: in
 * a stale copy it may be an earlier life itself, and the listener that of its successor.
 */
async function beforeAdoption(
  object: AlbListener,
  { listener, incarnation }: Extract<Decision, { do: 'adopt' }>,
  tools: ApplyTools,
): Promise<Acted | { readonly object: AlbListener }> {
  const { status } = object;
  if (status.listenerId === listener.listenerId) return { object };
  const { recovery, ...kept } = status;
  const creation = { incarnation, ...status.creation, startedAt: toMilliseconds(tools.now()) };
  const { loadBalancerId } = listener;
  return writeAhead(object, { ...kept, loadBalancerId, creation }, tools);
}

/** Whether the state is already as the call would make it. Then a read that differs is stale. */
function isDoneAlready({ call }: Step, answer: Exclude<Answer, { outcome: 'yes' }>): boolean {
  switch (call) {
    case 'associateAcls':
    case 'associateCertificates':
      return answer.error.class === 'alreadyAssociated';
    case 'dissociateAcls':
    case 'dissociateCertificates':
      return answer.error.class === 'notAssociated';
    case 'update':
    case 'updateLogConfig':
    case 'tag':
    case 'untag':
    case 'start':
    case 'stop':
      return false;
  }
}

/**
 * A listener that stays stopped is not busy: what is refused for its state is refused for ever.
 *
 * The refusals are counted, since another change may have been under way, and only a few attempts are made.
 */
function refused(object: AlbListener, decision: Apply, answer: Exclude<Answer, { outcome: 'yes' }>): Acted {
  const { spec, differences, closes } = decision;
  const { error } = answer;
  const staysStopped =
    spec.listenerState === 'Stopped' && differences.every(({ path }) => path !== 'listenerState');
  if (!staysStopped || error.class !== 'listenerBusy') {
    return closes === undefined ? turnedAway(object, error) : notAttached(object, decision, closes, answer);
  }
  const reason = 'ListenerStopped';
  const facts = factsOf(object.status);
  return {
    after: 'summarise',
    object,
    facts: { ...facts, convergence: counted(isToldOf(object) ? facts.convergence : undefined, differences) },
    finding: { ...findingOf(error), reason, message: explainError(error, reason) },
    again: { when: 'slowly' },
  };
}

function withStarted(facts: Facts, answer: Answer, now: number): Facts {
  if (answer.outcome !== 'yes') return facts;
  const { jobId } = answer.value;
  if (jobId === undefined) return facts;
  return { ...facts, operation: operationOf('Update', { ...answer, value: { jobId } }, now) };
}
