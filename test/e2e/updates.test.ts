import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_PROTOCOLS } from '../../src/listener/schema/documented.ts';
import { IGNORABLE_PATHS } from '../../src/listener/schema/ignorable-paths.ts';
import { FIELD_LIVES, MOMENTS } from '../support/field-lives.ts';
import { fullInventory, OTHER } from '../support/full-inventory.ts';
import { fullAttachments, fullSpecs } from '../support/full-manifests.ts';
import { OperatorWorld } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const RESYNCS = 100;
const { loadBalancerId, defaultActions } = fullSpecs.HTTP;
const QUIC_LISTENERS = [
  fullSpecs.HTTPS.quicConfig?.quicListenerId ?? '',
  OTHER.quicListenerId,
  'lsn-thirdquic',
];
/** More than one account may usually make or ask. */
const PLENTY = {
  provisioningMs: 50,
  configuringMs: 50,
  createLocksLoadBalancer: false,
  quotas: { listenersPerLoadBalancer: 100, listenersPerServerGroup: 100 },
} as const;

async function startWorld(resyncInterval: string): Promise<OperatorWorld> {
  const world = await OperatorWorld.start({
    inventory: fullInventory,
    settings: PLENTY,
    environment: {
      ALB_POLL_INTERVAL: '100ms',
      ALB_RESYNC_INTERVAL: resyncInterval,
      ALB_CALLS_PER_MINUTE: '10000',
    },
  });
  for (const [index, quicListenerId] of QUIC_LISTENERS.entries()) {
    await world.cloud.createListener({
      LoadBalancerId: loadBalancerId,
      ListenerId: quicListenerId,
      ListenerProtocol: 'QUIC',
      ListenerPort: 8443 + index,
    });
  }
  return world;
}

describe('a field that is set, changed and removed', () => {
  let world: OperatorWorld;
  beforeAll(async () => {
    world = await startWorld('10m');
    await applyAll('before');
  });
  afterAll(() => world.close());

  /** One listener of its own for each field: what is done to one says nothing about another. */
  async function applyAll(moment: (typeof MOMENTS)[number] | 'before'): Promise<void> {
    const specs = FIELD_LIVES.map(({ path, manifests }, index) => {
      const least = { loadBalancerId, listenerProtocol: 'HTTP', listenerPort: 1000 + index, defaultActions };
      return [nameOf(path), { ...least, ...manifests[moment] }] as const;
    });
    await world.applyAll(Object.fromEntries(specs));
    for (const [name] of specs) await world.untilReady(name);
  }

  it('may be any that can change while the listener exists', () => {
    const paths = IGNORABLE_PATHS.flatMap((path) =>
      path === 'aclConfig' ? ['aclConfig.aclType', 'aclConfig.aclIds'] : [path],
    );
    expect(FIELD_LIVES.map(({ path }) => path).toSorted()).toEqual([...paths, 'listenerState'].toSorted());
  });

  it('is followed by the cloud, with the fewest calls', async () => {
    const made = new Map(FIELD_LIVES.map(({ path }) => [path, new Array<readonly string[]>()]));
    const values = new Map(FIELD_LIVES.map(({ path }) => [path, new Array<unknown>()]));
    for (const moment of MOMENTS) {
      const { lastCall } = await world.cloud.state();
      await applyAll(moment);
      const objects = await world.list();
      const { listeners } = await world.cloud.state();
      const calls = await world.cloud.calls(lastCall);
      for (const { path, read } of FIELD_LIVES) {
        const listenerId = objects.get(nameOf(path))?.status.listenerId ?? '';
        const writes = calls.filter(({ effect }) => effect?.listenerIds.includes(listenerId));
        made.get(path)?.push(writes.map(({ action }) => action));
        const listener = listeners.find(({ ListenerId }) => ListenerId === listenerId);
        if (listener !== undefined) values.get(path)?.push(read(listener));
      }
    }

    const rows = FIELD_LIVES.map(({ path }) => {
      const actions = made.get(path) ?? [];
      const [set, change, remove] = actions.map(({ length }) => length);
      return { field: path, operations: [...new Set(actions.flat())].join(', '), set, change, remove };
    });
    console.table(rows);

    const seen = FIELD_LIVES.map(({ path, operation }) => ({
      path,
      operation: made
        .get(path)
        ?.flat()
        .find((action) => action === operation),
      values: values.get(path),
      calls: made.get(path)?.map(({ length }) => length),
    }));
    const expected = FIELD_LIVES.map(({ path, operation, values: wanted, calls }) => ({
      path,
      operation,
      values: MOMENTS.map((moment) => wanted[moment]),
      calls: MOMENTS.map((moment) => calls[moment]),
    }));
    expect(seen).toEqual(expected);
  });
});

describe('a manifest with everything there is', () => {
  let world: OperatorWorld;
  beforeAll(async () => {
    world = await startWorld('200ms');
  });
  afterAll(() => world.close());

  it(`is in the cloud as declared, and ${RESYNCS} resyncs write nothing`, async () => {
    const names = ALL_PROTOCOLS.map((protocol) => `full-${protocol.toLowerCase()}`);
    const specs = ALL_PROTOCOLS.map((protocol) => ({ ...fullSpecs[protocol], ...fullAttachments[protocol] }));
    await world.applyAll(Object.fromEntries(names.map((name, index) => [name, specs[index] ?? {}])));
    const before = await Promise.all(names.map((name) => world.untilReady(name)));
    for (const [index, { status }] of before.entries()) {
      const { aclConfig, logConfig, additionalCertificates } = specs[index] ?? {};
      expect(status['observed']).toMatchObject({
        logConfig,
        aclConfig: { ...aclConfig, aclIds: aclConfig?.aclIds.toSorted() },
        ...(additionalCertificates !== undefined && { additionalCertificates }),
      });
    }

    const { lastCall } = await world.cloud.state();
    const looks = async () => {
      const calls = await world.cloud.calls(lastCall);
      const counts = before.map(
        ({ status }) =>
          calls.filter(
            ({ action, parameters }) =>
              action === 'GetListenerAttribute' && parameters['ListenerId'] === status.listenerId,
          ).length,
      );
      return Math.min(...counts);
    };
    await expect.poll(looks, { timeout: 2 * PATIENCE_MS, interval: 1000 }).toBeGreaterThanOrEqual(RESYNCS);

    const after = await world.list();
    const versions = names.map((name) => after.get(name)?.metadata.resourceVersion);
    expect(versions).toEqual(before.map(({ metadata }) => metadata.resourceVersion));
    expect((await world.cloud.calls(lastCall)).filter(({ effect }) => effect !== null)).toEqual([]);
  });
});

function nameOf(path: string): string {
  return path.replaceAll('.', '-').toLowerCase();
}
