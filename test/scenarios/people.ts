import { expect } from 'vitest';
import type { Scenario } from './scenario.ts';
import { forwardTo } from './scene.ts';
import { messageOf } from './scene-cluster.ts';

/** What a person sees. */
export const PEOPLE: readonly Scenario[] = [
  {
    name: 'records events on transitions only',
    reason: 'An event for every look would bury the ones that matter.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await scene.ready('quiet', scene.spec());
      await cloud.untilReads(3);
      await cluster.delete('quiet');
      await cluster.untilGone('quiet');
      expect((await cluster.events('quiet')).map(({ type, reason }) => `${type} ${reason}`)).toEqual([
        'Normal Provisioning',
        'Normal Running',
        'Normal Deleting',
      ]);
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'tells a refusal once, however often it tries again',
    reason: 'A warning a second makes a person switch warnings off.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('patient', scene.spec(forwardTo('sgp-nowhere')));
      const first = await cluster.untilReason('patient', 'DependencyNotFound');
      const attempts = async () =>
        (await cloud.calls()).filter(({ action }) => action === 'CreateListener').length;
      const before = await attempts();
      while ((await attempts()) < before + 2) await cloud.untilReads(1);
      const later = await cluster.get('patient');
      expect(later?.status.conditions).toEqual(first.status.conditions);
      const warnings = (await cluster.events('patient')).filter(({ type }) => type === 'Warning');
      expect(warnings.map(({ reason }) => reason)).toEqual(['DependencyNotFound']);
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'says what was refused, what to do, and under which RequestId the cloud knows of it',
    reason: 'The support of Alibaba Cloud asks for the RequestId first.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('explained', scene.spec(forwardTo('sgp-nowhere')));
      const message = messageOf(await cluster.untilReason('explained', 'DependencyNotFound'));
      expect(message).toContain('CreateListener was answered with ResourceNotFound.ServerGroup');
      expect(message).toContain('sgp-nowhere');
      expect(message).toContain('Create it or correct its id');
      const [, requestId = ''] = /RequestId ([0-9A-F-]{36})/.exec(message) ?? [];
      const calls = await cloud.calls();
      expect(calls.find((call) => call.requestId === requestId)).toMatchObject({
        action: 'CreateListener',
        outcome: 'ResourceNotFound.ServerGroup',
      });
      const warning = (await cluster.events('explained')).find(({ type }) => type === 'Warning');
      expect(warning?.note).toContain(requestId);
    },
  },
  {
    name: 'keeps an audit of every write: why, what, and what came of it',
    reason: 'After an incident somebody asks who changed what, and ActionTrail only knows the key.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('audited', scene.spec());
      await scene.ready(
        'audited',
        scene.spec({ idleTimeout: 20, aclConfig: { aclType: 'Black', aclIds: ['acl-abuse'] } }),
      );
      await cluster.delete('audited');
      await cluster.untilGone('audited');
      const calls = await cloud.writeCalls();
      expect(scene.audit('audited')).toMatchObject([
        { cause: 'creation', operation: 'CreateListener', outcome: 'yes' },
        { cause: 'edit', operation: 'AssociateAclsWithListener', listenerId, outcome: 'yes' },
        { cause: 'edit', operation: 'UpdateListenerAttribute', listenerId, fields: ['idleTimeout'] },
        { cause: 'deletion', operation: 'DeleteListener', listenerId, outcome: 'yes' },
      ]);
      expect(scene.audit('audited')).toMatchObject(
        calls.map(({ action, requestId }) => ({ operation: action, requestId })),
      );
    },
  },
  {
    name: 'audits a refused write, too',
    reason: 'What was tried and not allowed is what an auditor looks for.',
    async run(scene) {
      const { cluster, cloud } = scene;
      await cluster.apply('tried', scene.spec(forwardTo('sgp-elsewhere')));
      await cluster.untilReason('tried', 'OperationDenied');
      expect(scene.audit('tried')[0]).toMatchObject({
        cause: 'creation',
        operation: 'CreateListener',
        outcome: 'no',
        code: 'Mismatch.VpcId',
      });
      expect(await cloud.listeners()).toEqual([]);
    },
  },
  {
    name: 'shows port, protocol, phase and reason in kubectl get, and where it is and why with -o wide',
    reason: 'Most looks at an object are this one.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('listed', scene.https());
      const columns = (output: string) => output.trim().split(/\s{2,}/);
      const message = `Listener ${listenerId} runs as declared.`;
      const brief = await cluster.kubectl('get', 'albl', 'listed', '--no-headers');
      expect(columns(brief)).toEqual(['listed', '443', 'HTTPS', 'Running', 'Running']);
      const wide = await cluster.kubectl('get', 'albl', 'listed', '--no-headers', '-o', 'wide');
      expect(columns(wide)).toEqual(
        expect.arrayContaining(['True', cloud.loadBalancerId, listenerId, message]),
      );
      expect(columns(wide).at(-1)).toBe(message);
      expect(await cloud.listener(listenerId)).toMatchObject({
        ListenerPort: 443,
        ListenerStatus: 'Running',
      });
    },
  },
  {
    name: 'tells the values in effect, also those that no manifest names',
    reason: 'Which timeout applies? The answer must not need the console.',
    async run(scene) {
      const { cloud } = scene;
      const { object, listenerId } = await scene.ready('observed', scene.https({ requestTimeout: 30 }));
      expect(object.status['observed']).toMatchObject({
        listenerStatus: 'Running',
        requestTimeout: 30,
        idleTimeout: 15,
        securityPolicyId: 'tls_cipher_policy_1_0',
        certificates: [{ certificateId: '1001-cn-hangzhou' }],
      });
      // Those of the listener alone: its id and place stand elsewhere in the status.
      expect(JSON.stringify(object.status['observed'])).not.toContain(listenerId);
      expect(await cloud.listener(listenerId)).toMatchObject({
        RequestTimeout: 30,
        IdleTimeout: 15,
        SecurityPolicyId: 'tls_cipher_policy_1_0',
      });
    },
  },
  {
    name: 'writes nothing while nothing changes, over many looks',
    reason: 'Hundreds of quiet objects must cost the API server and the cloud nothing.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const names = ['listed', 'looked-at'];
      await scene.ready('listed', scene.spec());
      await scene.ready('looked-at', scene.https());
      const versions = async () =>
        Promise.all(names.map(async (name) => (await cluster.get(name))?.metadata.resourceVersion));
      const before = await versions();
      const mark = await cloud.mark();
      await cloud.untilReads(8);
      expect(await versions()).toEqual(before);
      expect(await cloud.writes(mark)).toEqual([]);
    },
  },
  {
    name: 'stays Ready while the cloud does not answer reads, and tells of no flapping',
    reason: 'A cloud that cannot be read for a moment does not make a running listener less running.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('calm', scene.https());
      const before = await cluster.get('calm');
      const end = await cloud.fault({
        kind: 'error',
        operation: 'GetListenerAttribute',
        match: { ListenerId: listenerId },
        status: 503,
        code: 'ServiceUnavailable',
      });
      await cloud.untilReads(3);
      expect((await cluster.get('calm'))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
      await end();
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Running' });
    },
  },
];
