import type { Site } from '../alb/api.ts';
import { guardToKeep } from './access-guard.ts';
import { adopt, apply } from './apply.ts';
import { create } from './create.ts';
import type { Again, Decision, Finding } from './decision.ts';
import {
  atRest,
  drifted,
  type Facts,
  factsOf,
  operationOf,
  standingAt,
  watching,
  withListener,
  withoutGuard,
  withoutListener,
  withoutOperation,
} from './facts.ts';
import type { CloudWrites } from './history.ts';
import type { Orphans } from './orphans.ts';
import { OWNERSHIP_TAG_KEYS } from './ownership.ts';
import type { Cloud, Cluster, Log, Now } from './ports.ts';
import { protect } from './protect.ts';
import { describeHolder } from './quic-holder.ts';
import { rehearse } from './rehearse.ts';
import type { AlbListener } from './resource.ts';
import { turnedAway } from './turned-away.ts';
import type { Unconfirmed } from './unconfirmed.ts';

export interface Tools {
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  /** Where the cloud is. */
  readonly site: Site | undefined;
  readonly now: Now;
  readonly log: Log;
  /** Ids of listeners that were created and are not yet confirmed to be in a status. */
  readonly unconfirmed: Unconfirmed;
  readonly orphans: Orphans;
  /** The writes to the cloud of this reconcile. */
  readonly writes: CloudWrites;
  /** See `Pace.settle`. */
  readonly settle: number;
  /** See `Home`. */
  readonly clusterUid: string | undefined;
}

/** What came of a decision. */
export type Acted =
  /** To be written into the status. */
  | {
      readonly after: 'summarise';
      readonly object: AlbListener;
      readonly facts: Facts;
      readonly finding: Finding;
      readonly again: Again;
    }
  /** The status says the truth as it is. */
  | { readonly after: 'leave'; readonly again: Again }
  /** The object is released or gone. */
  | { readonly after: 'finish' };

/** Carries out a decision: at most one write to the cloud. */
export async function act(object: AlbListener, decision: Decision, tools: Tools): Promise<Acted> {
  const facts = { ...withoutGuard(factsOf(object.status)), ...guardToKeep(object) };
  /** For what was seen with one's own eyes: in a wrong account nothing is. */
  const here = (seen: Facts) => standingAt(seen, tools.site);
  const summarise = (changed: Facts, finding: Finding, again: Again): Acted => ({
    after: 'summarise',
    object,
    facts: changed,
    finding,
    again,
  });
  switch (decision.do) {
    case 'nothing': {
      const { spec, listener } = decision;
      const reason = listener.listenerStatus === 'Stopped' ? 'Stopped' : 'Running';
      const message = `Listener ${listener.listenerId} ${reason === 'Stopped' ? 'is stopped' : 'runs'} as declared.`;
      return summarise(here(atRest(facts, spec, listener)), { reason, message }, { when: 'resync' });
    }
    case 'reportDrift':
      return summarise(here(drifted(facts, decision.differences, decision.listener)), decision.finding, {
        when: 'resync',
      });
    case 'report':
      return summarise(facts, decision.finding, decision.again);
    case 'reportFailure':
      return summarise(
        { ...withoutOperation(facts), ...(decision.guard !== undefined && { accessGuard: decision.guard }) },
        decision.finding,
        decision.again,
      );
    case 'keepStatus':
      return { after: 'leave', again: decision.again };
    case 'record': {
      const { listenerId, loadBalancerId, incarnation, site = tools.site } = decision;
      const message = `Listener ${listenerId} was found in the cloud with our ownership tag.`;
      const finding: Finding = { reason: object.beingDeleted ? 'Deleting' : 'Provisioning', message };
      return summarise(
        standingAt(withListener({ ...facts, loadBalancerId }, listenerId, incarnation, tools.now()), site),
        finding,
        { when: 'onward' },
      );
    }
    case 'watch':
      return summarise(here(watching(facts, decision.listenerId)), decision.finding, decision.again);
    case 'startOver':
      tools.unconfirmed.forget(object.uid);
      return summarise(withoutListener(facts, tools.now()), decision.finding, decision.again);
    case 'create':
      return create(object, decision, tools);
    case 'apply':
      return apply(object, decision, tools);
    case 'protect':
      return protect(object, decision, tools);
    case 'rehearse':
      return rehearse(object, decision.rehearsal, tools);
    case 'adopt':
      return adopt(object, decision, tools);
    case 'disown': {
      const answer = await tools.cloud.untagListener(decision.listenerId, OWNERSHIP_TAG_KEYS);
      if (answer.outcome !== 'yes') return turnedAway(object, answer.error);
      return { after: 'leave', again: { when: 'now' } };
    }
    case 'delete':
      return remove(object, decision, tools);
    case 'release':
      return release(object, tools);
  }
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
    return withHolder(turnedAway(object, answer.error), object, decision.listenerId, tools);
  }
  return {
    after: 'summarise',
    object,
    facts: { ...facts, operation: operationOf('Delete', answer, tools.now()) },
    finding: { ...decision.finding, requestId: decision.finding.requestId ?? answer.requestId },
    // A deletion asked for again had failed or been forgotten: do not hurry it.
    again: { when: facts.operation?.kind === 'Delete' ? 'backoff' : 'poll' },
  };
}

/** Names the listener that the cloud keeps ours for, where that is why the deletion was refused. */
async function withHolder(
  refused: Acted,
  object: AlbListener,
  listenerId: string,
  tools: Tools,
): Promise<Acted> {
  if (refused.after !== 'summarise' || refused.finding.reason !== 'ListenerInUse') return refused;
  const holder = await describeHolder(listenerId, object, tools);
  if (holder === undefined) return refused;
  const message = `${holder} ${refused.finding.message}`;
  return { ...refused, finding: { ...refused.finding, message } };
}

async function release(object: AlbListener, tools: Tools): Promise<Acted> {
  const outcome = await tools.cluster.removeFinalizer(object);
  switch (outcome.write) {
    case 'written':
    case 'gone':
      return { after: 'finish' };
    case 'conflict':
    case 'failed':
      return { after: 'leave', again: { when: 'backoff' } };
  }
}
