import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { withoutItem } from '../../src/simulator/inventory.ts';
import { Cloud, http, https, quic, type Wire } from './cloud.ts';

const page = z.object({
  Listeners: z.array(
    z.object({ ListenerId: z.string(), ListenerPort: z.number(), ListenerStatus: z.string() }),
  ),
  NextToken: z.string().optional(),
  TotalCount: z.number(),
  MaxResults: z.number(),
});

function list(cloud: Cloud, filter: Wire = {}) {
  return page.parse(cloud.ok('ListListeners', filter));
}

function ports(cloud: Cloud, filter: Wire = {}): number[] {
  return list(cloud, filter)
    .Listeners.map((listener) => listener.ListenerPort)
    .sort((a, b) => a - b);
}

function crowd(count: number): Cloud {
  const cloud = new Cloud({ provisioningMs: 0 });
  for (let port = 1; port <= count; port++) cloud.running({ ...http, ListenerPort: String(port) });
  return cloud;
}

describe('ListListeners', () => {
  it('gives 20 a page by default, and all of them in the end', () => {
    const cloud = crowd(45);
    const first = list(cloud);
    expect(first).toMatchObject({ MaxResults: 20, TotalCount: 45 });
    const second = list(cloud, { NextToken: first.NextToken ?? '' });
    const third = list(cloud, { NextToken: second.NextToken ?? '' });
    expect(third.NextToken).toBeUndefined();
    const all = [first, second, third].flatMap(({ Listeners }) => Listeners.map((item) => item.ListenerPort));
    all.sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
  });

  it('neither repeats nor skips when listeners go between two pages', () => {
    const cloud = crowd(6);
    const first = list(cloud, { MaxResults: '2' });
    for (const { ListenerId } of first.Listeners) cloud.ok('DeleteListener', { ListenerId });
    const rest = cloud.listeners().map((listener) => listener.ListenerPort);
    expect(rest).toHaveLength(4);
    expect(ports(cloud, { MaxResults: '100', NextToken: first.NextToken ?? '' })).toEqual(rest);
  });

  it.each([
    { reason: 'the most a page can hold', filter: { MaxResults: '100' }, code: 'Success' },
    { reason: 'more than a page can hold', filter: { MaxResults: '101' }, code: '400 InvalidParameter' },
    { reason: 'an empty page', filter: { MaxResults: '0' }, code: '400 InvalidParameter' },
    { reason: 'a token of nobody', filter: { NextToken: 'x' }, code: '400 InvalidParameter' },
    { reason: 'a protocol there is not', filter: { ListenerProtocol: 'http' }, code: '400 InvalidParameter' },
    { reason: '20 ids', filter: ids('ListenerIds', 20), code: 'Success' },
    { reason: '21 ids', filter: ids('ListenerIds', 21), code: '400 InvalidParameter' },
    { reason: '21 load balancers', filter: ids('LoadBalancerIds', 21), code: '400 InvalidParameter' },
  ])('$reason: $code', ({ filter, code }) => {
    expect(new Cloud().code('ListListeners', filter)).toBe(code);
  });

  it('shows no listener of a load balancer that is gone, just as reading it finds none', () => {
    const cloud = new Cloud({ provisioningMs: 0 });
    const id = cloud.running(http);
    cloud.running({ ...http, LoadBalancerId: 'alb-basic', ListenerPort: '81' });
    const { state } = cloud.simulator;
    state.inventory = withoutItem(state.inventory, 'alb-standard');
    expect(cloud.code('GetListenerAttribute', { ListenerId: id })).toBe('404 ResourceNotFound.Listener');
    expect(ports(cloud)).toEqual([81]);
  });

  it('filters by id, load balancer, protocol and tag', () => {
    const cloud = new Cloud({ provisioningMs: 0 });
    const one = cloud.running({ ...http, 'Tag.1.Key': 'env', 'Tag.1.Value': 'prod' });
    cloud.running({ ...https, 'Tag.1.Key': 'env', 'Tag.1.Value': 'test' });
    cloud.running({ ...quic, LoadBalancerId: 'alb-basic', ListenerPort: '444' });
    expect(ports(cloud, { 'ListenerIds.1': one, 'ListenerIds.2': 'lsn-nobody' })).toEqual([80]);
    expect(ports(cloud, { 'LoadBalancerIds.1': 'alb-basic' })).toEqual([444]);
    expect(ports(cloud, { 'LoadBalancerIds.1': 'alb-nowhere' })).toEqual([]);
    expect(ports(cloud, { ListenerProtocol: 'HTTPS' })).toEqual([443]);
    expect(ports(cloud, { 'Tag.1.Key': 'env' })).toEqual([80, 443]);
    expect(ports(cloud, { 'Tag.1.Key': 'env', 'Tag.1.Value': 'test' })).toEqual([443]);
  });

  it('shows the past when it lags: creations, changes and deletions come late', () => {
    const cloud = new Cloud({ provisioningMs: 0, configuringMs: 0, listLagMs: 5000 });
    const statuses = () => list(cloud).Listeners.map((listener) => listener.ListenerStatus);
    cloud.ok('CreateListener', http);
    const [created] = cloud.listeners();
    const ListenerId = created?.ListenerId ?? '';
    expect(statuses()).toEqual([]);
    expect(cloud.status(ListenerId)).toBe('Running');
    cloud.wait(5000);
    expect(statuses()).toEqual(['Running']);
    cloud.ok('StopListener', { ListenerId });
    expect(statuses()).toEqual(['Running']);
    cloud.wait(4999);
    expect(statuses()).toEqual(['Running']);
    cloud.wait(1);
    expect(statuses()).toEqual(['Stopped']);
    cloud.ok('DeleteListener', { ListenerId });
    expect(statuses()).toEqual(['Stopped']);
    cloud.wait(5000);
    expect(statuses()).toEqual([]);
  });
});

describe('a list that lags', () => {
  it('puts jobs in the order in which they ended, not in which they began', () => {
    const cloud = new Cloud({ createLocksLoadBalancer: false, provisioningMs: 3000, listLagMs: 2500 });
    cloud.ok('CreateListener', http);
    const { state } = cloud.simulator;
    state.settings = { ...state.settings, provisioningMs: 1000 };
    cloud.ok('CreateListener', https);
    cloud.wait(5000);
    // What is shown is the world after 2.5 seconds: the second listener was running, the first was not.
    const shown = list(cloud).Listeners.map(({ ListenerPort, ListenerStatus }) => [
      ListenerPort,
      ListenerStatus,
    ]);
    expect(Object.fromEntries(shown)).toEqual({ 80: 'Provisioning', 443: 'Running' });
  });
});

describe('ListAsynJobs', () => {
  it('finds jobs by id, resource, operation and time', () => {
    const cloud = new Cloud({ provisioningMs: 0, configuringMs: 0 });
    const ListenerId = cloud.running(http);
    cloud.running(https);
    cloud.ok('StopListener', { ListenerId });
    const names = (filter: Wire) =>
      z
        .object({ Jobs: z.array(z.object({ ApiName: z.string() })) })
        .parse(cloud.ok('ListAsynJobs', filter))
        .Jobs.map((job) => job.ApiName);
    expect(names({})).toEqual(['CreateListener', 'CreateListener', 'StopListener']);
    expect(names({ 'ResourceIds.1': ListenerId })).toEqual(['CreateListener', 'StopListener']);
    expect(names({ ApiName: 'StopListener' })).toEqual(['StopListener']);
    expect(names({ BeginTime: String(cloud.now) })).toEqual(['StopListener']);
    expect(names({ 'JobIds.1': 'unknown' })).toEqual([]);
    expect(cloud.code('ListAsynJobs', ids('JobIds', 11))).toBe('400 InvalidParameter');
  });

  it('tells nothing of what is planned for a job', () => {
    const cloud = new Cloud();
    cloud.ok('CreateListener', http);
    expect(JSON.stringify(cloud.ok('ListAsynJobs'))).not.toContain('plan');
  });
});

function ids(name: string, count: number): Wire {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${name}.${index + 1}`, `id-${index}`]),
  );
}
