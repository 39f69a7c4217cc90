import type { CreatedListener, Done, StartedJob } from '../alb/api.ts';
import type { Outcome } from '../alb/error.ts';
import type { Acted, Tools } from './act.ts';
import { cut } from './cut.ts';
import { type Again, againAfter, type Rehearsal } from './decision.ts';
import { describeChanges } from './difference.ts';
import { describeError, isPassing } from './error-policy.ts';
import { factsOf } from './facts.ts';
import { isToldOf } from './freshness.ts';
import { driftOf, observedOf } from './observed.ts';
import { createParameters } from './parameters.ts';
import { planFor } from './plan.ts';
import { REASONS } from './reason.ts';
import type { AlbListener } from './resource.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { Plan } from './schema/status.ts';
import { carryOut, fieldsOf, operationOf, type Step } from './step.ts';

/** Longest message of a plan, and most fields of one call, that the API server takes. */
const LONGEST_MESSAGE = 1024;
const MOST_FIELDS = 64;
const MOST_CALLS = 32;

type Judgement = Pick<Plan, 'verdict' | 'message'> & {
  readonly again: Again;
  readonly requestId?: string;
};

/**
 * Asks the cloud, with its `DryRun`, what it would say to the first call of the plan, and puts that and the plan into
 * the status. The later calls rest on the effects of the first, so nobody could judge them yet. Writes nothing.
 */
export async function rehearse(object: AlbListener, rehearsal: Rehearsal, tools: Tools): Promise<Acted> {
  const { drift, convergence, ...facts } = factsOf(object.status);
  const judgement = await judge(object, rehearsal, tools);
  const { again, requestId, verdict, message } = judgement;
  // That the cloud has no answer for a moment does not undo the one it has given.
  if (again.when !== 'resync' && object.status.plan !== undefined && isToldOf(object)) {
    return { after: 'leave', again };
  }
  const plan: Plan = {
    verdict,
    message: cut(message, LONGEST_MESSAGE),
    calls: callsOf(object, rehearsal, tools).slice(0, MOST_CALLS),
    changes: rehearsal.of === 'changes' ? driftOf(rehearsal.differences) : [],
  };
  const reason = verdict === 'Refused' ? 'DryRunRefused' : 'Planned';
  return {
    after: 'summarise',
    object,
    facts: {
      ...facts,
      ...(rehearsal.of === 'changes' && { observed: observedOf(rehearsal.listener) }),
      plan,
    },
    finding: {
      reason,
      message: `${describeIntent(rehearsal)} ${message} ${REASONS[reason].remedy}`,
      ...(requestId !== undefined && { requestId }),
    },
    again,
  };
}

/** What would be done, in one sentence. */
function describeIntent(rehearsal: Rehearsal): string {
  switch (rehearsal.of) {
    case 'creation': {
      const { listenerProtocol, listenerPort, loadBalancerId } = rehearsal.spec;
      return `${listenerProtocol === 'QUIC' ? 'A' : 'An'} ${listenerProtocol} listener on port ${listenerPort} of load balancer ${loadBalancerId} would be created.`;
    }
    case 'changes': {
      const { listener, differences, steps } = rehearsal;
      const operations = [...new Set(steps.map(operationOf))].join(', ');
      const changes =
        differences.length === 0 ? 'would be taken over' : `would change: ${describeChanges(differences)}`;
      return `Listener ${listener.listenerId} ${changes} (${operations}).`;
    }
  }
}

async function judge(object: AlbListener, rehearsal: Rehearsal, tools: Tools): Promise<Judgement> {
  switch (rehearsal.of) {
    case 'creation': {
      const { spec, incarnation } = rehearsal;
      const parameters = createParameters(object, spec, incarnation, tools.clusterUid);
      return judgementOf('CreateListener', await tools.cloud.dryRun.createListener(parameters));
    }
    case 'changes': {
      const { listener, steps } = rehearsal;
      const step = steps.find(({ call }) => call !== 'tag' && call !== 'untag');
      if (step === undefined) {
        const message = 'Only tags would change, of which the cloud cannot be asked beforehand.';
        return { verdict: 'Unknown', message, again: { when: 'resync' } };
      }
      const answer = await carryOut(step, listener.listenerId, tools.cloud.dryRun);
      return judgementOf(operationOf(step), answer);
    }
  }
}

function judgementOf(operation: string, answer: Outcome<CreatedListener | StartedJob | Done>): Judgement {
  if (answer.outcome === 'yes') {
    const message = `${operation} was answered as if it had been carried out, although it was asked as a dry run.`;
    return { verdict: 'Unknown', message, again: { when: 'resync' }, requestId: answer.requestId };
  }
  const { error } = answer;
  if (error.class === 'dryRunPassed') {
    return {
      verdict: 'Accepted',
      message: `The cloud would accept ${operation}.`,
      again: { when: 'resync' },
    };
  }
  const requestId = error.requestId === undefined ? {} : { requestId: error.requestId };
  const message = describeError(error);
  if (answer.outcome === 'unknown' || isPassing(error)) {
    return { verdict: 'Unknown', message, again: againAfter(error), ...requestId };
  }
  return { verdict: 'Refused', message, again: { when: 'resync' }, ...requestId };
}

function callsOf(object: AlbListener, rehearsal: Rehearsal, tools: Tools): Plan['calls'] {
  switch (rehearsal.of) {
    case 'creation': {
      const { spec, incarnation } = rehearsal;
      const { clientToken, ...parameters } = createParameters(object, spec, incarnation, tools.clusterUid);
      const creation = { operation: 'CreateListener', fields: Object.keys(parameters).slice(0, MOST_FIELDS) };
      return [creation, ...stepsAfterCreation(spec).map(callOf)];
    }
    case 'changes':
      return rehearsal.steps.map(callOf);
  }
}

function callOf(step: Step): Plan['calls'][number] {
  return { operation: operationOf(step), fields: fieldsOf(step).slice(0, MOST_FIELDS) };
}

/** What CreateListener cannot say, and would be done once the listener runs. */
function stepsAfterCreation(spec: ResolvedSpec): readonly Step[] {
  const { loadBalancerId, listenerProtocol, listenerPort, tags = [] } = spec;
  const created = {
    listenerId: '',
    loadBalancerId,
    listenerProtocol,
    listenerPort,
    listenerStatus: 'Running',
    tags,
    additionalCertificates: [],
  };
  const { steps } = planFor(spec, created, {});
  return steps.filter(({ call }) => call !== 'update');
}
