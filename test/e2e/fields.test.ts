import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_PROTOCOLS } from '../../src/listener/schema/documented.ts';
import type { ApiParameters } from '../../src/listener/schema/spec.ts';
import { leafPaths, toCloudForm } from '../support/cloud-form.ts';
import { createListenerFields } from '../support/create-listener-fields.ts';
import { fieldEdits } from '../support/field-edits.ts';
import { fullInventory, OTHER } from '../support/full-inventory.ts';
import { fullSpecs } from '../support/full-manifests.ts';
import { OperatorWorld, type StoredListener } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const RESYNCS = 5;

let world: OperatorWorld;
beforeAll(async () => {
  world = await OperatorWorld.start({
    inventory: fullInventory,
    settings: { provisioningMs: 50, configuringMs: 50 },
    environment: { ALB_POLL_INTERVAL: '50ms', ALB_RESYNC_INTERVAL: '300ms' },
  });
  const { loadBalancerId } = fullSpecs.HTTPS;
  for (const [index, quicListenerId] of [quicListenerOf(fullSpecs.HTTPS), OTHER.quicListenerId].entries()) {
    await world.cloud.createListener({
      LoadBalancerId: loadBalancerId,
      ListenerId: quicListenerId,
      ListenerProtocol: 'QUIC',
      ListenerPort: 8443 + index,
    });
  }
});
afterAll(() => world.close());

describe.each(ALL_PROTOCOLS)('a manifest of %s with every field', (protocol) => {
  const name = `full-${protocol.toLowerCase()}`;
  const spec = fullSpecs[protocol];

  it('leaves out no field that the API page has for the protocol, and has no other', () => {
    const { tags, ...rest } = spec;
    const declared = leafPaths(toCloudForm({ ...rest, tag: tags }));
    expect(declared.toSorted()).toEqual(createListenerFields(protocol).toSorted());
  });

  it('is at the cloud as it was applied, field by field', async () => {
    await world.apply(name, spec);
    const { status } = await world.untilReady(name);
    const { tags, ...declared } = spec;
    expect(settingsOf(await cloudListener(status.listenerId))).toEqual(toCloudForm(declared));
    const writes = await writesTo(status.listenerId, 0);
    expect(writes.map(({ action }) => action)).toEqual(['CreateListener']);
  });

  it('has its tags and those of ownership from the create call on', async () => {
    const { metadata, status } = await world.untilReady(name);
    const clusterUid = await world.controlPlane.kubectl([
      'get',
      'namespace',
      'kube-system',
      '--output=jsonpath={.metadata.uid}',
    ]);
    const ownership = {
      'alb-listener-operator/cluster': clusterUid.stdout,
      'alb-listener-operator/uid': metadata.uid,
      'alb-listener-operator/namespace': 'default',
      'alb-listener-operator/name': name,
      'alb-listener-operator/incarnation': '0',
    };
    const declared = Object.fromEntries((spec.tags ?? []).map(({ key, value }) => [key, value]));
    const calls = await world.cloud.calls();
    const create = calls.find(({ effect }) => effect?.listenerIds.includes(status.listenerId ?? ''));
    expect(create?.action).toBe('CreateListener');
    expect(tagsOf(create?.parameters ?? {})).toEqual({ ...ownership, ...declared });
    expect(calls.filter(({ action }) => action === 'TagResources')).toEqual([]);
  });
});

describe('an edit', () => {
  it.each(ALL_PROTOCOLS)('is tried below of every field of %s that can be edited', (protocol) => {
    const fixed = /^(LoadBalancerId|ListenerProtocol|ListenerPort|DefaultActions\.N\.Type|Tag\..*)$/;
    const editable = createListenerFields(protocol).filter((field) => !fixed.test(field));
    expect(
      fieldEdits(protocol)
        .map(({ field }) => field)
        .toSorted(),
    ).toEqual(editable.toSorted());
  });

  it.concurrent.each(ALL_PROTOCOLS)(
    'of each field of %s is one update call with that parameter alone',
    async (protocol) => {
      const name = `full-${protocol.toLowerCase()}`;
      let spec = fullSpecs[protocol];
      for (const { field, edit, expected } of fieldEdits(protocol)) {
        const { status } = await world.untilReady(name);
        const before = await lastCall();
        spec = edit(spec);
        await world.apply(name, spec);
        await world.untilReady(name);

        const writes = await writesTo(status.listenerId, before);
        expect({
          field,
          writes: writes.map(({ action, parameters }) => ({ action, changes: topLevel(parameters) })),
          value: leafOf(await cloudListener(status.listenerId), field),
        }).toEqual({
          field,
          writes: [{ action: 'UpdateListenerAttribute', changes: [field.split('.', 1)[0]] }],
          value: expected,
        });
      }
    },
  );

  it('of a tag is one call that sets this tag alone', async () => {
    const { status, spec } = await world.untilReady('full-http');
    const before = await lastCall();
    await world.apply('full-http', { ...spec, tags: [{ key: 'team', value: 'search' }, ...OTHER_TAGS] });
    await world.untilReady('full-http');

    const calls = (await world.cloud.calls(before)).filter(({ effect }) => effect !== null);
    expect(calls.map(({ action, parameters }) => ({ action, tags: tagsOf(parameters) }))).toEqual([
      { action: 'TagResources', tags: { team: 'search' } },
    ]);
    expect((await cloudListener(status.listenerId)).Tags).toContainEqual({ Key: 'team', Value: 'search' });
  });
});

const OTHER_TAGS = (fullSpecs.HTTP.tags ?? []).filter(({ key }) => key !== 'team');

it(`writes nothing in ${RESYNCS} more looks at listeners that are as declared`, async () => {
  const names = ALL_PROTOCOLS.map((protocol) => `full-${protocol.toLowerCase()}`);
  const before = await Promise.all(names.map((name) => world.untilReady(name)));
  const start = await lastCall();

  // Of HTTP a list is enough; all of them stand on one load balancer.
  const looks = async ({ spec, status }: StoredListener) =>
    (await world.cloud.calls(start)).filter(({ action, parameters }) =>
      spec['listenerProtocol'] === 'HTTP'
        ? action === 'ListListeners'
        : action === 'GetListenerAttribute' && parameters['ListenerId'] === status.listenerId,
    ).length;
  await expect
    .poll(async () => Math.min(...(await Promise.all(before.map(looks)))), { timeout: PATIENCE_MS })
    .toBeGreaterThanOrEqual(RESYNCS);

  const after = await Promise.all(names.map((name) => world.untilReady(name)));
  expect(after.map(versionOf)).toEqual(before.map(versionOf));
  expect((await world.cloud.calls(start)).filter(({ effect }) => effect !== null)).toEqual([]);
});

function versionOf({ metadata }: StoredListener): string {
  return metadata.resourceVersion;
}

function quicListenerOf(spec: ApiParameters): string {
  return spec.quicConfig?.quicListenerId ?? '';
}

async function cloudListener(listenerId: string | undefined) {
  const { listeners } = await world.cloud.state();
  const listener = listeners.find(({ ListenerId }) => ListenerId === listenerId);
  if (listener === undefined) throw new Error(`The cloud has no listener ${listenerId}.`);
  return listener;
}

/** What a manifest can declare of a listener, apart from its tags. */
function settingsOf(listener: Awaited<ReturnType<typeof cloudListener>>) {
  const {
    ListenerId,
    ListenerStatus,
    Tags,
    LogConfig,
    AclConfig,
    AdditionalCertificates,
    AccessDenied,
    ...rest
  } = listener;
  return rest;
}

/** The value at a path; of a list that of its first item. */
function leafOf(value: unknown, path: string): unknown {
  let inner = value;
  for (const step of path.split('.')) {
    const entries: readonly [string, unknown][] = Object.entries(inner ?? {});
    inner = step === 'N' ? entries[0]?.[1] : entries.find(([name]) => name === step)?.[1];
  }
  return inner;
}

async function lastCall(): Promise<number> {
  return (await world.cloud.state()).lastCall;
}

async function writesTo(listenerId: string | undefined, after: number) {
  const calls = await world.cloud.calls(after);
  return calls.filter(({ effect }) => effect?.listenerIds.includes(listenerId ?? ''));
}

function topLevel(parameters: Readonly<Record<string, string>>): readonly (string | undefined)[] {
  const names = Object.keys(parameters).map((name) => name.split('.', 1)[0]);
  return [...new Set(names)].filter((name) => name !== 'ListenerId' && name !== 'ClientToken');
}

/** Tags as the wire carries them: `Tag.1.Key`, `Tag.1.Value`, … */
function tagsOf(parameters: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const keys = Object.entries(parameters).filter(([name]) => /^Tag\.\d+\.Key$/.test(name));
  return Object.fromEntries(keys.map(([name, key]) => [key, parameters[name.replace(/Key$/, 'Value')]]));
}
