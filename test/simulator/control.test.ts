import { describe, expect, it } from 'vitest';
import { http, https } from './cloud.ts';
import { codeOf, send, start } from './running.ts';

describe('the control endpoint', () => {
  it('replaces, merges and takes away inventory', async () => {
    const { endpoint, client } = await start();
    const create = () => send(endpoint, 'CreateListener', { ...http, DryRun: 'true' });
    expect(codeOf(await create())).toBe('DryRunOperation');
    await client.patchInventory({
      loadBalancers: [{ LoadBalancerId: 'alb-standard', LoadBalancerStatus: 'Configuring' }],
    });
    expect(codeOf(await create())).toBe('IncorrectStatus.LoadBalancer');
    await client.patchInventory({
      loadBalancers: [{ LoadBalancerId: 'alb-standard', LoadBalancerStatus: 'Active' }],
    });
    await client.removeFromInventory('sgp-http');
    expect(codeOf(await create())).toBe('ResourceNotFound.ServerGroup');
    await client.replaceInventory({
      credentials: [{ accessKeyId: 'simulator', accessKeySecret: 'simulator-secret' }],
    });
    expect(codeOf(await create())).toBe('ResourceNotFound.LoadBalancer');
  });

  it('changes the settings it is given and keeps the others', async () => {
    const { client } = await start({ provisioningMs: 5 });
    await client.patchSettings({ configuringMs: 7, quotas: { aclsPerListener: 1 } });
    expect(await client.settings()).toMatchObject({
      provisioningMs: 5,
      configuringMs: 7,
      quotas: { aclsPerListener: 1, listenersPerLoadBalancer: 50 },
    });
  });

  it('lets a stranger create, edit, stop and delete, without a job and past the rules', async () => {
    const { endpoint, client } = await start();
    const foreign = await client.createListener({
      LoadBalancerId: 'alb-standard',
      ListenerProtocol: 'HTTP',
      ListenerPort: 80,
      Tags: [{ Key: 'owner', Value: 'somebody' }],
    });
    expect(foreign).toMatchObject({ ListenerStatus: 'Running', IdleTimeout: 15 });
    expect(codeOf(await send(endpoint, 'CreateListener', http))).toBe('ResourceAlreadyExist.Listener');

    const id = foreign.ListenerId;
    await client.editListener(id, {
      IdleTimeout: 99,
      Tags: [],
      ListenerStatus: 'Stopped',
      ListenerDescription: 'edited',
      XForwardedForConfig: { XForwardedForHostEnabled: true },
    });
    expect((await client.state()).listeners).toMatchObject([
      {
        ListenerId: id,
        IdleTimeout: 99,
        Tags: [],
        ListenerStatus: 'Stopped',
        ListenerDescription: 'edited',
        XForwardedForConfig: { XForwardedForHostEnabled: true, XForwardedForEnabled: true },
      },
    ]);
    expect(await client.editListener(id, { ListenerDescription: null })).not.toHaveProperty(
      'ListenerDescription',
    );
    await client.deleteListener(id);
    expect((await client.state()).listeners).toEqual([]);
    expect((await client.state()).jobs).toEqual([]);
  });

  it('moves time, and settles a job that hangs', async () => {
    const { endpoint, client } = await start({ provisioningMs: 10_000, createLocksLoadBalancer: false });
    await send(endpoint, 'CreateListener', http);
    await client.advanceTime(10_000);
    expect((await client.state()).listeners).toMatchObject([{ ListenerStatus: 'Running' }]);
    await client.addFault({ kind: 'hangJob', operation: 'CreateListener' });
    await send(endpoint, 'CreateListener', https);
    await client.advanceTime(1_000_000);
    const [, hanging] = (await client.state()).jobs;
    expect(hanging?.Status).toBe('Processing');
    await client.settleJob(hanging?.Id ?? '', { code: 'InternalError' });
    expect((await client.state()).jobs).toMatchObject([
      { Status: 'Succeeded' },
      { Status: 'Failed', ErrorCode: 'InternalError', ErrorMessage: 'Settled by hand.' },
    ]);
    expect((await client.state()).listeners).toHaveLength(1);
  });

  it('lists calls after a number, without secrets', async () => {
    const { endpoint, client, control } = await start();
    await send(endpoint, 'ListListeners');
    await send(endpoint, 'CreateListener', http);
    await send(endpoint, 'CreateListener', http, {
      accessKeyId: 'STS.simulator',
      secret: 'simulator-sts-secret',
      securityToken: 'simulator-security-token',
    });
    const [first] = await client.calls();
    expect(await client.calls(first?.sequence)).toMatchObject([
      { action: 'CreateListener', accessKeyId: 'simulator', outcome: 'Success', parameters: http },
      { action: 'CreateListener', accessKeyId: 'STS.simulator', outcome: 'IncorrectStatus.LoadBalancer' },
    ]);
    for (const path of ['/state', '/calls', '/settings', '/faults', '/held']) {
      const text = await (await fetch(`${control}${path}`)).text();
      expect(text).not.toContain('secret');
      expect(text).not.toContain('simulator-security-token');
    }
  });

  it.each([
    { reason: 'a path there is not', method: 'GET', path: '/nothing', body: undefined, status: 404 },
    { reason: 'no JSON', method: 'POST', path: '/faults', body: '{', status: 400 },
    {
      reason: 'a fault of no kind',
      method: 'POST',
      path: '/faults',
      body: '{"kind":"earthquake"}',
      status: 400,
    },
    {
      reason: 'a misspelt setting',
      method: 'PATCH',
      path: '/settings',
      body: '{"provisionMs":1}',
      status: 400,
    },
    {
      reason: 'a misspelt attribute',
      method: 'PATCH',
      path: '/inventory',
      body: '{"acls":[{"AclId":"a","Entries":[]}]}',
      status: 400,
    },
    {
      reason: 'a listener that is not there',
      method: 'PATCH',
      path: '/listeners/lsn-1',
      body: '{}',
      status: 404,
    },
    {
      reason: 'a job that is not there',
      method: 'POST',
      path: '/jobs/1',
      body: '{"failure":null}',
      status: 404,
    },
  ])('refuses $reason', async ({ method, path, body, status }) => {
    const { control } = await start();
    const answer = await fetch(`${control}${path}`, { method, ...(body !== undefined && { body }) });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(/^\{"error":"[^"]/);
  });
});
