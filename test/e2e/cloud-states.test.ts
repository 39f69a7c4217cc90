import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REASONS, type Reason } from '../../src/listener/reason.ts';
import type { SimulatorControl } from '../../src/simulator/control-client.ts';
import {
  httpSpec,
  OperatorWorld,
  PLANTED_SECRETS,
  reasonOf,
  type StoredListener,
} from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

interface Obstacle {
  /** What is in the way. */
  readonly reason: string;
  readonly shown: Reason;
  readonly code: string;
  readonly spec?: object;
  /** Puts it in the way. `id` is the load balancer's. */
  readonly obstruct?: (cloud: SimulatorControl, id: string) => Promise<unknown>;
  /** Takes it away. Without it the spec is edited to the smallest one. */
  readonly clear?: (cloud: SimulatorControl, id: string) => Promise<unknown>;
}

const https = { listenerProtocol: 'HTTPS', certificates: [{ certificateId: '1001-cn-hangzhou' }] };

const OBSTACLES: readonly Obstacle[] = [
  {
    reason: 'another operation on the load balancer',
    shown: 'LoadBalancerBusy',
    code: 'IncorrectStatus.LoadBalancer',
    obstruct: loadBalancerWith({ LoadBalancerStatus: 'Configuring' }),
    clear: loadBalancerWith({ LoadBalancerStatus: 'Active' }),
  },
  {
    reason: 'an overdue payment',
    shown: 'LoadBalancerLocked',
    code: 'IncorrectBusinessStatus.LoadBalancer',
    obstruct: loadBalancerWith({ LoadBalancerBussinessStatus: 'Abnormal' }),
    clear: loadBalancerWith({ LoadBalancerBussinessStatus: 'Normal' }),
  },
  {
    reason: 'a lock',
    shown: 'LoadBalancerLocked',
    code: 'IncorrectBusinessStatus.LoadBalancer',
    obstruct: loadBalancerWith({ LoadBalancerOperationLocks: [{ LockType: 'SecurityLocked' }] }),
    clear: loadBalancerWith({ LoadBalancerOperationLocks: [] }),
  },
  {
    reason: 'a load balancer of another account',
    shown: 'Forbidden',
    code: 'Forbidden.LoadBalancer',
    obstruct: loadBalancerWith({ AccessDenied: true }),
    clear: loadBalancerWith({ AccessDenied: false }),
  },
  {
    reason: 'a load balancer that another service manages',
    shown: 'ServiceManaged',
    code: 'OperationDenied.ServiceManagedResource',
    obstruct: loadBalancerWith({ ServiceManaged: true }),
    clear: loadBalancerWith({ ServiceManaged: false }),
  },
  {
    reason: 'a missing load balancer',
    shown: 'LoadBalancerNotFound',
    code: 'ResourceNotFound.LoadBalancer',
    obstruct: (cloud, id) => cloud.removeFromInventory(id),
    clear: loadBalancerWith({ VpcId: 'vpc-main' }),
  },
  {
    reason: 'the quota of listeners',
    shown: 'QuotaExceeded',
    code: 'ResourceQuotaExceeded.LoadBalancerListenersNum',
    obstruct: async (cloud, id) => {
      await cloud.createListener({ ...foreign(id), ListenerPort: 9000 });
      await cloud.createListener({ ...foreign(id), ListenerPort: 9001, ListenerId: 'lsn-one-too-many' });
    },
    clear: (cloud) => cloud.deleteListener('lsn-one-too-many'),
  },
  {
    reason: 'a missing server group',
    shown: 'DependencyNotFound',
    code: 'ResourceNotFound.ServerGroup',
    spec: forwardingTo('sgp-late'),
    clear: (cloud) =>
      cloud.patchInventory({ serverGroups: [{ ServerGroupId: 'sgp-late', VpcId: 'vpc-main' }] }),
  },
  {
    reason: 'a missing certificate',
    shown: 'DependencyNotFound',
    code: 'ResourceNotFound.Certificate',
    spec: { ...https, certificates: [{ certificateId: '4711-cn-hangzhou' }] },
    clear: (cloud) => cloud.patchInventory({ certificates: [{ CertificateId: '4711-cn-hangzhou' }] }),
  },
  {
    reason: 'a missing security policy',
    shown: 'DependencyNotFound',
    code: 'ResourceNotFound.SecurityPolicy',
    spec: { ...https, securityPolicyId: 'spl-late' },
    clear: (cloud) => cloud.patchInventory({ securityPolicies: [{ SecurityPolicyId: 'spl-late' }] }),
  },
  {
    reason: 'a missing QUIC listener',
    shown: 'InvalidReference',
    code: 'spec.quicConfig.quicListenerId: there is no listener lsn-late',
    spec: { ...https, quicConfig: { quicUpgradeEnabled: true, quicListenerId: 'lsn-late' } },
    clear: (cloud, id) =>
      cloud.createListener({ ...foreign(id), ListenerProtocol: 'QUIC', ListenerId: 'lsn-late' }),
  },
  {
    reason: 'a server group of another VPC',
    shown: 'OperationDenied',
    code: 'Mismatch.VpcId',
    spec: forwardingTo('sgp-elsewhere'),
  },
  {
    reason: 'a server group of a protocol that the listener cannot speak',
    shown: 'OperationDenied',
    code: 'OperationDenied.ServerGroupProtocolNotSupport',
    spec: forwardingTo('sgp-grpc'),
  },
];

/** A listener that somebody made. */
function foreign(loadBalancerId: string) {
  return { LoadBalancerId: loadBalancerId, ListenerProtocol: 'HTTP', ListenerPort: 9000 } as const;
}

function forwardingTo(serverGroupId: string): object {
  return {
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } },
    ],
  };
}

function loadBalancerWith(state: object) {
  return (cloud: SimulatorControl, LoadBalancerId: string) =>
    cloud.patchInventory({ loadBalancers: [{ LoadBalancerId, ...state }] });
}

let world: OperatorWorld;
beforeAll(async () => {
  world = await OperatorWorld.start({
    settings: {
      provisioningMs: 100,
      configuringMs: 100,
      quotas: { listenersPerLoadBalancer: 2 },
    },
    environment: {
      ALB_SLOW_INTERVAL: '500ms',
      ALB_RESYNC_INTERVAL: '300ms',
      ALB_SETTLE_TIME: '1s',
      ALB_PATIENCE: '2s',
    },
  });
});
afterAll(() => world.close());

/** A resource on a load balancer of its own. */
let made = 0;
async function newLoadBalancer() {
  made += 1;
  const own = { name: `own-${made}`, loadBalancerId: `alb-own${made}` };
  await loadBalancerWith({ VpcId: 'vpc-main' })(world.cloud, own.loadBalancerId);
  return own;
}

async function running(): Promise<StoredListener> {
  const { name, loadBalancerId } = await newLoadBalancer();
  await world.apply(name, httpSpec({ loadBalancerId }));
  return world.untilReady(name);
}

describe('a listener that cannot be created', () => {
  it.concurrent.each(OBSTACLES)(
    'because of $reason says so, and runs when that is gone',
    async (obstacle) => {
      const { shown, code, spec = {}, obstruct, clear } = obstacle;
      const { name, loadBalancerId } = await newLoadBalancer();
      await obstruct?.(world.cloud, loadBalancerId);
      await world.apply(name, httpSpec({ loadBalancerId, ...spec }));

      const stuck = await world.untilReason(name, shown);
      const message = messageOf(stuck);
      expect(message).toContain(code);
      expect(message).toContain(REASONS[shown].remedy);
      expect(stuck.status.listenerId).toBeUndefined();

      if (clear === undefined) await world.apply(name, httpSpec({ loadBalancerId }));
      else await clear(world.cloud, loadBalancerId);
      const ready = await world.untilReady(name);
      expect(await listenersOn(loadBalancerId, 80)).toEqual([
        expect.objectContaining({ ListenerId: ready.status.listenerId, ListenerStatus: 'Running' }),
      ]);
    },
  );

  it('for want of a permission says so, and runs when it is granted', async () => {
    const { name, loadBalancerId } = await newLoadBalancer();
    const { accessKeyId } = PLANTED_SECRETS;
    await world.cloud.patchInventory({ credentials: [{ accessKeyId, deniedActions: ['CreateListener'] }] });
    await world.apply(name, httpSpec({ loadBalancerId }));
    expect(messageOf(await world.untilReason(name, 'Forbidden'))).toContain('CreateListener');

    await world.cloud.patchInventory({ credentials: [{ accessKeyId, deniedActions: [] }] });
    await world.untilReady(name);
  });
});

describe('a job of the cloud', () => {
  it.each(['gone', 'provisioning'] as const)(
    'that fails to create, with what is left of the listener %s, is told of and followed by another',
    async (afterFailedCreate) => {
      await world.cloud.patchSettings({ afterFailedCreate });
      const { name, loadBalancerId } = await newLoadBalancer();
      const fault = await failingJobs('CreateListener');
      await world.apply(name, httpSpec({ loadBalancerId }));
      expect(messageOf(await world.untilReason(name, 'CreateFailed'))).toContain('OperationDenied.Broken');

      await world.cloud.removeFault(fault);
      const ready = await world.untilReady(name);
      expect(ready.status.creation?.incarnation).toBeGreaterThan(0);
      expect(await listenersOn(loadBalancerId, 80)).toEqual([
        expect.objectContaining({ ListenerId: ready.status.listenerId, ListenerStatus: 'Running' }),
      ]);
    },
  );

  it('that fails to update is told of, and the update is made again', async () => {
    const { metadata, spec, status } = await running();
    const fault = await failingJobs('UpdateListenerAttribute');
    await world.apply(metadata.name, { ...spec, idleTimeout: 33 });
    const failed = await world.untilReason(metadata.name, 'OperationFailed');
    expect(messageOf(failed)).toContain('OperationDenied.Broken');
    expect(failed.status.phase).toBe('Failed');

    await world.cloud.removeFault(fault);
    await world.untilReady(metadata.name);
    expect(await listener(status.listenerId)).toMatchObject({ IdleTimeout: 33 });
  });

  it('that does not end is called overdue, and the listener goes on when it ends', async () => {
    const { name, loadBalancerId } = await newLoadBalancer();
    await world.cloud.addFault({ kind: 'hangJob', operation: 'CreateListener', count: 1 });
    await world.apply(name, httpSpec({ loadBalancerId }));
    const overdue = await world.untilReason(name, 'OperationOverdue');
    expect(overdue.status.phase).toBe('Failed');
    const { jobs } = await world.cloud.state();
    const job = jobs.find(({ ResourceId }) => ResourceId === overdue.status.listenerId);
    expect(messageOf(overdue)).toContain(job?.Id);

    await world.cloud.settleJob(job?.Id ?? '', null);
    await world.untilReady(name);
  });

  async function failingJobs(operation: string): Promise<string> {
    return world.cloud.addFault({ kind: 'failJob', operation, code: 'OperationDenied.Broken' });
  }
});

describe('a listener that somebody', () => {
  it('stopped is started again, since the manifest says so', async () => {
    const { status } = await running();
    const id = status.listenerId ?? '';
    await world.cloud.editListener(id, { ListenerStatus: 'Stopped' });
    await expect
      .poll(async () => (await listener(id)).ListenerStatus, { timeout: PATIENCE_MS })
      .toBe('Running');
  });

  it('took the ownership tag from is left alone until it is back', async () => {
    const { metadata, spec, status } = await running();
    const id = status.listenerId ?? '';
    const { Tags } = await listener(id);
    const bare = await world.cloud.editListener(id, { Tags: [] });
    const lost = await world.untilReason(metadata.name, 'OwnershipLost');
    expect(messageOf(lost)).toContain(`alb-listener-operator/uid=${metadata.uid}`);

    await world.apply(metadata.name, { ...spec, idleTimeout: 44 });
    await world.until(
      metadata.name,
      (edited) => reasonOf(edited) === 'OwnershipLost' && edited.status.observedGeneration === 2,
    );
    expect(await listener(id)).toEqual(bare);

    await world.cloud.editListener(id, { Tags });
    await world.untilReady(metadata.name);
    expect(await listener(id)).toMatchObject({ ...bare, Tags, IdleTimeout: 44 });
  });

  it('made on the port is named and never touched, not even when the resource is deleted', async () => {
    const { name, loadBalancerId } = await newLoadBalancer();
    const stranger = await world.cloud.createListener({ ...foreign(loadBalancerId), ListenerPort: 80 });
    await world.apply(name, httpSpec({ loadBalancerId }));
    const taken = await world.untilReason(name, 'PortTaken');
    expect(messageOf(taken)).toContain(stranger.ListenerId);

    await world.controlPlane.kubectl(['delete', 'alblistener', name, '--timeout=10s']);
    await world.untilGone(name);
    expect(await listener(stranger.ListenerId)).toEqual(stranger);

    await world.apply(name, httpSpec({ loadBalancerId }));
    await world.untilReason(name, 'PortTaken');
    await world.cloud.deleteListener(stranger.ListenerId);
    await world.untilReady(name);
  });
});

function messageOf({ status }: StoredListener): string | undefined {
  return status.conditions.find(({ type }) => type === 'Ready')?.message;
}

async function listener(id: string | undefined) {
  const { listeners } = await world.cloud.state();
  const found = listeners.find(({ ListenerId }) => ListenerId === id);
  if (found === undefined) throw new Error(`The cloud has no listener ${id}.`);
  return found;
}

async function listenersOn(loadBalancerId: string, port: number) {
  const { listeners } = await world.cloud.state();
  return listeners.filter(
    ({ LoadBalancerId, ListenerPort }) => LoadBalancerId === loadBalancerId && ListenerPort === port,
  );
}
