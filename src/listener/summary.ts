import { cut } from './cut.ts';
import type { Finding } from './decision.ts';
import type { Facts } from './facts.ts';
import { REASONS } from './reason.ts';
import { requestOf } from './request.ts';
import type { AlbListener } from './resource.ts';
import type { AlbListenerStatus, Condition, ConditionType, Phase } from './schema/status.ts';
import { toSeconds } from './time.ts';

/** The longest message the API server takes, in characters. */
const LONGEST_MESSAGE = 2048;
/** For a RequestId of 128 characters, and the words around it. */
const ROOM_FOR_REQUEST_ID = 144;

/**
 * The whole status for people and tools, from the facts and the one finding in force. It speaks of the generation
 * of `object`: a finding may be passed only if it was made for that generation.
 */
export function summarise(
  object: AlbListener,
  facts: Facts,
  finding: Finding,
  now: number,
): AlbListenerStatus {
  const request = requestOf(object);
  return {
    observedGeneration: object.generation,
    phase: phaseOf(object, facts, finding),
    ...withoutStalePlan(facts, finding),
    ...(request !== undefined && { handledReconcileAt: request }),
    conditions: conditionsOf(object, facts, finding, now),
  };
}

/** A plan is for as long as nothing is done about it. */
function withoutStalePlan({ plan, ...facts }: Facts, { reason }: Finding): Facts {
  const stands = reason === 'Planned' || reason === 'DryRunRefused' || reason === 'Suspended';
  return stands && plan !== undefined ? { ...facts, plan } : facts;
}

/** One word, derived; it leaves Running in the very write that observes a new generation. */
function phaseOf(object: AlbListener, facts: Facts, finding: Finding): Phase {
  if (object.beingDeleted) return 'Deleting';
  switch (REASONS[finding.reason].stance) {
    case 'ready':
      return finding.reason === 'Stopped' ? 'Stopped' : 'Running';
    case 'stalled':
      return 'Failed';
    case 'suspended':
      return phaseWhileSuspended(object, facts);
    case 'reconciling':
      if (facts.listenerId === undefined) return 'Pending';
      return finding.reason === 'Provisioning' ? 'Provisioning' : 'Configuring';
  }
}

/** What was proven for this generation stands; for another one nothing is. */
function phaseWhileSuspended({ status, generation }: AlbListener, { listenerId }: Facts): Phase {
  const known = status.observedGeneration === generation ? status.phase : undefined;
  return known ?? (listenerId === undefined ? 'Pending' : 'Configuring');
}

/**
 * `Ready` and `Synced` always; `Reconciling` and `Stalled` only while they hold (kstatus: abnormal when true,
 * absent when false), never both, and `Ready` is False with either.
 */
function conditionsOf(object: AlbListener, facts: Facts, finding: Finding, now: number): Condition[] {
  const condition = (type: ConditionType, status: Condition['status']): Condition => ({
    type,
    status,
    observedGeneration: object.generation,
    lastTransitionTime: lastTransition(object, type, status, now),
    reason: finding.reason,
    message: messageOf(object, type, finding),
  });
  const drifted = facts.drift === undefined ? [] : [condition('Drifted', 'True')];
  switch (REASONS[finding.reason].stance) {
    case 'suspended':
      return [condition('Ready', 'Unknown'), condition('Synced', 'Unknown'), ...drifted];
    case 'ready':
      return [condition('Ready', 'True'), condition('Synced', 'True')];
    case 'reconciling':
      return [
        condition('Ready', 'False'),
        condition('Synced', 'Unknown'),
        condition('Reconciling', 'True'),
        ...drifted,
      ];
    case 'stalled':
      return [
        condition('Ready', 'False'),
        condition('Synced', 'False'),
        condition('Stalled', 'True'),
        ...drifted,
      ];
  }
}

/** Moves only when the status of the condition flips (Kubernetes API conventions). */
function lastTransition(object: AlbListener, type: string, status: Condition['status'], now: number): string {
  const previous = conditionOf(object, type);
  return previous?.status === status ? previous.lastTransitionTime : toSeconds(now);
}

/**
 * A repeated finding keeps the RequestId of its first answer: a new one for every attempt would be a write for
 * every attempt, and nothing would have changed.
 */
function messageOf(object: AlbListener, type: string, finding: Finding): string {
  const text = messageToShow(finding);
  const previous = conditionOf(object, type);
  if (previous?.reason === finding.reason && withoutRequestId(previous.message) === text)
    return previous.message;
  return finding.requestId === undefined ? text : `${text} (RequestId ${finding.requestId})`;
}

/**
 * As much of a message as is shown anywhere, in the log and in events too: one that lists 300 certificates could be had
 * by every edit of a manifest.
 */
export function messageToShow({ message }: Finding): string {
  return cut(message, LONGEST_MESSAGE - ROOM_FOR_REQUEST_ID);
}

/** The message of a finding as it was made, without what `messageOf` adds. */
export function withoutRequestId(message: string): string {
  return message.replace(/ \(RequestId [^()]*\)$/, '');
}

export function conditionOf(object: AlbListener, type: string): Condition | undefined {
  return object.status.conditions?.find((condition) => condition.type === type);
}
