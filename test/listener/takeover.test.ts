import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../../src/listener/resource.ts';
import { httpSpec, OperatorInTime, PACE } from '../support/operator-in-time.ts';

const SETTINGS = { loadBalancers: ['alb-one', 'alb-two'], settings: { provisioningMs: 1000 } };
const FIRST = '11111111-1111-4111-8111-111111111111';
const SECOND = '22222222-2222-4222-8222-222222222222';
const SPEC = httpSpec('alb-one', 80);
const NEVER = 15 * 60_000;

const adopting = (listenerId: string, spec = SPEC) => ({ ...spec, adopt: { listenerId } });

/** An operator with one listener that runs. */
async function withVictim(options: Partial<ConstructorParameters<typeof OperatorInTime>[0]> = {}) {
  const operator = new OperatorInTime({ ...SETTINGS, ...options });
  operator.apply('victim', SPEC);
  await operator.untilReady(['victim'], 60_000);
  const listenerId = operator.get('victim')?.status.listenerId ?? '';
  const { simulator, clock } = operator.cloud;
  const listener = () => simulator.state.listeners.get(listenerId);
  return { operator, clock, simulator, listenerId, listener };
}

describe('a finalizer that stands in a manifest', () => {
  it('gives no right to the listener of another: adopt is refused like without it, and the victim is untouched', async () => {
    const { operator, clock, listenerId, listener } = await withVictim();
    const before = listener();
    operator.apply('thief', adopting(listenerId), 'now', [FINALIZER]);
    await clock.advance(NEVER);
    expect(operator.reasonOf('thief')).toBe('PortClaimed');
    expect(operator.reasonOf('victim')).toBe('Running');
    operator.delete('thief');
    await clock.advance(NEVER);
    expect(operator.get('thief')).toBeUndefined();
    expect(listener()).toBe(before);
  });

  it('claims no port: whoever comes first without it gets the listener, and is not kept waiting', async () => {
    const operator = new OperatorInTime(SETTINGS);
    operator.apply('first', SPEC, 'before');
    operator.apply('planted', SPEC, 'now', [FINALIZER]);
    await operator.untilReady(['first'], 10_000);
    expect(operator.reasonOf('planted')).toBe('PortClaimed');
    expect(operator.get('planted')?.status.creation).toBeUndefined();
  });

  it('costs one list at once and one after the settle time, and no more', async () => {
    const { operator, clock } = await withVictim();
    // So that only the other one looks.
    operator.edit('victim', { syncInterval: '24h' });
    await clock.advance(10_000);
    const lists = () => operator.cloud.count('ListListeners');
    const before = lists();
    operator.apply('planted', SPEC, 'now', [FINALIZER]);
    await clock.advance(5000);
    expect(lists() - before).toBe(1);
    await clock.advance(PACE.slow * 5);
    operator.request('planted');
    await clock.advance(5000);
    expect(lists() - before).toBe(2);
    expect(operator.get('planted')?.status.recovery).toBeUndefined();
  });
});

describe('a wiped status', () => {
  it('is rebuilt from the ownership tag, although another object came first on the port meanwhile', async () => {
    const operator = new OperatorInTime(SETTINGS);
    operator.apply('older', SPEC, 'before');
    operator.edit('older', { suspend: true });
    operator.apply('owner', SPEC);
    await operator.untilReady(['owner'], 60_000);
    // The one that waits is older, so it comes first as soon as the status of the owner is gone.
    operator.edit('older', { suspend: false });
    await operator.cloud.clock.advance(1000);
    expect(operator.reasonOf('older')).toBe('PortClaimed');
    const { listenerId } = operator.get('owner')?.status ?? {};
    operator.wipeStatus('owner');
    await operator.cloud.clock.advance(60_000);
    expect(operator.get('owner')?.status.listenerId).toBe(listenerId);
    expect(operator.cloud.simulator.state.listeners.size).toBe(1);
  });

  it('of an object that is deleted at once does not leave the listener behind', async () => {
    const { operator, clock, simulator } = await withVictim();
    operator.wipeStatus('victim');
    operator.delete('victim');
    await clock.advance(60_000);
    expect(operator.get('victim')).toBeUndefined();
    expect(simulator.state.listeners.size).toBe(0);
  });

  it('of an object without a listener: the deletion waits for the settle time, with two lists in it', async () => {
    const operator = new OperatorInTime(SETTINGS);
    const { clock } = operator.cloud;
    operator.apply('web', { ...SPEC, loadBalancerId: 'alb-one', reconcilePolicy: 'Manage' }, 'now', [
      FINALIZER,
    ]);
    operator.delete('web');
    await clock.advance(PACE.settle / 2);
    expect(operator.reasonOf('web')).toBe('Deleting');
    await clock.advance(PACE.settle);
    expect(operator.get('web')).toBeUndefined();
    expect(operator.cloud.count('ListListeners')).toBeLessThanOrEqual(4);
  });

  it.each([
    { edit: { listenerPort: 81 }, reason: 'the port' },
    { edit: { loadBalancerId: 'alb-two' }, reason: 'the load balancer' },
  ])(
    'and an edit of $reason: the listener is found where it stands, and none is made elsewhere',
    async ({ edit }) => {
      const { operator, clock, simulator, listenerId } = await withVictim();
      operator.wipeStatus('victim');
      operator.edit('victim', edit);
      await clock.advance(60_000);
      expect(operator.reasonOf('victim')).toBe('ListenerElsewhere');
      expect(operator.messageOf('victim')).toContain(
        `Listener ${listenerId} of this object is HTTP:80 of alb-one`,
      );
      expect([...simulator.state.listeners.keys()]).toEqual([listenerId]);
      operator.delete('victim');
      await clock.advance(60_000);
      expect(operator.get('victim')).toBeUndefined();
      expect(simulator.state.listeners.size).toBe(0);
    },
  );
});

describe('two clusters with one account and the same manifest', () => {
  async function twoClusters(adoptFrom: readonly string[] = []) {
    const first = await withVictim({ clusterUid: FIRST });
    const second = new OperatorInTime({
      ...SETTINGS,
      cloud: first.operator.cloud,
      clusterUid: SECOND,
      adoptFrom,
    });
    return { ...first, second };
  }

  it.each([
    { reason: 'as it is', change: {} },
    { reason: 'only watched', change: { reconcilePolicy: 'Observe' } },
    { reason: 'with a finalizer in it', change: {}, finalizers: [FINALIZER] },
  ])(
    '$reason: the second one says whose the port is, and takes nothing over',
    async ({ change, finalizers }) => {
      const { second, clock, listener, operator } = await twoClusters();
      const before = listener();
      second.apply('victim', { ...SPEC, ...change }, 'now', finalizers);
      await clock.advance(NEVER);
      expect(second.reasonOf('victim')).toBe('PortTaken');
      expect(second.messageOf('victim')).toContain(
        `belongs to AlbListener shop/victim of another cluster (cluster UID ${FIRST}), which has the name of this object`,
      );
      expect(second.messageOf('victim')).not.toContain('Delete that listener');
      second.delete('victim');
      await clock.advance(NEVER);
      expect(second.get('victim')).toBeUndefined();
      expect(listener()).toBe(before);
      expect(operator.reasonOf('victim')).toBe('Running');
    },
  );

  it('with adopt: refused until the platform admin has listed the other cluster', async () => {
    const { second, clock, listener, listenerId } = await twoClusters();
    const before = listener();
    second.apply('victim', adopting(listenerId));
    await clock.advance(NEVER);
    expect(second.reasonOf('victim')).toBe('AdoptionRefused');
    expect(second.messageOf('victim')).toContain(`the platform admin adds ${FIRST} to ADOPT_FROM_CLUSTERS`);
    expect(listener()).toBe(before);
  });

  it.each([
    { name: 'victim', reason: 'Running', why: 'the same name, from a listed cluster' },
    { name: 'thief', reason: 'AdoptionRefused', why: 'another name, whatever is listed' },
  ])('with adopt and the other cluster listed: $why', async ({ name, reason }) => {
    const { second, clock, listenerId } = await twoClusters([FIRST]);
    second.apply(name, adopting(listenerId));
    await clock.advance(NEVER);
    expect(second.reasonOf(name)).toBe(reason);
  });
});

describe('adoption within a cluster', () => {
  it('takes up the listener of an earlier life of the very object, which is how a restored backup gets it back', async () => {
    const { operator, clock, listenerId, listener } = await withVictim();
    operator.tearOut('victim');
    await clock.advance(1000);
    operator.apply('victim', SPEC);
    await clock.advance(10_000);
    expect(operator.reasonOf('victim')).toBe('PortTaken');
    expect(operator.messageOf('victim')).toContain(
      `belongs to an earlier AlbListener shop/victim of this cluster (UID 11111111-0000-4000-8000-000000000001), which no longer exists. To take it over, set spec.adopt.listenerId to ${listenerId}`,
    );
    operator.edit('victim', { adopt: { listenerId } });
    await operator.untilReady(['victim'], 60_000);
    expect(operator.get('victim')?.status.listenerId).toBe(listenerId);
    expect(listener()?.Tags).toContainEqual({
      Key: 'alb-listener-operator/uid',
      Value: operator.get('victim')?.uid,
    });
  });

  it('is refused to an object of another name, although the owner is gone: its tags may still be needed', async () => {
    const { operator, clock, listenerId, listener } = await withVictim();
    const before = listener();
    operator.tearOut('victim');
    operator.apply('thief', adopting(listenerId));
    await clock.advance(NEVER);
    expect(operator.reasonOf('thief')).toBe('AdoptionRefused');
    expect(listener()).toBe(before);
  });

  it('is possible after the owner has given the listener up with Retain', async () => {
    const { operator, clock, listenerId } = await withVictim();
    operator.edit('victim', { deletionPolicy: 'Retain' });
    operator.delete('victim');
    await clock.advance(60_000);
    expect(operator.get('victim')).toBeUndefined();
    const tags = operator.cloud.simulator.state.listeners.get(listenerId)?.Tags;
    expect(tags).toEqual([]);
    operator.apply('heir', adopting(listenerId));
    await operator.untilReady(['heir'], 60_000);
    expect(operator.get('heir')?.status.listenerId).toBe(listenerId);
  });

  it('is not held up by a status that names the listener on a load balancer of its own', async () => {
    const { operator, clock, listenerId } = await withVictim();
    operator.edit('victim', { deletionPolicy: 'Retain' });
    operator.delete('victim');
    operator.apply('market/liar', { ...httpSpec('alb-two', 80), suspend: true });
    await clock.advance(60_000);
    const liar = operator.get('market/liar');
    if (liar === undefined) throw new Error('no liar');
    operator.cluster.writeStatus(liar, { ...liar.status, listenerId, loadBalancerId: 'alb-one' }, 'version');
    operator.apply('heir', adopting(listenerId));
    await operator.untilReady(['heir'], 60_000);
    expect(operator.get('heir')?.status.listenerId).toBe(listenerId);
  });

  it.each([
    { reason: 'its tags name the owner', tags: 'kept' },
    { reason: 'its tags were removed, and the owner has its id', tags: 'removed' },
  ] as const)(
    'by a lie in a status tells a watcher of another namespace nothing: $reason',
    async ({ tags }) => {
      const { operator, clock, simulator, listenerId, listener } = await withVictim();
      const running = listener();
      if (running === undefined) throw new Error('no listener');
      if (tags === 'removed') simulator.state.listeners.set(listenerId, { ...running, Tags: [] });
      operator.apply('market/spy', { ...httpSpec('alb-one', 81), reconcilePolicy: 'Observe' });
      await clock.advance(10_000);
      const spy = operator.get('market/spy');
      if (spy === undefined) throw new Error('no spy');
      operator.cluster.writeStatus(spy, { ...spy.status, listenerId, loadBalancerId: 'alb-one' }, 'version');
      operator.request('market/spy');
      await clock.advance(NEVER);
      expect(operator.reasonOf('market/spy')).toBe('OwnershipLost');
      expect(operator.get('market/spy')?.status.observed).toBeUndefined();
    },
  );

  it('of a listener whose tags were removed waits for the object that still has it', async () => {
    const { operator, clock, simulator, listenerId, listener } = await withVictim();
    const running = listener();
    if (running === undefined) throw new Error('no listener');
    simulator.state.listeners.set(listenerId, { ...running, Tags: [] });
    operator.apply('watcher', { ...adopting(listenerId), reconcilePolicy: 'Observe' });
    await clock.advance(NEVER);
    operator.edit('watcher', { reconcilePolicy: 'Manage' });
    await clock.advance(NEVER);
    expect(listener()?.Tags).toEqual([]);
    operator.delete('watcher');
    await clock.advance(NEVER);
    expect(simulator.state.listeners.has(listenerId)).toBe(true);
  });
});
