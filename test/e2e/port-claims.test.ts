import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { httpSpec, OperatorWorld, PLANTED_SECRETS, type StoredListener } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { Tenant } from '../support/tenant.ts';

/** Too long for any waiting object to look again by itself: what opens the way has to bring it in. */
const ENVIRONMENT = {
  ALB_RESYNC_INTERVAL: '10m',
  ALB_SLOW_INTERVAL: '10m',
  LOAD_BALANCER_NAMESPACES: 'alb-two=default',
};

describe('a port of a load balancer', () => {
  let world: OperatorWorld;
  let neighbour: Tenant;
  beforeAll(async () => {
    world = await OperatorWorld.start({ environment: ENVIRONMENT });
    neighbour = await Tenant.of(world, 'neighbour');
  });
  afterAll(() => world.close());

  it.each([
    {
      port: 7100,
      told: 'InvalidReference',
      spec: { credentialsSecretRef: { name: 'nowhere' } },
      reason: 'its Secret does not exist',
    },
    {
      port: 7101,
      told: 'ListenerMissing',
      spec: { reconcilePolicy: 'Observe' },
      reason: 'it only watches',
    },
    { port: 7102, told: 'Planned', spec: { reconcilePolicy: 'DryRun' }, reason: 'it only plans' },
    { port: 7103, told: 'Suspended', spec: { suspend: true }, reason: 'it is suspended' },
    {
      port: 7104,
      told: 'AdoptionRefused',
      spec: { adopt: { listenerId: 'lsn-nowhere' } },
      reason: 'what it takes over does not exist',
    },
    { port: 7105, told: 'InvalidRegion', spec: { regionId: 'cn-hangzou' }, reason: 'its region is none' },
    {
      port: 7106,
      told: 'InvalidReference',
      spec: {
        defaultActions: [
          {
            type: 'ForwardGroup',
            forwardGroupConfig: {
              serverGroupTuples: [{ serverGroupIdFrom: { configMapKeyRef: { name: 'missing', key: 'id' } } }],
            },
          },
        ],
      },
      reason: 'what it refers to does not exist',
    },
    {
      port: 7107,
      told: 'LoadBalancerNotAllowed',
      spec: { loadBalancerId: 'alb-two' },
      reason: 'the load balancer is not for its namespace',
    },
  ])('is not kept by an older object of another namespace: $reason', async ({ port, told, spec }) => {
    const wanted = { listenerPort: port, ...spec };
    await neighbour.apply(`squatter-${port}`, httpSpec(wanted));
    await neighbour.untilReason(`squatter-${port}`, told);
    const loadBalancerId = 'loadBalancerId' in spec ? spec.loadBalancerId : 'alb-one';
    await world.apply(`owner-${port}`, httpSpec({ listenerPort: port, loadBalancerId }));
    await world.untilReady(`owner-${port}`);
    expect((await listenersOn(port)).map(({ Tags }) => ownerOf(Tags))).toEqual([`default/owner-${port}`]);
  });

  it('comes free when the object that claims it is edited so that it no longer would create', async () => {
    await world.stopOperator();
    await neighbour.apply('first', httpSpec({ listenerPort: 7110, loadBalancerId: 'alb-one' }));
    await world.apply('second', httpSpec({ listenerPort: 7110 }));
    await neighbour.edit('first', { suspend: true });
    await world.startOperator();
    await world.untilReady('second');
    expect(await neighbour.edit('first', { suspend: null })).toBeUndefined();
    await neighbour.untilReason('first', 'PortClaimed');
  });

  it('stays with the object that has the listener, whatever becomes of its policy', async () => {
    await neighbour.apply('keeper', httpSpec({ listenerPort: 7120 }));
    await neighbour.untilReason('keeper', 'Running');
    await neighbour.edit('keeper', { suspend: true });
    await neighbour.untilReason('keeper', 'Suspended');
    await world.apply('taker', httpSpec({ listenerPort: 7120 }));
    const taker = await world.untilReason('taker', 'PortClaimed');
    expect(taker.status.conditions[0]?.message).toContain('neighbour/keeper');
    await neighbour.edit('keeper', { suspend: null });
    await neighbour.untilReason('keeper', 'Running');
    expect((await listenersOn(7120)).map(({ Tags }) => ownerOf(Tags))).toEqual(['neighbour/keeper']);
  });

  it('on a load balancer of others is refused without a call', async () => {
    const before = (await world.cloud.calls()).at(-1)?.sequence ?? 0;
    await neighbour.apply('outside', httpSpec({ listenerPort: 7130, loadBalancerId: 'alb-two' }));
    const outside = await neighbour.untilReason('outside', 'LoadBalancerNotAllowed');
    expect(outside.status.conditions[0]?.message).toMatch(
      /Namespace neighbour may not use load balancer alb-two .*LOAD_BALANCER_NAMESPACES/,
    );
    const calls = await world.cloud.calls(before);
    expect(calls.filter(({ parameters }) => JSON.stringify(parameters).includes('alb-two'))).toEqual([]);
    await neighbour.remove('outside');
  });

  async function listenersOn(port: number) {
    return (await world.listeners()).filter(({ ListenerPort }) => ListenerPort === port);
  }
});

describe('a claim without a listener', () => {
  let world: OperatorWorld;
  let neighbour: Tenant;
  beforeAll(async () => {
    world = await OperatorWorld.start({ environment: { ALB_SLOW_INTERVAL: '1s', ALB_SETTLE_TIME: '3s' } });
    neighbour = await Tenant.of(world, 'neighbour');
  });
  afterAll(() => world.close());

  it('lapses once the credentials have been unusable for the settle time, and both are told', async () => {
    const { accessKeyId, accessKeySecret, securityToken } = PLANTED_SECRETS;
    await neighbour.applySecret('alb', { accessKeyId, accessKeySecret, securityToken });
    // A stranger's listener keeps both from creating, so that nothing but the claim counts.
    const stranger = await world.cloud.createListener({
      LoadBalancerId: 'alb-one',
      ListenerProtocol: 'HTTP',
      ListenerPort: 7200,
    });
    await neighbour.apply('first', httpSpec({ listenerPort: 7200, credentialsSecretRef: { name: 'alb' } }));
    const first = await neighbour.untilReason('first', 'PortTaken');
    // Ages count in whole seconds.
    await expect.poll(() => Date.now() - Date.parse(createdAt(first)), WITHIN).toBeGreaterThan(1000);
    await world.apply('second', httpSpec({ listenerPort: 7200 }));
    await world.untilReason('second', 'PortClaimed');

    await neighbour.removeSecret('alb');
    const lost = await neighbour.untilReason('first', 'InvalidReference');
    expect(lost.status).toHaveProperty('unusableSince');
    // A restart gives no more time: unless the claim has lapsed meanwhile, it lapses when it would have.
    await world.killOperator();
    await world.startOperator();
    await neighbour.untilReason('first', 'InvalidReference');
    const since = (await neighbour.get('first'))?.status['unusableSince'];
    expect([lost.status['unusableSince'], undefined]).toContain(since);

    await world.untilReason('second', 'PortTaken');
    await expect.poll(() => neighbour.eventsOf('first'), WITHIN).toContain('ClaimLapsed');
    const told = async () =>
      (await world.controlPlane.kubectl(['get', 'events', '-o', 'jsonpath={.items[*].reason}'])).stdout;
    await expect.poll(told, WITHIN).toContain('ClaimGained');
    expect((await neighbour.get('first'))?.status).not.toHaveProperty('unusableSince');

    // What it lost, the credentials that are back do not take away again.
    await neighbour.applySecret('alb', { accessKeyId, accessKeySecret, securityToken });
    await world.cloud.deleteListener(stranger.ListenerId);
    await world.untilReady('second');
    await neighbour.untilReason('first', 'PortClaimed');
  });
});

function createdAt({ metadata }: StoredListener): string {
  return z.string().parse(metadata['creationTimestamp']);
}

const WITHIN = { timeout: PATIENCE_MS, interval: 200 };

function ownerOf(tags: readonly { readonly Key: string; readonly Value: string }[]): string {
  const value = (name: string) => tags.find(({ Key }) => Key === `alb-listener-operator/${name}`)?.Value;
  return `${value('namespace')}/${value('name')}`;
}
