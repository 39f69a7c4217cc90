import { expect, vi } from 'vitest';
import { ALLOW_SWEEP } from '../../src/listener/resource.ts';
import { matching } from '../support/matchers.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { LONE_ACCESS_GUARD } from './access-guard.ts';
import type { LoneScenario } from './scenario.ts';
import { messageOf } from './scene-cluster.ts';

const DEFINITION = 'alblisteners.alb.alibabacloud.com';

/** One after the other, in a world of their own. The last one takes the CRD away. */
export const LONE_SCENARIOS: readonly LoneScenario[] = [
  {
    name: 'finds its listener again when it was killed before it heard of it',
    reason: 'Nodes fail at the worst moment; there must be one listener afterwards, not two.',
    async run(scene, world) {
      const { cluster, cloud } = scene;
      const match = { LoadBalancerId: cloud.loadBalancerId };
      const end = await cloud.fault({ kind: 'hold', effect: 'after', operation: 'CreateListener', match });
      await cluster.apply('killed', scene.spec());
      const { sequence } = await world.cloud.heldCall('CreateListener');
      await world.killOperator();
      await end();
      await world.cloud.release(sequence);
      expect((await cluster.get('killed'))?.status.listenerId).toBeUndefined();

      await world.startOperator();
      const { status } = await cluster.untilReady('killed');
      expect(await cloud.listeners()).toMatchObject([
        { ListenerId: status.listenerId, ListenerStatus: 'Running' },
      ]);
    },
  },
  {
    name: 'goes on with an edit of many calls where it was killed',
    reason: 'A crash between two calls must neither lose the rest nor repeat what is done.',
    async run(scene, world) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('edited', scene.spec());
      const mark = await cloud.mark();
      const match = { ListenerId: listenerId };
      const end = await cloud.fault({
        kind: 'hold',
        effect: 'after',
        operation: 'UpdateListenerAttribute',
        match,
      });
      await cluster.apply(
        'edited',
        scene.spec({
          idleTimeout: 20,
          listenerState: 'Stopped',
          aclConfig: { aclType: 'White', aclIds: ['acl-office'] },
        }),
      );
      const { sequence } = await world.cloud.heldCall('UpdateListenerAttribute');
      await world.killOperator();
      await end();
      await world.cloud.release(sequence);

      await world.startOperator();
      await cluster.untilReady('edited');
      expect(await cloud.listener(listenerId)).toMatchObject({
        IdleTimeout: 20,
        ListenerStatus: 'Stopped',
        AclConfig: { AclRelations: [{ AclId: 'acl-office', Status: 'Associated' }] },
      });
      expect(await cloud.writes(mark)).toEqual([
        'AssociateAclsWithListener',
        'UpdateListenerAttribute',
        'StopListener',
      ]);
    },
  },
  {
    name: 'changes nothing when it is restarted',
    reason: 'A rollout of the operator must not be felt by anybody.',
    async run(scene, world) {
      const { cluster, cloud } = scene;
      await scene.ready('web', scene.spec());
      await scene.ready('secure', scene.https());
      const versions = async () =>
        Promise.all(
          ['web', 'secure'].map(async (name) => (await cluster.get(name))?.metadata.resourceVersion),
        );
      const before = await versions();
      const mark = await cloud.mark();
      expect(await world.stopOperator()).toBe(0);
      await world.startOperator();
      await cloud.untilReads(4);
      expect(await versions()).toEqual(before);
      expect(await cloud.writes(mark)).toEqual([]);
    },
  },
  {
    name: 'carries out what was declared while it was away',
    reason: 'Edits and deletions do not wait for the operator.',
    async run(scene, world) {
      const { cluster, cloud } = scene;
      const kept = await scene.ready('kept', scene.spec());
      await scene.ready('dropped', scene.spec({ listenerPort: 81 }));
      await world.stopOperator();
      await cluster.apply('kept', scene.spec({ idleTimeout: 20 }));
      await cluster.delete('dropped');
      await cluster.apply('new', scene.spec({ listenerPort: 82 }));
      await world.startOperator();
      await cluster.untilGone('dropped');
      await cluster.untilReady('new');
      await cluster.untilReady('kept');
      expect(await cloud.listener(kept.listenerId)).toMatchObject({ IdleTimeout: 20 });
      const ports = (await cloud.listeners()).map(({ ListenerPort }) => ListenerPort);
      expect(new Set(ports)).toEqual(new Set([80, 82]));
    },
  },
  {
    name: 'notices a second installation on its objects, says so, and goes on when that one is gone',
    reason: 'Two installations would undo each other’s work for ever, and nobody would know why.',
    async run(scene, world) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('shared', scene.spec());
      const other = await world.startAnother({ ALB_INSTALLATION: 'blue' });
      try {
        await other.line('"msg":"watching"');
        await vi.waitFor(async () => {
          await cluster.lookedAt('shared');
          expect(await cluster.events('shared')).toContainEqual(
            expect.objectContaining({
              type: 'Warning',
              reason: 'OtherInstallation',
              note: matching(/blue/),
            }),
          );
        }, PATIENCE_MS);
      } finally {
        await other.stop();
      }
      const { object } = await scene.ready('shared', scene.spec({ idleTimeout: 20 }));
      expect(object.status['installation']).not.toBe('blue');
      expect(await cloud.listeners()).toMatchObject([{ ListenerId: listenerId, IdleTimeout: 20 }]);
    },
  },
  ...LONE_ACCESS_GUARD,
  {
    name: 'keeps all listeners when the CRD is deleted, until somebody says that they shall go',
    reason: 'kubectl delete crd, or a tidy uninstall, would otherwise take every service off the net.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await scene.ready('one', scene.spec());
      await scene.ready('two', scene.spec({ listenerPort: 81, deletionPolicy: 'Retain' }));
      const [one, two] = await cloud.listeners();
      await cluster.kubectl('delete', 'crd', DEFINITION, '--wait=false');
      expect(messageOf(await cluster.untilReason('one', 'DeletionHeld'))).toContain(ALLOW_SWEEP);
      await cluster.untilGone('two');
      expect(await cloud.listener(one?.ListenerId ?? '')).toEqual(one);
      expect(await cloud.listener(two?.ListenerId ?? '')).toMatchObject({ ListenerStatus: 'Running' });

      await cluster.annotate('one', ALLOW_SWEEP, 'true');
      await cluster.untilGone('one');
      expect((await cloud.listeners()).map(({ ListenerId }) => ListenerId)).toEqual([two?.ListenerId]);
    },
  },
];
