import { expect } from 'vitest';
import { isReady } from '../support/operator-world.ts';
import type { Scenario } from './scenario.ts';
import { certificate, forwardTo } from './scene.ts';
import { messageOf } from './scene-cluster.ts';

export const CREATION: readonly Scenario[] = [
  {
    name: 'creates one listener and follows it to Running',
    reason: 'The main job.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('web', scene.spec());
      const provisioning = await cluster.until('web', ({ status }) => status.listenerId !== undefined);
      expect(isReady(provisioning)).toBe(false);
      const { status, metadata } = await cluster.untilReady('web');
      expect(status.phase).toBe('Running');
      const listeners = await cloud.listeners();
      expect(listeners).toMatchObject([
        {
          ListenerId: status.listenerId,
          ListenerStatus: 'Running',
          ListenerProtocol: 'HTTP',
          ListenerPort: 80,
        },
      ]);
      expect(listeners[0]?.Tags).toContainEqual({ Key: 'alb-listener-operator/uid', Value: metadata.uid });
      expect(await cloud.writes()).toEqual(['CreateListener']);
    },
  },
  {
    name: 'runs HTTPS and QUIC on one port number, each with its certificate',
    reason: 'TCP and UDP are two ports; whoever offers QUIC uses 443 for both.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('quic', scene.quic(certificate('1002')));
      const https = await scene.ready('https', scene.https({ securityPolicyId: 'tls_cipher_policy_1_2' }));
      const quic = await cluster.untilReady('quic');
      expect(await cloud.listener(https.listenerId)).toMatchObject({
        SecurityPolicyId: 'tls_cipher_policy_1_2',
        Certificates: [{ CertificateId: '1001-cn-hangzhou' }],
      });
      expect(await cloud.listener(quic.status.listenerId ?? '')).toMatchObject({
        ListenerProtocol: 'QUIC',
        ListenerPort: 443,
        Certificates: [{ CertificateId: '1002-cn-hangzhou' }],
      });
    },
  },
  {
    name: 'waits for a busy load balancer without warning anybody',
    reason:
      'A load balancer is busy for seconds all the time; an alarm for each would teach people to ignore alarms.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cloud.changeLoadBalancer({ LoadBalancerStatus: 'Configuring' });
      await cluster.apply('patient', scene.spec());
      await cluster.untilReason('patient', 'LoadBalancerBusy');
      expect(await cloud.listeners()).toEqual([]);

      await cloud.changeLoadBalancer({ LoadBalancerStatus: 'Active' });
      await cluster.untilReady('patient');
      expect(await cloud.listeners()).toHaveLength(1);
      expect((await cluster.events('patient')).map(({ type }) => type)).not.toContain('Warning');
    },
  },
  {
    name: 'names a server group that does not exist, and creates the listener once it is there',
    reason: 'Manifests of one release are applied in any order.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const late = `${cloud.serverGroupId}late`;
      await cluster.apply('early', scene.spec(forwardTo(late)));
      const waiting = await cluster.untilReason('early', 'DependencyNotFound');
      expect(messageOf(waiting)).toContain(late);
      expect(await cloud.listeners()).toEqual([]);

      await cloud.addServerGroup(late);
      await cluster.untilReady('early');
      expect(await cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'tells what the cloud refuses, and creates the listener once the manifest is corrected',
    reason: 'A wrong value must cost an edit, not a deletion and a new object.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('wrong', scene.spec(forwardTo('sgp-grpc')));
      const refused = await cluster.untilReason('wrong', 'OperationDenied');
      expect(refused.status.phase).toBe('Failed');
      expect(messageOf(refused)).toContain('OperationDenied.ServerGroupProtocolNotSupport');
      expect(await cloud.listeners()).toEqual([]);

      await scene.ready('wrong', scene.spec());
      expect(await cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'waits for a locked load balancer and tells why',
    reason:
      'An overdue payment locks it; somebody must pay, and nobody should have to touch Kubernetes afterwards.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cloud.changeLoadBalancer({ LoadBalancerBussinessStatus: 'Abnormal' });
      await cluster.apply('locked', scene.spec());
      const locked = await cluster.untilReason('locked', 'LoadBalancerLocked');
      expect(messageOf(locked)).toContain('Alibaba Cloud console');
      expect(await cloud.listeners()).toEqual([]);

      await cloud.changeLoadBalancer({ LoadBalancerBussinessStatus: 'Normal' });
      await cluster.untilReady('locked');
      expect(await cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'says that a quota is used up, and creates the listener once there is room',
    reason: 'Quotas are raised by a ticket; the listener must come by itself afterwards.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const raise = await cloud.fault({
        kind: 'error',
        operation: 'CreateListener',
        match: { LoadBalancerId: cloud.loadBalancerId },
        code: 'ResourceQuotaExceeded.LoadBalancerListenersNum',
      });
      await cluster.apply('one-more', scene.spec());
      const full = await cluster.untilReason('one-more', 'QuotaExceeded');
      expect(messageOf(full)).toContain('Quota Center');
      expect(await cloud.listeners()).toEqual([]);

      await raise();
      await cluster.untilReady('one-more');
      expect(await cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'finds the listener again when the answer to its creation is lost',
    reason: 'Exactly one: a lost answer must neither make a second listener nor leave one behind.',
    async run(scene) {
      const { cloud } = scene;
      await cloud.fault({
        kind: 'cut',
        effect: 'after',
        operation: 'CreateListener',
        match: { LoadBalancerId: cloud.loadBalancerId },
        count: 1,
      });
      const { listenerId } = await scene.ready('lost', scene.spec());
      expect((await cloud.listeners()).map(({ ListenerId }) => ListenerId)).toEqual([listenerId]);
      const writes = await cloud.writeCalls();
      expect(writes).toMatchObject([{ action: 'CreateListener', reached: false }]);
    },
  },
  {
    name: 'tells why a creation failed half-way, and makes another',
    reason: 'The cloud accepts creations that it then fails to carry out, and says so only in its jobs.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cloud.fault({
        kind: 'failJob',
        operation: 'CreateListener',
        match: { LoadBalancerId: cloud.loadBalancerId },
        code: 'InternalError',
        message: 'Out of addresses.',
        count: 1,
      });
      await cluster.apply('second-try', scene.spec());
      const failed = await cluster.untilReason('second-try', 'CreateFailed');
      expect(messageOf(failed)).toContain('Out of addresses.');

      const { status } = await cluster.untilReady('second-try');
      expect(await cloud.listeners()).toMatchObject([
        { ListenerId: status.listenerId, ListenerStatus: 'Running' },
      ]);
    },
  },
  {
    name: 'creates a listener again that somebody deleted in the console',
    reason: 'The manifest says that there is one.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const first = await scene.ready('back', scene.spec());
      await cloud.deleteByHand(first.listenerId);
      const { status } = await cluster.until(
        'back',
        (listener) => isReady(listener) && listener.status.listenerId !== first.listenerId,
      );
      expect(await cloud.listeners()).toMatchObject([
        { ListenerId: status.listenerId, ListenerStatus: 'Running' },
      ]);
      const events = await cluster.events('back');
      expect(events.find(({ reason }) => reason === 'ListenerLost')?.note).toContain(first.listenerId);
    },
  },
  {
    name: 'gives a port that two manifests claim to one of them, and to the other when that one goes',
    reason: 'Two teams that took the same port must be told; their listeners must not fight.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('first', scene.spec());
      await cluster.apply('second', scene.spec());
      const rival = await cluster.untilReason('second', 'PortClaimed');
      expect(messageOf(rival)).toContain(`${cluster.namespace}/first`);
      expect((await cloud.listeners()).map(({ ListenerId }) => ListenerId)).toEqual([listenerId]);

      await cluster.delete('first');
      const heir = await cluster.untilReady('second');
      expect((await cloud.listeners()).map(({ ListenerId }) => ListenerId)).toEqual([heir.status.listenerId]);
    },
  },
  {
    name: 'is edited to another port while the one that it declares belongs to others',
    reason:
      'That is the remedy in its message: nothing was created, so there is no reason to delete the object.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('first', scene.spec());
      await cluster.apply('claimed', scene.spec());
      const claimed = await cluster.untilReason('claimed', 'PortClaimed');
      const theirs = await cloud.candidate({ ListenerPort: 8081 });
      await cluster.apply('taken', scene.spec({ listenerPort: 8081 }));
      const taken = await cluster.untilReason('taken', 'PortTaken');
      for (const object of [claimed, taken]) {
        expect(messageOf(object)).toContain('declare another port');
        expect(object.status).not.toHaveProperty('creation');
      }

      const moved = await scene.ready('claimed', scene.spec({ listenerPort: 8082 }));
      const evaded = await scene.ready('taken', scene.spec({ listenerPort: 8083 }));
      expect((await cloud.listeners()).map(({ ListenerId }) => ListenerId).toSorted()).toEqual(
        [listenerId, theirs.ListenerId, moved.listenerId, evaded.listenerId].toSorted(),
      );
    },
  },
];
