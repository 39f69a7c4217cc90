import { expect } from 'vitest';
import { ALLOW_SWEEP, FINALIZER } from '../../src/listener/resource.ts';
import type { Scenario } from './scenario.ts';
import type { Scene } from './scene.ts';
import { messageOf } from './scene-cluster.ts';

/** Deletes the namespace, and then what is in it, as the controller does that does not run here. */
async function sweepNamespace({ cluster }: Scene): Promise<void> {
  await cluster.kubectl('delete', 'namespace', cluster.namespace, '--wait=false');
  await cluster.kubectl('delete', 'alblisteners', '--all', '--wait=false');
}

export const DELETION: readonly Scenario[] = [
  {
    name: 'deletes the listener, and lets the object go when the cloud says that it is gone',
    reason: 'An object that vanished earlier would leave a listener nobody knows of.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('done', scene.spec());
      const end = await cloud.fault({
        kind: 'hangJob',
        operation: 'DeleteListener',
        match: { ListenerId: listenerId },
      });
      await cluster.delete('done');
      await cluster.until('done', ({ status }) => status['operation'] !== undefined);
      await cloud.untilReads(3);
      expect(await cluster.get('done')).toMatchObject({
        metadata: { finalizers: [FINALIZER] },
        status: { phase: 'Deleting' },
      });

      await end();
      await cloud.deleteByHand(listenerId);
      await cluster.untilGone('done');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'waits with a deletion until the cloud has finished with the listener',
    reason: 'The cloud refuses to delete what it is working on.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('hasty', scene.spec());
      await cluster.until('hasty', ({ status }) => status.listenerId !== undefined);
      await cluster.delete('hasty');
      await cluster.untilGone('hasty');
      expect(await cloud.listeners()).toEqual([]);
      expect((await cluster.events('hasty')).map(({ type }) => type)).not.toContain('Warning');
    },
  },
  {
    name: 'lets an object go whose listener somebody has already deleted',
    reason: 'Cleaning up by hand is common and must not leave a stuck object.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('cleaned', scene.spec());
      await cluster.apply('cleaned', scene.spec({ suspend: true }));
      await cluster.untilReason('cleaned', 'Suspended');
      await cloud.deleteByHand(listenerId);
      const mark = await cloud.mark();
      await cluster.delete('cleaned');
      await cluster.edit('cleaned', { suspend: false });
      await cluster.untilGone('cleaned');
      expect(await cloud.listeners()).toEqual([]);
      expect(await cloud.writes(mark)).toEqual([]);
    },
  },
  {
    name: 'lets an object go whose load balancer is gone, and its listener with it',
    reason: 'A whole environment is torn down in any order.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('razed', scene.spec());
      await cloud.deleteByHand(listenerId);
      await cloud.removeLoadBalancer();
      await cluster.delete('razed');
      await cluster.untilGone('razed');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'does not take "forbidden" for "gone"',
    reason: 'A lost permission would otherwise let objects go and leave their listeners behind.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('unseen', scene.spec());
      await cloud.changeLoadBalancer({ AccessDenied: true });
      await cluster.delete('unseen');
      const held = await cluster.untilReason('unseen', 'Forbidden');
      expect(held.metadata.finalizers).toEqual([FINALIZER]);
      expect(messageOf(held)).toContain('Grant the RAM action');
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Running' });

      await cloud.changeLoadBalancer({ AccessDenied: false });
      await cluster.untilGone('unseen');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'tells why a deletion failed half-way, and tries it again',
    reason: 'The cloud accepts deletions that it then fails to carry out.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('sticky', scene.spec());
      await cloud.fault({
        kind: 'failJob',
        operation: 'DeleteListener',
        match: { ListenerId: listenerId },
        code: 'InternalError',
        message: 'Disk full.',
        count: 1,
      });
      await cluster.delete('sticky');
      const failed = await cluster.untilReason('sticky', 'OperationFailed');
      expect(messageOf(failed)).toContain('Disk full.');
      await cluster.untilGone('sticky');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'keeps the listeners of a namespace that is deleted until somebody says that they shall go',
    reason: 'kubectl delete namespace must not take a shop off the net.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('swept', scene.spec());
      await sweepNamespace(scene);
      const held = await cluster.untilReason('swept', 'DeletionHeld');
      expect(messageOf(held)).toContain(ALLOW_SWEEP);
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Running' });
      expect(await cloud.writes()).toEqual(['CreateListener']);

      await cluster.annotate('swept', ALLOW_SWEEP, 'true');
      await cluster.untilGone('swept');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'deletes the listeners with a namespace that allows it beforehand',
    reason: 'Namespaces of previews come and go, and nobody is there to say yes.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.kubectl('annotate', 'namespace', cluster.namespace, `${ALLOW_SWEEP}=true`);
      await scene.ready('preview', scene.spec());
      await sweepNamespace(scene);
      await cluster.untilGone('preview');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'lets objects of a deleted namespace go whose listeners shall stay',
    reason: 'The other way out of a held deletion: keep the listener.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('staying', scene.spec());
      await sweepNamespace(scene);
      await cluster.untilReason('staying', 'DeletionHeld');
      await cluster.edit('staying', { deletionPolicy: 'Retain' });
      await cluster.untilGone('staying');
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Running', Tags: [] });
    },
  },
];
