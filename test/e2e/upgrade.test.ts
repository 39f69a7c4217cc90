import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listener } from '../../src/simulator/listener.ts';
import {
  extractPreviousVersion,
  previousVersionMissing,
  type Version,
} from '../../tools/previous-version.ts';
import { eventually } from '../support/eventually.ts';
import {
  httpSpec,
  INVENTORY,
  isReady,
  OperatorWorld,
  reasonOf,
  type StoredListener,
} from '../support/operator-world.ts';
import { applyManifests, shippedAccess } from '../support/shipped-access.ts';
import { watchStatuses } from '../support/status-watch.ts';

/** Several rounds of routine looks at 2 s each. */
const WATCHED_MS = 7000;

const HTTPS = { listenerProtocol: 'HTTPS', certificates: [{ certificateId: '1001-cn-hangzhou' }] };
const QUIC = { ...HTTPS, listenerProtocol: 'QUIC' };
const TAGS = Array.from({ length: 16 }, (_, place) => ({ key: `key-${place}`, value: `value-${place}` }));

/** Tried again and again whatever the version: each attempt to create is a write ahead of the call, and its outcome. */
const RETRIED: ReadonlySet<string> = new Set(['refused']);

const missing = await previousVersionMissing();
if (missing !== undefined) console.log(`Upgrade and rollback are not tested: ${missing}.`);

/** One object for each way in which a status can be at rest, with the reason that it comes to say. */
function restingObjects(
  adopted: Listener,
): Readonly<Record<string, readonly [reason: string, spec: object]>> {
  const adopt = { listenerId: adopted.ListenerId };
  const nowhere = [
    { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-nowhere' }] } },
  ];
  const attached = {
    aclConfig: { aclType: 'Black', aclIds: ['acl-office'] },
    logConfig: { accessLogRecordCustomizedHeadersEnabled: true },
  };
  return {
    plain: ['Running', httpSpec({ listenerPort: 8001 })],
    tagged: ['Running', httpSpec({ listenerPort: 8002, tags: TAGS, idleTimeout: 33 })],
    attached: ['Running', httpSpec({ listenerPort: 8003, ...attached })],
    stopped: ['Stopped', httpSpec({ listenerPort: 8004, listenerState: 'Stopped' })],
    retained: ['Running', httpSpec({ listenerPort: 8005, deletionPolicy: 'Retain' })],
    quic: ['Running', httpSpec({ listenerPort: 8006, ...QUIC })],
    upgrading: [
      'Running',
      httpSpec({
        listenerPort: 8006,
        ...HTTPS,
        quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'quic' } },
      }),
    ],
    adopted: ['Running', httpSpec({ listenerPort: adopted.ListenerPort, adopt })],
    refused: ['DependencyNotFound', httpSpec({ listenerPort: 8007, defaultActions: nowhere })],
    rival: ['PortClaimed', httpSpec({ listenerPort: 8001 })],
    unresolved: [
      'InvalidReference',
      httpSpec({ listenerPort: 8008, credentialsSecretRef: { name: 'none' } }),
    ],
    suspended: ['Suspended', httpSpec({ listenerPort: 8009, suspend: true })],
  };
}

describe.skipIf(missing !== undefined)('with the last version,', () => {
  let directory: string;
  let previous: Version;
  let world: OperatorWorld;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'previous-version-'));
    previous = await extractPreviousVersion(directory);
    world = await OperatorWorld.start({ install: previous.install, inventory: INVENTORY });
    await world.startOperator({ main: previous.main });
    const adopted = await world.cloud.createListener({
      LoadBalancerId: 'alb-two',
      ListenerProtocol: 'HTTP',
      ListenerPort: 8010,
      DefaultActions: [
        { Type: 'ForwardGroup', ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId: 'sgp-web' }] } },
      ],
    });
    const objects = restingObjects(adopted);
    for (const [name, [reason, spec]] of Object.entries(objects)) {
      const on = name === 'adopted' ? { loadBalancerId: 'alb-two' } : {};
      await world.apply(name, { ...spec, ...on });
      await world.untilReason(name, reason);
    }
  });
  afterAll(async () => {
    await world.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('this version goes on on the CRD of that one, and touches nothing', async () => {
    await world.stopOperator();
    await expect(takesOver(() => world.startOperator())).resolves.toBeUndefined();
  });

  it('this version goes on on its own CRD and rights, and touches nothing', async () => {
    await world.stopOperator();
    await applyManifests(world.controlPlane, await shippedAccess());
    await expect(takesOver(() => world.startOperator())).resolves.toBeUndefined();
  });

  it('edits, deletions and creations come through after the upgrade', async () => {
    await expect(worksOn(21)).resolves.toBeUndefined();
  });

  it('that one goes on on the CRD of this version and the statuses that it wrote, and touches nothing', async () => {
    await world.stopOperator();
    await expect(takesOver(() => world.startOperator({ main: previous.main }))).resolves.toBeUndefined();
  });

  it('edits, deletions and creations come through after the rollback', async () => {
    await expect(worksOn(22)).resolves.toBeUndefined();
  });

  it('that one goes on on its own CRD again, and touches nothing', async () => {
    await world.stopOperator();
    await applyManifests(world.controlPlane, await shippedAccess(previous.install));
    await expect(takesOver(() => world.startOperator({ main: previous.main }))).resolves.toBeUndefined();
  });

  it.each([
    { name: 'begun-before', from: 'that', to: 'this' },
    { name: 'begun-after', from: 'this', to: 'that' },
  ] as const)('a creation of unknown outcome that $from version began is ended by $to one', async (row) => {
    const mainOf = { that: previous.main, this: undefined };
    const listenerPort = row.from === 'that' ? 8021 : 8022;
    await world.stopOperator();
    await world.startOperator({ main: mainOf[row.from] });
    const match = { ListenerPort: String(listenerPort) };
    const hold = { kind: 'hold', effect: 'after', operation: 'CreateListener', match } as const;
    const fault = await world.cloud.addFault(hold);
    await world.apply(row.name, httpSpec({ listenerPort }));
    const { sequence } = await world.cloud.heldCall('CreateListener');
    await world.killOperator();
    await world.cloud.removeFault(fault);
    await world.cloud.release(sequence, 'cut');

    await world.startOperator({ main: mainOf[row.to] });
    const { status } = await world.untilReady(row.name);
    const onPort = (await world.listeners()).filter((one) => one.ListenerPort === listenerPort);
    expect(onPort.map(({ ListenerId }) => ListenerId)).toEqual([status.listenerId]);
  });

  /** Fails unless the operator changes no listener, and writes the status of each object at most once, and then rests. */
  async function takesOver(start: () => Promise<void>): Promise<void> {
    const before = { listeners: await world.listeners(), objects: await world.list() };
    const { lastCall } = await world.cloud.state();
    const versions = new Map<string, Set<string>>();
    const watch = await watchStatuses(world.controlPlane.kubeconfigPath, ({ metadata }) => {
      const seen = versions.get(metadata.name) ?? new Set();
      versions.set(metadata.name, seen.add(metadata.resourceVersion));
      return [];
    });
    await start();
    await untilLookedAt(lastCall);
    expect(await watch.stop()).toEqual([]);

    const touching = (await world.cloud.calls(lastCall)).filter(({ effect }) => effect !== null);
    expect(touching.map(({ action }) => action)).toEqual([]);
    expect(await world.listeners()).toEqual(before.listeners);
    expect(versions.size).toBe(before.objects.size);
    const writes = [...versions].map(([name, seen]) => [name, seen.size - 1] as const);
    expect(writes.filter(([name, count]) => count > 1 && !RETRIED.has(name))).toEqual([]);
    const after = await world.list();
    const meaning = (objects: ReadonlyMap<string, StoredListener>) =>
      [...objects].map(([name, object]) => [
        name,
        reasonOf(object),
        object.status.listenerId,
        isReady(object),
      ]);
    expect(meaning(after)).toEqual(meaning(before.objects));
    expect(world.operator.lines.filter((line) => /threw|"level":(50|60|"error"|"fatal")/.test(line))).toEqual(
      [],
    );
  }

  /** Waits until routine looks at the load balancers have gone on for some rounds. */
  async function untilLookedAt(mark: number): Promise<void> {
    await eventually(
      'some rounds of looks',
      async () => {
        const lists = (await world.cloud.calls(mark)).filter(({ action }) => action === 'ListListeners');
        const [first] = lists;
        const last = lists.at(-1);
        return first !== undefined && last !== undefined && last.at - first.at > WATCHED_MS;
      },
      30_000,
    );
  }

  /** Fails unless an edit, a creation and a deletion come through. */
  async function worksOn(idleTimeout: number): Promise<void> {
    for (const name of ['plain', 'tagged', 'attached', 'adopted']) {
      const patch = JSON.stringify({ spec: { idleTimeout } });
      await world.controlPlane.kubectl(['patch', 'alblistener', name, '--type=merge', '-p', patch]);
      const { status } = await world.untilReady(name);
      const listener = (await world.listeners()).find(({ ListenerId }) => ListenerId === status.listenerId);
      expect(listener).toMatchObject({ IdleTimeout: idleTimeout });
    }
    await world.apply('short-lived', httpSpec({ listenerPort: 8020 }));
    await world.untilReady('short-lived');
    await world.controlPlane.kubectl(['delete', 'alblistener', 'short-lived', '--wait=false']);
    await world.untilGone('short-lived');
    expect((await world.listeners()).filter(({ ListenerPort }) => ListenerPort === 8020)).toEqual([]);
  }
});
