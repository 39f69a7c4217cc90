import type { StartedJob } from '../alb/api.ts';
import type { Outcome } from '../alb/error.ts';
import { create } from './create.ts';
import { type Again, againAfter, type Decision, type Finding, findingOf } from './decision.ts';
import { describeDifference, updateParameters } from './difference.ts';
import { atRest, type Facts, factsOf, withListener, withoutListener, withoutOperation } from './facts.ts';
import type { Cloud, Cluster, Log, Now } from './ports.ts';
import type { AlbListener } from './resource.ts';
import { toMilliseconds } from './time.ts';
import type { Unconfirmed } from './unconfirmed.ts';

export interface Tools {
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  readonly now: Now;
  readonly log: Log;
  /** Ids of listeners that were created and are not yet confirmed to be in a status. */
  readonly unconfirmed: Unconfirmed;
  /** See `Pace.settle`. */
  readonly settle: number;
}

/** What came of a decision. */
export type Acted =
  /** To be written into the status. */
  | {
      readonly after: 'summarise';
      readonly object: AlbListener;
      readonly facts: Facts;
      readonly finding: Finding;
      readonly again: Again | Resync;
    }
  /** The status says the truth as it is. */
  | { readonly after: 'leave'; readonly again: Again | Resync }
  /** The object is released or gone. */
  | { readonly after: 'finish' };

export interface Resync {
  readonly when: 'resync';
}

/** Carries out a decision: at most one write to the cloud. */
export async function act(object: AlbListener, decision: Decision, tools: Tools): Promise<Acted> {
  const facts = factsOf(object.status);
  const summarise = (changed: Facts, finding: Finding, again: Again | Resync): Acted => ({
    after: 'summarise',
    object,
    facts: changed,
    finding,
    again,
  });
  switch (decision.do) {
    case 'nothing': {
      const message = `Listener ${decision.listenerId} runs as declared.`;
      return summarise(atRest(facts), { reason: 'Running', message }, { when: 'resync' });
    }
    case 'report':
      return summarise(facts, decision.finding, decision.again);
    case 'reportFailure':
      return summarise(withoutOperation(facts), decision.finding, decision.again);
    case 'keepStatus':
      return { after: 'leave', again: decision.again };
    case 'record': {
      const { listenerId, incarnation } = decision;
      const message = `Listener ${listenerId} was found in the cloud with our ownership tag.`;
      const finding: Finding = { reason: object.beingDeleted ? 'Deleting' : 'Provisioning', message };
      return summarise(withListener(facts, listenerId, incarnation, tools.now()), finding, { when: 'now' });
    }
    case 'startOver':
      tools.unconfirmed.forget(object.uid);
      return summarise(withoutListener(facts, tools.now()), decision.finding, decision.again);
    case 'create':
      return create(object, decision, tools);
    case 'update':
      return update(object, decision, tools);
    case 'tag': {
      const answer = await tools.cloud.tagListener(decision.listenerId, decision.tags);
      if (answer.outcome !== 'yes')
        return summarise(facts, findingOf(answer.error), againAfter(answer.error));
      const keys = decision.tags.map((tag) => tag.key).join(', ');
      const finding: Finding = {
        reason: 'Updating',
        message: `Tags set: ${keys}.`,
        requestId: answer.requestId,
      };
      return summarise(facts, finding, { when: 'poll' });
    }
    case 'delete':
      return remove(object, decision, tools);
    case 'release':
      return release(object, tools);
  }
}

async function update(
  object: AlbListener,
  decision: Extract<Decision, { do: 'update' }>,
  tools: Tools,
): Promise<Acted> {
  const { spec, listenerId, differences } = decision;
  const facts = factsOf(object.status);
  const answer = await tools.cloud.updateListenerAttribute({
    listenerId,
    ...updateParameters(spec, differences),
  });
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
  return {
    after: 'summarise',
    object,
    facts: { ...facts, operation: operation('Update', answer, tools) },
    finding: {
      reason: 'Updating',
      message: `Bringing to the declaration: ${changes}.`,
      requestId: answer.requestId,
    },
    // The same difference right after an accepted update: the cloud is not following; do not hurry it.
    again: { when: decision.repeated ? 'backoff' : 'poll' },
  };
}

async function remove(
  object: AlbListener,
  decision: Extract<Decision, { do: 'delete' }>,
  tools: Tools,
): Promise<Acted> {
  const facts = factsOf(object.status);
  const answer = await tools.cloud.deleteListener(decision.listenerId);
  if (answer.outcome !== 'yes') {
    const gone = answer.outcome === 'no' && answer.error.class === 'listenerNotFound';
    if (gone) return { after: 'leave', again: { when: 'now' } };
    return {
      after: 'summarise',
      object,
      facts,
      finding: findingOf(answer.error),
      again: againAfter(answer.error),
    };
  }
  return {
    after: 'summarise',
    object,
    facts: { ...facts, operation: operation('Delete', answer, tools) },
    finding: { ...decision.finding, requestId: decision.finding.requestId ?? answer.requestId },
    // A deletion asked for again had failed or been forgotten: do not hurry it.
    again: { when: facts.operation?.kind === 'Delete' ? 'backoff' : 'poll' },
  };
}

async function release(object: AlbListener, tools: Tools): Promise<Acted> {
  const outcome = await tools.cluster.removeFinalizer(object);
  switch (outcome.write) {
    case 'written':
    case 'gone':
      return { after: 'finish' };
    case 'conflict':
      return { after: 'leave', again: { when: 'now' } };
    case 'failed':
      return { after: 'leave', again: { when: 'backoff' } };
  }
}

function operation(
  kind: 'Update' | 'Delete',
  answer: Extract<Outcome<StartedJob>, { outcome: 'yes' }>,
  tools: Tools,
): NonNullable<Facts['operation']> {
  return {
    kind,
    jobId: answer.value.jobId,
    requestId: answer.requestId,
    startedAt: toMilliseconds(tools.now()),
  };
}
