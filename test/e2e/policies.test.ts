import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpSpec, isReady, OperatorWorld, reasonOf } from '../support/operator-world.ts';

/** What stands between a user's wish and the cloud: each row changes one object or its listener, and looks at both. */
describe('a listener over its life', () => {
  let world: OperatorWorld;
  let nextPort = 100;
  beforeAll(async () => {
    world = await OperatorWorld.start();
  });
  afterAll(() => world.close());

  const inCloud = async (listenerId: string | undefined) =>
    (await world.cloud.state()).listeners.find(({ ListenerId }) => ListenerId === listenerId);
  const writesSince = async (sequence: number) =>
    (await world.cloud.calls(sequence)).filter(({ effect }) => effect !== null).map(({ action }) => action);
  const lastCall = async () => (await world.cloud.calls()).at(-1)?.sequence ?? 0;
  const remove = (name: string) =>
    world.controlPlane.kubectl(['delete', 'alblistener', name, '--wait=false']);
  /** A running listener of its own, and its id. */
  const running = async (name: string, changes: object = {}) => {
    nextPort += 1;
    const spec = httpSpec({ listenerPort: nextPort, ...changes });
    await world.apply(name, spec);
    const { status } = await world.untilReady(name);
    return { spec, listenerId: status.listenerId ?? '', port: nextPort };
  };

  it('sets, changes and removes tags, and leaves those of others', async () => {
    const { spec, listenerId } = await running('tags', { tags: [{ key: 'env', value: 'test' }] });
    const before = await inCloud(listenerId);
    await world.cloud.editListener(listenerId, {
      Tags: [...(before?.Tags ?? []), { Key: 'cost-centre', Value: '42' }],
    });
    await world.apply('tags', { ...spec, tags: [{ key: 'team', value: 'web' }] });
    await world.untilReady('tags');

    const tags = (await inCloud(listenerId))?.Tags.filter(
      ({ Key }) => !Key.startsWith('alb-listener-operator/'),
    );
    expect(new Map(tags?.map(({ Key, Value }) => [Key, Value]))).toEqual(
      new Map([
        ['cost-centre', '42'],
        ['team', 'web'],
      ]),
    );
  });

  it('returns a field that left the manifest to the default of the cloud', async () => {
    const { spec, listenerId } = await running('default', { requestTimeout: 90, idleTimeout: 20 });
    const { requestTimeout, ...without } = { requestTimeout: undefined, ...spec };
    await world.apply('default', without);
    await world.untilReady('default');
    expect(await inCloud(listenerId)).toMatchObject({ RequestTimeout: 60, IdleTimeout: 20 });
  });

  it('stops a listener and starts it again', async () => {
    const { spec, listenerId } = await running('state');
    await world.apply('state', { ...spec, listenerState: 'Stopped' });
    const stopped = await world.until(
      'state',
      (listener) => isReady(listener) && reasonOf(listener) === 'Stopped',
    );
    expect(stopped.status.phase).toBe('Stopped');
    expect((await inCloud(listenerId))?.ListenerStatus).toBe('Stopped');

    await world.apply('state', spec);
    await world.until('state', (listener) => isReady(listener) && listener.status.phase === 'Running');
    expect((await inCloud(listenerId))?.ListenerStatus).toBe('Running');
  });

  it('starts a listener that somebody stopped in the console', async () => {
    const { listenerId } = await running('stopped-by-hand');
    await world.cloud.editListener(listenerId, { ListenerStatus: 'Stopped' });
    await expect
      .poll(async () => (await inCloud(listenerId))?.ListenerStatus, { timeout: 10_000 })
      .toBe('Running');
  });

  it('takes back what somebody changed in the console', async () => {
    const { listenerId } = await running('corrected');
    await world.cloud.editListener(listenerId, { IdleTimeout: 77 });
    await expect.poll(async () => (await inCloud(listenerId))?.IdleTimeout, { timeout: 10_000 }).toBe(15);
  });

  it('reports what somebody changed and leaves it, where the manifest says so; an edit is brought in place', async () => {
    const { spec, listenerId } = await running('reported', { driftPolicy: 'Report' });
    await world.cloud.editListener(listenerId, { IdleTimeout: 77 });
    const drifted = await world.untilReason('reported', 'Drifted');
    expect(drifted.status['drift']).toEqual([{ path: 'idleTimeout', declared: '15', actual: '77' }]);
    expect(drifted.status.conditions.find(({ type }) => type === 'Drifted')?.status).toBe('True');
    expect((await inCloud(listenerId))?.IdleTimeout).toBe(77);

    await world.apply('reported', { ...spec, requestTimeout: 30 });
    const after = await world.untilReady('reported');
    expect(after.status['drift']).toBeUndefined();
    expect(await inCloud(listenerId)).toMatchObject({ IdleTimeout: 15, RequestTimeout: 30 });
  });

  it('leaves ignored fields to others', async () => {
    const { listenerId } = await running('ignored', { ignoreFields: ['idleTimeout'] });
    await world.cloud.editListener(listenerId, { IdleTimeout: 77, RequestTimeout: 77 });
    await expect.poll(async () => (await inCloud(listenerId))?.RequestTimeout, { timeout: 10_000 }).toBe(60);
    expect((await inCloud(listenerId))?.IdleTimeout).toBe(77);
  });

  it('takes over a listener by its id, brings it to the manifest, and deletes it in the end', async () => {
    const theirs = await world.cloud.createListener({
      LoadBalancerId: 'alb-two',
      ListenerProtocol: 'HTTP',
      ListenerPort: 80,
      IdleTimeout: 77,
    });
    const spec = httpSpec({ loadBalancerId: 'alb-two', adopt: { listenerId: theirs.ListenerId } });
    const before = await lastCall();
    await world.apply('adopted', spec);
    const { status } = await world.untilReady('adopted');
    expect(status.listenerId).toBe(theirs.ListenerId);
    expect((await inCloud(theirs.ListenerId))?.IdleTimeout).toBe(15);
    expect(await writesSince(before)).toEqual(['TagResources', 'UpdateListenerAttribute']);

    await remove('adopted');
    await world.untilGone('adopted');
    expect(await inCloud(theirs.ListenerId)).toBeUndefined();
  });

  it('refuses to take over a listener that is not the one declared, and says why', async () => {
    const theirs = await world.cloud.createListener({
      LoadBalancerId: 'alb-two',
      ListenerProtocol: 'HTTP',
      ListenerPort: 81,
    });
    await world.apply('wrong', httpSpec({ listenerPort: 90, adopt: { listenerId: theirs.ListenerId } }));
    const refused = await world.untilReason('wrong', 'AdoptionRefused');
    expect(refused.status.conditions[0]?.message).toContain('HTTP:81 of alb-two');
    expect(await inCloud(theirs.ListenerId)).toEqual(theirs);
    await remove('wrong');
    await world.untilGone('wrong');
    expect(await inCloud(theirs.ListenerId)).toEqual(theirs);
  });

  it('only watches, where the manifest says so: nothing is written, not even on deletion', async () => {
    const theirs = await world.cloud.createListener({
      LoadBalancerId: 'alb-two',
      ListenerProtocol: 'HTTP',
      ListenerPort: 82,
      IdleTimeout: 77,
    });
    const before = await lastCall();
    const spec = httpSpec({
      loadBalancerId: 'alb-two',
      listenerPort: 82,
      reconcilePolicy: 'Observe',
      adopt: { listenerId: theirs.ListenerId },
    });
    await world.apply('watched', spec);
    const drifted = await world.untilReason('watched', 'Drifted');
    expect(drifted.status['observed']).toMatchObject({ listenerStatus: 'Running', idleTimeout: 77 });
    await remove('watched');
    await world.untilGone('watched');
    const writes = (await world.cloud.calls(before)).filter(
      ({ parameters, effect }) => effect !== null && JSON.stringify(parameters).includes(theirs.ListenerId),
    );
    expect(writes).toEqual([]);
    expect(await inCloud(theirs.ListenerId)).toEqual(theirs);
  });

  it('leaves a retained listener in the cloud, untagged, so that it can be adopted again', async () => {
    const { listenerId, spec } = await running('retained', { deletionPolicy: 'Retain', idleTimeout: 33 });
    await remove('retained');
    await world.untilGone('retained');
    expect(await inCloud(listenerId)).toMatchObject({ ListenerStatus: 'Running', IdleTimeout: 33, Tags: [] });

    await world.apply('heir', { ...spec, adopt: { listenerId } });
    const heir = await world.untilReady('heir');
    expect(heir.status.listenerId).toBe(listenerId);
  });

  it('keeps out while suspended, from an edit as from a deletion, and goes on afterwards', async () => {
    const { spec, listenerId } = await running('suspended');
    await world.apply('suspended', { ...spec, suspend: true, idleTimeout: 50 });
    await world.untilReason('suspended', 'Suspended');
    const before = await lastCall();
    await remove('suspended');
    await world.until('suspended', ({ status }) => status.phase === 'Deleting');
    const touched = (await world.cloud.calls(before)).filter(({ parameters }) =>
      JSON.stringify(parameters).includes(listenerId),
    );
    expect(touched).toEqual([]);
    expect(await inCloud(listenerId)).toMatchObject({ ListenerStatus: 'Running', IdleTimeout: 15 });

    await world.controlPlane.kubectl([
      'patch',
      'alblistener',
      'suspended',
      '--type=merge',
      '-p',
      '{"spec":{"suspend":false}}',
    ]);
    await world.untilGone('suspended');
    expect(await inCloud(listenerId)).toBeUndefined();
  });

  it('stops updating what the cloud never follows, names the field, and tries again after an edit', async () => {
    await world.cloud.patchSettings({ updateKeepsOldValue: ['IdleTimeout'] });
    const { spec, listenerId } = await running('stubborn');
    await world.apply('stubborn', { ...spec, idleTimeout: 50 });
    const stuck = await world.untilReason('stubborn', 'NotConverging');
    expect(stuck.status.conditions[0]?.message).toContain('idleTimeout 15 → 50');
    const updates = (await world.cloud.calls()).filter(
      ({ action, parameters }) =>
        action === 'UpdateListenerAttribute' && parameters['ListenerId'] === listenerId,
    );
    expect(updates).toHaveLength(3);

    await world.cloud.patchSettings({ updateKeepsOldValue: [] });
    await world.apply('stubborn', { ...spec, idleTimeout: 51 });
    await world.untilReady('stubborn');
    expect((await inCloud(listenerId))?.IdleTimeout).toBe(51);
  });

  it('tells the values in effect', async () => {
    const { listenerId } = await running('observed', { requestTimeout: 30 });
    const { status } = await world.untilReady('observed');
    expect(status['observed']).toMatchObject({
      listenerStatus: 'Running',
      requestTimeout: 30,
      idleTimeout: 15,
    });
    expect(JSON.stringify(status['observed'])).not.toContain(listenerId);
  });

  it('keeps an audit of every write', async () => {
    const { listenerId } = await running('audited');
    const line = await world.operator.line(listenerId);
    expect(line).toBeDefined();
    const records = world.operator.lines.filter(
      (text) => text.includes('"stream":"audit"') && text.includes('default/audited'),
    );
    expect(records.map((text): unknown => JSON.parse(text))).toMatchObject([
      { key: 'default/audited', cause: 'creation', operation: 'CreateListener', outcome: 'yes' },
    ]);
  });

  it('writes nothing while nothing changes, over many looks', async () => {
    await running('quiet');
    const quiet = await world.get('quiet');
    const before = await lastCall();
    const looks = async () =>
      (await world.cloud.calls(before)).filter(
        ({ action, parameters }) =>
          action === 'GetListenerAttribute' && parameters['ListenerId'] === quiet?.status.listenerId,
      ).length;
    await expect.poll(looks, { timeout: 30_000 }).toBeGreaterThan(3);
    expect((await world.get('quiet'))?.metadata.resourceVersion).toBe(quiet?.metadata.resourceVersion);
    expect(await writesSince(before)).toEqual([]);
  });
});

describe('a request to look now', () => {
  let world: OperatorWorld;
  beforeAll(async () => {
    world = await OperatorWorld.start({ environment: { ALB_RESYNC_INTERVAL: '1h' } });
  });
  afterAll(() => world.close());

  it('finds at once what the next look would have found in an hour', async () => {
    await world.apply('asked', httpSpec());
    const { status } = await world.untilReady('asked');
    await world.cloud.editListener(status.listenerId ?? '', { IdleTimeout: 77 });
    await world.controlPlane.kubectl([
      'annotate',
      'alblistener',
      'asked',
      'alb.alibabacloud.com/reconcile-requested-at=2026-01-01T00:00:00Z',
    ]);
    const idleTimeout = async () => (await world.cloud.state()).listeners[0]?.IdleTimeout;
    await expect.poll(idleTimeout, { timeout: 10_000 }).toBe(15);
    const handled = await world.untilReady('asked');
    expect(handled.status['handledReconcileAt']).toBe('2026-01-01T00:00:00Z');
  });
});
