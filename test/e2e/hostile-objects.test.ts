import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RECONCILE_REQUEST } from '../../src/listener/resource.ts';
import { IGNORABLE_PATHS } from '../../src/listener/schema/ignorable-paths.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { OWNERSHIP_TAG_PREFIX } from '../../src/listener/schema/tags.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { Bystander } from '../support/bystander.ts';
import { matching } from '../support/matchers.ts';
import {
  httpSpec,
  INVENTORY,
  OperatorWorld,
  parseListener,
  reasonOf,
  type StoredListener,
} from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const API_VERSION = `${GROUP}/${VERSION}`;
const COLLECTION = (namespace: string) => `/apis/${API_VERSION}/namespaces/${namespace}/${PLURAL}`;

/** Numbered ids of the greatest length. */
function longIds(count: number, prefix: string, length: number, suffix = ''): readonly string[] {
  return Array.from({ length: count }, (_, place) => {
    const number = String(place + 1).padStart(length - prefix.length - suffix.length, '0');
    return `${prefix}${number}${suffix}`;
  });
}

const SERVER_GROUPS = longIds(20, 'sgp-', 64);
const CERTIFICATES = longIds(301, '', 128, '-cn-hangzhou');
const ACLS = longIds(20, 'acl-', 64);
const [LOAD_BALANCER = ''] = longIds(1, 'alb-', 64);

let world: OperatorWorld;
let bystander: Bystander;
beforeAll(async () => {
  world = await OperatorWorld.start({
    inventory: {
      ...INVENTORY,
      loadBalancers: [
        ...(INVENTORY.loadBalancers ?? []),
        {
          LoadBalancerId: LOAD_BALANCER,
          VpcId: 'vpc-main',
          AccessLogConfig: { LogProject: 'p', LogStore: 's' },
        },
      ],
      serverGroups: [
        ...(INVENTORY.serverGroups ?? []),
        ...SERVER_GROUPS.map((ServerGroupId) => ({ ServerGroupId, VpcId: 'vpc-main' })),
      ],
      certificates: [
        ...(INVENTORY.certificates ?? []),
        ...CERTIFICATES.map((CertificateId) => ({ CertificateId })),
      ],
      acls: [...(INVENTORY.acls ?? []), ...ACLS.map((AclId) => ({ AclId }))],
    },
    settings: {
      provisioningMs: 100,
      configuringMs: 20,
      createLocksLoadBalancer: false,
      quotas: {
        listenersPerLoadBalancer: 1000,
        listenersPerServerGroup: 1000,
        additionalCertificatesPerLoadBalancer: { Standard: 1000 },
        aclsPerListener: 20,
        timeoutSeconds: 3600,
      },
    },
    environment: { ALB_SLOW_INTERVAL: '30s' },
  });
  bystander = await Bystander.join(world);
});
afterEach(() => bystander.expectUnharmed());
afterAll(() => world.close());

/** What a program may choke on in a text, and what the API server makes of it. */
const ODD_TEXTS = [
  { reason: 'it turns the text around that follows it', text: '\u202egnp.exe' },
  { reason: 'it cannot be seen', text: 'a\u200bb\u200d\ufeffc\u00ad' },
  { reason: 'it stacks marks upon a letter', text: `e${'\u0301'.repeat(40)}` },
  { reason: 'its characters take two units each', text: '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'.repeat(5) },
  { reason: 'it is half a character', text: 'a\ud83d', stored: 'a\ufffd' },
  { reason: 'its end is half a character', text: '\udc4d\ud83d', stored: '\ufffd\ufffd' },
  { reason: 'it ends a text in C', text: 'a\u0000b' },
  { reason: 'it begins a line of the log', text: 'a\r\n{"level":"fatal","msg":"forged"}' },
  { reason: 'it is a line break to some', text: 'a\u2028b\u2029c\u0085d' },
  { reason: 'it is a colour to a terminal', text: '\u001b[31mred\u001b[0m' },
  { reason: 'it has a meaning on the wire', text: 'a&Tag.2.Key=b%00%0d%0a+~*' },
  { reason: 'it is a part of every object', text: '__proto__' },
  { reason: 'it is another one', text: 'constructor' },
  { reason: 'it names a variable', text: '${env:HOME} $(id) `id`' },
  { reason: 'it is another type', text: 'null' },
  { reason: 'it is as long as one may be', text: '\u{1f4a5}'.repeat(128) },
] as const;

describe('an object as large as may be', () => {
  it('runs with every list, text and number at its longest and 240 KiB of annotations', async () => {
    const [certificateId = '', ...additional] = CERTIFICATES;
    const tags = Array.from({ length: 16 }, (_, place) => ({
      key: '\u{1f511}'.repeat(127) + String.fromCodePoint(0x41 + place),
      value: '\u{1f4a5}'.repeat(128),
    }));
    const spec = {
      loadBalancerId: LOAD_BALANCER,
      listenerProtocol: 'HTTPS',
      listenerPort: 65_535,
      listenerDescription: '\u4e00'.repeat(256),
      requestTimeout: 3600,
      idleTimeout: 3600,
      certificates: [{ certificateId }],
      additionalCertificates: additional.map((id) => ({ certificateId: id })),
      aclConfig: { aclType: 'Black', aclIds: ACLS },
      xForwardedForConfig: {
        xForwardedForClientSourceIpsEnabled: true,
        xForwardedForClientSourceIpsTrusted: Array.from({ length: 64 }, () => '192.168.100.10').join(';'),
        xForwardedForClientCertSubjectDNEnabled: true,
        xForwardedForClientCertSubjectDNAlias: 'x'.repeat(40),
      },
      defaultActions: forwardTo(SERVER_GROUPS.map((serverGroupId) => ({ serverGroupId }))),
      tags,
    };
    const labels = Object.fromEntries(range(200).map((at) => [`${'l'.repeat(253)}/k${at}`, 'v'.repeat(63)]));
    const annotations = { 'example.com/filler': 'x'.repeat(240 * 1024) };
    await created('largest', { metadata: { labels, annotations }, spec });
    const { status } = await world.until('largest', isRunning);
    const listener = await atCloud(status.listenerId);
    expect(listener).toMatchObject({
      ListenerDescription: spec.listenerDescription,
      XForwardedForConfig: {
        XForwardedForClientSourceIpsTrusted: spec.xForwardedForConfig.xForwardedForClientSourceIpsTrusted,
      },
    });
    expect(listener?.AdditionalCertificates.map(({ CertificateId }) => CertificateId).toSorted()).toEqual(
      additional,
    );
    expect(listener?.AclConfig.AclRelations).toHaveLength(ACLS.length);
    expect(ownTags(listener)).toEqual(new Map(tags.map(({ key, value }) => [key, value])));
    await expectToGo('largest');
  });

  it('runs when it leaves every setting to others', async () => {
    await created('ignoring', {
      spec: httpSpec({ listenerPort: nextPort(), ignoreFields: IGNORABLE_PATHS }),
    });
    const { status } = await world.untilReady('ignoring');
    expect(await atCloud(status.listenerId)).toMatchObject({ ListenerStatus: 'Running' });
    await expectToGo('ignoring');
  });

  it('is told of by its events, however long its name and that of its namespace are', async () => {
    const namespace = 'n'.repeat(63);
    // An event is named after the beginning of it, which must not end with a period then.
    const name = `${'a'.repeat(235)}.${'b'.repeat(17)}`;
    await world.controlPlane.kubectl(['create', 'namespace', namespace]);
    await created(name, { namespace });
    const inNamespace = (...args: readonly string[]) =>
      world.controlPlane.kubectl([...args, `--namespace=${namespace}`]);
    expect(
      await inNamespace('wait', '--for=condition=Ready', `alblistener/${name}`, '--timeout=120s'),
    ).toMatchObject({ code: 0 });
    await expect
      .poll(async () => (await inNamespace('get', 'events.events.k8s.io', '-o', 'json')).stdout, {
        timeout: PATIENCE_MS,
      })
      .toMatch(/"reason": "Running"/);
    expect(await inNamespace('delete', 'alblistener', name, '--timeout=120s')).toMatchObject({ code: 0 });
  });

  it('is told its problems in a message that people can read, however many there are', async () => {
    const from = (place: number) => ({
      configMapKeyRef: { name: `${'c'.repeat(250)}${place + 100}`, key: 'k'.repeat(253) },
    });
    const { loadBalancerId: _, ...spec } = specSchema.parse(httpSpec({ listenerPort: nextPort() }));
    await created('astray', {
      spec: {
        ...spec,
        loadBalancerIdFrom: from(20),
        defaultActions: forwardTo(range(20).map((place) => ({ serverGroupIdFrom: from(place) }))),
      },
    });
    const message = messageOf(await world.untilReason('astray', 'InvalidReference'));
    expect(message).toMatch(
      /^spec\.loadBalancerIdFrom: there is no ConfigMap default\/c+120; spec\.defaultActions/,
    );
    expect(message.length).toBeLessThanOrEqual(2048);
    await expectToGo('astray');
  });
});

describe('odd text', () => {
  it.each(ODD_TEXTS.map((row) => ({ stored: row.text, ...row })))(
    'in the request to look is remembered as it was handled, since $reason',
    async ({ text, stored }) => {
      const name = 'asked';
      if ((await world.get(name)) === undefined) await created(name, {});
      await world.untilReady(name);
      await annotate(name, { [RECONCILE_REQUEST]: `${text}${'x'.repeat(5000)}` });
      const handled = `${stored}${'x'.repeat(5000)}`.slice(0, 64).toWellFormed();
      const asked = await world.until(name, ({ status }) => status['handledReconcileAt'] === handled);
      expect(isRunning(asked)).toBe(true);
    },
  );

  it('in tags reaches the cloud as the API server stores it', async () => {
    const tags = ODD_TEXTS.map(({ text }, place) => ({ key: `${place}${text.slice(0, 60)}`, value: text }));
    await created('odd-tags', { spec: httpSpec({ listenerPort: nextPort(), tags }) });
    const { spec, status } = await world.untilReady('odd-tags');
    const stored = tagsSchema.parse(spec).tags;
    expect(stored.map(({ value }) => value)).toEqual(
      ODD_TEXTS.map((row) => ('stored' in row ? row.stored : row.text)),
    );
    expect(ownTags(await atCloud(status.listenerId))).toEqual(
      new Map(stored.map(({ key, value }) => [key, value])),
    );
    await expectToGo('odd-tags');
  });

  it('in the word that lets a sweep delete is not that word', async () => {
    const namespace = 'swept';
    await world.controlPlane.kubectl(['create', 'namespace', namespace]);
    await created('held', { namespace });
    const inNamespace = (...args: readonly string[]) =>
      world.controlPlane.kubectl([...args, `--namespace=${namespace}`]);
    expect(
      await inNamespace('wait', '--for=condition=Ready', 'alblistener/held', '--timeout=120s'),
    ).toMatchObject({ code: 0 });
    await world.controlPlane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await inNamespace('delete', 'alblistener', 'held', '--wait=false');

    for (const word of ['TRUE', ' true', 'true\u200b', '\u202eeurt', 'true\u0000', '1', 'constructor']) {
      const annotations = { 'alb.alibabacloud.com/allow-deletion': word, [RECONCILE_REQUEST]: word };
      const patch = ascii(JSON.stringify({ metadata: { annotations } }));
      expect(
        await inNamespace('patch', 'alblistener', 'held', '--type=merge', `--patch=${patch}`),
      ).toMatchObject({
        code: 0,
      });
      await expect
        .poll(async () => statusIn(await inNamespace('get', 'alblistener', 'held', '-o', 'json')), {
          timeout: PATIENCE_MS,
        })
        .toMatchObject({ handledReconcileAt: word, conditions: [{ reason: 'DeletionHeld' }, {}, {}] });
    }
    await inNamespace(
      'annotate',
      'alblistener',
      'held',
      'alb.alibabacloud.com/allow-deletion=true',
      '--overwrite',
    );
    expect(await inNamespace('wait', '--for=delete', 'alblistener/held', '--timeout=120s')).toMatchObject({
      code: 0,
    });
  });
});

/** Own to every object in JavaScript. */
const KEYS = ['constructor', 'prototype', 'toString', 'hasOwnProperty', 'toJSON'];

/** As JSON: a key of this name in an object literal would not be one. */
const POLLUTION = `"__proto__": ${harm()}, "constructor": { "prototype": ${harm()} }`;

/** What everybody would have if one object could change all. */
function harm(): string {
  return JSON.stringify({
    polluted: true,
    suspend: true,
    deletionPolicy: 'Retain',
    reconcilePolicy: 'DryRun',
  });
}

describe('keys with a meaning of their own in JavaScript', () => {
  it('are names like others among labels and annotations, where the API server takes them', async () => {
    const named = Object.fromEntries(KEYS.map((key) => [key, 'true']));
    await created('named', { metadata: { labels: named, annotations: named } });
    const { metadata } = await world.untilReady('named');
    expect(metadata).toMatchObject({ labels: named, annotations: named });
    await expectToGo('named');
  });

  it.each(['labels', 'annotations'])(
    'are refused by the API server when it takes no such name: __proto__ in %s',
    async (field) => {
      const metadata = { [field]: Object.fromEntries([['__proto__', 'true']]) };
      expect(await create('refused', { metadata })).toMatchObject({ code: 1, stderr: matching('__proto__') });
    },
  );

  it('are no fields: those who ask for it are told so, for the others they are dropped', async () => {
    const spec = specSchema.parse(httpSpec({ listenerPort: nextPort(), tags: [{ key: 'a', value: 'b' }] }));
    const clean = JSON.stringify({
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name: 'polluting' },
      spec,
      status: { observedGeneration: 1, drift: [{ path: 'a', declared: 'b', actual: 'c' }] },
    });
    const polluting = clean.replaceAll('{', `{ ${POLLUTION}, `);
    const strict = await post(`${COLLECTION('default')}?fieldValidation=Strict`, polluting);
    expect(strict).toMatchObject({
      code: 1,
      stderr: matching(/unknown field \\?"spec\.(__proto__|constructor)/),
    });

    expect(await post(COLLECTION('default'), polluting)).toMatchObject({ code: 0 });
    const stored = await world.untilReady('polluting');
    expect(stored.spec).toEqual(spec);
    expect(JSON.stringify(stored)).not.toContain('polluted');
    // Not only dropped: it is not suspended, and does not retain its listener.
    await expectToGo('polluting');
  });

  it('are keys like others in a ConfigMap', async () => {
    const keys = ['__proto__', ...KEYS];
    const data = Object.fromEntries(keys.map((key, place) => [key, SERVER_GROUPS[place] ?? '']));
    await createConfigMap('keyed', data);
    await created('by-keys', { spec: specFrom('keyed', keys) });
    const { status } = await world.untilReady('by-keys');
    expect((await atCloud(status.listenerId))?.DefaultActions[0]?.ForwardGroupConfig).toEqual({
      ServerGroupTuples: keys.map((_, place) => ({ ServerGroupId: SERVER_GROUPS[place] })),
    });
    await expectToGo('by-keys');
  });

  it('are not there in a ConfigMap that does not have them', async () => {
    const keys = ['__proto__', ...KEYS];
    await createConfigMap('without', { other: 'sgp-web' });
    await created('by-nothing', { spec: specFrom('without', keys) });
    const message = messageOf(await world.untilReason('by-nothing', 'InvalidReference'));
    for (const key of keys) expect(message).toContain(`ConfigMap default/without has no key ${key}`);
    await expectToGo('by-nothing');
  });
});

describe('values of a ConfigMap', () => {
  it('that are no id are not taken for one, nor told to anybody, and can be corrected', async () => {
    const odd = {
      huge: `sgp-${'a'.repeat(900_000)}`,
      invisible: 'sgp-web\u200b',
      nul: 'sgp-web\u0000',
      json: '{"__proto__":{"polluted":true}}',
      empty: '',
      two: 'sgp-web\nsgp-api',
    };
    await createConfigMap('valued', odd);
    await created('by-values', { spec: specFrom('valued', Object.keys(odd)) });
    const message = messageOf(await world.untilReason('by-values', 'InvalidReference'));
    for (const key of Object.keys(odd)) {
      expect(message).toContain(
        `key ${key} of ConfigMap default/valued does not hold the id of a server group`,
      );
    }
    expect(message).not.toMatch(/sgp-web|polluted|aaaa/);

    const corrected = Object.fromEntries(
      Object.keys(odd).map((key, place) => [key, SERVER_GROUPS[place] ?? '']),
    );
    const patch = JSON.stringify({ data: corrected });
    await world.controlPlane.kubectl(['patch', 'configmap', 'valued', '--type=merge', `--patch=${patch}`]);
    await world.untilReady('by-values');
    await expectToGo('by-values');
  });
});

describe('many, and those that refer to each other', () => {
  it('200 that claim one port have one listener, and all can go', async () => {
    const listenerPort = nextPort();
    const names = range(200).map((at) => `claimant-${at}`);
    await world.applyAll(Object.fromEntries(names.map((name) => [name, httpSpec({ listenerPort })])));
    const claimants = async () => {
      const all = await world.list();
      return names.flatMap((name) => all.get(name) ?? []);
    };
    const onPort = async () =>
      (await world.listeners()).filter((listener) => listener.ListenerPort === listenerPort);
    const reasons = async () => {
      const told = (await claimants()).map((claimant) => reasonOf(claimant));
      // Whoever asked the cloud before the others were known has met the listener there.
      const another = told.filter((reason) => reason === 'PortClaimed' || reason === 'PortTaken').length;
      return { Running: told.filter((reason) => reason === 'Running').length, another };
    };
    await expect.poll(reasons, { timeout: PATIENCE_MS, interval: 500 }).toEqual({ Running: 1, another: 199 });
    expect(await onPort()).toHaveLength(1);
    await bystander.expectUnharmed();

    // All with one request, so that none waits for the one before it.
    await world.controlPlane.kubectl([
      'delete',
      `--raw=${COLLECTION('default')}?fieldSelector=spec.listenerPort=${listenerPort}`,
    ]);
    await expect.poll(claimants, { timeout: PATIENCE_MS, interval: 500 }).toEqual([]);
    expect(await onPort()).toEqual([]);
  });

  it('a listener that refers to itself, and two that refer to each other, are told that this leads nowhere', async () => {
    const names = { selfish: 'selfish', round: 'about', about: 'round' };
    for (const [name, other] of Object.entries(names)) {
      await created(name, { spec: upgradingTo(other) });
    }
    for (const [name, other] of Object.entries(names)) {
      const message = messageOf(await world.untilReason(name, 'InvalidReference'));
      expect(message).toContain(
        `spec.quicConfig.quicListenerRef: AlbListener default/${other} is no QUIC listener`,
      );
    }
    await expectToGo(...Object.keys(names));
  });

  it('a chain of references is refused by the API server, since only one end of it can refer', async () => {
    const spec = { ...upgradingTo('selfish'), listenerProtocol: 'QUIC' };
    expect(await create('chained', { spec })).toMatchObject({ code: 1, stderr: matching('spec.quicConfig') });
  });

  it('finalizers and owners of others are left alone, and hold up the object and not its listener', async () => {
    const finalizers = range(50).map((at) => `example.com/theirs-${at}`);
    const ownerReferences = range(50).map((at) => ({
      apiVersion: API_VERSION,
      kind: KIND,
      name: 'owned',
      uid: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
      blockOwnerDeletion: true,
    }));
    await created('owned', { metadata: { finalizers, ownerReferences } });
    const { metadata, status } = await world.untilReady('owned');
    expect(metadata.finalizers).toEqual(expect.arrayContaining(finalizers));
    expect(metadata['ownerReferences']).toEqual(ownerReferences);

    await world.controlPlane.kubectl(['delete', 'alblistener', 'owned', '--wait=false']);
    const left = await world.until(
      'owned',
      (listener) => listener.metadata.finalizers.length === finalizers.length,
    );
    expect(left.metadata.finalizers).toEqual(finalizers);
    expect(await atCloud(status.listenerId)).toBeUndefined();
    const patch = '{"metadata":{"finalizers":null}}';
    await world.controlPlane.kubectl(['patch', 'alblistener', 'owned', '--type=merge', `--patch=${patch}`]);
    await world.untilGone('owned');
  });
});

let port = 1000;
function nextPort(): number {
  port += 1;
  return port;
}

function range(count: number): readonly number[] {
  return [...Array(count).keys()];
}

interface Parts {
  readonly metadata?: object;
  readonly namespace?: string;
  readonly spec?: object;
}

async function created(name: string, parts: Parts): Promise<void> {
  expect(await create(name, parts)).toMatchObject({ code: 0, stderr: '' });
}

function create(name: string, { metadata, namespace = 'default', spec }: Parts) {
  const body = {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, ...metadata },
    spec: spec ?? httpSpec({ listenerPort: nextPort() }),
  };
  return post(COLLECTION(namespace), JSON.stringify(body));
}

async function createConfigMap(name: string, data: object): Promise<void> {
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  expect(await post('/api/v1/namespaces/default/configmaps', body)).toMatchObject({ code: 0 });
}

/** Sends a body as it is: without `--raw` kubectl would read it and write it anew. */
function post(path: string, body: string) {
  return world.controlPlane.kubectl(['create', `--raw=${path}`, '-f', '-'], { input: body });
}

async function annotate(name: string, annotations: object): Promise<void> {
  const patch = ascii(JSON.stringify({ metadata: { annotations } }));
  const args = ['patch', 'alblistener', name, '--type=merge', `--patch=${patch}`];
  expect(await world.controlPlane.kubectl(args)).toMatchObject({ code: 0 });
}

/** JSON that survives as an argument of a program. */
function ascii(json: string): string {
  return json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Fails unless the objects go when they are deleted, and their listeners with them. */
async function expectToGo(...names: readonly string[]): Promise<void> {
  const all = await world.list();
  const ids = new Set(names.map((name) => all.get(name)?.status.listenerId));
  const args = ['delete', 'alblistener', ...names, '--timeout=120s'];
  expect(await world.controlPlane.kubectl(args)).toMatchObject({ code: 0 });
  expect((await world.listeners()).filter(({ ListenerId }) => ids.has(ListenerId))).toEqual([]);
}

function forwardTo(serverGroupTuples: readonly object[]) {
  return [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }];
}

function specFrom(name: string, keys: readonly string[]): object {
  const tuples = keys.map((key) => ({ serverGroupIdFrom: { configMapKeyRef: { name, key } } }));
  return httpSpec({ listenerPort: nextPort(), defaultActions: forwardTo(tuples) });
}

function upgradingTo(name: string): object {
  return httpSpec({
    listenerPort: nextPort(),
    listenerProtocol: 'HTTPS',
    certificates: [{ certificateId: '1001-cn-hangzhou' }],
    quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name } },
  });
}

const specSchema = z.looseObject({ loadBalancerId: z.string() });
const tagsSchema = z.object({ tags: z.array(z.object({ key: z.string(), value: z.string() })) });

function isRunning(listener: StoredListener): boolean {
  return reasonOf(listener) === 'Running';
}

function messageOf({ status }: StoredListener): string {
  return status.conditions.find(({ type }) => type === 'Ready')?.message ?? '';
}

function statusIn({ stdout }: { readonly stdout: string }): unknown {
  return parseListener(JSON.parse(stdout)).status;
}

async function atCloud(listenerId: string | undefined): Promise<Listener | undefined> {
  return (await world.listeners()).find(({ ListenerId }) => ListenerId === listenerId);
}

/** Without those that say whose the listener is. */
function ownTags(listener: Listener | undefined): ReadonlyMap<string, string> {
  const tags = listener?.Tags.filter(({ Key }) => !Key.startsWith(OWNERSHIP_TAG_PREFIX)) ?? [];
  return new Map(tags.map(({ Key, Value }) => [Key, Value]));
}
