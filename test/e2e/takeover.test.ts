import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FINALIZER } from '../../src/listener/resource.ts';
import { eventually } from '../support/eventually.ts';
import { manifest } from '../support/full-manifests.ts';
import { httpSpec, OperatorWorld } from '../support/operator-world.ts';

const EVIL = 'evil';
const SLOW = 'ALB_SLOW_INTERVAL';

const conditions = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), reason: z.string(), message: z.string() })),
  }),
});

let world: OperatorWorld;

beforeAll(async () => {
  world = await OperatorWorld.start({ environment: { [SLOW]: '1s', ALB_RESYNC_INTERVAL: '2s' } });
  await world.controlPlane.kubectl(['create', 'namespace', EVIL]);
});
afterAll(() => world.close());

describe('the listener of another namespace', () => {
  it.each([
    { port: 7100, reason: 'as any author may write it', metadata: {} },
    { port: 7101, reason: 'with our finalizer in the manifest', metadata: { finalizers: [FINALIZER] } },
  ])('is not taken over by adopt $reason, nor deleted with that object', async ({ port, metadata }) => {
    const victim = `victim-${port}`;
    await world.apply(victim, httpSpec({ listenerPort: port }));
    const { status } = await world.untilReady(victim);
    const listenerId = status.listenerId ?? '';
    const before = await listenerOf(listenerId);

    const thief = `thief-${port}`;
    await applyIn(EVIL, thief, httpSpec({ listenerPort: port, adopt: { listenerId } }), metadata);
    expect(await readyOf(EVIL, thief, 'PortClaimed')).toContain(`AlbListener default/${victim}`);

    const removal = ['-n', EVIL, 'delete', 'alblistener', thief, '--timeout=120s'];
    expect(await world.controlPlane.kubectl(removal)).toMatchObject({ code: 0 });
    expect(await listenerOf(listenerId)).toEqual(before);
    expect((await world.get(victim))?.status.listenerId).toBe(listenerId);
    await world.untilReady(victim);
  });

  it('is not taken over after its object is gone, but by an object of the same namespace and name', async () => {
    const spec = httpSpec({ listenerPort: 7102 });
    await world.apply('restored', spec);
    const { status, metadata } = await world.untilReady('restored');
    const listenerId = status.listenerId ?? '';
    const before = await listenerOf(listenerId);
    // As in a cluster that is lost: the objects are gone, the listeners stand.
    await world.stopOperator();
    const { kubectl } = world.controlPlane;
    await kubectl([
      'patch',
      'alblistener',
      'restored',
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    ]);
    await kubectl(['delete', 'alblistener', 'restored', '--timeout=120s']);
    await world.startOperator();

    await applyIn(EVIL, 'restored', { ...spec, adopt: { listenerId } }, {});
    expect(await readyOf(EVIL, 'restored', 'AdoptionRefused')).toContain(
      'the tags name another namespace or name than evil/restored',
    );
    expect(await listenerOf(listenerId)).toEqual(before);
    await kubectl(['-n', EVIL, 'delete', 'alblistener', 'restored', '--timeout=120s']);

    await world.apply('restored', spec);
    await world.untilReason('restored', 'PortTaken');
    expect(await readyOf('default', 'restored', 'PortTaken')).toContain(
      `belongs to an earlier AlbListener default/restored of this cluster (UID ${metadata.uid}), which no longer exists. To take it over, set spec.adopt.listenerId to ${listenerId}`,
    );
    await world.apply('restored', { ...spec, adopt: { listenerId } });
    expect((await world.untilReady('restored')).status.listenerId).toBe(listenerId);
  });
});

it('a new listener says of which cluster it is', async () => {
  await world.apply('tagged', httpSpec({ listenerPort: 7103 }));
  const { status } = await world.untilReady('tagged');
  const uid = await world.controlPlane.kubectl([
    'get',
    'namespace',
    'kube-system',
    '-o',
    'jsonpath={.metadata.uid}',
  ]);
  expect((await listenerOf(status.listenerId ?? ''))?.Tags).toContainEqual({
    Key: 'alb-listener-operator/cluster',
    Value: uid.stdout,
  });
});

async function listenerOf(id: string) {
  return (await world.listeners()).find(({ ListenerId }) => ListenerId === id);
}

async function applyIn(namespace: string, name: string, spec: object, metadata: object): Promise<void> {
  const { metadata: named, ...rest } = manifest(name, spec);
  const input = JSON.stringify({ ...rest, metadata: { ...named, ...metadata, namespace } });
  expect(await world.controlPlane.kubectl(['apply', '-f', '-'], { input })).toMatchObject({ code: 0 });
}

/** The message of the Ready condition, as soon as it has this reason. */
async function readyOf(namespace: string, name: string, reason: string): Promise<string> {
  const seen: string[] = [];
  await eventually(`${namespace}/${name} is ${reason}`, async () => {
    const { stdout } = await world.controlPlane.kubectl([
      '-n',
      namespace,
      'get',
      'alblistener',
      name,
      '-o',
      'json',
    ]);
    const { success, data } = conditions.safeParse(JSON.parse(stdout));
    const ready = success ? data.status.conditions.find(({ type }) => type === 'Ready') : undefined;
    if (ready?.reason === reason) seen.push(ready.message);
    return seen.length > 0;
  });
  return seen[0] ?? '';
}
