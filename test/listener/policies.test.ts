import { describe, expect, it } from 'vitest';
import type { ListenerAttribute } from '../../src/alb/api.ts';
import { counted } from '../../src/listener/convergence.ts';
import { decideDeletion } from '../../src/listener/decide-deletion.ts';
import { decideLife } from '../../src/listener/decide-life.ts';
import type { DeletionObservation } from '../../src/listener/observation.ts';
import { observedOf } from '../../src/listener/observed.ts';
import { ownershipTags } from '../../src/listener/ownership.ts';
import { planFor } from '../../src/listener/plan.ts';
import { settingsPlan } from '../../src/listener/plan-settings.ts';
import { policiesOf } from '../../src/listener/policies.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import type { Sight } from '../../src/listener/sight.ts';
import { matching } from '../support/matchers.ts';
import { HOME, LISTENER_ID, SPEC, sampleListener, sampleObject } from './sample.ts';

const CIRCUMSTANCES = { now: Date.UTC(2026, 0, 1), settle: 120_000, patience: 600_000, home: HOME };

const RAN: Partial<AlbListenerStatus> = {
  observedGeneration: 1,
  listenerId: LISTENER_ID,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'Running',
      message: '',
    },
  ],
};
const EDITED = { ...RAN, observedGeneration: 0 };

const present = (listener: Partial<ListenerAttribute> = {}): Sight => ({
  seen: 'present',
  listener: sampleListener(listener),
  job: undefined,
});

describe('policies', () => {
  it.each<{
    reason: string;
    spec?: Partial<ResolvedSpec>;
    status?: Partial<AlbListenerStatus>;
    sight: Sight;
    decision: Record<string, unknown>;
  }>([
    {
      reason: 'drift is reported and left, with driftPolicy Report',
      spec: { driftPolicy: 'Report' },
      status: RAN,
      sight: present({ idleTimeout: 99 }),
      decision: { do: 'reportDrift', finding: { reason: 'Drifted' }, differences: [{ path: 'idleTimeout' }] },
    },
    {
      reason: "what differs because a reference leads elsewhere now is nobody else's change",
      spec: { driftPolicy: 'Report', idleTimeout: 30 },
      status: { ...RAN, observed: observedOf(sampleListener()) },
      sight: present(),
      decision: { do: 'apply', step: { call: 'update' } },
    },
    {
      reason: 'an edit is brought in place all the same',
      spec: { driftPolicy: 'Report' },
      status: EDITED,
      sight: present({ idleTimeout: 99 }),
      decision: { do: 'apply', step: { call: 'update' } },
    },
    {
      reason: 'a watcher changes nothing, not even after an edit',
      spec: { reconcilePolicy: 'Observe' },
      status: EDITED,
      sight: present({ idleTimeout: 99 }),
      decision: { do: 'reportDrift', finding: { reason: 'Drifted' } },
    },
    {
      reason: 'a watcher needs no ownership, since it changes nothing',
      spec: { reconcilePolicy: 'Observe' },
      status: RAN,
      sight: present({ tags: [] }),
      decision: { do: 'nothing' },
    },
    {
      reason: 'a watcher creates nothing',
      spec: { reconcilePolicy: 'Observe' },
      sight: { seen: 'free' },
      decision: { do: 'report', finding: { reason: 'ListenerMissing' } },
    },
    {
      reason: 'a watcher takes the id it was given, and leaves no tags',
      spec: { reconcilePolicy: 'Observe', adopt: { listenerId: 'lsn-theirs' } },
      sight: { seen: 'candidate', listener: sampleListener({ listenerId: 'lsn-theirs', tags: [] }) },
      decision: { do: 'watch', listenerId: 'lsn-theirs' },
    },
    {
      reason: 'a watcher that never created forgets a listener that is gone, and notes no creation',
      spec: { reconcilePolicy: 'Observe' },
      status: RAN,
      sight: { seen: 'absent', job: undefined },
      decision: { do: 'watch', listenerId: undefined },
    },
    {
      reason: 'a listener that the user names is taken over, tagged',
      spec: { adopt: { listenerId: 'lsn-theirs' } },
      sight: { seen: 'candidate', listener: sampleListener({ listenerId: 'lsn-theirs', tags: [] }) },
      decision: { do: 'adopt', listener: { listenerId: 'lsn-theirs' } },
    },
    {
      reason: 'a listener that was only watched so far is taken over when it is to be managed',
      spec: { adopt: { listenerId: LISTENER_ID } },
      status: EDITED,
      sight: present({ tags: [] }),
      decision: { do: 'adopt', listener: { listenerId: LISTENER_ID } },
    },
    {
      reason: 'but not from another that has taken it over meanwhile',
      spec: { adopt: { listenerId: LISTENER_ID } },
      status: EDITED,
      sight: present({ tags: [{ key: 'alb-listener-operator/uid', value: 'another' }] }),
      decision: { do: 'report', finding: { reason: 'OwnershipLost' } },
    },
    {
      reason: 'a listener on another port is not the one declared',
      spec: { adopt: { listenerId: 'lsn-theirs' } },
      sight: { seen: 'candidate', listener: sampleListener({ listenerId: 'lsn-theirs', listenerPort: 81 }) },
      decision: { do: 'report', finding: { reason: 'AdoptionRefused' } },
    },
    {
      reason: 'where the listener of another object stands is not told to whoever names its id',
      spec: { adopt: { listenerId: 'lsn-theirs' } },
      sight: {
        seen: 'candidate',
        listener: sampleListener({
          listenerId: 'lsn-theirs',
          loadBalancerId: 'alb-theirs',
          tags: [{ key: 'alb-listener-operator/uid', value: 'another' }],
        }),
      },
      decision: {
        do: 'report',
        finding: { reason: 'AdoptionRefused', message: matching(/^(?!.*alb-theirs)/) },
      },
    },
    {
      reason: 'nothing is created in place of a listener that was to be adopted',
      spec: { adopt: { listenerId: 'lsn-theirs' } },
      sight: { seen: 'candidate', listener: undefined },
      decision: { do: 'report', finding: { reason: 'AdoptionRefused' } },
    },
    {
      reason: 'an ignored field may be whatever it is',
      spec: { ignoreFields: ['idleTimeout', 'tags'], tags: [{ key: 'env', value: 'prod' }] },
      status: RAN,
      sight: present({ idleTimeout: 99 }),
      decision: { do: 'nothing' },
    },
    {
      reason: 'a listener declared as stopped is stopped last, after its settings',
      spec: { listenerState: 'Stopped', idleTimeout: 30 },
      status: RAN,
      sight: present(),
      decision: { do: 'apply', step: { call: 'update', parameters: { idleTimeout: 30 } } },
    },
    {
      reason: 'and is then as declared',
      spec: { listenerState: 'Stopped' },
      status: RAN,
      sight: present({ listenerStatus: 'Stopped' }),
      decision: { do: 'nothing' },
    },
    {
      reason: 'a tag that left the manifest leaves the listener; the tags of others stay',
      status: { ...RAN, managedTagKeys: ['env'] },
      sight: present({
        tags: [
          ...ownershipTags(
            { uid: sampleObject().uid, namespace: 'shop', name: 'web', clusterUid: undefined },
            0,
          ),
          { key: 'env', value: 'prod' },
          { key: 'cost-centre', value: '42' },
        ],
      }),
      decision: { do: 'apply', step: { call: 'untag', keys: ['env'] } },
    },
  ])('$decision.do: $reason', ({ spec = {}, status = {}, sight, decision }) => {
    const declared = { ...SPEC, ...spec };
    const object = sampleObject({ spec: declared, status });
    expect(decideLife(object, { of: 'cloud', spec: declared, sight }, CIRCUMSTANCES)).toMatchObject(decision);
  });

  it.each<{ reason: string; spec: object; sight: Sight; decision: Record<string, unknown> }>([
    {
      reason: 'a listener to be retained loses our tags first',
      spec: { deletionPolicy: 'Retain' },
      sight: present(),
      decision: { do: 'disown', listenerId: LISTENER_ID },
    },
    {
      reason: 'and then the resource goes',
      spec: { deletionPolicy: 'Retain' },
      sight: present({ tags: [] }),
      decision: { do: 'release' },
    },
  ])('on deletion, $decision.do: $reason', ({ spec, sight, decision }) => {
    const object = sampleObject({ beingDeleted: true, spec: { ...SPEC, ...spec }, status: RAN });
    const observation: DeletionObservation = { sight, referrers: [], sweep: { of: 'object' } };
    expect(decideDeletion(object, observation, CIRCUMSTANCES)).toMatchObject(decision);
  });

  it('are read from a spec that breaks rules elsewhere', () => {
    expect(
      policiesOf({ suspend: true, deletionPolicy: 'Retain', syncInterval: '1h30m', listenerPort: 'x' }),
    ).toEqual({
      suspended: true,
      observes: false,
      adopts: false,
      retains: true,
      syncInterval: 5_400_000,
    });
  });

  it.each([undefined, null, 'text', { suspend: 'yes', syncInterval: 7 }])('mean nothing in %j', (spec) => {
    expect(policiesOf(spec)).toMatchObject({ suspended: false, retains: false, syncInterval: undefined });
  });
});

describe('updates that the cloud accepts and does not follow', () => {
  const listener = sampleListener({ idleTimeout: 99 });
  const { differences } = planFor(SPEC, listener, {});
  const inVain = [1, 2, 3].reduce<ReturnType<typeof counted> | undefined>(
    (count) => counted(count, differences),
    undefined,
  );

  const decide = (status: Partial<AlbListenerStatus>, generation = 1, spec: ResolvedSpec = SPEC) =>
    decideLife(
      sampleObject({
        spec,
        generation,
        status: { observedGeneration: 1, listenerId: LISTENER_ID, ...status },
      }),
      { of: 'cloud', spec, sight: { seen: 'present', listener, job: undefined } },
      CIRCUMSTANCES,
    );

  it('end after the third, and the field is named', () => {
    expect(inVain?.updates).toBe(3);
    const decision = decide({ ...(inVain !== undefined && { convergence: inVain }) });
    expect(decision).toMatchObject({ do: 'reportDrift', finding: { reason: 'NotConverging' } });
    expect(decision.do === 'reportDrift' && decision.finding.message).toContain('idleTimeout 99 → 15');
  });

  it('begin again with an edit', () => {
    expect(decide({ ...(inVain !== undefined && { convergence: inVain }) }, 2)).toMatchObject({
      do: 'apply',
    });
  });

  it('begin again on request', () => {
    const status = { ...(inVain !== undefined && { convergence: inVain }), handledReconcileAt: 'yesterday' };
    expect(decide(status)).toMatchObject({ do: 'apply' });
  });

  it('are counted from one for another difference', () => {
    const other = settingsPlan(SPEC, sampleListener({ requestTimeout: 99 })).differences;
    expect(counted(inVain, other).updates).toBe(1);
  });
});
