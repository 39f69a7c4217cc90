import { expect } from 'vitest';
import type { Scenario } from './scenario.ts';
import { certificate, forwardTo } from './scene.ts';
import { messageOf } from './scene-cluster.ts';

export const EDITS: readonly Scenario[] = [
  {
    name: 'brings several edited settings in place with one update of only these',
    reason: 'Every write locks the listener and counts against a rate limit.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('several', scene.spec({ requestTimeout: 90 }));
      const mark = await cloud.mark();
      await scene.ready(
        'several',
        scene.spec({ requestTimeout: 90, idleTimeout: 20, gzipEnabled: false, listenerDescription: 'shop' }),
      );
      expect(await cloud.listener(listenerId)).toMatchObject({
        RequestTimeout: 90,
        IdleTimeout: 20,
        GzipEnabled: false,
        ListenerDescription: 'shop',
      });
      const [update, ...others] = await cloud.writeCalls(mark);
      expect(others).toEqual([]);
      const { ClientToken, ...sent } = { ClientToken: '', ...update?.parameters };
      expect(Object.keys(sent).sort()).toEqual([
        'GzipEnabled',
        'IdleTimeout',
        'ListenerDescription',
        'ListenerId',
      ]);
    },
  },
  {
    name: 'returns a field that left the manifest to the default of the cloud',
    reason: 'What is not in Git must not live on in the cloud.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready(
        'default',
        scene.spec({ requestTimeout: 90, idleTimeout: 20 }),
      );
      await scene.ready('default', scene.spec({ idleTimeout: 20 }));
      expect(await cloud.listener(listenerId)).toMatchObject({ RequestTimeout: 60, IdleTimeout: 20 });
    },
  },
  {
    name: 'moves the traffic to another server group',
    reason: 'Blue and green: the edit that is made most often.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('blue', scene.spec());
      await scene.ready('blue', scene.spec(forwardTo(cloud.otherServerGroupId)));
      const ServerGroupTuples = [{ ServerGroupId: cloud.otherServerGroupId }];
      expect((await cloud.listener(listenerId))?.DefaultActions).toEqual([
        { Type: 'ForwardGroup', ForwardGroupConfig: { ServerGroupTuples } },
      ]);
    },
  },
  {
    name: 'renews the default certificate',
    reason: 'Certificates end every year; a new one must come without another listener.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('renewed', scene.https());
      const after = await scene.ready('renewed', scene.https(certificate('1002')));
      expect(after.listenerId).toBe(listenerId);
      expect(await cloud.listener(listenerId)).toMatchObject({
        Certificates: [{ CertificateId: '1002-cn-hangzhou' }],
      });
    },
  },
  {
    name: 'turns mutual TLS on and off',
    reason: 'Two fields that are only accepted together.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('mutual', scene.https());
      const caCertificates = [{ certificateId: 'ca-1' }];
      await scene.ready('mutual', scene.https({ caEnabled: true, caCertificates }));
      expect(await cloud.listener(listenerId)).toMatchObject({
        CaEnabled: true,
        CaCertificates: [{ CertificateId: 'ca-1' }],
      });
      await scene.ready('mutual', scene.https());
      expect(await cloud.listener(listenerId)).toMatchObject({ CaEnabled: false });
    },
  },
  {
    name: 'changes single headers and leaves the rest of them',
    reason: 'A nested parameter is sent whole; that must not switch its other parts off.',
    async run(scene) {
      const { cloud } = scene;
      const headers = { xForwardedForProtoEnabled: true, xForwardedForSLBIdEnabled: true };
      const { listenerId } = await scene.ready('headers', scene.spec({ xForwardedForConfig: headers }));
      const changed = {
        ...headers,
        xForwardedForSLBIdEnabled: false,
        xForwardedForClientSrcPortEnabled: true,
      };
      await scene.ready('headers', scene.spec({ xForwardedForConfig: changed }));
      expect((await cloud.listener(listenerId))?.XForwardedForConfig).toMatchObject({
        XForwardedForEnabled: true,
        XForwardedForProtoEnabled: true,
        XForwardedForSLBIdEnabled: false,
        XForwardedForClientSrcPortEnabled: true,
      });
    },
  },
  {
    name: 'brings the last of several quick edits in place',
    reason:
      'While the cloud works on one edit it refuses the next: none may be lost, and the last one counts.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('quick', scene.spec());
      for (const idleTimeout of [20, 30, 40]) await cluster.edit('quick', { idleTimeout });
      const { status, metadata } = await cluster.untilReady('quick');
      expect(status.observedGeneration).toBe(metadata.generation);
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 40, ListenerStatus: 'Running' });
    },
  },
  {
    name: 'tells why an update failed half-way, and tries it again',
    reason: 'A job that failed leaves the old value; nobody would see it if the job were not looked at.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('unlucky', scene.spec());
      await cloud.fault({
        kind: 'failJob',
        operation: 'UpdateListenerAttribute',
        match: { ListenerId: listenerId },
        code: 'InternalError',
        message: 'Node lost.',
        count: 1,
      });
      await cluster.edit('unlucky', { idleTimeout: 50 });
      const failed = await cluster.untilReason('unlucky', 'OperationFailed');
      expect(messageOf(failed)).toContain('Node lost.');
      await cluster.untilReady('unlucky');
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 50 });
    },
  },
  {
    name: 'gets over a lost answer to an update',
    reason: 'Networks fail between the effect and the answer.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('cut', scene.spec());
      await cloud.fault({
        kind: 'cut',
        effect: 'after',
        operation: 'UpdateListenerAttribute',
        match: { ListenerId: listenerId },
        count: 1,
      });
      const mark = await cloud.mark();
      await cluster.edit('cut', { idleTimeout: 50 });
      await cluster.untilReady('cut');
      const [write] = await cloud.writeCalls(mark);
      expect(write).toMatchObject({ action: 'UpdateListenerAttribute', reached: false });
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 50 });
    },
  },
  {
    name: 'keeps a listener that the cloud refuses to change as it is, and says what is wrong',
    reason: 'A refused edit must not harm what runs.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('refused', scene.spec());
      const before = await cloud.listener(listenerId);
      await cluster.apply('refused', scene.spec(forwardTo('sgp-elsewhere')));
      const refused = await cluster.until('refused', (listener) =>
        messageOf(listener).includes('Mismatch.VpcId'),
      );
      expect(refused.status.conditions.find(({ type }) => type === 'Stalled')?.status).toBe('True');
      expect(await cloud.listener(listenerId)).toEqual(before);

      await scene.ready('refused', scene.spec());
      expect(await cloud.listener(listenerId)).toEqual(before);
    },
  },
  {
    name: 'finds nothing to do where a manifest says the same in other words',
    reason: 'An order, a space or an empty list is no difference; updates for them would never end.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const tags = [
        { key: 'team', value: 'web' },
        { key: 'env', value: 'test' },
      ];
      const trusted = (addresses: string) => ({
        xForwardedForConfig: {
          xForwardedForClientSourceIpsEnabled: true,
          xForwardedForClientSourceIpsTrusted: addresses,
        },
      });
      await scene.ready('same', scene.spec({ tags, ...trusted('10.0.0.0/8;192.168.1.1') }));
      const mark = await cloud.mark();
      await scene.ready(
        'same',
        scene.spec({
          tags: tags.toReversed(),
          ...trusted('192.168.1.1;10.0.0.0/8'),
          requestTimeout: 60,
          ignoreFields: [],
        }),
      );
      await cluster.lookedAt('same');
      expect(await cloud.writes(mark)).toEqual([]);
    },
  },
  {
    name: 'does not let the place of a listener be edited',
    reason: 'The cloud cannot move a listener; a silent new one would be an outage.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('fixed', scene.spec());
      const before = await cloud.listener(listenerId);
      expect(await cluster.refusal('fixed', scene.spec({ listenerPort: 81 }))).toContain('listenerPort');
      expect(await cluster.refusal('fixed', scene.spec({ loadBalancerId: 'alb-theirs' }))).toContain(
        'loadBalancerId',
      );
      expect(await cluster.refusal('fixed', scene.https({ listenerPort: 80 }))).toContain('listenerProtocol');
      await cluster.lookedAt('fixed');
      expect(await cloud.listeners()).toEqual([before]);
    },
  },
];
