import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { GROUP, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { parseObject } from '../../src/runtime/object.ts';
import { eventually } from '../support/eventually.ts';
import { manifest } from '../support/full-manifests.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { type Manifest, parseManifests } from '../support/manifests.ts';
import { httpSpec, isReady, OperatorWorld } from '../support/operator-world.ts';
import { kustomized } from '../support/rendered.ts';
import { type Right, rightsIn, without } from '../support/rights.ts';
import { applyManifests, OPERATOR, shippedAccess, withoutPods } from '../support/shipped-access.ts';

const ACCOUNT = `system:serviceaccount:${OPERATOR}:${OPERATOR}`;
/** For what goes well; what fails is told by the operator at once. */
const PATIENCE_MS = 30_000;

const access = await shippedAccess();
const metricsAccess = parseManifests(
  await readFile(fromRoot('deploy/components/metrics-auth/rbac.yaml'), 'utf8'),
);
const RIGHTS = rightsIn([...access, ...metricsAccess].filter(isOfOperator));

let world: OperatorWorld;
let port = 8000;

/** What a user sees that holds only with the right; fails without it. Begins with a new operator, before it runs. */
const SCENARIOS: Readonly<Record<string, () => Promise<void>>> = {
  'list alblisteners': aListenerRuns,
  'watch alblisteners': aListenerRuns,
  'patch alblisteners': aListenerRuns,
  'patch alblisteners/status': aListenerRuns,
  'get alblisteners': aStaleCopyIsToldFromABadWrite,
  'create events': async () => {
    const { metadata } = await newListener();
    await eventually('an event', async () => (await eventsOf(metadata.name)).length > 0);
  },
  'patch events': async () => {
    const { metadata } = await newListener();
    for (const idleTimeout of [42, 43]) {
      await world.apply(metadata.name, httpSpec({ listenerPort: port, idleTimeout }));
      await world.untilReady(metadata.name);
    }
    await eventually('a series', async () =>
      (await eventsOf(metadata.name)).some(({ series }) => (series?.count ?? 1) > 1),
    );
  },
  'list configmaps': aReferenceIsFollowed,
  'watch configmaps': aReferenceIsFollowed,
  'get namespaces': async () => {
    port += 1;
    const namespace = `swept-${port}`;
    const { kubectl } = world.controlPlane;
    await kubectl(['create', 'namespace', namespace]);
    const input = stringify(manifest('web', httpSpec({ listenerPort: port })));
    await kubectl(['apply', '-n', namespace, '-f', '-'], { input });
    const wait = ['wait', 'alblistener/web', '-n', namespace, '--timeout=120s'];
    expect(await kubectl([...wait, '--for=condition=Ready'])).toMatchObject({ code: 0 });
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
    // Nothing deletes what is in it here, where no controller manager runs.
    await kubectl(['delete', 'alblistener', 'web', '-n', namespace, '--wait=false']);
    const held = '--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=DeletionHeld';
    expect(await kubectl([...wait, held])).toMatchObject({ code: 0 });
    await kubectl([
      'annotate',
      'alblistener',
      'web',
      '-n',
      namespace,
      'alb.alibabacloud.com/allow-deletion=true',
    ]);
  },
  'get customresourcedefinitions': async () => {
    const { metadata } = await newListener();
    await world.controlPlane.kubectl(['delete', 'alblistener', metadata.name, '--timeout=120s']);
    // Else it says that the deletion of its CRD would take all listeners.
    expect(world.operator.lines.filter((line) => line.includes('the deletion guard is off'))).toEqual([]);
  },
  'create leases': aListenerRuns,
  'get leases': aListenerRuns,
  'update leases': aListenerRuns,
  'create tokenreviews': metricsAreRead,
  'create subjectaccessreviews': metricsAreRead,
};

beforeAll(async () => {
  world = await OperatorWorld.start({ environment: { LEADER_ELECT: 'true', METRICS_AUTH: 'token' } });
  await applyManifests(world.controlPlane, metricsAccess);
  const { kubectl } = world.controlPlane;
  await kubectl(['create', 'serviceaccount', 'prometheus']);
  const reader = `--clusterrole=${OPERATOR}-metrics-reader`;
  await kubectl([
    'create',
    'clusterrolebinding',
    'prometheus',
    reader,
    '--serviceaccount=default:prometheus',
  ]);
});
afterAll(() => world.close());

describe('of the rights of the operator not one is too many', () => {
  it('is shown for each of them', () => {
    expect(RIGHTS.map(nameOfRight).toSorted()).toEqual(Object.keys(SCENARIOS).toSorted());
  });

  it.each(RIGHTS.map((right) => ({ name: nameOfRight(right), right })))(
    'without "$name" something fails, with it all goes well',
    async ({ name, right }) => {
      await applyManifests(world.controlPlane, [without(right)]);
      await untilAllowed(right, 'no');
      const failure = await attempt(name);
      process.stdout.write(`Without "${name}": ${failure}\n`);
      expect(failure).toBeDefined();

      await applyManifests(world.controlPlane, [right.role]);
      await untilAllowed(right, 'yes');
      expect(await attempt(name)).toBeUndefined();
    },
  );
});

describe('what it may not', () => {
  it.each([
    {
      verb: 'get',
      resource: 'secrets',
      reason: 'Its credentials are mounted; those of a manifest are granted one by one.',
    },
    {
      verb: 'get',
      resource: 'configmaps',
      reason: 'It lists and watches them, one by its name too, or leaves them.',
    },
    { verb: 'list', resource: 'namespaces', reason: 'It looks at one when it matters.' },
    { verb: 'get', resource: 'customresourcedefinitions', reason: 'Those of others are not its.' },
    { verb: 'delete', resource: 'alblisteners', reason: 'Only users delete.' },
    { verb: 'create', resource: 'alblisteners', reason: 'Only users create.' },
    { verb: 'update', resource: 'alblisteners', reason: 'A whole-object write could undo edits.' },
    { verb: 'delete', resource: 'leases', reason: 'A lease is given up, not deleted.' },
  ])('$verb $resource: $reason', async ({ verb, resource }) => {
    expect(await canI(verb, resource, 'default')).toBe('no');
  });
});

describe('an installation that watches one namespace', () => {
  it('needs no right in any other', async () => {
    const { kubectl } = world.controlPlane;
    await world.stopOperator();
    for (const kind of ['clusterrolebinding', 'clusterrole']) await kubectl(['delete', kind, OPERATOR]);
    await applyManifests(
      world.controlPlane,
      withoutPods(await kustomized(kubectl, fromRoot('deploy/overlays/namespaced'))),
    );
    expect(await canI('list', 'alblisteners', 'default')).toBe('no');
    const operator = await world.startAnother({ WATCH_NAMESPACES: OPERATOR, LEADER_ELECT: 'true' });
    await operator.line('"msg":"watching"');

    port += 1;
    const ids = ['create', 'configmap', 'ids', '-n', OPERATOR, '--from-literal=web=sgp-web'];
    expect(await kubectl(ids)).toMatchObject({ code: 0 });
    const input = stringify(manifest('web', referringSpec('ids')));
    const to = ['-n', OPERATOR, '-f', '-'];
    expect(await kubectl(['apply', ...to], { input })).toMatchObject({ code: 0 });
    const wait = ['wait', '--for=condition=Ready', 'alblistener/web', '-n', OPERATOR, '--timeout=120s'];
    expect(await kubectl(wait)).toMatchObject({ code: 0 });
    const others = await eventsOf('web', OPERATOR);
    expect(others.map(({ reason }) => reason)).toContain('Provisioning');
    expect(await kubectl(['delete', '--timeout=120s', ...to], { input })).toMatchObject({ code: 0 });
    expect(operator.lines.filter(isComplaint)).toEqual([]);
    expect(await operator.stop()).toBe(0);
  });
});

describe('the roles for people', () => {
  const asUser = (user: string, args: readonly string[], input?: string) =>
    world.controlPlane.kubectl(
      [...args, `--as=${user}`, '-n', 'people'],
      input === undefined ? {} : { input },
    );
  const spec = stringify(manifest('web', httpSpec({ listenerPort: 7999 })));
  const status = [
    'patch',
    'alblistener',
    'web',
    '--subresource=status',
    '--type=merge',
    '-p',
    '{"status":{}}',
  ];
  const edit = ['annotate', '--overwrite', 'alblistener', 'web', 'note=edited'];

  beforeAll(async () => {
    const { kubectl } = world.controlPlane;
    await kubectl(['create', 'namespace', 'people']);
    for (const role of ['viewer', 'editor', 'admin']) {
      const to = [`--clusterrole=${OPERATOR}-${role}`, `--user=${role}`, '-n', 'people'];
      expect(await kubectl(['create', 'rolebinding', role, ...to])).toMatchObject({ code: 0 });
    }
    expect(await asUser('editor', ['apply', '-f', '-'], spec)).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    { user: 'viewer', may: true, what: 'see', args: ['get', 'alblisteners'] },
    { user: 'viewer', may: false, what: 'edit', args: edit },
    {
      user: 'viewer',
      may: false,
      what: 'delete',
      args: ['delete', 'alblistener', 'web', '--dry-run=server'],
    },
    { user: 'editor', may: true, what: 'edit', args: edit },
    { user: 'editor', may: false, what: 'write a status', args: status },
    {
      user: 'editor',
      may: true,
      what: 'delete one',
      args: ['delete', 'alblistener', 'web', '--dry-run=server'],
    },
    { user: 'admin', may: true, what: 'edit', args: edit },
    { user: 'admin', may: false, what: 'write a status', args: status },
    { user: 'stranger', may: false, what: 'see', args: ['get', 'alblisteners'] },
  ])('$user may $what: $may', async ({ user, may, args }) => {
    const { code, stderr } = await asUser(user, args);
    if (may) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    else expect(stderr).toContain('is forbidden: User');
  });

  it('let an admin delete all in one request, and nobody else', async () => {
    const all = ['delete', '--raw', '/apis/alb.alibabacloud.com/v1alpha1/namespaces/people/alblisteners'];
    expect((await asUser('editor', all)).stderr).toContain('is forbidden');
    expect(await asUser('admin', all)).toMatchObject({ code: 0 });
  });

  it.each([
    ['view', 'viewer'],
    ['edit', 'editor'],
    ['admin', 'admin'],
  ])('count into the role %s of the cluster', (ofCluster, role) => {
    const labels = access.find(({ metadata }) => metadata.name === `${OPERATOR}-${role}`)?.metadata.labels;
    expect(labels).toMatchObject({ [`rbac.authorization.k8s.io/aggregate-to-${ofCluster}`]: 'true' });
  });
});

/** Runs the scenario with an operator of its own. Answers what went wrong: what the operator complained of, or else what was not seen. */
async function attempt(name: string): Promise<string | undefined> {
  const scenario = SCENARIOS[name];
  await world.stopOperator();
  // One that is there need not be made.
  if (name === 'create leases')
    await world.controlPlane.kubectl(['delete', 'lease', OPERATOR, '-n', OPERATOR]);
  await world.startOperator({ awaitWatching: false });
  const outcome = (scenario?.() ?? Promise.reject(new Error('no scenario'))).then(
    () => undefined,
    (thrown: unknown) => String(thrown),
  );
  const over = new AbortController();
  const complained = eventually('a complaint', () => over.signal.aborted || complaint() !== undefined);
  await Promise.race([outcome, complained]);
  const complaintAtOnce = complaint();
  over.abort();
  await complained;
  return complaintAtOnce ?? outcome;
}

function complaint(): string | undefined {
  const line = world.operator.lines.find(isComplaint);
  return line === undefined ? undefined : said.parse(JSON.parse(line)).msg;
}

const said = z.looseObject({ msg: z.string() });

/** Of a refusal by the API server. In a namespace that is being deleted nothing can be made, which is no matter of rights. */
function isComplaint(line: string): boolean {
  return /forbidden|cannot \w+ resource/i.test(line) && !line.includes('it is being terminated');
}

async function newListener() {
  port += 1;
  const name = `listener-${port}`;
  await world.apply(name, httpSpec({ listenerPort: port }));
  return world.until(name, isReady, PATIENCE_MS);
}

async function aListenerRuns(): Promise<void> {
  await newListener();
}

function referringSpec(configMap: string): object {
  const tuple = { serverGroupIdFrom: { configMapKeyRef: { name: configMap, key: 'web' } } };
  const forwardGroupConfig = { serverGroupTuples: [tuple] };
  return httpSpec({ listenerPort: port, defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig }] });
}

async function aReferenceIsFollowed(): Promise<void> {
  port += 1;
  const name = `referring-${port}`;
  await world.apply(name, referringSpec(name));
  await world.untilReason(name, 'InvalidReference');
  await world.controlPlane.kubectl(['create', 'configmap', name, '--from-literal=web=sgp-web']);
  await world.until(name, isReady, PATIENCE_MS);
}

/** A finalizer that somebody else added in between is a conflict, to be tried again in silence, and no bad write. */
async function aStaleCopyIsToldFromABadWrite(): Promise<void> {
  const { metadata } = await newListener();
  const { kubectl } = world.controlPlane;
  const stored = await kubectl(['get', 'alblistener', metadata.name, '-o', 'json']);
  const copy = parseObject(JSON.parse(stored.stdout));
  if (copy === undefined) throw new Error(stored.stderr);
  const setFinalizers = (finalizers: readonly string[]) =>
    kubectl([
      'patch',
      'alblistener',
      metadata.name,
      '--type=merge',
      '-p',
      JSON.stringify({ metadata: { finalizers } }),
    ]);
  await setFinalizers([...metadata.finalizers, 'example.com/of-somebody']);
  const transport = new Transport({
    connection: connectionOf(world.operatorKubeconfig),
    userAgent: 'the-tests',
    clock: systemClock,
  });
  const { outcome } = await new ResourceClient(transport, {
    group: GROUP,
    version: VERSION,
    plural: PLURAL,
  }).addFinalizer(copy, 'example.com/ours');
  await transport.close();
  await setFinalizers(metadata.finalizers);
  expect(outcome).toBe('conflict');
}

/** By a Prometheus that may. */
async function metricsAreRead(): Promise<void> {
  await world.operator.line('"msg":"watching"');
  const token = await world.controlPlane.kubectl(['create', 'token', 'prometheus']);
  const authorization = `Bearer ${token.stdout.trim()}`;
  const { status } = await world.operator.page('/metrics', { headers: { authorization } });
  expect(status).toBe(200);
}

const eventList = z.object({
  items: z.array(
    z.object({
      reason: z.string(),
      regarding: z.object({ name: z.string() }),
      series: z.object({ count: z.number() }).optional(),
    }),
  ),
});

async function eventsOf(name: string, namespace = 'default') {
  const query = ['get', 'events.events.k8s.io', '-n', namespace, '-o', 'json'];
  const { items } = eventList.parse(JSON.parse((await world.controlPlane.kubectl(query)).stdout));
  return items.filter(({ regarding }) => regarding.name === name);
}

async function canI(verb: string, resource: string, namespace: string): Promise<string> {
  const args = ['auth', 'can-i', verb, resource, `--as=${ACCOUNT}`, '-n', namespace];
  return (await world.controlPlane.kubectl(args)).stdout.trim();
}

/** The API server takes a moment to notice a changed role. */
async function untilAllowed(right: Right, answer: 'yes' | 'no'): Promise<void> {
  const { verb, resource, apiGroup, resourceName } = right;
  const [plural, subresource] = resource.split('/');
  const of = apiGroup === '' ? plural : `${plural}.${apiGroup}`;
  const args = ['auth', 'can-i', verb, resourceName === undefined ? `${of}` : `${of}/${resourceName}`];
  if (subresource !== undefined) args.push(`--subresource=${subresource}`);
  await eventually(`${answer} to ${args.join(' ')}`, async () => {
    const result = await world.controlPlane.kubectl([...args, `--as=${ACCOUNT}`, '-n', OPERATOR]);
    return result.stdout.trim() === answer;
  });
}

function nameOfRight({ verb, resource }: Right): string {
  return `${verb} ${resource}`;
}

/** Those of people and of a Prometheus are not. */
function isOfOperator({ kind, metadata }: Manifest): boolean {
  if (kind !== 'ClusterRole' && kind !== 'Role') return false;
  return metadata.name === OPERATOR || metadata.name === `${OPERATOR}-metrics-auth`;
}

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
