import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mergeInventory } from '../../src/simulator/inventory.ts';
import { Cloud, http, https, quic, text } from './cloud.ts';

function jobOf(cloud: Cloud, JobId: unknown) {
  const { Jobs } = cloud.ok('ListAsynJobs', { 'JobIds.1': text(JobId) });
  return z.array(z.unknown()).parse(Jobs)[0];
}

describe('the life of a listener', () => {
  it('is Provisioning until the time is over, then Running, and its job says so', () => {
    const cloud = new Cloud({ provisioningMs: 3000 });
    const { ListenerId, JobId } = cloud.ok('CreateListener', http);
    const id = text(ListenerId);
    expect(cloud.status(id)).toBe('Provisioning');
    expect(jobOf(cloud, JobId)).toMatchObject({ Status: 'Processing', ApiName: 'CreateListener' });
    cloud.wait(2999);
    expect(cloud.status(id)).toBe('Provisioning');
    cloud.wait(1);
    expect(cloud.status(id)).toBe('Running');
    expect(jobOf(cloud, JobId)).toMatchObject({ Status: 'Succeeded', ResourceId: id });
  });

  it.each([
    { action: 'UpdateListenerAttribute', from: 'Running', to: 'Running', more: { IdleTimeout: '30' } },
    { action: 'UpdateListenerAttribute', from: 'Stopped', to: 'Stopped', more: { IdleTimeout: '30' } },
    {
      action: 'UpdateListenerLogConfig',
      from: 'Running',
      to: 'Running',
      more: { AccessLogRecordCustomizedHeadersEnabled: 'true' },
    },
    { action: 'StopListener', from: 'Running', to: 'Stopped', more: {} },
    { action: 'StartListener', from: 'Stopped', to: 'Running', more: {} },
  ])('$action: $from → Configuring → $to', ({ action, from, to, more }) => {
    const cloud = new Cloud({ configuringMs: 1000 });
    const ListenerId = cloud.running(http);
    if (from === 'Stopped') cloud.ok('StopListener', { ListenerId });
    cloud.wait(1000);
    expect(cloud.status(ListenerId)).toBe(from);
    cloud.ok(action, { ListenerId, ...more });
    expect(cloud.status(ListenerId)).toBe('Configuring');
    cloud.wait(1000);
    expect(cloud.status(ListenerId)).toBe(to);
  });

  it('is gone after a deletion, at once or after a while as Deleting', () => {
    const cloud = new Cloud({ deletingMs: 500 });
    const ListenerId = cloud.running(http);
    cloud.ok('DeleteListener', { ListenerId });
    expect(cloud.status(ListenerId)).toBe('Deleting');
    cloud.wait(500);
    expect(cloud.code('GetListenerAttribute', { ListenerId })).toBe('404 ResourceNotFound.Listener');
    expect(cloud.code('DeleteListener', { ListenerId })).toBe('404 ResourceNotFound.Listener');

    const atOnce = new Cloud();
    const id = atOnce.running(http);
    atOnce.ok('DeleteListener', { ListenerId: id });
    expect(atOnce.status(id)).toBe('ResourceNotFound.Listener');
  });

  it.each(['IncorrectStatus.Listener', 'ResourceInConfiguring.Listener'] as const)(
    'refuses every write while it is being changed, with %s',
    (busyListenerCode) => {
      const cloud = new Cloud({ busyListenerCode, createLocksLoadBalancer: false });
      const ListenerId = text(cloud.ok('CreateListener', https)['ListenerId']);
      const writes = {
        UpdateListenerAttribute: {},
        DeleteListener: {},
        StartListener: {},
        StopListener: {},
        UpdateListenerLogConfig: {},
        AssociateAdditionalCertificatesWithListener: { 'Certificates.1.CertificateId': '1002-cn-hangzhou' },
        DissociateAdditionalCertificatesFromListener: { 'Certificates.1.CertificateId': '1002-cn-hangzhou' },
        AssociateAclsWithListener: { 'AclIds.1': 'acl-office', AclType: 'White' },
        DissociateAclsFromListener: { 'AclIds.1': 'acl-office' },
      };
      for (const [action, more] of Object.entries(writes)) {
        expect([action, cloud.code(action, { ListenerId, ...more })]).toEqual([
          action,
          `400 ${busyListenerCode}`,
        ]);
      }
    },
  );

  it('starts only what is stopped and stops only what runs', () => {
    const cloud = new Cloud({ configuringMs: 0 });
    const ListenerId = cloud.running(http);
    expect(cloud.code('StartListener', { ListenerId })).toBe('400 IncorrectStatus.Listener');
    cloud.ok('StopListener', { ListenerId });
    expect(cloud.code('StopListener', { ListenerId })).toBe('400 IncorrectStatus.Listener');
  });

  it('lets a stopped listener be edited, or not, as it is set', () => {
    const cloud = new Cloud({ configuringMs: 0, updateOfStopped: 'refused' });
    const ListenerId = cloud.running(http);
    cloud.ok('StopListener', { ListenerId });
    expect(cloud.code('UpdateListenerAttribute', { ListenerId, IdleTimeout: '5' })).toBe(
      '400 IncorrectStatus.Listener',
    );
  });

  it('cannot be deleted while an HTTPS listener sends its clients there', () => {
    const cloud = new Cloud();
    const quicId = cloud.running(quic);
    const httpsId = cloud.running({
      ...https,
      'QuicConfig.QuicUpgradeEnabled': 'true',
      'QuicConfig.QuicListenerId': quicId,
    });
    expect(cloud.code('DeleteListener', { ListenerId: quicId })).toBe('400 ResourceInUse.Listener');
    cloud.ok('UpdateListenerAttribute', { ListenerId: httpsId, 'QuicConfig.QuicUpgradeEnabled': 'false' });
    cloud.wait(60_000);
    expect(cloud.code('DeleteListener', { ListenerId: quicId })).toBe('Success');
  });

  it('stays referred to while the update that ends the reference can still fail', () => {
    const cloud = new Cloud();
    const quicId = cloud.running(quic);
    const upgrade = { 'QuicConfig.QuicUpgradeEnabled': 'true', 'QuicConfig.QuicListenerId': quicId };
    const first = cloud.running({ ...https, ...upgrade });
    const second = cloud.running({ ...https, ListenerPort: '8443' });
    cloud.fault({ kind: 'failJob', operation: 'UpdateListenerAttribute', code: 'InternalError', count: 1 });
    cloud.ok('UpdateListenerAttribute', { ListenerId: first, 'QuicConfig.QuicUpgradeEnabled': 'false' });
    expect(cloud.code('UpdateListenerAttribute', { ListenerId: second, ...upgrade })).toBe(
      '400 ResourceAlreadyAssociated.Listener',
    );
    expect(cloud.code('DeleteListener', { ListenerId: quicId })).toBe('400 ResourceInUse.Listener');
    cloud.wait(60_000);
    expect(cloud.read(first).QuicConfig).toEqual({ QuicUpgradeEnabled: true, QuicListenerId: quicId });
  });

  it('can be deleted while its load balancer is overdue, and not be changed', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(http);
    const { state } = cloud.simulator;
    state.inventory = mergeInventory(state.inventory, {
      loadBalancers: [{ LoadBalancerId: 'alb-standard', LoadBalancerBussinessStatus: 'Abnormal' }],
    });
    expect(cloud.code('UpdateListenerAttribute', { ListenerId, IdleTimeout: '5' })).toBe(
      '400 IncorrectBusinessStatus.LoadBalancer',
    );
    expect(cloud.code('DeleteListener', { ListenerId })).toBe('Success');
  });

  it('keeps its port until it is gone', () => {
    const cloud = new Cloud({ deletingMs: 500 });
    const ListenerId = cloud.running(http);
    cloud.ok('DeleteListener', { ListenerId });
    expect(cloud.code('CreateListener', http)).toBe('400 ResourceAlreadyExist.Listener');
    cloud.wait(500);
    expect(cloud.code('CreateListener', http)).toBe('Success');
  });
});

describe('the load balancer during a creation', () => {
  it.each([
    { createLocksLoadBalancer: true, shown: 'Configuring', second: '400 IncorrectStatus.LoadBalancer' },
    { createLocksLoadBalancer: false, shown: 'Active', second: 'Success' },
  ])('is $shown with createLocksLoadBalancer $createLocksLoadBalancer', ({ shown, second, ...settings }) => {
    const cloud = new Cloud(settings);
    cloud.ok('CreateListener', http);
    const { LoadBalancerStatus } = cloud.ok('GetLoadBalancerAttribute', { LoadBalancerId: 'alb-standard' });
    expect(LoadBalancerStatus).toBe(shown);
    expect(cloud.code('CreateListener', https)).toBe(second);
    cloud.wait(60_000);
    expect(cloud.ok('GetLoadBalancerAttribute', { LoadBalancerId: 'alb-standard' })).toMatchObject({
      LoadBalancerStatus: 'Active',
      LoadBalancerBussinessStatus: 'Normal',
      LoadBalancerEdition: 'Standard',
    });
  });
});

describe('a job that fails', () => {
  it.each([
    { afterFailedCreate: 'gone' as const, shown: 'ResourceNotFound.Listener' },
    { afterFailedCreate: 'provisioning' as const, shown: 'Provisioning' },
  ])('leaves a creation $afterFailedCreate', ({ shown, ...settings }) => {
    const cloud = new Cloud(settings);
    cloud.fault({ kind: 'failJob', operation: 'CreateListener', code: 'InternalError', count: 1 });
    const { ListenerId, JobId } = cloud.ok('CreateListener', http);
    cloud.wait(60_000);
    expect(cloud.status(text(ListenerId))).toBe(shown);
    expect(jobOf(cloud, JobId)).toMatchObject({ Status: 'Failed', ErrorCode: 'InternalError' });
    // Whatever is left can be cleared away.
    if (shown === 'Provisioning') cloud.ok('DeleteListener', { ListenerId: text(ListenerId) });
    expect(cloud.listeners()).toEqual([]);
  });

  it.each([
    { afterFailedUpdate: 'old' as const, idleTimeout: 15 },
    { afterFailedUpdate: 'new' as const, idleTimeout: 33 },
  ])('leaves an update with the $afterFailedUpdate values, and Running', ({ idleTimeout, ...settings }) => {
    const cloud = new Cloud(settings);
    const ListenerId = cloud.running(http);
    cloud.fault({ kind: 'failJob', operation: 'UpdateListenerAttribute', code: 'InternalError' });
    cloud.ok('UpdateListenerAttribute', { ListenerId, IdleTimeout: '33' });
    cloud.wait(60_000);
    expect(cloud.read(ListenerId)).toMatchObject({ ListenerStatus: 'Running', IdleTimeout: idleTimeout });
  });

  it('takes no tag back that was set meanwhile', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(http);
    cloud.fault({ kind: 'failJob', operation: 'UpdateListenerAttribute', code: 'InternalError' });
    cloud.ok('UpdateListenerAttribute', { ListenerId, IdleTimeout: '33' });
    cloud.ok('TagResources', { ResourceType: 'listener', 'ResourceId.1': ListenerId, 'Tag.1.Key': 'late' });
    cloud.wait(60_000);
    expect(cloud.read(ListenerId)).toMatchObject({ IdleTimeout: 15, Tags: [{ Key: 'late', Value: '' }] });
  });

  it('leaves a deletion undone', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(http);
    cloud.fault({ kind: 'failJob', operation: 'DeleteListener', code: 'InternalError' });
    cloud.ok('DeleteListener', { ListenerId });
    expect(cloud.status(ListenerId)).toBe('Running');
  });

  it('can hang, which is neither', () => {
    const cloud = new Cloud();
    cloud.fault({ kind: 'hangJob', operation: 'CreateListener' });
    const { ListenerId, JobId } = cloud.ok('CreateListener', http);
    cloud.wait(365 * 24 * 60 * 60 * 1000);
    expect(cloud.status(text(ListenerId))).toBe('Provisioning');
    expect(jobOf(cloud, JobId)).toMatchObject({ Status: 'Processing' });
  });

  it('is forgotten after its retention', () => {
    const cloud = new Cloud({ jobRetentionMs: 10_000 });
    const { JobId } = cloud.ok('CreateListener', http);
    cloud.wait(13_000);
    expect(jobOf(cloud, JobId)).toBeUndefined();
  });
});
