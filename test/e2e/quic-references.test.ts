import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpSpec, OperatorWorld } from '../support/operator-world.ts';
import { Tenant } from '../support/tenant.ts';

const TLS = { certificates: [{ certificateId: '1001-cn-hangzhou' }] };

describe('a QUIC listener of another namespace', () => {
  let world: OperatorWorld;
  let neighbour: Tenant;
  beforeAll(async () => {
    world = await OperatorWorld.start();
    neighbour = await Tenant.of(world, 'neighbour');
  });
  afterAll(() => world.close());

  it.each([
    {
      port: 7500,
      loadBalancerId: 'alb-one',
      reason: 'on the same load balancer, where it would be associated',
    },
    {
      port: 7510,
      loadBalancerId: 'alb-two',
      reason: 'on another load balancer, where nothing could come of it',
    },
  ])('is not held by a reference from $loadBalancerId: $reason', async ({ port, loadBalancerId }) => {
    const name = `quic-${port}`;
    await world.apply(name, httpSpec({ listenerPort: port, listenerProtocol: 'QUIC', ...TLS }));
    const { status } = await world.untilReady(name);
    const quicConfig = { quicUpgradeEnabled: true, quicListenerId: status.listenerId };
    const anchor = { listenerPort: port + 1, listenerProtocol: 'HTTPS', loadBalancerId, ...TLS, quicConfig };
    await neighbour.apply(`anchor-${port}`, httpSpec(anchor));
    const told = await neighbour.untilReason(`anchor-${port}`, 'InvalidReference');
    expect(told.status.conditions[0]?.message).toContain('of another namespace');
    expect(told.status).not.toHaveProperty('creation');
    const writes = (await world.cloud.calls()).filter(
      ({ action, parameters }) =>
        action !== 'GetListenerAttribute' &&
        JSON.stringify(parameters).includes(`"QuicConfig.QuicListenerId":"${status.listenerId}"`),
    );
    expect(writes).toEqual([]);

    await world.controlPlane.kubectl(['delete', 'alblistener', name, '--wait=false']);
    await world.untilGone(name);
    expect((await world.listeners()).some(({ ListenerId }) => ListenerId === status.listenerId)).toBe(false);
    await neighbour.remove(`anchor-${port}`);
  });

  it('does not come to be held by an edit either', async () => {
    await world.apply('quic', httpSpec({ listenerPort: 7520, listenerProtocol: 'QUIC', ...TLS }));
    const { status } = await world.untilReady('quic');
    await neighbour.apply('runs', httpSpec({ listenerPort: 7521, listenerProtocol: 'HTTPS', ...TLS }));
    await neighbour.untilReason('runs', 'Running');
    await neighbour.edit('runs', {
      quicConfig: { quicUpgradeEnabled: true, quicListenerId: status.listenerId },
    });
    await neighbour.untilReason('runs', 'InvalidReference');
    await world.controlPlane.kubectl(['delete', 'alblistener', 'quic', '--wait=false']);
    await world.untilGone('quic');
    const left = await world.listeners();
    expect(left.some(({ ListenerId }) => ListenerId === status.listenerId)).toBe(false);
  });
});
