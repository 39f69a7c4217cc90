import { describe, expect, it } from 'vitest';
import { type AccessGuard, NEW_GUARD } from '../../src/listener/access-guard.ts';
import type { AclSight } from '../../src/listener/acl-sight.ts';
import { decideAccess } from '../../src/listener/decide-access.ts';
import { planFor } from '../../src/listener/plan.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import type { SeenListener } from '../../src/listener/seen-listener.ts';
import { matching } from '../support/matchers.ts';
import { LISTENER_ID, SPEC, sampleError, sampleListener, sampleObject } from './sample.ts';

const SETTLE = 120_000;
const WHITE: NonNullable<ResolvedSpec['aclConfig']> = { aclType: 'White', aclIds: ['acl-office'] };
const RUNNING: Partial<SeenListener> = {};
const STOPPED: Partial<SeenListener> = { listenerStatus: 'Stopped' };
const REFUSED: AccessGuard = { starts: 0, refusedWhile: ['Running'], refusal: 'The quota is full.' };
/** A cloud that takes no lists from a stopped listener either. */
const STUBBORN: AccessGuard = { ...REFUSED, refusedWhile: ['Running', 'Stopped'] };

const MISSING: AclSight = {
  seen: 'unavailable',
  lacking: [{ aclId: 'acl-office', status: undefined }],
};
const HIDDEN: AclSight = { seen: 'hidden', error: sampleError('permission', { operation: 'ListAcls' }) };

const withLists = (aclType: 'White' | 'Black', ...aclIds: readonly string[]): Partial<SeenListener> => ({
  aclConfig: { aclType, aclRelations: aclIds.map((aclId) => ({ aclId, status: 'Associated' })) },
});
const condition = (status: 'True' | 'False', reason: string): Partial<AlbListenerStatus> => ({
  conditions: [{ type: 'Ready', status, lastTransitionTime: '2026-01-01T00:00:00Z', reason, message: '' }],
});

const report = (reason: string, text: RegExp, again: object = { when: 'slowly' }) => ({
  do: 'report',
  finding: { reason, message: matching(text) },
  again,
});
const stop = { do: 'protect', call: 'stop', listenerId: LISTENER_ID, finding: { reason: 'OpenToEveryone' } };
const start = (starts: number) => ({
  do: 'protect',
  call: 'start',
  guard: { starts, refusedWhile: ['Stopped'] },
});
const attach = { do: 'apply', step: { call: 'associateAcls', aclType: 'White', aclIds: ['acl-office'] } };

interface Row {
  readonly reason: string;
  readonly spec?: Partial<ResolvedSpec>;
  readonly listener?: Partial<SeenListener>;
  readonly guard?: AccessGuard;
  readonly status?: Partial<AlbListenerStatus>;
  readonly generation?: number;
  readonly acls?: AclSight;
  readonly isGivenUp?: boolean;
}

function decide({ guard, acls, isGivenUp = false, generation = 1, ...row }: Row) {
  const spec: ResolvedSpec = { ...SPEC, aclConfig: WHITE, ...row.spec };
  const listener = sampleListener(row.listener);
  const object = sampleObject({
    spec,
    generation,
    status: {
      observedGeneration: 1,
      listenerId: LISTENER_ID,
      ...(guard !== undefined && { accessGuard: guard }),
      ...row.status,
    },
  });
  const plan = planFor(spec, listener, object.status);
  return decideAccess(object, spec, listener, { acls, plan, isGivenUp, settle: SETTLE });
}

describe('what is done about a listener that is open to those it keeps out', () => {
  it.each<Row & { readonly decision: object }>([
    {
      reason: 'a new listener that was refused its lists while it ran is stopped',
      guard: REFUSED,
      decision: { ...stop, guard: REFUSED },
    },
    {
      reason: 'a look that sees the lists does not undo their refusal',
      guard: REFUSED,
      acls: { seen: 'available' },
      decision: stop,
    },
    {
      reason: 'a cloud that accepts the lists and never attaches them has refused them',
      guard: NEW_GUARD,
      isGivenUp: true,
      decision: { ...stop, finding: { message: matching(/accepts .* and does not attach them/) } },
    },
    {
      reason: 'a Black configuration with one of its lists missing admits the addresses of that list',
      guard: REFUSED,
      spec: { aclConfig: { aclType: 'Black', aclIds: ['acl-office', 'acl-abuse'] } },
      listener: withLists('Black', 'acl-office'),
      decision: stop,
    },
    {
      reason: 'lists of the other type keep out other addresses than the manifest does',
      guard: REFUSED,
      listener: withLists('Black', 'acl-office'),
      decision: stop,
    },
    {
      reason: 'a listener declared Stopped is stopped, although it may serve openly',
      guard: REFUSED,
      spec: { listenerState: 'Stopped', aclConfig: { ...WHITE, whenNotAttached: 'Serve' } },
      decision: stop,
    },
    {
      reason: 'without the right to stop, a missing list is only told of',
      acls: MISSING,
      decision: report('OpenToEveryone', /acl-office does not exist .* is not stopped, since clients/s),
    },
    {
      reason: 'a guard of a listener that is Ready is none, wherever it came from',
      guard: REFUSED,
      status: condition('True', 'Running'),
      acls: MISSING,
      decision: report('OpenToEveryone', /is not stopped, since clients/),
    },
    {
      reason: 'a manifest that chooses to serve is served, and reads that it is open',
      guard: REFUSED,
      spec: { aclConfig: { ...WHITE, whenNotAttached: 'Serve' } },
      acls: MISSING,
      decision: report('OpenToEveryone', /whenNotAttached is Serve/),
    },
    {
      reason: 'a stopped listener has its lists attached before it serves',
      guard: REFUSED,
      listener: STOPPED,
      decision: attach,
    },
    {
      reason: 'not being allowed to list them is no obstacle',
      guard: REFUSED,
      listener: STOPPED,
      acls: HIDDEN,
      decision: attach,
    },
    {
      reason: 'a list that does not exist is waited for, stopped, without a write',
      guard: REFUSED,
      listener: STOPPED,
      acls: MISSING,
      decision: report('StoppedWithoutAcl', /acl-office does not exist .* is kept stopped/s),
    },
    {
      reason: 'a list that is still being made is waited for as well',
      guard: STUBBORN,
      listener: STOPPED,
      acls: { seen: 'unavailable', lacking: [{ aclId: 'acl-office', status: 'Creating' }] },
      decision: report('StoppedWithoutAcl', /not Available yet but Creating/),
    },
    {
      reason: 'lists that are refused for the state need a start, counted ahead of the call',
      guard: STUBBORN,
      listener: STOPPED,
      decision: start(1),
    },
    {
      reason: 'a look that saw the lists does not start it more often',
      guard: { ...STUBBORN, starts: 3 },
      listener: STOPPED,
      acls: { seen: 'available' },
      status: condition('False', 'StoppedWithoutAcl'),
      decision: report('StoppedWithoutAcl', /started 3 times .* not started again before an edit/s),
    },
    {
      reason: 'between the first start and the second is a pause',
      guard: { ...STUBBORN, starts: 1 },
      listener: STOPPED,
      status: condition('False', 'OpenToEveryone'),
      decision: report('StoppedWithoutAcl', /quota is full/, { when: 'after', ms: SETTLE }),
    },
    {
      reason: 'between the second start and the third is a longer one',
      guard: { ...STUBBORN, starts: 2 },
      listener: STOPPED,
      status: condition('False', 'OpenToEveryone'),
      decision: report('StoppedWithoutAcl', /quota is full/, { when: 'after', ms: 2 * SETTLE }),
    },
    {
      reason: 'the pause has ended when its own look finds what it left',
      guard: { ...STUBBORN, starts: 2 },
      listener: STOPPED,
      status: condition('False', 'StoppedWithoutAcl'),
      decision: start(3),
    },
    {
      reason: 'an edit starts the attempts again: the lists first, while it is stopped',
      guard: { ...STUBBORN, starts: 3 },
      listener: STOPPED,
      generation: 2,
      decision: { ...attach, guard: NEW_GUARD },
    },
  ])('$reason', ({ decision, ...row }) => {
    expect(decide(row)).toMatchObject(decision);
  });

  it.each<Row>([
    {
      reason: 'one of the White lists keeps out all addresses that are in none',
      guard: REFUSED,
      spec: { aclConfig: { aclType: 'White', aclIds: ['acl-office', 'acl-vpn'] } },
      listener: withLists('White', 'acl-office'),
    },
    { reason: 'no lists are declared', guard: REFUSED, spec: { aclConfig: { ...WHITE, aclIds: [] } } },
    { reason: 'the lists are in ignoreFields', guard: REFUSED, spec: { ignoreFields: ['aclConfig'] } },
    { reason: 'the listener is only observed', guard: REFUSED, spec: { reconcilePolicy: 'Observe' } },
    { reason: 'the listener is only planned', guard: REFUSED, spec: { reconcilePolicy: 'DryRun' } },
    { reason: 'the first attempt is still to come', guard: NEW_GUARD, listener: RUNNING },
    { reason: 'an edit has the lists tried again before anything is stopped', guard: REFUSED, generation: 2 },
    { reason: 'a listener that has served is attached its lists as by any edit', listener: RUNNING },
    { reason: 'its lists may not be listed, so they are tried', acls: HIDDEN },
    { reason: 'a stopped listener without a guard is started as declared', listener: STOPPED },
    {
      reason: 'what is declared stopped is not started for its lists',
      guard: STUBBORN,
      spec: { listenerState: 'Stopped' },
      listener: STOPPED,
    },
    {
      reason: 'what is to serve openly is started without them',
      guard: STUBBORN,
      spec: { aclConfig: { ...WHITE, whenNotAttached: 'Serve' } },
      listener: STOPPED,
    },
  ])('the plan goes on as for any other listener: $reason', (row) => {
    expect(decide(row)).toBeUndefined();
  });
});
