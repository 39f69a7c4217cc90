import type { Done, Site, StartedJob } from '../alb/api.ts';
import type { AlbError, Outcome } from '../alb/error.ts';
import type { Acted } from './act.ts';
import { counted } from './convergence.ts';
import { type Decision, findingOf } from './decision.ts';
import { describeDifference } from './difference.ts';
import { explainError } from './error-policy.ts';
import { type Facts, factsOf, operationOf, standingAt, withListener } from './facts.ts';
import { isToldOf } from './freshness.ts';
import { remembering } from './memory.ts';
import { ownershipTags } from './ownership.ts';
import type { Cluster, Now } from './ports.ts';
import type { AlbListener } from './resource.ts';
import { carryOut, type Step, type StepOperations } from './step.ts';
import { turnedAway } from './turned-away.ts';
import { notWrittenAhead } from './write-ahead.ts';

type Apply = Extract<Decision, { do: 'apply' }>;
type Answer = Outcome<StartedJob | Done>;

interface ApplyTools {
  readonly cluster: Pick<Cluster, 'writeStatus'>;
  readonly cloud: StepOperations;
  /** Where the cloud is. */
  readonly site: Site | undefined;
  readonly now: Now;
}

/** Makes one call of the plan. The next look at the listener tells what is left to do. */
export async function apply(object: AlbListener, decision: Apply, tools: ApplyTools): Promise<Acted> {
  const { spec, listenerId, step, differences } = decision;
  const memory = remembering(object.status, spec);
  const ahead = await tools.cluster.writeStatus(object, { ...object.status, ...memory }, 'version');
  if (ahead.write !== 'written') return notWrittenAhead(ahead);

  const answer = await carryOut(step, listenerId, tools.cloud);
  if (answer.outcome !== 'yes' && !isDoneAlready(step, answer)) {
    return refused(ahead.object, decision, answer.error);
  }
  const facts = factsOf(ahead.object.status);
  const changes = differences.map(describeDifference).join(', ');
  // Counted anew after an edit, which is another difference to the user even where it looks the same.
  const convergence = counted(isToldOf(object) ? facts.convergence : undefined, differences);
  const requestId = answer.outcome === 'yes' ? answer.requestId : answer.error.requestId;
  return {
    after: 'summarise',
    object: ahead.object,
    facts: { ...withStarted(facts, answer, tools.now()), convergence },
    finding: {
      reason: 'Updating',
      message: `Bringing to the declaration: ${changes}.`,
      ...(requestId !== undefined && { requestId }),
    },
    // The same difference after an accepted call: the cloud is slow or does not follow; do not hurry it.
    again: { when: convergence.updates > 1 || answer.outcome !== 'yes' ? 'backoff' : 'poll' },
  };
}

/** Puts our ownership tags on a listener that is ours, or that the user gave us; then its id belongs in the status. */
export async function adopt(
  object: AlbListener,
  { listener: { listenerId }, incarnation }: Extract<Decision, { do: 'adopt' }>,
  tools: ApplyTools,
): Promise<Acted> {
  const facts = factsOf(object.status);
  const tags = ownershipTags({ uid: object.uid, ...object.key }, incarnation);
  const answer = await tools.cloud.tagListener(listenerId, tags);
  if (answer.outcome !== 'yes') return turnedAway(object, answer.error);
  const message = `Listener ${listenerId} carries our ownership tags.`;
  return {
    after: 'summarise',
    object,
    facts: standingAt(withListener(facts, listenerId, incarnation, tools.now()), tools.site),
    finding: { reason: 'Updating', message, requestId: answer.requestId },
    again: { when: 'poll' },
  };
}

/** An earlier call got through that was not seen to, or somebody else made it. The next look tells. */
function isDoneAlready({ call }: Step, answer: Exclude<Answer, { outcome: 'yes' }>): boolean {
  if (answer.outcome === 'unknown') return false;
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

/** A listener that stays stopped is not busy: what the cloud refuses for its state it would refuse for ever. */
function refused(object: AlbListener, { spec, differences }: Apply, error: AlbError): Acted {
  const staysStopped =
    spec.listenerState === 'Stopped' && differences.every(({ path }) => path !== 'listenerState');
  if (!staysStopped || error.class !== 'listenerBusy') return turnedAway(object, error);
  const reason = 'ListenerStopped';
  return {
    after: 'summarise',
    object,
    facts: factsOf(object.status),
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
