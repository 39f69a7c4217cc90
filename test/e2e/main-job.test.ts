import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpSpec, OperatorWorld, reasonOf } from '../support/operator-world.ts';

describe('the main job', () => {
  let world: OperatorWorld;
  beforeAll(async () => {
    world = await OperatorWorld.start();
  });
  afterAll(() => world.close());

  it('creates one listener, follows it to Running, and deletes it when asked', async () => {
    await world.apply('web', httpSpec());
    const ready = await world.untilReady('web');
    const listeners = await world.listeners();
    expect(listeners.map(({ ListenerId, ListenerStatus }) => ({ ListenerId, ListenerStatus }))).toEqual([
      { ListenerId: ready.status.listenerId, ListenerStatus: 'Running' },
    ]);
    expect(ready.status.phase).toBe('Running');

    expect(
      await world.controlPlane.kubectl(['delete', 'alblistener', 'web', '--timeout=120s']),
    ).toMatchObject({ code: 0 });
    expect(await world.listeners()).toEqual([]);
  });

  it('brings an edit in place with one call and says so', async () => {
    await world.apply('edited', httpSpec({ listenerPort: 81 }));
    const before = await world.untilReady('edited');
    const callsBefore = (await world.cloud.calls()).length;

    await world.apply('edited', httpSpec({ listenerPort: 81, idleTimeout: 42 }));
    const after = await world.untilReady('edited');

    expect(after.status.listenerId).toBe(before.status.listenerId);
    const { listeners } = await world.cloud.state();
    expect(listeners.find(({ ListenerId }) => ListenerId === after.status.listenerId)?.IdleTimeout).toBe(42);
    const writes = (await world.cloud.calls()).slice(callsBefore).filter(({ effect }) => effect !== null);
    expect(writes.map(({ action }) => action)).toEqual(['UpdateListenerAttribute']);
  });

  it('creates a listener again that somebody deleted in the console', async () => {
    await world.apply('lost', httpSpec({ listenerPort: 82 }));
    const before = await world.untilReady('lost');
    await world.cloud.deleteListener(before.status.listenerId ?? '');

    const after = await world.until(
      'lost',
      (listener) =>
        reasonOf(listener) === 'Running' && listener.status.listenerId !== before.status.listenerId,
    );
    expect(after.status.creation?.incarnation).toBe(1);
  });

  it('lets the older of two resources on one port have it, and the younger say so before the cloud is asked', async () => {
    await world.apply('first', httpSpec({ listenerPort: 83 }));
    await world.untilReady('first');
    const callsBefore = (await world.cloud.calls()).length;

    await world.apply('second', httpSpec({ listenerPort: 83, listenerProtocol: 'HTTP' }));
    const second = await world.untilReason('second', 'PortClaimed');
    expect(second.status.conditions[0]?.message).toContain('default/first');
    const calls = (await world.cloud.calls()).slice(callsBefore);
    expect(calls.filter(({ effect }) => effect !== null)).toEqual([]);

    await world.controlPlane.kubectl(['delete', 'alblistener', 'first', '--timeout=120s']);
    await world.untilReady('second');
  });
});
