import { expect } from 'vitest';
import { z } from 'zod';
import type { StoredListener } from '../support/operator-world.ts';
import type { Scenario } from './scenario.ts';
import { forwardTo } from './scene.ts';
import { messageOf } from './scene-cluster.ts';

const plan = z.object({
  verdict: z.string(),
  message: z.string(),
  calls: z.array(z.object({ operation: z.string(), fields: z.array(z.string()).optional() })),
  changes: z.array(z.unknown()).optional(),
});

const planOf = ({ status }: StoredListener) => plan.parse(status['plan']);
const readiness = ({ status }: StoredListener) =>
  status.conditions.find(({ type }) => type === 'Ready')?.status;
const DRY = { reconcilePolicy: 'DryRun' };

export const PLANS: readonly Scenario[] = [
  {
    name: 'plans a new listener with all its calls, and creates nothing',
    reason: 'A review shows what a merge would do.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const spec = scene.spec({
        idleTimeout: 20,
        logConfig: { accessLogRecordCustomizedHeadersEnabled: true },
        aclConfig: { aclType: 'White', aclIds: ['acl-office'] },
        ...DRY,
      });
      await cluster.apply('planned', spec);
      const planned = await cluster.untilReason('planned', 'Planned');
      expect(readiness(planned)).toBe('Unknown');
      const { verdict, calls, changes } = planOf(planned);
      expect({ verdict, changes }).toEqual({ verdict: 'Accepted', changes: [] });
      expect(calls.map(({ operation }) => operation)).toEqual([
        'CreateListener',
        'AssociateAclsWithListener',
        'UpdateListenerLogConfig',
      ]);
      expect(calls[0]?.fields).toEqual(
        expect.arrayContaining(['loadBalancerId', 'listenerPort', 'idleTimeout', 'defaultActions']),
      );
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'tells in the words of the cloud that it would refuse, and of the correction that it would not',
    reason: 'Some rules only the cloud knows, for example which VPC a server group is in.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('refused', scene.spec({ ...forwardTo('sgp-elsewhere'), ...DRY }));
      const refused = await cluster.untilReason('refused', 'DryRunRefused');
      expect(planOf(refused)).toMatchObject({ verdict: 'Refused' });
      expect(planOf(refused).message).toContain('Mismatch.VpcId');
      expect(messageOf(refused)).toMatch(/RequestId [0-9A-F-]{36}/);
      expect(refused.status.phase).toBe('Failed');

      await cluster.apply('refused', scene.spec(DRY));
      expect(planOf(await cluster.untilReason('refused', 'Planned')).verdict).toBe('Accepted');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'plans an edit of a running listener field by field, and leaves it as it is',
    reason: 'The most dangerous edits are those of listeners that serve.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('running', scene.spec());
      const before = await cloud.listener(listenerId);
      await cluster.apply('running', scene.spec({ idleTimeout: 20, listenerState: 'Stopped', ...DRY }));
      const planned = await cluster.untilReason('running', 'Planned');
      expect(readiness(planned)).toBe('Unknown');
      expect(messageOf(planned)).toContain(
        `Listener ${listenerId} would change: idleTimeout 15 → 20, listenerState Running → Stopped`,
      );
      expect(planOf(planned)).toMatchObject({
        verdict: 'Accepted',
        calls: [
          { operation: 'UpdateListenerAttribute', fields: ['idleTimeout'] },
          { operation: 'StopListener', fields: ['listenerState'] },
        ],
        changes: [
          { path: 'idleTimeout', declared: '20', actual: '15' },
          { path: 'listenerState', declared: 'Stopped', actual: 'Running' },
        ],
      });
      await cluster.lookedAt('running');
      expect(await cloud.listener(listenerId)).toEqual(before);
    },
  },
  {
    name: 'plans what would be corrected when somebody changes the listener',
    reason: 'A plan that is not kept up to date lies.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('drifting', scene.spec());
      await scene.ready('drifting', scene.spec(DRY));
      await cloud.editByHand(listenerId, { IdleTimeout: 77 });
      const planned = await cluster.untilReason('drifting', 'Planned');
      expect(planOf(planned).changes).toEqual([{ path: 'idleTimeout', declared: '15', actual: '77' }]);
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 77 });
    },
  },
  {
    name: 'is Ready, without a plan, where nothing would be done',
    reason: 'An empty plan is the answer that most reviews hope for.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await scene.ready('as-it-is', scene.spec());
      const mark = await cloud.mark();
      const { object } = await scene.ready('as-it-is', scene.spec({ requestTimeout: 60, ...DRY }));
      expect(object.status['plan']).toBeUndefined();
      expect(object.status.phase).toBe('Running');
      await cluster.lookedAt('as-it-is');
      expect(await cloud.writes(mark)).toEqual([]);
    },
  },
  {
    name: 'carries the plan out when the manifest says Manage, and then has no plan any more',
    reason: 'What was reviewed is what is done.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const changes = { idleTimeout: 20, aclConfig: { aclType: 'Black', aclIds: ['acl-abuse'] } };
      await cluster.apply('approved', scene.spec({ ...changes, ...DRY }));
      const planned = planOf(await cluster.untilReason('approved', 'Planned'));
      const { object, listenerId } = await scene.ready('approved', scene.spec(changes));
      expect(object.status['plan']).toBeUndefined();
      expect(await cloud.writes()).toEqual(planned.calls.map(({ operation }) => operation));
      expect(await cloud.listener(listenerId)).toMatchObject({
        IdleTimeout: 20,
        AclConfig: { AclType: 'Black', AclRelations: [{ AclId: 'acl-abuse', Status: 'Associated' }] },
      });
    },
  },
  {
    name: 'plans an adoption, and does not put its tags on the listener',
    reason: 'The first step of a takeover, and the one that people want to see beforehand.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const stranger = await cloud.stranger({ IdleTimeout: 77 });
      const adopt = { listenerId: stranger.ListenerId };
      await cluster.apply('takeover', scene.spec({ adopt, ...DRY }));
      const { verdict, calls, changes } = planOf(await cluster.untilReason('takeover', 'Planned'));
      expect(verdict).toBe('Accepted');
      expect(calls.map(({ operation }) => operation)).toEqual(['TagResources', 'UpdateListenerAttribute']);
      expect(changes).toEqual([{ path: 'idleTimeout', declared: '15', actual: '77' }]);
      expect(await cloud.listeners()).toEqual([stranger]);
    },
  },
  {
    name: 'says of a plan that has only tags that nobody can be asked about it',
    reason: 'The cloud has no dry run for tags; asking would be doing.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('tags', scene.spec());
      const before = await cloud.listener(listenerId);
      await cluster.apply('tags', scene.spec({ tags: [{ key: 'team', value: 'web' }], ...DRY }));
      expect(planOf(await cluster.untilReason('tags', 'Planned'))).toMatchObject({
        verdict: 'Unknown',
        calls: [{ operation: 'TagResources', fields: ['tags'] }],
      });
      expect(await cloud.listener(listenerId)).toEqual(before);
    },
  },
  {
    name: 'leaves the listener in the cloud when an object is deleted that only plans',
    reason: 'Under DryRun nothing is ever written, and a deletion is the largest write.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('kept', scene.spec());
      await scene.ready('kept', scene.spec(DRY));
      const before = await cloud.listener(listenerId);
      await cluster.delete('kept');
      await cluster.untilGone('kept');
      expect(await cloud.listeners()).toEqual([before]);
    },
  },
];
