import { expect } from 'vitest';
import type { Scenario } from './scenario.ts';
import { messageOf } from './scene-cluster.ts';

/** What a manifest says about how far the operator may go. */
export const POLICIES: readonly Scenario[] = [
  {
    name: 'only watches, where the manifest says so: not even a deletion writes anything',
    reason: 'Trust comes first: see what the operator sees before it may do anything.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { ListenerId } = await cloud.stranger({ IdleTimeout: 77 });
      const before = await cloud.listener(ListenerId);
      const spec = scene.spec({ reconcilePolicy: 'Observe', adopt: { listenerId: ListenerId } });
      await cluster.apply('watched', spec);
      const { status } = await cluster.untilReason('watched', 'Drifted');
      expect(status['observed']).toMatchObject({ listenerStatus: 'Running', idleTimeout: 77 });
      expect(status['drift']).toEqual([{ path: 'idleTimeout', declared: '15', actual: '77' }]);
      await cluster.delete('watched');
      await cluster.untilGone('watched');
      expect(await cloud.writes()).toEqual([]);
      expect(await cloud.listener(ListenerId)).toEqual(before);
    },
  },
  {
    name: 'is Ready about a watched listener that is as declared',
    reason: 'An import shows whether Git and the cloud agree.',
    async run(scene) {
      const { cloud } = scene;
      const { ListenerId } = await cloud.stranger();
      const adopt = { listenerId: ListenerId };
      const { listenerId, object } = await scene.ready(
        'agreed',
        scene.spec({ reconcilePolicy: 'Observe', adopt }),
      );
      expect(listenerId).toBe(ListenerId);
      expect(object.status.phase).toBe('Running');
      expect(await cloud.writes()).toEqual([]);
    },
  },
  {
    name: 'says that there is nothing to watch, and creates nothing',
    reason: 'Observe must not create, whatever is missing.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('void', scene.spec({ reconcilePolicy: 'Observe' }));
      await cluster.untilReason('void', 'ListenerMissing');
      await cluster.lookedAt('void');
      expect(await cloud.listeners()).toEqual([]);

      await scene.ready('void', scene.spec());
      expect(await cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'takes a watched listener over when the same manifest comes to manage it',
    reason: 'An import in two steps: look first, then let go of the hand.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { ListenerId } = await cloud.candidate({ IdleTimeout: 77 });
      const adopt = { listenerId: ListenerId };
      await cluster.apply('import', scene.spec({ reconcilePolicy: 'Observe', adopt }));
      await cluster.untilReason('import', 'Drifted');
      const { listenerId } = await scene.ready('import', scene.spec({ adopt }));
      expect(listenerId).toBe(ListenerId);
      expect(await cloud.listener(ListenerId)).toMatchObject({ IdleTimeout: 15 });
      expect(await cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'takes over a listener by its id, brings it to the manifest, and deletes it in the end',
    reason: 'Listeners that serve today come under management without an outage.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { ListenerId } = await cloud.candidate({ IdleTimeout: 77 });
      const { listenerId } = await scene.ready('adopted', scene.spec({ adopt: { listenerId: ListenerId } }));
      expect(listenerId).toBe(ListenerId);
      expect(await cloud.listener(ListenerId)).toMatchObject({ IdleTimeout: 15 });
      expect(await cloud.writes()).toEqual(['TagResources', 'UpdateListenerAttribute']);

      await cluster.delete('adopted');
      await cluster.untilGone('adopted');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'refuses to take over a listener that is not the one declared',
    reason: 'A wrong id, one letter off, is somebody else’s listener.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const theirs = await cloud.stranger({ ListenerPort: 8080 });
      await cluster.apply('astray', scene.spec({ adopt: { listenerId: theirs.ListenerId } }));
      const refused = await cluster.untilReason('astray', 'AdoptionRefused');
      expect(messageOf(refused)).toContain(`HTTP:8080 of ${cloud.loadBalancerId}`);
      await cluster.delete('astray');
      await cluster.untilGone('astray');
      expect(await cloud.listeners()).toEqual([theirs]);
    },
  },
  {
    name: 'refuses to take over a listener that does not exist, and creates none in its place',
    reason: 'Whoever names an id wants that listener, not a new one.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('ghost', scene.spec({ adopt: { listenerId: 'lsn-000000000000000000' } }));
      const refused = await cluster.untilReason('ghost', 'AdoptionRefused');
      expect(messageOf(refused)).toContain('There is no such listener');
      await cluster.lookedAt('ghost');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'leaves a retained listener in the cloud, free to be adopted again',
    reason: 'An object can move to another cluster while its listener goes on serving.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const spec = scene.spec({ deletionPolicy: 'Retain', idleTimeout: 33 });
      const { listenerId } = await scene.ready('retained', spec);
      await cluster.delete('retained');
      await cluster.untilGone('retained');
      expect(await cloud.listener(listenerId)).toMatchObject({
        ListenerStatus: 'Running',
        IdleTimeout: 33,
        Tags: [],
      });
      const heir = await scene.ready('heir', { ...spec, adopt: { listenerId } });
      expect(heir.listenerId).toBe(listenerId);
      expect(await cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'keeps out while suspended, from an edit as from a deletion, and goes on afterwards',
    reason: 'During an incident one hand is on the listener, and it is not ours.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('suspended', scene.spec());
      await cluster.apply('suspended', scene.spec({ suspend: true, idleTimeout: 50 }));
      const { status } = await cluster.untilReason('suspended', 'Suspended');
      expect(status.conditions.find(({ type }) => type === 'Ready')?.status).toBe('Unknown');
      const mark = await cloud.mark();
      await cluster.delete('suspended');
      await cluster.until('suspended', (listener) => listener.status.phase === 'Deleting');
      await cluster.lookedAt('suspended');
      // A list that other objects need may name its load balancer, too.
      const calls = (await cloud.calls(mark)).filter(({ action }) => action !== 'ListListeners');
      expect(calls).toEqual([]);
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Running', IdleTimeout: 15 });

      await cluster.edit('suspended', { suspend: false });
      await cluster.untilGone('suspended');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'waits for the interval of the object, and looks at once when it is asked to',
    reason: 'Who pays for calls looks seldom; who has just repaired something does not want to wait an hour.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const seldom = await scene.ready('seldom', scene.spec({ syncInterval: '1h' }));
      const often = await scene.ready('often', scene.spec({ listenerPort: 81 }));
      await cloud.editByHand(seldom.listenerId, { IdleTimeout: 77 });
      await cloud.editByHand(often.listenerId, { IdleTimeout: 77 });
      await cloud.untilListener(often.listenerId, { IdleTimeout: 15 });
      expect(await cloud.listener(seldom.listenerId)).toMatchObject({ IdleTimeout: 77 });

      await cluster.lookedAt('seldom');
      await cloud.untilListener(seldom.listenerId, { IdleTimeout: 15 });
      await cluster.untilReady('seldom');
    },
  },
  {
    name: 'never touches a stranger’s listener on its port, and names it',
    reason: 'Promise 2: what is not proven to be ours may be serving somebody.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const stranger = await cloud.stranger({ IdleTimeout: 77 });
      await cluster.apply('blocked', scene.spec());
      const taken = await cluster.untilReason('blocked', 'PortTaken');
      expect(messageOf(taken)).toContain(stranger.ListenerId);
      await cluster.delete('blocked');
      await cluster.untilGone('blocked');
      expect(await cloud.listeners()).toEqual([stranger]);
      expect(await cloud.writes()).toEqual([]);
    },
  },
  {
    name: 'names the AlbListener whose listener holds the port, although it is in another cluster',
    reason: 'Two clusters share a load balancer more often than anybody planned.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const stranger = await cloud.stranger({
        Tags: [
          { Key: 'alb-listener-operator/uid', Value: '00000000-0000-4000-8000-00000000000f' },
          { Key: 'alb-listener-operator/namespace', Value: 'far-away' },
          { Key: 'alb-listener-operator/name', Value: 'shop' },
        ],
      });
      await cluster.apply('blocked', scene.spec());
      const taken = await cluster.untilReason('blocked', 'PortTaken');
      expect(messageOf(taken)).toContain('belongs to AlbListener far-away/shop');
      expect(await cloud.listeners()).toEqual([stranger]);
    },
  },
  {
    name: 'creates its listener when the stranger on the port leaves',
    reason: 'A migration by hand: the old listener goes, the declared one comes by itself.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const old = await cloud.candidate();
      await cluster.apply('next', scene.spec());
      await cluster.untilReason('next', 'PortTaken');
      await cloud.deleteByHand(old.ListenerId);
      const { status } = await cluster.untilReady('next');
      expect(await cloud.listeners()).toMatchObject([{ ListenerId: status.listenerId }]);
    },
  },
];
