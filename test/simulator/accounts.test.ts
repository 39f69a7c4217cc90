import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accountOf, viewOf } from '../../src/simulator/accounts.ts';
import { HOME_ACCOUNT } from '../../src/simulator/home-account.ts';
import { deserialise, serialise } from '../../src/simulator/state.ts';
import { Cloud, forwardTo, http, https, text, type Wire } from './cloud.ts';
import { codeOf, send, start } from './running.ts';

const PARTNER = { accessKeyId: 'partner', secret: 'partner-secret' };

/** The partner's own listener. */
const partners: Wire = {
  ...http,
  LoadBalancerId: 'alb-partner',
  ...forwardTo('sgp-partner'),
};

/** A running cloud, and its two accounts as callers of it. */
async function twoAccounts() {
  const { endpoint, client } = await start({ provisioningMs: 0, configuringMs: 0 });
  const home = (action: string, query: Wire = {}) => send(endpoint, action, query);
  const partner = (action: string, query: Wire = {}) => send(endpoint, action, query, PARTNER);
  return { client, home, partner };
}

async function idOf(answer: ReturnType<typeof send>): Promise<string> {
  const body: unknown = JSON.parse((await answer).text);
  return z.object({ ListenerId: z.string() }).parse(body).ListenerId;
}

describe('two accounts', () => {
  it.each([
    { action: 'GetListenerAttribute', parameters: {} },
    { action: 'ListListenerCertificates', parameters: {} },
    { action: 'UpdateListenerAttribute', parameters: { IdleTimeout: '30' } },
    { action: 'UpdateListenerLogConfig', parameters: {} },
    { action: 'StopListener', parameters: {} },
    { action: 'DeleteListener', parameters: {} },
    { action: 'AssociateAclsWithListener', parameters: { 'AclIds.1': 'acl-office', AclType: 'White' } },
  ])('do not find each other’s listeners: $action', async ({ action, parameters }) => {
    const { client, home, partner } = await twoAccounts();
    const ListenerId = await idOf(home('CreateListener', https));
    const before = await client.state();
    const refused = await partner(action, { ...parameters, ListenerId });
    expect([refused.status, codeOf(refused)]).toEqual([404, 'ResourceNotFound.Listener']);
    expect((await client.state()).listeners).toEqual(before.listeners);
    const granted = await home(action, { ...parameters, ListenerId });
    expect(codeOf(granted)).toBe('Success');
  });

  it('do not find each other’s tags', async () => {
    const { client, home, partner } = await twoAccounts();
    const ListenerId = await idOf(home('CreateListener', { ...http, 'Tag.1.Key': 'owner' }));
    const tagged = { ResourceType: 'listener', 'ResourceId.1': ListenerId };
    const change = { ...tagged, 'Tag.1.Key': 'owner', 'Tag.1.Value': 'us' };
    expect(codeOf(await partner('TagResources', change))).toBe('ResourceNotFound.Listener');
    expect(codeOf(await partner('UnTagResources', { ...tagged, All: 'true' }))).toBe(
      'ResourceNotFound.Listener',
    );
    const list = { ResourceType: 'listener' };
    expect((await partner('ListTagResources', list)).text).toContain('"TagResources":[]');
    expect((await home('ListTagResources', list)).text).toContain('"TagKey":"owner"');
    expect((await client.state()).listeners).toMatchObject([{ Tags: [{ Key: 'owner', Value: '' }] }]);
  });

  it.each([
    { reason: 'a load balancer', wanted: http, code: 'ResourceNotFound.LoadBalancer' },
    {
      reason: 'a server group',
      wanted: { ...partners, ...forwardTo('sgp-http') },
      code: 'ResourceNotFound.ServerGroup',
    },
    {
      reason: 'a certificate',
      wanted: { ...https, LoadBalancerId: 'alb-partner', ...forwardTo('sgp-partner') },
      code: 'ResourceNotFound.Certificate',
    },
    {
      reason: 'a security policy',
      wanted: {
        ...https,
        LoadBalancerId: 'alb-partner',
        ...forwardTo('sgp-partner'),
        'Certificates.1.CertificateId': '3001-cn-hangzhou',
        SecurityPolicyId: 'spl-custom',
      },
      code: 'ResourceNotFound.SecurityPolicy',
    },
  ])('do not find $reason of the other: $code', async ({ wanted, code }) => {
    const { client, partner } = await twoAccounts();
    const AccountId = '1000000000000002';
    await client.patchInventory({ certificates: [{ CertificateId: '3001-cn-hangzhou', AccountId }] });
    expect(codeOf(await partner('CreateListener', wanted))).toBe(code);
    expect(codeOf(await partner('CreateListener', partners))).toBe('Success');
  });

  it('do not find each other’s ACLs, nor read each other’s load balancers', async () => {
    const { home, partner } = await twoAccounts();
    const ListenerId = await idOf(partner('CreateListener', partners));
    const acl = { ListenerId, 'AclIds.1': 'acl-office', AclType: 'White' };
    expect(codeOf(await partner('AssociateAclsWithListener', acl))).toBe('ResourceNotFound.Acl');
    const read = (LoadBalancerId: string) => ({ LoadBalancerId });
    expect(codeOf(await partner('GetLoadBalancerAttribute', read('alb-standard')))).toBe(
      'ResourceNotFound.LoadBalancer',
    );
    expect(codeOf(await home('GetLoadBalancerAttribute', read('alb-partner')))).toBe(
      'ResourceNotFound.LoadBalancer',
    );
    const own = await partner('GetLoadBalancerAttribute', read('alb-partner'));
    expect(own.text).toContain('"VpcId":"vpc-partner"');
    expect(own.text).not.toContain('AccountId');
  });

  it('list only what is theirs, listeners and jobs, and the control endpoint both', async () => {
    const { client, home, partner } = await twoAccounts();
    const ours = await idOf(home('CreateListener', http));
    const theirs = await idOf(partner('CreateListener', partners));
    for (const action of ['ListListeners', 'ListAsynJobs']) {
      const [mine, other] = [(await home(action)).text, (await partner(action)).text];
      expect([mine.includes(ours), mine.includes(theirs)]).toEqual([true, false]);
      expect([other.includes(ours), other.includes(theirs)]).toEqual([false, true]);
      expect(mine).toContain('"TotalCount":1');
    }
    const state = await client.state();
    expect(state.listeners.map(({ ListenerId }) => ListenerId)).toEqual([ours, theirs]);
    expect(state.jobs).toHaveLength(2);
  });

  it('see the past of their own listeners only, where lists lag', () => {
    const cloud = new Cloud({ provisioningMs: 0, listLagMs: 60_000 });
    const ListenerId = cloud.running(http);
    cloud.ok('DeleteListener', { ListenerId });
    const listed = (accessKeyId: string) =>
      JSON.stringify(cloud.simulator.call('ListListeners', {}, accessKeyId));
    expect(listed('simulator')).toContain(ListenerId);
    expect(listed('partner')).toContain('"TotalCount":0');
  });

  it('lose sight of a listener whose load balancer is gone', () => {
    const cloud = new Cloud({ provisioningMs: 0 });
    const ListenerId = cloud.running(http);
    const { state } = cloud.simulator;
    const loadBalancers = state.inventory.loadBalancers.filter(
      (item) => item.LoadBalancerId !== 'alb-standard',
    );
    state.inventory = { ...state.inventory, loadBalancers };
    expect(cloud.code('GetListenerAttribute', { ListenerId })).toBe('404 ResourceNotFound.Listener');
    expect(cloud.ok('ListListeners')).toMatchObject({ TotalCount: 0 });
  });
});

describe('an account', () => {
  it('has its own ClientTokens: the same token and parameters are another call to another account', async () => {
    const { client, home, partner } = await twoAccounts();
    const token = { ClientToken: 'same' };
    expect(codeOf(await home('CreateListener', { ...http, ...token }))).toBe('Success');
    const theirs = await partner('CreateListener', { ...partners, ...token });
    expect(codeOf(theirs)).toBe('Success');
    expect(codeOf(await partner('CreateListener', { ...partners, ...token }))).toBe('Success');
    expect(codeOf(await partner('CreateListener', { ...http, ...token }))).toBe(
      'IdempotentParameterMismatch',
    );
    expect((await client.state()).listeners).toHaveLength(2);
    expect((await client.calls()).map(({ replayed }) => replayed)).toEqual([false, false, true, false]);
  });

  it('does not wait for a call of another account under the same token', () => {
    const { simulator } = new Cloud();
    const token = { ClientToken: 'same' };
    const underWay = simulator.receive('CreateListener', { ...http, ...token }, 'simulator');
    expect(simulator.call('CreateListener', { ...partners, ...token }, 'partner')).toMatchObject({
      answer: { ok: true },
    });
    underWay.end(true);
  });

  it('has its own rate of calls', () => {
    const { simulator } = new Cloud({ callsPerMinute: 1 });
    const list = (accessKeyId: string) => simulator.call('ListListeners', {}, accessKeyId);
    expect(list('simulator')).toMatchObject({ answer: { ok: true } });
    expect(list('partner')).toMatchObject({ answer: { ok: true } });
    // Two keys of one account share its rate.
    expect(list('STS.simulator')).toMatchObject({ answer: { refusal: { code: 'Throttling.User' } } });
  });
});

describe('a key that nobody knows, in this process', () => {
  it('works in the home account', () => {
    const cloud = new Cloud();
    expect(accountOf(cloud.simulator.state.inventory, 'in-process')).toBe(HOME_ACCOUNT);
    expect(accountOf(cloud.simulator.state.inventory, 'partner')).not.toBe(HOME_ACCOUNT);
    expect(cloud.code('CreateListener', http)).toBe('Success');
    expect(cloud.code('CreateListener', partners)).toBe('404 ResourceNotFound.LoadBalancer');
  });
});

describe('a cloud of one account', () => {
  it('hands out its state as it is: nothing is copied for a call', () => {
    const { state } = new Cloud({}, { loadBalancers: [{ LoadBalancerId: 'alb-one', VpcId: 'vpc' }] })
      .simulator;
    expect(viewOf(state, HOME_ACCOUNT)).toBe(state);
  });

  it('goes on with a state file from before there were accounts', () => {
    const cloud = new Cloud();
    const first = { ...http, ClientToken: 'old' };
    const made = text(cloud.ok('CreateListener', first)['ListenerId']);
    const old = serialise(cloud.simulator.state)
      .replaceAll(/"(AccountId|accountId)":"1000000000000001",?/g, '')
      .replaceAll(`"${HOME_ACCOUNT}/`, '"');
    expect(old).toContain('"tokens":[["CreateListener/old",{"action":');
    const after = new Cloud({}, {}, deserialise(old));
    after.now = cloud.now;
    expect(after.ok('CreateListener', first)).toMatchObject({ ListenerId: made });
    expect(after.listeners()).toHaveLength(1);
  });
});
