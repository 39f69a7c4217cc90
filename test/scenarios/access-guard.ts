import { expect } from 'vitest';
import type { LoneScenario, Scenario } from './scenario.ts';
import type { Scene } from './scene.ts';
import { messageOf } from './scene-cluster.ts';

/** The names of two lists that the cloud does not attach together, for they have an entry in common. */
const TWINS = ['twina', 'twinb'] as const;
const REFUSAL = 'ResourceAlreadyExist.AclEntry';

async function addTwins({ cloud }: Scene): Promise<void> {
  for (const name of TWINS) await cloud.putAcl(name, ['203.0.113.7/32']);
}

/** From now on the cloud attaches both. */
async function separateTwins({ cloud }: Scene): Promise<void> {
  await cloud.putAcl(TWINS[1], ['203.0.113.8/32']);
}

function white(scene: Scene, names: readonly string[], changes: object = {}): object {
  return {
    aclConfig: { aclType: 'White', aclIds: names.map((name) => scene.cloud.aclId(name)), ...changes },
  };
}

function attached(scene: Scene, names: readonly string[]): object {
  const AclRelations = names.map((name) => ({ AclId: scene.cloud.aclId(name), Status: 'Associated' }));
  return { AclConfig: { AclType: 'White', AclRelations } };
}

async function reasonsTold({ cluster }: Scene, name: string): Promise<readonly string[]> {
  return (await cluster.events(name)).map(({ reason }) => reason);
}

/** What happens to a listener while the cloud does not attach its access control lists. */
export const ACCESS_GUARD: readonly Scenario[] = [
  {
    name: 'creates no listener before its access control lists exist',
    reason: 'It would be open to everyone until the list is made.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('early', scene.spec(white(scene, ['late'])));
      const waiting = await cluster.untilReason('early', 'DependencyNotFound');
      expect(messageOf(waiting)).toContain('spec.aclConfig.aclIds');
      expect(messageOf(waiting)).toContain(cloud.aclId('late'));
      await cluster.lookedAt('early');
      expect(await cloud.listeners()).toEqual([]);

      await cloud.putAcl('late');
      const { status } = await cluster.untilReady('early');
      expect(await cloud.listeners()).toMatchObject([
        { ListenerId: status.listenerId, ListenerStatus: 'Running', ...attached(scene, ['late']) },
      ]);
      expect(await cloud.writes()).toEqual(['CreateListener', 'AssociateAclsWithListener']);
    },
  },
  {
    name: 'creates a listener whose access control lists it may not list',
    reason: 'Roles from before the check lack the action; an upgrade must not keep them from creating.',
    async run(scene) {
      const { cloud } = scene;
      await cloud.putAcl('hidden');
      const match = { 'AclIds.1': cloud.aclId('hidden') };
      const end = await cloud.fault({
        kind: 'error',
        operation: 'ListAcls',
        status: 403,
        code: 'Forbidden.RAM',
        match,
      });
      const { listenerId } = await scene.ready('unlisted', scene.spec(white(scene, ['hidden'])));
      await end();
      expect(await cloud.listener(listenerId)).toMatchObject(attached(scene, ['hidden']));
    },
  },
  {
    name: 'stops a new listener that the cloud refuses its access control lists, and starts it with them',
    reason: 'A White list that is not attached keeps no address out, although the manifest declares it.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await addTwins(scene);
      await cluster.apply('refused', scene.spec(white(scene, TWINS)));
      const stopped = await cluster.untilReason('refused', 'StoppedWithoutAcl');
      expect(messageOf(stopped)).toContain(REFUSAL);
      expect(stopped.status.phase).toBe('Failed');
      expect(await reasonsTold(scene, 'refused')).toContain('OpenToEveryone');
      const { listenerId = '' } = stopped.status;
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Stopped' });

      await separateTwins(scene);
      await cluster.untilReady('refused');
      const writes = await cloud.writes();
      expect(writes).toEqual([
        'CreateListener',
        'StopListener',
        'AssociateAclsWithListener',
        'StartListener',
      ]);
      expect(await cloud.listener(listenerId)).toMatchObject({
        ListenerStatus: 'Running',
        ...attached(scene, TWINS),
      });
    },
  },
  {
    name: 'lets a new listener serve without its access control lists where its manifest says so',
    reason: 'For some services an outage is worse than open access, so the manifest can choose that.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await addTwins(scene);
      await cluster.apply('served', scene.spec(white(scene, TWINS, { whenNotAttached: 'Serve' })));
      const open = await cluster.untilReason('served', 'OpenToEveryone');
      expect(messageOf(open)).toContain('whenNotAttached is Serve');
      await cluster.lookedAt('served');
      const { listenerId = '' } = open.status;
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Running' });

      await separateTwins(scene);
      await cluster.untilReady('served');
      expect(await cloud.writes()).toEqual(['CreateListener', 'AssociateAclsWithListener']);
    },
  },
  {
    name: 'does not stop a listener that serves when an edit names an access control list that is missing',
    reason: 'A mistyped id in an edit must not become an outage of a service with clients.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('serving', scene.spec());
      await cluster.edit('serving', white(scene, ['mistyped']));
      const open = await cluster.untilReason('serving', 'OpenToEveryone');
      expect(messageOf(open)).toContain('not stopped, since clients may rely on it');
      expect(messageOf(open)).toContain(cloud.aclId('mistyped'));
      await cluster.lookedAt('serving');
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Running' });

      await cloud.putAcl('mistyped');
      await cluster.untilReady('serving');
      expect(await cloud.writes()).toEqual(['CreateListener', 'AssociateAclsWithListener']);
    },
  },
  {
    name: 'does not start a listener that is declared stopped to attach its access control lists',
    reason: 'A standby would serve everyone for a moment, which neither its state nor its lists allow.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await addTwins(scene);
      await cluster.apply('standby', scene.spec({ listenerState: 'Stopped', ...white(scene, TWINS) }));
      const waiting = await cluster.until('standby', (listener) => messageOf(listener).includes(REFUSAL));
      const { listenerId = '' } = waiting.status;
      await cloud.untilListener(listenerId, { ListenerStatus: 'Stopped' });
      await cluster.lookedAt('standby');

      await separateTwins(scene);
      await cluster.untilReady('standby');
      expect(await cloud.writes()).toEqual(['CreateListener', 'StopListener', 'AssociateAclsWithListener']);
      expect(await cloud.listener(listenerId)).toMatchObject({
        ListenerStatus: 'Stopped',
        ...attached(scene, TWINS),
      });
    },
  },
];

/** What depends on a setting of the whole cloud. */
export const LONE_ACCESS_GUARD: readonly LoneScenario[] = [
  {
    name: 'starts a new listener at most three times to attach the lists that it does not take while stopped',
    reason:
      'Each start opens the listener for a moment: without a limit it would be open again and again for ever.',
    async run(scene, world) {
      const { cluster, cloud } = scene;
      await world.cloud.patchSettings({ aclsOfStopped: 'refused' });
      await addTwins(scene);
      await cluster.apply('stubborn', scene.spec(white(scene, TWINS)));
      const starts = async () => (await cloud.writes()).filter((action) => action === 'StartListener').length;
      await cloud.untilWrite('StartListener');

      // What was counted is in the status, so a restart gives no further attempts.
      await world.killOperator();
      await world.startOperator();
      const stalled = await cluster.until('stubborn', (listener) =>
        messageOf(listener).includes('started 3 times'),
      );
      await cloud.untilReads(6);
      expect(await starts()).toBe(3);
      const { listenerId = '' } = stalled.status;
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Stopped' });

      await separateTwins(scene);
      await cluster.edit('stubborn', { idleTimeout: 20 });
      await cluster.untilReady('stubborn');
      await world.cloud.patchSettings({ aclsOfStopped: 'allowed' });
      expect(await starts()).toBe(4);
      expect(await cloud.listener(listenerId)).toMatchObject({
        ListenerStatus: 'Running',
        IdleTimeout: 20,
        ...attached(scene, TWINS),
      });
    },
  },
];
