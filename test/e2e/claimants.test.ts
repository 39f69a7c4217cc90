import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpSpec, OperatorWorld, reasonOf, type StoredListener } from '../support/operator-world.ts';

const HTTPS = { listenerProtocol: 'HTTPS', certificates: [{ certificateId: '1001-cn-hangzhou' }] };
const QUIC = { listenerProtocol: 'QUIC', certificates: [{ certificateId: '1001-cn-hangzhou' }] };

describe('several AlbListeners that claim one port', () => {
  let world: OperatorWorld;
  beforeAll(async () => {
    world = await OperatorWorld.start({ environment: { ALB_RESYNC_INTERVAL: '10m' } });
  });
  afterAll(() => world.close());

  /** Resolves when one runs and the others say who has the port. */
  async function decided(names: readonly string[]) {
    const settled = (listener: StoredListener) =>
      ['Running', 'PortClaimed', 'PortTaken'].includes(reasonOf(listener) ?? '');
    const listeners = await Promise.all(names.map((name) => world.until(name, settled)));
    const running = listeners.filter((listener) => reasonOf(listener) === 'Running');
    const others = listeners.filter((listener) => reasonOf(listener) !== 'Running');
    return { listeners, running, others };
  }

  it('gives it to the one that every observer would name, when all were made while nobody looked', async () => {
    await world.stopOperator();
    const names = ['a', 'b', 'c'].map((letter) => `unseen-${letter}`);
    await world.applyAll(Object.fromEntries(names.map((name) => [name, httpSpec({ listenerPort: 5000 })])));
    await world.startOperator();

    const { listeners, running, others } = await decided(names);
    const [first] = listeners.toSorted((a, b) => compare(ageOf(a), ageOf(b)));
    expect(running.map(({ metadata }) => metadata.name)).toEqual([first?.metadata.name]);
    for (const other of others) {
      expect(reasonOf(other)).toBe('PortClaimed');
      expect(other.status.conditions[0]?.message).toContain(`default/${first?.metadata.name}`);
    }
    expect(await createCallsOn(5000)).toHaveLength(1);
  });

  it('gives it to one, for good, when all are made in the same second while it watches', async () => {
    for (let port = 5010; port < 5015; port += 1) {
      const names = ['a', 'b', 'c'].map((letter) => `seen-${port}-${letter}`);
      await world.applyAll(Object.fromEntries(names.map((name) => [name, httpSpec({ listenerPort: port })])));

      const { running, others } = await decided(names);
      expect(running).toHaveLength(1);
      const [winner] = running;
      expect(await listenerIdsOn(port)).toEqual([winner?.status.listenerId]);
      // Those that asked the cloud before they knew of each other come to say the same as the rest.
      for (const { metadata } of others) await world.untilReason(metadata.name, 'PortClaimed');
      expect((await createCallsOn(port)).filter(({ effect }) => effect?.kind === 'created')).toHaveLength(1);
    }
  });

  it('counts HTTP and HTTPS as one port, and QUIC as another', async () => {
    await world.apply('web', httpSpec({ listenerPort: 5020 }));
    const web = await world.untilReady('web');
    await world.apply('secure', httpSpec({ listenerPort: 5020, ...HTTPS }));
    await world.apply('quick', httpSpec({ listenerPort: 5020, ...QUIC }));

    const quick = await world.untilReady('quick');
    const secure = await world.untilReason('secure', 'PortClaimed');
    expect(secure.status.conditions[0]?.message).toContain('default/web');
    expect(await listenerIdsOn(5020)).toEqual([web.status.listenerId, quick.status.listenerId]);

    await world.controlPlane.kubectl(['delete', 'alblistener', 'web', '--timeout=120s']);
    const freed = await world.untilReady('secure');
    expect(await listenerIdsOn(5020)).toEqual([quick.status.listenerId, freed.status.listenerId]);
  });

  async function createCallsOn(port: number) {
    const calls = await world.cloud.calls();
    return calls.filter(
      ({ action, parameters }) => action === 'CreateListener' && parameters['ListenerPort'] === String(port),
    );
  }

  async function listenerIdsOn(port: number) {
    const { listeners } = await world.cloud.state();
    return listeners.filter(({ ListenerPort }) => ListenerPort === port).map(({ ListenerId }) => ListenerId);
  }
});

/** Older first; of the same second, the smaller UID. */
function ageOf({ metadata }: StoredListener): string {
  return `${String(metadata['creationTimestamp'])} ${metadata.uid}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
