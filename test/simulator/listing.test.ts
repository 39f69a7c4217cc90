import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { withoutItem } from '../../src/simulator/inventory.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
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

/** Every page of a list, or the first few of one that does not end. */
function pages(cloud: Cloud, filter: Wire = {}, most = 10) {
  const all = [list(cloud, filter)];
  for (let token = all[0]?.NextToken; token !== undefined && all.length < most; ) {
    const next = list(cloud, { ...filter, NextToken: token });
    all.push(next);
    token = next.NextToken;
  }
  return all;
}

function crowd(count: number, settings: SettingsInput = {}): Cloud {
  const cloud = new Cloud({ provisioningMs: 0, ...settings });
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

  it('hides a listener behind an offset when one of an earlier page goes', () => {
    const cloud = crowd(6, { pageToken: 'offset' });
    const [gone, ...others] = cloud.listeners().toSorted((a, b) => (a.ListenerId < b.ListenerId ? -1 : 1));
    const first = list(cloud, { MaxResults: '2' });
    cloud.ok('DeleteListener', { ListenerId: gone?.ListenerId ?? '' });
    const rest = list(cloud, { MaxResults: '100', NextToken: first.NextToken ?? '' });
    expect(rest.Listeners.map(({ ListenerId }) => ListenerId)).toEqual(
      others.slice(2).map(({ ListenerId }) => ListenerId),
    );
    expect(rest.NextToken).toBeUndefined();
  });

  it.each([
    { pageToken: 'cursor', maxResults: '100', sizes: [2, 2, 1] },
    { pageToken: 'offset', maxResults: '100', sizes: [2, 2, 1] },
    { pageToken: 'cursor', maxResults: '1', sizes: [1, 1, 1, 1, 1] },
  ] as const)('has pages of two at most, $pageToken, asked for $maxResults', (row) => {
    const cloud = crowd(5, { pageSize: 2, pageToken: row.pageToken });
    expect(pages(cloud, { MaxResults: row.maxResults }).map(({ Listeners }) => Listeners.length)).toEqual(
      row.sizes,
    );
  });

  it.each([
    { pageToken: 'cursor', reason: 'behind the last key' },
    { pageToken: 'offset', reason: 'behind the last item' },
  ] as const)('never ends where the cloud names one page more, $reason', ({ pageToken }) => {
    const same = pages(crowd(3, { afterLastPage: 'sameToken', pageSize: 2, pageToken }), {}, 5);
    expect(same.map(({ Listeners }) => Listeners.length)).toEqual([2, 1, 1, 1, 1]);
    expect(new Set(same.map(({ NextToken }) => NextToken)).size).toBe(1);
    const fresh = pages(crowd(3, { afterLastPage: 'newTokens', pageSize: 2, pageToken }), {}, 5);
    expect(fresh.map(({ Listeners }) => Listeners.length)).toEqual([2, 1, 0, 0, 0]);
    expect(new Set(fresh.map(({ NextToken }) => NextToken)).size).toBe(5);
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

describe('reads that lag', () => {
  it('show a listener as it was, and one that is gone for a while yet', () => {
    const cloud = new Cloud({ provisioningMs: 0, configuringMs: 0, attributeLagMs: 5000 });
    cloud.ok('CreateListener', https);
    const ListenerId = cloud.listeners()[0]?.ListenerId ?? '';
    expect(cloud.code('GetListenerAttribute', { ListenerId })).toBe('404 ResourceNotFound.Listener');
    expect(cloud.code('ListListenerCertificates', { ListenerId })).toBe('404 ResourceNotFound.Listener');
    expect(ports(cloud)).toEqual([443]);
    cloud.wait(5000);
    cloud.ok('StopListener', { ListenerId });
    expect(cloud.read(ListenerId).ListenerStatus).toBe('Running');
    cloud.wait(5000);
    expect(cloud.read(ListenerId).ListenerStatus).toBe('Stopped');
    cloud.ok('DeleteListener', { ListenerId });
    expect(cloud.code('GetListenerAttribute', { ListenerId })).toBe('Success');
    expect(ports(cloud)).toEqual([]);
    cloud.wait(5000);
    expect(cloud.code('GetListenerAttribute', { ListenerId })).toBe('404 ResourceNotFound.Listener');
  });

  it('show tags late, in every read and every filter, those of a new listener too', () => {
    const cloud = new Cloud({ provisioningMs: 0, tagLagMs: 5000 });
    cloud.ok('CreateListener', { ...http, 'Tag.1.Key': 'env', 'Tag.1.Value': 'prod' });
    const ListenerId = cloud.listeners()[0]?.ListenerId ?? '';
    const resource = { ResourceType: 'listener', 'ResourceId.1': ListenerId };
    const shown = () => ({
      read: cloud.read(ListenerId).Tags.map(({ Key }) => Key),
      found: ports(cloud, { 'Tag.1.Key': 'env' }),
      listed: JSON.stringify(cloud.ok('ListTagResources', resource)).includes('"env"'),
    });
    expect(shown()).toEqual({ read: [], found: [], listed: false });
    expect(ports(cloud)).toEqual([80]);
    cloud.wait(5000);
    expect(shown()).toEqual({ read: ['env'], found: [80], listed: true });
    cloud.ok('UnTagResources', { ...resource, 'TagKey.1': 'env' });
    expect(shown()).toEqual({ read: ['env'], found: [80], listed: true });
    cloud.wait(5000);
    expect(shown()).toEqual({ read: [], found: [], listed: false });
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
