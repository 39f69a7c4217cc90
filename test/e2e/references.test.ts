import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { httpSpec, isReady, OperatorWorld, type StoredListener } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const TLS = { certificates: [{ certificateId: '1001-cn-hangzhou' }] };
const QUIC = { listenerProtocol: 'QUIC', ...TLS };

let world: OperatorWorld;
let nextPort = 1000;
beforeAll(async () => {
  world = await OperatorWorld.start({
    settings: { provisioningMs: 100, configuringMs: 100, deletingMs: 100 },
    // Slow on their own, so that whatever happens soon happens because of a watch.
    environment: { ALB_SLOW_INTERVAL: '5m', ALB_RESYNC_INTERVAL: '5m' },
  });
});
afterAll(() => world.close());

describe('an id from a ConfigMap', () => {
  it('is not asked for while nobody refers to one: the ConfigMaps are not listed', async () => {
    await world.apply('plain', httpSpec({ listenerPort: port() }));
    await world.untilReady('plain');
    expect(await listCalls('configmaps')).toBe(0);
  });

  it('may come after the listener that waits for it', async () => {
    await world.apply('early', httpSpec({ listenerPort: port(), ...serverGroupFrom('late', 'group') }));
    const waiting = await world.untilReason('early', 'InvalidReference');
    expect(messageOf(waiting)).toContain('there is no ConfigMap default/late');
    expect(waiting.status.listenerId).toBeUndefined();

    await configMap('late', { other: 'sgp-web' });
    const keyless = await untilMessage('early', 'ConfigMap default/late has no key group');
    expect(keyless.status.listenerId).toBeUndefined();

    await configMap('late', { group: 'sgp-api\n' });
    expect(await serverGroupsOf(await world.untilReady('early'))).toEqual(['sgp-api']);
    // One list of the metadata of all, and this one by its name in each of its two versions.
    expect(await listCalls('configmaps')).toBe(3);
  });

  it('that changes is brought in place in the cloud', async () => {
    await configMap('moving', { group: 'sgp-web' });
    await world.apply('follower', httpSpec({ listenerPort: port(), ...serverGroupFrom('moving', 'group') }));
    const before = await world.untilReady('follower');

    await configMap('moving', { group: 'sgp-api' });
    await expect.poll(() => serverGroupsOf(before), { timeout: PATIENCE_MS }).toEqual(['sgp-api']);
    const after = await world.untilReady('follower');
    expect(after.status.listenerId).toBe(before.status.listenerId);
  });

  it('that changes is no drift: with driftPolicy Report it is brought in place, too', async () => {
    await configMap('reported', { group: 'sgp-web' });
    const spec = httpSpec({ listenerPort: port(), ...serverGroupFrom('reported', 'group') });
    await world.apply('reporter', { ...spec, driftPolicy: 'Report' });
    const listener = await world.untilReady('reporter');
    await configMap('reported', { group: 'sgp-api' });
    await expect.poll(() => serverGroupsOf(listener), { timeout: PATIENCE_MS }).toEqual(['sgp-api']);
    await world.untilReady('reporter');
    expect(await eventsOf('reporter')).not.toContain('Drifted');
  });

  it('that vanishes leaves the listener as it is and says so, until it is back', async () => {
    await configMap('shaky', { group: 'sgp-web' });
    await world.apply('steady', httpSpec({ listenerPort: port(), ...serverGroupFrom('shaky', 'group') }));
    const { status } = await world.untilReady('steady');
    const before = await inCloud(status.listenerId);

    await kubectl('delete', 'configmap', 'shaky');
    const lost = await world.untilReason('steady', 'InvalidReference');
    expect(messageOf(lost)).toContain('there is no ConfigMap default/shaky');
    expect(lost.status.listenerId).toBe(status.listenerId);
    expect(await inCloud(status.listenerId)).toEqual(before);

    await configMap('shaky', { group: 'sgp-web' });
    await world.untilReady('steady');
    expect(await inCloud(status.listenerId)).toEqual(before);
  });

  it.each([
    {
      name: 'wrong',
      value: 'a secret note',
      reason: 'A value that is no id is named by its key, not shown.',
    },
    { name: 'other-kind', value: 'alb-one', reason: 'The id of something else is no id of a server group.' },
    {
      name: 'long',
      value: `sgp-${'a'.repeat(100_000)}`,
      reason: 'A value that is too long to be kept is no id.',
    },
  ])('is refused before the cloud is asked: $reason', async ({ name, value }) => {
    await configMap(name, { group: value });
    const listenerPort = port();
    await world.apply(name, httpSpec({ listenerPort, ...serverGroupFrom(name, 'group') }));
    const refused = await world.untilReason(name, 'InvalidReference');
    expect(messageOf(refused)).toContain(
      `key group of ConfigMap default/${name} does not hold the id of a server group`,
    );
    expect(messageOf(refused)).not.toContain(value);
    expect(await callsAbout(listenerPort)).toEqual([]);
  });

  it('of a load balancer cannot move the listener that was created there', async () => {
    await configMap('home', { lb: 'alb-one' });
    const listenerPort = port();
    await world.apply('settled', fromLoadBalancer('home', { listenerPort }));
    const { status } = await world.untilReady('settled');
    const before = await inCloud(status.listenerId);

    await configMap('home', { lb: 'alb-two' });
    const refused = await world.untilReason('settled', 'InvalidReference');
    expect(messageOf(refused)).toContain('names alb-two, but the listener stands on alb-one and cannot move');
    expect((await listenersOn(listenerPort)).map(({ ListenerId }) => ListenerId)).toEqual([
      status.listenerId,
    ]);
    expect(await inCloud(status.listenerId)).toEqual(before);

    await remove('settled');
    await world.untilGone('settled');
    expect(await listenersOn(listenerPort)).toEqual([]);
  });

  it('of a load balancer may change as long as nothing was created', async () => {
    await configMap('plans', { lb: 'alb-nowhere' });
    await world.apply('planned', fromLoadBalancer('plans', { listenerPort: port() }));
    await world.untilReason('planned', 'LoadBalancerNotFound');
    await configMap('plans', { lb: 'alb-two' });
    const { status } = await world.untilReady('planned');
    expect(await inCloud(status.listenerId)).toMatchObject({ LoadBalancerId: 'alb-two' });
  });

  it('claims a port as one that is written down does, first come first served', async () => {
    await configMap('shared', { lb: 'alb-one' });
    const [taken, free] = [port(), port()];
    await world.apply('first', httpSpec({ listenerPort: taken }));
    await world.untilReady('first');
    await world.apply('second', fromLoadBalancer('shared', { listenerPort: taken }));
    expect(messageOf(await world.untilReason('second', 'PortClaimed'))).toContain('default/first');

    await world.apply('third', fromLoadBalancer('shared', { listenerPort: free }));
    await world.untilReady('third');
    await world.apply('fourth', httpSpec({ listenerPort: free }));
    expect(messageOf(await world.untilReason('fourth', 'PortClaimed'))).toContain('default/third');
    expect(await listenersOn(taken)).toHaveLength(1);
    expect(await listenersOn(free)).toHaveLength(1);

    await remove('first');
    await world.untilReady('second');
  });

  it('does not make a running listener any less ready when the operator starts again', async () => {
    await configMap('lasting', { lb: 'alb-one' });
    await world.apply('unmoved', fromLoadBalancer('lasting', { listenerPort: port() }));
    const before = await world.untilReady('unmoved');
    await world.stopOperator();
    await world.startOperator();
    await configMap('lasting', { lb: 'alb-two' });
    const after = await world.untilReason('unmoved', 'InvalidReference');
    expect(messageOf(after)).toContain('cannot move');
    expect(after.status.listenerId).toBe(before.status.listenerId);
    await expect.poll(() => eventsOf('unmoved'), { timeout: PATIENCE_MS }).toContain('InvalidReference');
    // A flap would have left its own event between these.
    expect(new Set(await eventsOf('unmoved'))).toEqual(
      new Set(['Provisioning', 'Running', 'InvalidReference']),
    );
  });
});

describe('a reference to a QUIC listener', () => {
  it('waits until that one is there and runs', async () => {
    const https = port();
    await world.apply('https-early', httpsTo('quic-late', https));
    const missing = await world.untilReason('https-early', 'InvalidReference');
    expect(messageOf(missing)).toContain('there is no AlbListener default/quic-late');
    expect(await callsAbout(https)).toEqual([]);

    await world.cloud.patchSettings({ provisioningMs: 1500 });
    await world.apply('quic-late', httpSpec({ listenerPort: port(), ...QUIC }));
    const notReady = await world.untilReason('https-early', 'ReferenceNotReady');
    expect(messageOf(notReady)).toContain('AlbListener default/quic-late does not run yet');
    expect(await callsAbout(https)).toEqual([]);
    await world.cloud.patchSettings({ provisioningMs: 100 });

    const quic = await world.untilReady('quic-late');
    const { status } = await world.untilReady('https-early');
    expect(await inCloud(status.listenerId)).toMatchObject({
      QuicConfig: { QuicUpgradeEnabled: true, QuicListenerId: quic.status.listenerId },
    });
  });

  it('must lead to a QUIC listener', async () => {
    await world.apply('not-quic', httpSpec({ listenerPort: port() }));
    await world.apply('https-astray', httpsTo('not-quic', port()));
    const refused = await world.untilReason('https-astray', 'InvalidReference');
    expect(messageOf(refused)).toContain('AlbListener default/not-quic is no QUIC listener');
  });

  it('puts the deletion of both in order: HTTPS first, QUIC right after it, and nobody is warned', async () => {
    await pair('both');
    const begun = performance.now();
    await remove('quic-both');
    // The operator has seen the one and cannot know of the other.
    await world.until('quic-both', ({ status }) => status.phase === 'Deleting');
    await remove('https-both');
    await world.untilGone('https-both');
    await world.untilGone('quic-both', 5000);
    expect(performance.now() - begun).toBeLessThan(5000);
    const deletions = (await world.cloud.calls()).filter(({ action }) => action === 'DeleteListener');
    expect(deletions.slice(-2).map(({ outcome }) => outcome)).toEqual(['Success', 'Success']);
    expect(await warningsOf('quic-both')).toEqual([]);
  });

  it('holds up the deletion of the QUIC listener alone, and tells whose it is, until it is removed', async () => {
    const { quic, https, httpsPort } = await pair('alone');
    await remove('quic-alone');
    const held = await world.untilReason('quic-alone', 'ListenerInUse');
    expect(messageOf(held)).toContain('AlbListener default/https-alone');
    expect(await inCloud(quic)).toMatchObject({ ListenerStatus: 'Running' });
    expect(await deletionsOf(quic)).toBe(0);

    await world.apply(
      'https-alone',
      httpSpec({ listenerProtocol: 'HTTPS', listenerPort: httpsPort, ...TLS }),
    );
    await world.untilGone('quic-alone');
    expect(await inCloud(quic)).toBeUndefined();
    expect(isReady(await world.untilReady('https-alone'))).toBe(true);
    expect(await inCloud(https)).toMatchObject({ ListenerStatus: 'Running' });
    expect(await deletionsOf(quic)).toBe(1);
  });

  it('lets the QUIC listener go soon after the HTTPS listener is deleted, too', async () => {
    const { quic } = await pair('later');
    await remove('quic-later');
    await world.untilReason('quic-later', 'ListenerInUse');
    await remove('https-later');
    await world.untilGone('https-later');
    await world.untilGone('quic-later', 5000);
    expect(await inCloud(quic)).toBeUndefined();
  });

  it('cannot begin with a QUIC listener that is about to go', async () => {
    const { quic } = await pair('dying');
    await remove('quic-dying');
    await world.untilReason('quic-dying', 'ListenerInUse');
    const listenerPort = port();
    await world.apply('https-new', httpsTo('quic-dying', listenerPort));
    const refused = await world.untilReason('https-new', 'InvalidReference');
    expect(messageOf(refused)).toContain('AlbListener default/quic-dying is being deleted');
    expect(await listenersOn(listenerPort)).toEqual([]);
    await remove('https-dying');
    await world.untilGone('quic-dying');
    expect(await inCloud(quic)).toBeUndefined();
  });
});

function port(): number {
  nextPort += 1;
  return nextPort;
}

/** A running HTTPS listener that sends its clients on to a running QUIC listener, both by name. */
async function pair(name: string) {
  const [quicPort, httpsPort] = [port(), port()];
  await world.applyAll({
    [`quic-${name}`]: httpSpec({ listenerPort: quicPort, ...QUIC }),
    [`https-${name}`]: httpsTo(`quic-${name}`, httpsPort),
  });
  const quic = await world.untilReady(`quic-${name}`);
  const https = await world.untilReady(`https-${name}`);
  return { quic: quic.status.listenerId, https: https.status.listenerId, httpsPort };
}

function httpsTo(quicListener: string, listenerPort: number): object {
  const quicConfig = { quicUpgradeEnabled: true, quicListenerRef: { name: quicListener } };
  return httpSpec({ listenerProtocol: 'HTTPS', listenerPort, ...TLS, quicConfig });
}

function fromLoadBalancer(name: string, changes: object): object {
  const { loadBalancerId, ...spec } = { loadBalancerId: undefined, ...httpSpec(changes) };
  return { ...spec, loadBalancerIdFrom: { configMapKeyRef: { name, key: 'lb' } } };
}

function serverGroupFrom(name: string, key: string): object {
  const serverGroupTuples = [{ serverGroupIdFrom: { configMapKeyRef: { name, key } } }];
  return { defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }] };
}

async function configMap(name: string, data: Readonly<Record<string, string>>): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  const args = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
  expect(await world.controlPlane.kubectl(args, { input: stringify(object) })).toMatchObject({ code: 0 });
}

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await world.controlPlane.kubectl(args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

function remove(name: string): Promise<string> {
  return kubectl('delete', 'alblistener', name, '--wait=false');
}

function messageOf({ status }: StoredListener): string | undefined {
  return status.conditions.find(({ type }) => type === 'Ready')?.message;
}

function untilMessage(name: string, part: string): Promise<StoredListener> {
  return world.until(name, (listener) => messageOf(listener)?.includes(part) === true);
}

async function inCloud(listenerId: string | undefined) {
  return (await world.cloud.state()).listeners.find(({ ListenerId }) => ListenerId === listenerId);
}

async function listenersOn(listenerPort: number) {
  return (await world.cloud.state()).listeners.filter(({ ListenerPort }) => ListenerPort === listenerPort);
}

async function serverGroupsOf({ status }: StoredListener) {
  const listener = await inCloud(status.listenerId);
  return listener?.DefaultActions.flatMap(({ ForwardGroupConfig }) =>
    (ForwardGroupConfig?.ServerGroupTuples ?? []).map(({ ServerGroupId }) => ServerGroupId),
  );
}

/** Calls that create a listener on the port. */
async function callsAbout(listenerPort: number) {
  const calls = await world.cloud.calls();
  return calls.filter(({ parameters }) => parameters['ListenerPort'] === String(listenerPort));
}

async function deletionsOf(listenerId: string | undefined): Promise<number> {
  const calls = await world.cloud.calls();
  return calls.filter(
    ({ action, parameters }) => action === 'DeleteListener' && parameters['ListenerId'] === listenerId,
  ).length;
}

async function eventsOf(name: string): Promise<readonly string[]> {
  const query = ['get', 'events.events.k8s.io', `--field-selector=regarding.name=${name}`];
  return (await kubectl(...query, '-o', 'jsonpath={.items[*].reason}')).split(' ');
}

async function warningsOf(name: string): Promise<readonly string[]> {
  const query = ['get', 'events.events.k8s.io', `--field-selector=regarding.name=${name},type=Warning`];
  return (await kubectl(...query, '-o', 'jsonpath={.items[*].note}'))
    .split(' ')
    .filter((note) => note !== '');
}

/** How often the operator has listed a resource, as the API server counts. */
async function listCalls(resource: string): Promise<number> {
  const metrics = await kubectl('get', '--raw', '/metrics');
  const lines = metrics
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('apiserver_request_total{') &&
        line.includes(`resource="${resource}"`) &&
        line.includes('verb="LIST"'),
    );
  return lines.map((line) => Number(line.split(' ').at(-1))).reduce((sum, count) => sum + count, 0);
}
