import type { Done, StartedJob } from '../alb/api.ts';
import type { Outcome } from '../alb/error.ts';
import type { Acted, Tools } from './act.ts';
import { counted } from './convergence.ts';
import { againAfter, type Decision, findingOf } from './decision.ts';
import { describeDifference } from './difference.ts';
import { type Facts, factsOf, managing, operationOf, tagKeys, withListener } from './facts.ts';
import { ownershipTags } from './ownership.ts';
import type { Step } from './plan.ts';
import type { Cloud } from './ports.ts';
import type { AlbListener } from './resource.ts';

type Apply = Extract<Decision, { do: 'apply' }>;

/** Makes one call of the plan. The next look at the listener tells what is left to do. */
export async function apply(object: AlbListener, decision: Apply, tools: Tools): Promise<Acted> {
  const { listenerId, step, differences } = decision;
  const facts = factsOf(object.status);
  const answer = await call(tools.cloud, listenerId, step);
  if (answer.outcome !== 'yes') {
    return {
      after: 'summarise',
      object,
      facts,
      finding: findingOf(answer.error),
      again: againAfter(answer.error),
    };
  }
  const changes = differences.map(describeDifference).join(', ');
  // Counted anew after an edit, which is another difference to the user even where it looks the same.
  const before = object.status.observedGeneration === object.generation ? facts.convergence : undefined;
  const convergence = counted(before, differences);
  return {
    after: 'summarise',
    object,
    facts: { ...afterStep(facts, decision, answer, tools.now()), convergence },
    finding: {
      reason: 'Updating',
      message: `Bringing to the declaration: ${changes}.`,
      requestId: answer.requestId,
    },
    // The same difference after an accepted call: the cloud is slow or does not follow; do not hurry it.
    again: { when: convergence.updates > 1 ? 'backoff' : 'poll' },
  };
}

/** Puts our ownership tags on a listener that is ours, or that the user gave us; then its id belongs in the status. */
export async function adopt(
  object: AlbListener,
  { listenerId, incarnation }: Extract<Decision, { do: 'adopt' }>,
  tools: Tools,
): Promise<Acted> {
  const facts = factsOf(object.status);
  const tags = ownershipTags({ uid: object.uid, ...object.key }, incarnation);
  const answer = await tools.cloud.tagListener(listenerId, tags);
  if (answer.outcome !== 'yes') {
    return {
      after: 'summarise',
      object,
      facts,
      finding: findingOf(answer.error),
      again: againAfter(answer.error),
    };
  }
  const message = `Listener ${listenerId} carries our ownership tags.`;
  return {
    after: 'summarise',
    object,
    facts: withListener(facts, listenerId, incarnation, tools.now()),
    finding: { reason: 'Updating', message, requestId: answer.requestId },
    again: { when: 'poll' },
  };
}

async function call(cloud: Cloud, listenerId: string, step: Step): Promise<Outcome<StartedJob | Done>> {
  switch (step.call) {
    case 'update':
      return cloud.updateListenerAttribute({ listenerId, ...step.parameters });
    case 'tag':
      return cloud.tagListener(listenerId, step.tags);
    case 'untag':
      return cloud.untagListener(listenerId, step.keys);
    case 'start':
      return cloud.startListener(listenerId);
    case 'stop':
      return cloud.stopListener(listenerId);
  }
}

function afterStep(
  facts: Facts,
  { spec, step }: Apply,
  answer: Extract<Outcome<StartedJob | Done>, { outcome: 'yes' }>,
  now: number,
): Facts {
  const { jobId } = answer.value;
  const { managedTagKeys = [] } = facts;
  return {
    ...facts,
    // A key counts as ours from its first use on, so that no crash can make us forget to take it away.
    ...managing(step.call === 'tag' ? [...managedTagKeys, ...tagKeys(spec)] : managedTagKeys),
    ...(jobId !== undefined && { operation: operationOf('Update', { ...answer, value: { jobId } }, now) }),
  };
}
