import { describe, expect, it } from 'vitest';
import type { AsynJob, ListenerAttribute } from '../../src/alb/api.ts';
import { decideLife } from '../../src/listener/decide-life.ts';
import type { Decision } from '../../src/listener/decision.ts';
import type { Observation } from '../../src/listener/observation.ts';
import { ownershipTags } from '../../src/listener/ownership.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import type { Sight } from '../../src/listener/sight.ts';
import { toInstant, toMilliseconds } from '../../src/listener/time.ts';
import { matching } from '../support/matchers.ts';
import {
  CLUSTER_UID,
  HOME,
  LISTENER_ID,
  SPEC,
  sampleError,
  sampleListener,
  sampleObject,
  UID,
} from './sample.ts';

const NOW = toInstant('2026-01-01T12:00:00.000Z') ?? 0;
const SETTLE = 120_000;
const CIRCUMSTANCES = { now: NOW, settle: SETTLE, patience: 600_000, home: HOME };

const ago = (ms: number): string => toMilliseconds(NOW - ms);
const cloud = (sight: Sight): Observation => ({ of: 'cloud', spec: SPEC, sight });
const present = (listener: Partial<ListenerAttribute> = {}, job?: AsynJob): Observation =>
  cloud({ seen: 'present', listener: sampleListener(listener), job });
const absent = (job?: AsynJob): Observation => cloud({ seen: 'absent', job });

const failedJob = (kind: string): AsynJob => ({
  id: 'job-1',
  status: 'Failed',
  error: sampleError('quotaExceeded', { operation: kind }),
});

const operation = (kind: 'Create' | 'Update' | 'Delete', startedAt: string): Partial<AlbListenerStatus> => ({
  listenerId: LISTENER_ID,
  operation: { kind, jobId: 'job-1', requestId: 'REQ-0', startedAt },
});

const CREATE_FAILED: AlbListenerStatus['conditions'] = [
  {
    type: 'Ready',
    status: 'False',
    lastTransitionTime: ago(0),
    reason: 'CreateFailed',
    message: 'Why it failed.',
  },
];

const READY: AlbListenerStatus['conditions'] = [
  { type: 'Ready', status: 'True', lastTransitionTime: ago(0), reason: 'Running', message: '' },
];

describe('decideLife', () => {
  it.each<{
    reason: string;
    status?: Partial<AlbListenerStatus>;
    observation: Observation;
    decision: Record<string, unknown>;
  }>([
    {
      reason: 'a spec that breaks a rule is not sent anywhere',
      observation: { of: 'spec', problems: [{ path: 'spec.listenerPort', message: 'too large' }] },
      decision: { do: 'report', finding: { reason: 'InvalidSpec' }, again: { when: 'onEdit' } },
    },
    {
      reason: 'of two resources on one port the later one waits',
      observation: {
        of: 'cluster',
        rival: { object: sampleObject({ name: 'older', uid: 'other' }), lapsesAt: undefined },
      },
      decision: { do: 'report', finding: { reason: 'PortClaimed' }, again: { when: 'slowly' } },
    },
    {
      reason: 'a claim that is about to lapse is waited for no longer than that',
      observation: {
        of: 'cluster',
        rival: { object: sampleObject({ name: 'older', uid: 'other' }), lapsesAt: NOW + 40_000 },
      },
      decision: { do: 'report', finding: { reason: 'PortClaimed' }, again: { when: 'after', ms: 40_000 } },
    },
    {
      reason: 'a free port gets the first listener of the resource',
      observation: cloud({ seen: 'free' }),
      decision: { do: 'create', incarnation: 0 },
    },
    {
      reason:
        'a call of unknown outcome is repeated with its own token while what it made may still be hidden',
      status: { creation: { incarnation: 3, startedAt: ago(SETTLE * 5), unsettledAt: ago(SETTLE - 1) } },
      observation: cloud({ seen: 'free' }),
      decision: { do: 'create', incarnation: 3 },
    },
    {
      reason: 'a call of unknown outcome made nothing if nothing is seen after the settle time',
      status: { creation: { incarnation: 3, startedAt: ago(SETTLE * 5), unsettledAt: ago(SETTLE) } },
      observation: cloud({ seen: 'free' }),
      decision: { do: 'create', incarnation: 4 },
    },
    {
      reason: 'a token that was refused a moment ago is used again',
      status: { creation: { incarnation: 3, startedAt: ago(SETTLE - 1) } },
      observation: cloud({ seen: 'free' }),
      decision: { do: 'create', incarnation: 3 },
    },
    {
      reason: 'a token that was refused for long may be stuck with a remembered refusal',
      status: { creation: { incarnation: 3, startedAt: ago(SETTLE) } },
      observation: cloud({ seen: 'free' }),
      decision: { do: 'create', incarnation: 4 },
    },
    {
      reason: 'a listener with our tag is ours, although the status lost its id',
      observation: cloud({
        seen: 'occupied',
        listener: sampleListener({ listenerId: 'lsn-found' }),
        ownership: { of: 'us', incarnation: 5 },
      }),
      decision: { do: 'record', listenerId: 'lsn-found', incarnation: 5 },
    },
    {
      reason: 'a listener of ours elsewhere is not recorded, and none is created in the place declared now',
      status: { recovery: { since: ago(1000) } },
      observation: cloud({
        seen: 'occupied',
        listener: sampleListener({ listenerPort: 81 }),
        ownership: { of: 'us', incarnation: 0 },
      }),
      decision: {
        do: 'report',
        finding: { reason: 'ListenerElsewhere', message: matching('HTTP:81 of alb-one') },
        again: { when: 'slowly' },
      },
    },
    {
      reason: 'after a wiped status in which nothing was found, the first incarnation begins',
      status: { recovery: { since: ago(1000) } },
      observation: cloud({ seen: 'free' }),
      decision: { do: 'create', incarnation: 0 },
    },
    ...[
      { says: 'of nobody', tags: [], decision: { do: 'adopt', listener: { listenerId: LISTENER_ID } } },
      {
        says: 'of an earlier life',
        tags: ownershipTags({ uid: 'before', namespace: 'shop', name: 'web', clusterUid: CLUSTER_UID }, 3),
        decision: { do: 'adopt', incarnation: 0 },
      },
      {
        says: 'of another object',
        tags: ownershipTags({ uid: 'other', namespace: 'lab', name: 'web', clusterUid: CLUSTER_UID }, 0),
        decision: {
          do: 'report',
          finding: { reason: 'AdoptionRefused', message: matching('belongs to AlbListener lab/web') },
        },
      },
      {
        says: 'of nobody by its tags, but in the status of another object',
        tags: [],
        holder: sampleObject({ name: 'owner', uid: 'owner' }),
        decision: {
          do: 'report',
          finding: {
            reason: 'AdoptionRefused',
            message: matching('AlbListener shop/owner, whose status has its id'),
          },
        },
      },
      {
        says: 'of this very object',
        tags: ownershipTags({ uid: UID, namespace: 'shop', name: 'web', clusterUid: CLUSTER_UID }, 4),
        holder: sampleObject({ name: 'liar', uid: 'liar' }),
        decision: { do: 'record', listenerId: LISTENER_ID, loadBalancerId: 'alb-one', incarnation: 4 },
      },
    ].map(({ says, tags, holder, decision }) => ({
      reason: `a listener to adopt that is ${says}`,
      observation: cloud({ seen: 'candidate', listener: sampleListener({ tags }), holder }),
      decision,
    })),
    ...[
      { what: 'of our own creation', status: operation('Create', ago(1000)), spec: SPEC },
      {
        what: 'that was only watched and is to be managed now',
        status: { listenerId: LISTENER_ID },
        spec: { ...SPEC, adopt: { listenerId: LISTENER_ID } },
      },
    ].map(({ what, status, spec }) => ({
      reason: `a listener without tags ${what} is not taken from another object that has it`,
      status,
      observation: {
        of: 'cloud',
        spec,
        sight: {
          seen: 'present',
          listener: sampleListener({ tags: [] }),
          job: undefined,
          contender: sampleObject({ name: 'owner', uid: 'owner' }),
        },
      } as const,
      decision: { do: 'report', finding: { reason: 'OwnershipLost' } },
    })),
    {
      reason: 'a listener of a stranger is named and left alone',
      observation: cloud({ seen: 'occupied', listener: sampleListener(), ownership: { of: 'nobody' } }),
      decision: { do: 'report', finding: { reason: 'PortTaken' }, again: { when: 'slowly' } },
    },
    {
      reason: 'tags may come into sight later than the listener a lost call made',
      status: { creation: { incarnation: 0, startedAt: ago(1000), unsettledAt: ago(1000) } },
      observation: cloud({ seen: 'occupied', listener: sampleListener(), ownership: { of: 'nobody' } }),
      decision: { do: 'report', finding: { reason: 'CreateOutcomeUnknown' }, again: { when: 'poll' } },
    },
    {
      reason: 'the listener of another resource stays another’s, however young our own attempt',
      status: { creation: { incarnation: 0, startedAt: ago(1000), unsettledAt: ago(1000) } },
      observation: cloud({
        seen: 'occupied',
        listener: sampleListener(),
        ownership: {
          of: 'another',
          owner: { uid: 'other', namespace: 'shop', name: 'other', clusterUid: CLUSTER_UID },
        },
      }),
      decision: { do: 'report', finding: { reason: 'PortTaken' } },
    },
    {
      reason: 'a listener just created may not be readable yet',
      status: operation('Create', ago(SETTLE - 1)),
      observation: absent(),
      decision: { do: 'report', finding: { reason: 'Provisioning' }, again: { when: 'poll' } },
    },
    {
      reason: 'a creation under way is waited for, however long it takes',
      status: operation('Create', ago(SETTLE * 9)),
      observation: absent({ id: 'job-1', status: 'Processing' }),
      decision: { do: 'report', finding: { reason: 'Provisioning' } },
    },
    {
      reason:
        'a creation that failed may have left a listener that cannot be read yet: another would be a second',
      status: operation('Create', ago(SETTLE - 1)),
      observation: absent(failedJob('CreateListener')),
      decision: {
        do: 'report',
        finding: { reason: 'CreateFailed', message: matching('has failed with Some.Code') },
        again: { when: 'poll' },
      },
    },
    {
      reason: 'a creation that failed stays failed when the cloud has forgotten its job',
      status: { ...operation('Create', ago(SETTLE - 1)), conditions: CREATE_FAILED },
      observation: absent(),
      decision: {
        do: 'report',
        finding: { reason: 'CreateFailed', message: 'Why it failed.' },
        again: { when: 'poll' },
      },
    },
    {
      reason: 'a creation that failed and left nothing begins anew when the cloud has forgotten its job, too',
      status: { ...operation('Create', ago(SETTLE)), conditions: CREATE_FAILED },
      observation: absent(),
      decision: {
        do: 'startOver',
        finding: { reason: 'CreateFailed', message: 'Why it failed.' },
        again: { when: 'backoff' },
      },
    },
    {
      reason: 'a creation that failed and left nothing begins anew, as late as its error asks for',
      status: operation('Create', ago(SETTLE)),
      observation: absent(failedJob('CreateListener')),
      decision: {
        do: 'startOver',
        finding: {
          reason: 'CreateFailed',
          requestId: 'REQ-0',
          message: matching('CreateListener was accepted and has failed with Some.Code'),
        },
        again: { when: 'slowly' },
      },
    },
    {
      reason: 'a listener that ran and is no more was deleted by someone else',
      status: { listenerId: LISTENER_ID, conditions: READY },
      observation: absent(),
      decision: { do: 'startOver', finding: { reason: 'ListenerLost' }, again: { when: 'now' } },
    },
    {
      reason: 'a recorded listener that never ran is given the settle time to be readable',
      status: { listenerId: LISTENER_ID, creation: { incarnation: 0, startedAt: ago(1000) } },
      observation: absent(),
      decision: { do: 'report', finding: { reason: 'Provisioning' } },
    },
    {
      reason: 'what a failed creation left behind is gone: begin anew, but not in a hurry',
      status: operation('Delete', ago(1000)),
      observation: absent(),
      decision: { do: 'startOver', finding: { reason: 'CreateFailed' }, again: { when: 'backoff' } },
    },
    {
      reason: 'a running listener as declared needs nothing',
      status: { listenerId: LISTENER_ID },
      observation: present(),
      decision: { do: 'nothing' },
    },
    {
      reason: 'a listener that is not running is never called running',
      status: { listenerId: LISTENER_ID },
      observation: present({ listenerStatus: 'SomethingNew' }),
      decision: { do: 'report', finding: { reason: 'Configuring' } },
    },
    {
      reason: 'a status that names another resource’s listener does not make it ours',
      status: { listenerId: LISTENER_ID },
      observation: present({ tags: [{ key: 'alb-listener-operator/uid', value: 'other' }], idleTimeout: 99 }),
      decision: { do: 'report', finding: { reason: 'OwnershipLost' } },
    },
    {
      reason: 'a listener without the tag is not touched, even if it differs',
      status: { listenerId: LISTENER_ID },
      observation: present({ tags: [], idleTimeout: 99 }),
      decision: { do: 'report', finding: { reason: 'OwnershipLost' } },
    },
    {
      reason: 'a cloud that dropped the tags of our own creation gets them again before anything else',
      status: operation('Create', ago(1000)),
      observation: present({ tags: [] }),
      decision: { do: 'adopt', listener: { listenerId: LISTENER_ID }, incarnation: 0 },
    },
    ...[{ loadBalancerId: 'alb-theirs' }, { listenerPort: 81 }, { listenerProtocol: 'QUIC' }].map(
      (elsewhere) => ({
        reason: `but not those of a listener elsewhere, which only a status can name that others have written: ${JSON.stringify(elsewhere)}`,
        status: operation('Create', ago(1000)),
        observation: present({ tags: [], ...elsewhere }),
        decision: { do: 'report', finding: { reason: 'OwnershipLost' } },
      }),
    ),
    {
      reason: 'a difference is brought in place',
      status: { listenerId: LISTENER_ID },
      observation: present({ idleTimeout: 99 }),
      decision: {
        do: 'apply',
        step: { call: 'update', parameters: { idleTimeout: 15 } },
        differences: [{ path: 'idleTimeout', declared: 15, actual: 99 }],
      },
    },
    {
      reason: 'an update whose job still runs is not sent again, although a read shows the old value',
      status: operation('Update', ago(1000)),
      observation: present({ idleTimeout: 99 }, { id: 'job-1', status: 'Processing' }),
      decision: { do: 'report', finding: { reason: 'Configuring' } },
    },
    {
      reason: 'no change is sent to a listener that is being configured',
      status: { listenerId: LISTENER_ID },
      observation: present({ listenerStatus: 'Configuring', idleTimeout: 99 }),
      decision: { do: 'report', finding: { reason: 'Configuring' }, again: { when: 'poll' } },
    },
    {
      reason: 'a failed update is reported with its cause',
      status: operation('Update', ago(1000)),
      observation: present({}, failedJob('UpdateListenerAttribute')),
      decision: { do: 'reportFailure', finding: { reason: 'OperationFailed' }, again: { when: 'slowly' } },
    },
    {
      reason: 'what a failed creation left is removed before the next',
      status: operation('Create', ago(1000)),
      observation: present({ listenerStatus: 'Provisioning' }, failedJob('CreateListener')),
      decision: { do: 'delete', finding: { reason: 'CreateFailed' } },
    },
    {
      reason: 'that removal is waited for, not repeated',
      status: operation('Delete', ago(1000)),
      observation: present({ listenerStatus: 'Provisioning' }),
      decision: { do: 'report', finding: { reason: 'CreateFailed' } },
    },
    {
      reason: 'a creation that never ends is told to a person',
      status: operation('Create', ago(CIRCUMSTANCES.patience)),
      observation: present({ listenerStatus: 'Provisioning' }),
      decision: { do: 'report', finding: { reason: 'OperationOverdue' } },
    },
    {
      reason: 'a listener that somebody stopped runs again, since the manifest says so',
      status: { listenerId: LISTENER_ID },
      observation: present({ listenerStatus: 'Stopped', idleTimeout: 99 }),
      decision: { do: 'apply', step: { call: 'start' } },
    },
    {
      reason: 'a cloud that is away for a moment does not make a running listener less running',
      status: { listenerId: LISTENER_ID, observedGeneration: 1, conditions: READY },
      observation: cloud({ seen: 'unreadable', error: sampleError('unavailable') }),
      decision: { do: 'keepStatus', again: { when: 'backoff' } },
    },
    {
      reason: 'after an edit nothing may be claimed that was not seen',
      status: { listenerId: LISTENER_ID, observedGeneration: 0, conditions: READY },
      observation: cloud({ seen: 'unreadable', error: sampleError('unavailable') }),
      decision: { do: 'report', finding: { reason: 'CloudUnavailable' } },
    },
    {
      reason: 'credentials that no longer work need a person, running or not',
      status: { listenerId: LISTENER_ID, observedGeneration: 1, conditions: READY },
      observation: cloud({ seen: 'unreadable', error: sampleError('permission') }),
      decision: { do: 'report', finding: { reason: 'Forbidden' }, again: { when: 'slowly' } },
    },
    {
      reason: 'the cloud said when to come back',
      observation: cloud({ seen: 'unreadable', error: sampleError('throttled', { retryAfterMs: 1234 }) }),
      decision: { do: 'report', again: { when: 'after', ms: 1234 } },
    },
  ])('$decision.do: $reason', ({ status, observation, decision }) => {
    const object = sampleObject(status === undefined ? {} : { status });
    const decided: Decision = decideLife(object, observation, CIRCUMSTANCES);
    expect(decided).toMatchObject(decision);
  });
});
