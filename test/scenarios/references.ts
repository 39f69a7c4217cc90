import { expect } from 'vitest';
import { isReady } from '../support/operator-world.ts';
import type { Scenario } from './scenario.ts';
import { type Scene } from './scene.ts';
import { messageOf } from './scene-cluster.ts';

const from = (name: string, key: string) => ({ configMapKeyRef: { name, key } });
const serverGroupFrom = (name: string, key: string) => ({
  defaultActions: [
    {
      type: 'ForwardGroup',
      forwardGroupConfig: { serverGroupTuples: [{ serverGroupIdFrom: from(name, key) }] },
    },
  ],
});
const forwardsTo = (ServerGroupId: string) => ({
  DefaultActions: [{ ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId }] } }],
});
const upgradeTo = (name: string) => ({
  quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name } },
});

/** A running HTTPS listener that sends its clients on to a running QUIC listener. */
async function pair(scene: Scene) {
  const quic = await scene.ready('quic', scene.quic());
  const https = await scene.ready('https', scene.https(upgradeTo('quic')));
  return { quic: quic.listenerId, https: https.listenerId };
}

export const REFERENCES: readonly Scenario[] = [
  {
    name: 'takes the ids of the load balancer and the server group from a ConfigMap',
    reason: 'Terraform makes them; nobody wants to copy ids into Git by hand.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.configMap('outputs', { lb: cloud.loadBalancerId, group: `${cloud.serverGroupId}\n` });
      const { object, listenerId } = await scene.ready(
        'sourced',
        scene.spec({
          loadBalancerId: undefined,
          loadBalancerIdFrom: from('outputs', 'lb'),
          ...serverGroupFrom('outputs', 'group'),
        }),
      );
      expect(object.status['loadBalancerId']).toBe(cloud.loadBalancerId);
      expect(await cloud.listener(listenerId)).toMatchObject(forwardsTo(cloud.serverGroupId));
    },
  },
  {
    name: 'follows an id that changes in a ConfigMap',
    reason: 'A new run of Terraform replaces a server group; the traffic must follow without an edit.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.configMap('outputs', { group: cloud.serverGroupId });
      // Without a watch it would be an hour before anybody looked.
      const spec = scene.spec({ syncInterval: '1h', ...serverGroupFrom('outputs', 'group') });
      const { listenerId } = await scene.ready('follower', spec);
      await cluster.configMap('outputs', { group: cloud.otherServerGroupId });
      await cloud.untilListener(listenerId, forwardsTo(cloud.otherServerGroupId));
      await cluster.untilReady('follower');
    },
  },
  {
    name: 'names the ConfigMap or the key that is missing, and goes on by itself when it is there',
    reason: 'Manifests and their ids come from different pipelines, in any order.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('early', scene.spec(serverGroupFrom('late', 'group')));
      const missing = await cluster.untilReason('early', 'InvalidReference');
      expect(messageOf(missing)).toContain(`there is no ConfigMap ${cluster.namespace}/late`);
      await cluster.configMap('late', { other: 'x' });
      await cluster.until('early', (listener) => messageOf(listener).includes('has no key group'));
      expect(await cloud.listeners()).toEqual([]);

      await cluster.configMap('late', { group: cloud.serverGroupId });
      await cluster.untilReady('early');
      expect(await cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'does not move a listener when the ConfigMap names another load balancer',
    reason: 'A listener cannot move; making another one elsewhere would be an outage.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.configMap('outputs', { lb: cloud.loadBalancerId });
      const spec = scene.spec({ loadBalancerId: undefined, loadBalancerIdFrom: from('outputs', 'lb') });
      const { listenerId } = await scene.ready('settled', spec);
      const before = await cloud.listener(listenerId);
      await cluster.configMap('outputs', { lb: 'alb-theirs' });
      const refused = await cluster.untilReason('settled', 'InvalidReference');
      expect(messageOf(refused)).toContain('cannot move');
      expect(refused.status.listenerId).toBe(listenerId);
      expect(await cloud.listeners()).toEqual([before]);
    },
  },
  {
    name: 'lets an id be given in one way only',
    reason: 'Of two values one would be ignored, and nobody would know which.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const both = scene.spec({ loadBalancerIdFrom: from('outputs', 'lb') });
      expect(await cluster.refusal('both', both)).toContain('remove one of the two');
      const none = scene.spec({ loadBalancerId: undefined });
      expect(await cluster.refusal('none', none)).toContain('loadBalancerId is required');
      expect(await cluster.get('both')).toBeUndefined();
      expect(await cluster.get('none')).toBeUndefined();
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'sends clients on to the QUIC listener of another object as soon as that one runs',
    reason: 'Ids are only known after creation; both manifests are applied at once.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('https', scene.https(upgradeTo('quic')));
      const waiting = await cluster.untilReason('https', 'InvalidReference');
      expect(messageOf(waiting)).toContain(`there is no AlbListener ${cluster.namespace}/quic`);
      expect(await cloud.listeners()).toEqual([]);

      const quic = await scene.ready('quic', scene.quic());
      const { status } = await cluster.untilReady('https');
      expect(await cloud.listener(status.listenerId ?? '')).toMatchObject({
        QuicConfig: { QuicUpgradeEnabled: true, QuicListenerId: quic.listenerId },
      });
    },
  },
  {
    name: 'deletes two listeners that refer to each other in the order that the cloud accepts',
    reason: 'kubectl delete -f names them in any order, and nobody should be warned about that.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { quic, https } = await pair(scene);
      const mark = await cloud.mark();
      await cluster.delete('quic', 'https');
      await cluster.untilGone('https');
      await cluster.untilGone('quic');
      expect(await cloud.listeners()).toEqual([]);
      const deletions = (await cloud.calls(mark)).filter(({ action }) => action === 'DeleteListener');
      expect(deletions.map(({ parameters }) => parameters['ListenerId'])).toEqual([https, quic]);
      expect((await cluster.events('quic')).map(({ type }) => type)).not.toContain('Warning');
    },
  },
  {
    name: 'keeps a QUIC listener that another one still needs, and tells whose it is',
    reason: 'Clients that were sent on to it would get nowhere.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { quic } = await pair(scene);
      await cluster.delete('quic');
      const held = await cluster.untilReason('quic', 'ListenerInUse');
      expect(messageOf(held)).toContain(`AlbListener ${cluster.namespace}/https`);
      expect(await cloud.listener(quic)).toMatchObject({ ListenerStatus: 'Running' });

      await scene.ready('https', scene.https());
      await cluster.untilGone('quic');
      expect(await cloud.listener(quic)).toBeUndefined();
    },
  },
  {
    name: 'waits for a listener of somebody else that refers to ours, as the cloud says it does',
    reason: 'The cloud knows references that no manifest has.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const quic = await scene.ready('quic', scene.quic());
      const theirs = await cloud.candidate({
        ListenerProtocol: 'HTTPS',
        ListenerPort: 8443,
        Certificates: [{ CertificateId: '1001-cn-hangzhou' }],
        QuicConfig: { QuicUpgradeEnabled: true, QuicListenerId: quic.listenerId },
      });
      await cluster.delete('quic');
      const inUse = await cluster.untilReason('quic', 'ListenerInUse');
      expect(messageOf(inUse)).toContain(
        `in use by listener ${theirs.ListenerId} (HTTPS, port 8443), which no AlbListener owns.`,
      );
      expect(messageOf(inUse)).toContain('ResourceInUse.Listener');
      expect(isReady(inUse)).toBe(false);
      expect(await cloud.listener(quic.listenerId)).toMatchObject({ ListenerStatus: 'Running' });

      await cloud.editByHand(theirs.ListenerId, {
        QuicConfig: { QuicUpgradeEnabled: false },
      });
      await cluster.untilGone('quic');
      expect((await cloud.listeners()).map(({ ListenerId }) => ListenerId)).toEqual([theirs.ListenerId]);
    },
  },
];
