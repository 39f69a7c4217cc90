import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpSpec, OperatorWorld } from '../support/operator-world.ts';
import { Tenant } from '../support/tenant.ts';

describe('a region that is none', () => {
  let world: OperatorWorld;
  let tenant: Tenant;
  beforeAll(async () => {
    world = await OperatorWorld.start();
    tenant = await Tenant.of(world, 'tenant');
  });
  afterAll(() => world.close());

  it.each([
    { regionId: 'cn-hangzou', says: 'Did you mean cn-hangzhou', reason: 'it is misspelt' },
    {
      regionId: 'oss-cn-hangzhou',
      says: 'Did you mean cn-hangzhou',
      reason: 'its host would be a bucket, and be sent what the key of the operator signed',
    },
    { regionId: 'ap-nowhere-9', says: '"ap-nowhere-9" is not a known region.', reason: 'it is made up' },
  ])('opens no host and no series, and can be corrected: $regionId, $reason', async ({ regionId, says }) => {
    const before = (await world.cloud.calls()).at(-1)?.sequence ?? 0;
    const port = 7300 + regionId.length;
    const name = `in-${regionId}`;
    await tenant.apply(name, httpSpec({ listenerPort: port, regionId }));
    const told = await tenant.untilReason(name, 'InvalidRegion');
    expect(told.status.conditions[0]?.message).toMatch(/^spec\.regionId: /);
    expect(told.status.conditions[0]?.message).toContain(says);
    expect(told.status).not.toHaveProperty('creation');
    expect((await world.cloud.calls(before)).map(({ action }) => action)).toEqual([]);
    const metrics = await (await world.operator.page('/metrics')).text();
    expect(metrics).not.toContain(regionId);

    // A typo seldom comes alone: until something was begun, all of it can be corrected.
    const edit = { regionId: 'cn-hangzhou', listenerPort: port + 100, loadBalancerId: 'alb-two' };
    expect(await tenant.edit(name, edit)).toBeUndefined();
    await tenant.untilReason(name, 'Running');
    expect((await world.listeners()).find(({ ListenerPort }) => ListenerPort === port + 100)).toMatchObject({
      LoadBalancerId: 'alb-two',
    });

    for (const change of [{ regionId: 'cn-beijing' }, { listenerPort: port }, { loadBalancerId: 'alb-one' }])
      expect(await tenant.edit(name, change)).toContain('cannot be changed once the creation');
    await tenant.remove(name);
  });

  it('lets its object be deleted, finalizer and all', async () => {
    await tenant.apply('mistake', httpSpec({ listenerPort: 7390, regionId: 'cn-hangzou' }));
    const told = await tenant.untilReason('mistake', 'InvalidRegion');
    expect(told.metadata.finalizers).toHaveLength(1);
    await tenant.remove('mistake');
    expect(await tenant.get('mistake')).toBeUndefined();
  });
});

it('an object for which nothing was begun can be edited and deleted while the cloud cannot be reached', async () => {
  await using world = await OperatorWorld.start({
    endpoint: async () => 'http://127.0.0.1:1',
    environment: { ALB_SLOW_INTERVAL: '1s' },
  });
  await world.apply('early', httpSpec({ listenerPort: 7400 }));
  await world.untilReason('early', 'CloudUnavailable');
  const patch = JSON.stringify({ spec: { listenerPort: 7401, loadBalancerId: 'alb-two' } });
  const edited = await world.controlPlane.kubectl([
    'patch',
    'alblistener',
    'early',
    '--type=merge',
    '-p',
    patch,
  ]);
  expect(edited.stderr).toBe('');
  await world.until('early', ({ status, metadata }) => status.observedGeneration === metadata.generation);
  await world.controlPlane.kubectl(['delete', 'alblistener', 'early', '--wait=false']);
  await world.untilGone('early');
});
