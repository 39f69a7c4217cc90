import { describe, expect, it } from 'vitest';
import type { Tag } from '../../src/alb/api.ts';
import type { AlbErrorClass } from '../../src/alb/error.ts';
import { decideDeletion } from '../../src/listener/decide-deletion.ts';
import type { DeletionObservation } from '../../src/listener/observation.ts';
import type { Sweep } from '../../src/listener/ports.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { toInstant, toMilliseconds } from '../../src/listener/time.ts';
import { HOME, LISTENER_ID, SPEC, sampleError, sampleListener, sampleObject } from './sample.ts';

const NOW = toInstant('2026-01-01T12:00:00.000Z') ?? 0;
const SETTLE = 120_000;
const CIRCUMSTANCES = { now: NOW, settle: SETTLE, patience: 600_000, home: HOME };

const ago = (ms: number): string => toMilliseconds(NOW - ms);
const operation = (kind: 'Create' | 'Update' | 'Delete', startedAt: string): Partial<AlbListenerStatus> => ({
  listenerId: LISTENER_ID,
  operation: { kind, jobId: 'job-1', requestId: 'REQ-0', startedAt },
});
const known: Partial<AlbListenerStatus> = { listenerId: LISTENER_ID };

type Sight = DeletionObservation['sight'];

function observed(sight: Sight, more: Partial<DeletionObservation> = {}): DeletionObservation {
  return { sight, referrers: [], sweep: { of: 'object' }, ...more };
}

describe('decideDeletion', () => {
  it.each<{
    reason: string;
    status?: Partial<AlbListenerStatus>;
    sight: Sight;
    decision: Record<string, unknown>;
  }>([
    {
      reason: 'the listener is ours and at rest',
      status: known,
      sight: { seen: 'present', listener: sampleListener(), job: undefined },
      decision: { do: 'delete', listenerId: LISTENER_ID },
    },
    {
      reason: 'a listener without our tag that another resource has is not deleted, whatever our status says',
      status: operation('Create', ago(1000)),
      sight: {
        seen: 'present',
        listener: sampleListener({ tags: [] }),
        job: undefined,
        contender: sampleObject({ name: 'owner', uid: 'owner' }),
      },
      decision: { do: 'report', finding: { reason: 'OwnershipLost' } },
    },
    {
      reason: 'after a wiped status, a listener that the search found is recorded, to be deleted',
      status: { recovery: { since: ago(1000) } },
      sight: {
        seen: 'occupied',
        listener: sampleListener({ loadBalancerId: 'alb-before' }),
        ownership: { of: 'us', incarnation: 2 },
      },
      decision: { do: 'record', listenerId: LISTENER_ID, loadBalancerId: 'alb-before', incarnation: 2 },
    },
    ...(['free', 'nowhere'] as const).map((seen) => ({
      reason: `after a wiped status, what is ${seen} is looked at once more when a creation from before would be seen`,
      status: { recovery: { since: ago(1000) } },
      sight: { seen },
      decision: {
        do: 'report',
        finding: { reason: 'Deleting' },
        again: { when: 'after', ms: SETTLE - 1000 },
      },
    })),
    {
      reason: 'the settle time after a wiped status, nothing was found',
      status: { recovery: { since: ago(SETTLE) } },
      sight: { seen: 'free' },
      decision: { do: 'release' },
    },
    {
      reason:
        'after a wiped status nothing is known before the look, so credentials that may not look hold it',
      status: { recovery: { since: ago(SETTLE * 9) } },
      sight: { seen: 'unreadable', error: sampleError('authentication') },
      decision: { do: 'report', finding: { reason: 'AuthenticationFailed' } },
    },
    {
      reason: 'the cloud said that the listener is gone',
      status: operation('Delete', ago(1000)),
      sight: { seen: 'absent', job: undefined },
      decision: { do: 'release' },
    },
    {
      reason: 'a deletion under way is waited for, not repeated',
      status: operation('Delete', ago(1000)),
      sight: { seen: 'present', listener: sampleListener(), job: undefined },
      decision: { do: 'report', finding: { reason: 'Deleting' }, again: { when: 'poll' } },
    },
    {
      reason: 'a deletion the cloud has forgotten is asked for again',
      status: operation('Delete', ago(SETTLE)),
      sight: { seen: 'present', listener: sampleListener(), job: undefined },
      decision: { do: 'delete' },
    },
    {
      reason: 'a deletion that failed is reported with its cause',
      status: operation('Delete', ago(1000)),
      sight: {
        seen: 'present',
        listener: sampleListener(),
        job: { id: 'job-1', status: 'Failed', error: sampleError('listenerInUse') },
      },
      decision: { do: 'reportFailure', finding: { reason: 'OperationFailed' }, again: { when: 'backoff' } },
    },
    {
      reason: 'the cloud refuses to delete what it is still creating',
      status: operation('Create', ago(1000)),
      sight: {
        seen: 'present',
        listener: sampleListener({ listenerStatus: 'Provisioning' }),
        job: undefined,
      },
      decision: { do: 'report', finding: { reason: 'Deleting' } },
    },
    {
      reason: 'a creation that never ends must not hold the deletion for ever',
      status: operation('Create', ago(SETTLE)),
      sight: {
        seen: 'present',
        listener: sampleListener({ listenerStatus: 'Provisioning' }),
        job: undefined,
      },
      decision: { do: 'delete' },
    },
    {
      reason: 'a listener that was just created and cannot be read yet would be left behind',
      status: operation('Create', ago(SETTLE - 1)),
      sight: { seen: 'absent', job: undefined },
      decision: { do: 'report', finding: { reason: 'Deleting' } },
    },
    {
      reason: 'a creation that failed may have left a listener that cannot be read yet',
      status: operation('Create', ago(SETTLE - 1)),
      sight: {
        seen: 'absent',
        job: { id: 'job-1', status: 'Failed', error: sampleError('quotaExceeded') },
      },
      decision: { do: 'report', finding: { reason: 'Deleting' }, again: { when: 'poll' } },
    },
    {
      reason: 'what a creation that failed has left would be seen after the settle time',
      status: operation('Create', ago(SETTLE)),
      sight: {
        seen: 'absent',
        job: { id: 'job-1', status: 'Failed', error: sampleError('quotaExceeded') },
      },
      decision: { do: 'release' },
    },
    {
      reason:
        'the id that is gone may be that of an earlier one: what a lost create call made stands on the port',
      status: {
        ...known,
        creation: { incarnation: 1, startedAt: ago(SETTLE * 2), unsettledAt: ago(SETTLE * 2) },
      },
      sight: { seen: 'absent', job: undefined },
      decision: { do: 'startOver', again: { when: 'poll' } },
    },
    {
      reason:
        'an id that was never seen to its end may be wrong, from a backup for example: the port has the last word',
      status: known,
      sight: { seen: 'absent', job: undefined },
      decision: { do: 'startOver', again: { when: 'poll' } },
    },
    {
      reason: 'a listener without any tags is ours if we have just created it',
      status: operation('Create', ago(SETTLE)),
      sight: { seen: 'present', listener: sampleListener({ tags: [] }), job: undefined },
      decision: { do: 'delete' },
    },
    {
      reason:
        'but not if it stands where the manifest wants none: then somebody else has written that status',
      status: { ...operation('Create', ago(SETTLE)), loadBalancerId: 'alb-theirs' },
      sight: {
        seen: 'present',
        listener: sampleListener({ tags: [], loadBalancerId: 'alb-theirs' }),
        job: undefined,
      },
      decision: { do: 'report', finding: { reason: 'OwnershipLost' } },
    },
    {
      reason: 'a listener without our tag is never deleted, and the resource says so',
      status: known,
      sight: { seen: 'present', listener: sampleListener({ tags: [] }), job: undefined },
      decision: { do: 'report', finding: { reason: 'OwnershipLost' } },
    },
    {
      reason: 'nothing was ever begun',
      sight: { seen: 'free' },
      decision: { do: 'release' },
    },
    {
      reason: 'a lost create call may still come into sight',
      status: { creation: { incarnation: 0, startedAt: ago(9000), unsettledAt: ago(SETTLE - 1) } },
      sight: { seen: 'free' },
      decision: { do: 'report', finding: { reason: 'Deleting' }, again: { when: 'poll' } },
    },
    {
      reason: 'a lost create call that is not in sight after the settle time made nothing',
      status: { creation: { incarnation: 0, startedAt: ago(SETTLE * 2), unsettledAt: ago(SETTLE) } },
      sight: { seen: 'free' },
      decision: { do: 'release' },
    },
    {
      reason: 'a listener with our tag is ours although the status lost its id',
      sight: { seen: 'occupied', listener: sampleListener(), ownership: { of: 'us', incarnation: 0 } },
      decision: { do: 'record', listenerId: LISTENER_ID },
    },
    {
      reason: 'the listener of a stranger on our port is none of our business',
      sight: { seen: 'occupied', listener: sampleListener(), ownership: { of: 'nobody' } },
      decision: { do: 'release' },
    },
    {
      reason: 'a ConfigMap that never named a load balancer leaves nothing to look for',
      sight: { seen: 'nowhere' },
      decision: { do: 'release' },
    },
    {
      reason: 'a creation was begun on a load balancer that nobody knows any more, so a person must name it',
      status: { creation: { incarnation: 0, startedAt: ago(9000), unsettledAt: ago(9000) } },
      sight: { seen: 'nowhere' },
      decision: { do: 'report', finding: { reason: 'InvalidReference' }, again: { when: 'slowly' } },
    },
  ])('$decision.do: $reason', ({ status, sight, decision }) => {
    const object = sampleObject({ beingDeleted: true, ...(status !== undefined && { status }) });
    expect(decideDeletion(object, observed(sight), CIRCUMSTANCES)).toMatchObject(decision);
  });

  it.each<AlbErrorClass>([
    'permission',
    'authentication',
    'unavailable',
    'throttled',
    'unclassified',
    'loadBalancerLocked',
  ])('keeps the finalizer while the cloud answers with %s: that is no proof of absence', (errorClass) => {
    const object = sampleObject({ beingDeleted: true, status: known });
    const sight: Sight = { seen: 'unreadable', error: sampleError(errorClass) };
    expect(decideDeletion(object, observed(sight), CIRCUMSTANCES)).toMatchObject({ do: 'report' });
  });

  it.each<AlbErrorClass>([
    'credentialsMissing',
    'wrongAccount',
    'permission',
    'loadBalancerNotFound',
    'unknownRegion',
    'unavailable',
    'unclassified',
  ])(
    'lets a resource go that never had a listener, whatever keeps the cloud from being asked: %s',
    (errorClass) => {
      const object = sampleObject({ beingDeleted: true, status: { observedGeneration: 1 } });
      const sight: Sight = { seen: 'unreadable', error: sampleError(errorClass) };
      expect(decideDeletion(object, observed(sight), CIRCUMSTANCES)).toEqual({ do: 'release' });
    },
  );

  it('lets a resource go whose adoption never began, since that is recorded before the tags are written', () => {
    const spec = { ...SPEC, adopt: { listenerId: 'lsn-theirs' } };
    const object = sampleObject({ beingDeleted: true, status: { observedGeneration: 1 }, spec });
    const sight: Sight = { seen: 'unreadable', error: sampleError('unavailable') };
    expect(decideDeletion(object, observed(sight), CIRCUMSTANCES)).toEqual({ do: 'release' });
  });

  const refused = { observedGeneration: 1, creation: { incarnation: 1, startedAt: ago(SETTLE) } };
  it.each<{ class: AlbErrorClass; status: Partial<AlbListenerStatus>; reason: string }>([
    { class: 'throttled', status: { observedGeneration: 1 }, reason: 'it is its turn within a minute' },
    { class: 'busy', status: { observedGeneration: 1 }, reason: 'it is its turn within seconds' },
    { class: 'unavailable', status: refused, reason: 'a creation is on record, though it was refused' },
  ])('looks again on $class, since $reason', ({ class: errorClass, status }) => {
    const object = sampleObject({ beingDeleted: true, status });
    const sight: Sight = { seen: 'unreadable', error: sampleError(errorClass) };
    expect(decideDeletion(object, observed(sight), CIRCUMSTANCES).do).not.toBe('release');
  });

  const referrer = (beingDeleted: boolean) => sampleObject({ name: 'https', uid: 'other', beingDeleted });
  it.each<{
    reason: string;
    spec?: object;
    status?: Partial<AlbListenerStatus>;
    deletedAgo?: number;
    sweep?: Sweep;
    referrers?: readonly boolean[];
    tags?: readonly Tag[];
    decision: Record<string, unknown>;
    says?: string;
  }>([
    {
      reason: 'a namespace takes the object along, which says nothing about the listener',
      sweep: { of: 'namespace' },
      decision: { do: 'report', finding: { reason: 'DeletionHeld' }, again: { when: 'slowly' } },
      says: 'namespace shop',
    },
    {
      reason: 'the CRD takes all objects along',
      sweep: { of: 'definition' },
      decision: { do: 'report', finding: { reason: 'DeletionHeld' } },
      says: 'CustomResourceDefinition',
    },
    {
      reason: 'what cannot be found out now is asked again, not assumed',
      sweep: { of: 'unknown', message: 'no answer' },
      decision: { do: 'report', finding: { reason: 'Deleting' }, again: { when: 'backoff' } },
      says: 'no answer',
    },
    {
      reason: 'a listener that is kept in any case is let go, whoever asks',
      spec: { deletionPolicy: 'Retain' },
      sweep: { of: 'namespace' },
      decision: { do: 'disown' },
    },
    {
      reason:
        'the tags of a listener that was just created may trail behind, and must not stay on one that is kept',
      spec: { deletionPolicy: 'Retain' },
      status: operation('Create', ago(SETTLE - 1)),
      tags: [],
      decision: { do: 'report', finding: { reason: 'Deleting' }, again: { when: 'poll' } },
      says: LISTENER_ID,
    },
    {
      reason: 'a listener that is kept and has lost its tags is let go',
      spec: { deletionPolicy: 'Retain' },
      status: operation('Create', ago(SETTLE)),
      tags: [],
      decision: { do: 'release' },
    },
    {
      reason: 'a deletion that the cloud has accepted cannot be held back any more',
      status: operation('Delete', ago(1000)),
      sweep: { of: 'namespace' },
      referrers: [false],
      decision: { do: 'report', finding: { reason: 'Deleting' }, again: { when: 'poll' } },
    },
    {
      reason: 'a listener that refers to it and goes, too, goes first, and nobody need be warned',
      referrers: [true],
      decision: { do: 'report', finding: { reason: 'Deleting' }, again: { when: 'slowly' } },
      says: 'AlbListener shop/https',
    },
    {
      reason: 'a listener that refers to it and stays is for a person to change',
      referrers: [true, false],
      decision: { do: 'report', finding: { reason: 'ListenerInUse' }, again: { when: 'slowly' } },
      says: 'AlbListener shop/https',
    },
    {
      reason: 'a listener that refers to it may be deleted by the same command, a moment later',
      deletedAgo: 1000,
      referrers: [false],
      decision: { do: 'report', finding: { reason: 'Deleting' }, again: { when: 'after' } },
    },
    {
      reason: 'a sweep is told before what else stands in the way: its answer comes first',
      sweep: { of: 'namespace' },
      referrers: [false],
      decision: { do: 'report', finding: { reason: 'DeletionHeld' } },
    },
  ])('$decision.do: $reason', (row) => {
    const { spec, status = known, deletedAgo = 60_000, sweep = { of: 'object' }, referrers = [] } = row;
    const object = sampleObject({
      status,
      deletedAt: ago(deletedAgo),
      ...(spec !== undefined && { spec: { ...SPEC, ...spec } }),
    });
    const listener = sampleListener(row.tags && { tags: row.tags });
    const sight: Sight = { seen: 'present', listener, job: undefined };
    const observation = observed(sight, { sweep, referrers: referrers.map(referrer) });
    const decision = decideDeletion(object, observation, CIRCUMSTANCES);
    expect(decision).toMatchObject(row.decision);
    expect(JSON.stringify(decision)).toContain(row.says ?? '');
  });
});
