import { expect } from 'vitest';
import type { Scenario } from './scenario.ts';
import { messageOf } from './scene-cluster.ts';

const acls = (aclType: 'White' | 'Black', ...names: readonly string[]) => ({
  aclConfig: { aclType, aclIds: names.map((name) => `acl-${name}`) },
});
const additional = (...numbers: readonly string[]) => ({
  additionalCertificates: numbers.map((number) => ({ certificateId: `${number}-cn-hangzhou` })),
});
const aclsInCloud = (AclType: string, ...names: readonly string[]) => ({
  AclConfig: {
    AclType,
    AclRelations: names.map((name) => ({ AclId: `acl-${name}`, Status: 'Associated' })),
  },
});
const additionalInCloud = (...numbers: readonly string[]) => ({
  AdditionalCertificates: numbers.map((number) => ({
    CertificateId: `${number}-cn-hangzhou`,
    Status: 'Associated',
  })),
});

/** What CreateListener cannot say: it comes with calls of its own, one after the other. */
export const ATTACHMENTS: readonly Scenario[] = [
  {
    name: 'sets, changes and resets what the access log records',
    reason: 'The log configuration has an operation of its own.',
    async run(scene) {
      const { cloud } = scene;
      const tracing = { tracingEnabled: true, tracingSample: 100, tracingType: 'Zipkin' };
      const logConfig = { accessLogRecordCustomizedHeadersEnabled: true, accessLogTracingConfig: tracing };
      const { listenerId } = await scene.ready('logged', scene.spec({ logConfig }));
      expect((await cloud.listener(listenerId))?.LogConfig).toEqual({
        AccessLogRecordCustomizedHeadersEnabled: true,
        AccessLogTracingConfig: { TracingEnabled: true, TracingSample: 100, TracingType: 'Zipkin' },
      });

      const mark = await cloud.mark();
      const changed = { ...logConfig, accessLogTracingConfig: { ...tracing, tracingSample: 200 } };
      await scene.ready('logged', scene.spec({ logConfig: changed }));
      expect(await cloud.writes(mark)).toEqual(['UpdateListenerLogConfig']);
      expect((await cloud.listener(listenerId))?.LogConfig.AccessLogTracingConfig?.TracingSample).toBe(200);

      await scene.ready('logged', scene.spec());
      expect((await cloud.listener(listenerId))?.LogConfig).toMatchObject({
        AccessLogRecordCustomizedHeadersEnabled: false,
        AccessLogTracingConfig: { TracingEnabled: false },
      });
    },
  },
  {
    name: 'waits for the access log of the load balancer to be switched on',
    reason: 'Another team owns the load balancer; the listener serves meanwhile and says what is missing.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cloud.changeLoadBalancer({ AccessLogConfig: null });
      const logConfig = { accessLogRecordCustomizedHeadersEnabled: true };
      await cluster.apply('unlogged', scene.spec({ logConfig }));
      const waiting = await cluster.until('unlogged', (listener) =>
        messageOf(listener).includes('OperationDenied.AccessLogDisabled'),
      );
      const { listenerId = '' } = waiting.status;
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Running' });

      await cloud.changeLoadBalancer({ AccessLogConfig: { LogProject: 'logs', LogStore: 'alb' } });
      await cluster.untilReady('unlogged');
      expect(await cloud.listener(listenerId)).toMatchObject({
        LogConfig: { AccessLogRecordCustomizedHeadersEnabled: true },
      });
    },
  },
  {
    name: 'lets only the addresses of access control lists through, and follows their list',
    reason: 'An office moves; its list is exchanged without opening the listener to everybody.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('walled', scene.spec(acls('White', 'office', 'vpn')));
      expect(await cloud.listener(listenerId)).toMatchObject(aclsInCloud('White', 'office', 'vpn'));

      const mark = await cloud.mark();
      await scene.ready('walled', scene.spec(acls('White', 'vpn', 'partners')));
      expect(await cloud.listener(listenerId)).toMatchObject(aclsInCloud('White', 'vpn', 'partners'));
      expect((await cloud.writes(mark)).toSorted()).toEqual([
        'AssociateAclsWithListener',
        'DissociateAclsFromListener',
      ]);
    },
  },
  {
    name: 'turns an allow list into a deny list',
    reason: 'The cloud refuses both types at once, so the old lists must leave first.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('turned', scene.spec(acls('White', 'office')));
      await scene.ready('turned', scene.spec(acls('Black', 'abuse')));
      expect(await cloud.listener(listenerId)).toMatchObject(aclsInCloud('Black', 'abuse'));
    },
  },
  {
    name: 'takes access control away when it leaves the manifest',
    reason: 'What was declared and is no longer must not go on locking people out.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('opened', scene.spec(acls('White', 'office')));
      await scene.ready('opened', scene.spec());
      expect((await cloud.listener(listenerId))?.AclConfig.AclRelations).toEqual([]);
    },
  },
  {
    name: 'leaves access control to others as long as no manifest has said anything of it',
    reason: 'Security teams attach lists on their own; taking one away unasked would open the listener.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('theirs', scene.spec());
      const byHand = aclsInCloud('White', 'office');
      await cloud.editByHand(listenerId, {
        AclConfig: { AclType: 'White', AclRelations: [{ AclId: 'acl-office', Status: 'Associated' }] },
      });
      await cluster.edit('theirs', { idleTimeout: 20 });
      await cluster.untilReady('theirs');
      await cluster.lookedAt('theirs');
      expect(await cloud.listener(listenerId)).toMatchObject({ ...byHand, IdleTimeout: 20 });
    },
  },
  {
    name: 'puts back an access control list that somebody took away',
    reason: 'A listener that anybody can reach is the drift that hurts most.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('guarded', scene.spec(acls('White', 'office')));
      await cloud.editByHand(listenerId, { AclConfig: { AclType: 'White', AclRelations: [] } });
      await cloud.untilListener(listenerId, aclsInCloud('White', 'office'));
      await cluster.untilReady('guarded');
    },
  },
  {
    name: 'adds and removes additional certificates',
    reason: 'One listener serves many names.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('names', scene.https(additional('1002', '1003')));
      expect(await cloud.listener(listenerId)).toMatchObject(additionalInCloud('1002', '1003'));
      await scene.ready('names', scene.https(additional('1003', '1004')));
      expect(await cloud.listener(listenerId)).toMatchObject(additionalInCloud('1003', '1004'));
      await scene.ready('names', scene.https());
      expect(await cloud.listener(listenerId)).toMatchObject(additionalInCloud());
    },
  },
  {
    name: 'exchanges the default certificate with an additional one',
    reason: 'The cloud refuses a certificate that is both, so the order of the calls decides.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('swapped', scene.https(additional('1002')));
      await scene.ready(
        'swapped',
        scene.https({ certificates: [{ certificateId: '1002-cn-hangzhou' }], ...additional('1001') }),
      );
      expect(await cloud.listener(listenerId)).toMatchObject({
        Certificates: [{ CertificateId: '1002-cn-hangzhou' }],
        ...additionalInCloud('1001'),
      });
    },
  },
  {
    name: 'carries out an edit that takes many calls, each after the one before it has ended',
    reason:
      'The cloud refuses a second write while it works on the first; none may be lost, none made twice.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('all-at-once', scene.https());
      const mark = await cloud.mark();
      const edited = scene.https({
        idleTimeout: 20,
        tags: [{ key: 'team', value: 'web' }],
        logConfig: { accessLogRecordCustomizedHeadersEnabled: true },
        listenerState: 'Stopped',
        ...acls('White', 'office'),
        ...additional('1002'),
      });
      await scene.ready('all-at-once', edited);
      expect(await cloud.listener(listenerId)).toMatchObject({
        IdleTimeout: 20,
        ListenerStatus: 'Stopped',
        LogConfig: { AccessLogRecordCustomizedHeadersEnabled: true },
        ...aclsInCloud('White', 'office'),
        ...additionalInCloud('1002'),
      });
      expect(await cloud.tags(listenerId)).toEqual(['team=web']);
      const writes = await cloud.writes(mark);
      expect(writes.at(-1)).toBe('StopListener');
      expect(writes.toSorted()).toEqual([
        'AssociateAclsWithListener',
        'AssociateAdditionalCertificatesWithListener',
        'StopListener',
        'TagResources',
        'UpdateListenerAttribute',
        'UpdateListenerLogConfig',
      ]);
    },
  },
];
