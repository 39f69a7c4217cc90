import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { manifest } from '../support/full-manifests.ts';
import { httpSpec, OperatorWorld, reasonOf, type StoredListener } from '../support/operator-world.ts';

const DEFINITION = 'alblisteners.alb.alibabacloud.com';
const ALLOW = 'alb.alibabacloud.com/allow-deletion';

/** One after another: without the CRD, with which it ends, there are no listeners. */
describe('a deletion', () => {
  let world: OperatorWorld;
  beforeAll(async () => {
    world = await OperatorWorld.start({
      settings: { provisioningMs: 100, configuringMs: 100, deletingMs: 100 },
      // Slow on its own, so that whatever happens soon happens because of what the user did.
      environment: { ALB_SLOW_INTERVAL: '5m' },
    });
  });
  afterAll(() => world.close());

  it('of a listener is carried out: by name, by manifest, all at once', async () => {
    await inNamespace('direct');
    const ids = await running('one', 'two', 'three');
    await kubectl('delete', 'alblistener', 'one', '--timeout=5s');
    const input = stringify(manifest('two', httpSpec()));
    const byManifest = await world.controlPlane.kubectl(['delete', '-f', '-', '--timeout=5s'], { input });
    expect(byManifest).toMatchObject({ code: 0 });
    await kubectl('delete', 'alblisteners', '--all', '--timeout=5s');
    expect(await deletionsOf(ids)).toEqual(ids);
    expect(await world.listeners()).toEqual([]);
  });

  it('of the namespace touches no listener, but one that was deleted before it goes on', async () => {
    await inNamespace('swept');
    const [early, late] = await running('early', 'late');
    await world.cloud.addFault({
      kind: 'error',
      operation: 'DeleteListener',
      code: 'SystemBusy',
      status: 503,
    });
    await kubectl('delete', 'alblistener', 'early', '--wait=false');
    await secondAfter(await world.until('early', ({ status }) => status.phase === 'Deleting'));

    await sweep('swept');
    const held = await world.untilReason('late', 'DeletionHeld');
    expect(messageOf(held)).toContain('namespace swept is being deleted');

    await world.cloud.clearFaults();
    await world.untilGone('early');
    expect(await inCloud(early)).toBeUndefined();
    expect(await inCloud(late)).toMatchObject({ ListenerStatus: 'Running' });
    expect(await world.get('late')).toEqual(held);

    await kubectl('annotate', 'alblistener', 'late', `${ALLOW}=true`);
    await world.untilGone('late', 5000);
    expect(await inCloud(late)).toBeUndefined();
  });

  it('of a namespace that allows it beforehand, as those of previews may, deletes the listeners in it', async () => {
    await inNamespace('preview');
    const [listener] = await running('web');
    await kubectl('annotate', 'namespace', 'preview', `${ALLOW}=true`);
    await sweep('preview');
    await world.untilGone('web', 5000);
    expect(await inCloud(listener)).toBeUndefined();
  });

  it('of the CRD touches no listener, says what to do, and goes on listener by listener as told', async () => {
    await inNamespace('lasting');
    const [kept, dropped, held] = await running('kept', 'dropped', 'held');
    const before = await world.listeners();
    await kubectl('delete', 'crd', DEFINITION, '--wait=false');
    for (const name of ['kept', 'dropped', 'held']) {
      const listener = await world.untilReason(name, 'DeletionHeld');
      expect(listener.status.phase).toBe('Deleting');
      expect(messageOf(listener)).toContain('CustomResourceDefinition is being deleted');
      expect(messageOf(listener)).toContain(`${ALLOW}: "true"`);
      expect(messageOf(listener)).toContain('spec.deletionPolicy to Retain');
    }
    expect(await world.listeners()).toEqual(before);

    await kubectl('annotate', 'alblistener', 'dropped', `${ALLOW}=true`);
    await world.untilGone('dropped', 5000);
    const retain = '{"spec":{"deletionPolicy":"Retain"}}';
    await kubectl('patch', 'alblistener', 'kept', '--type=merge', '-p', retain);
    await world.untilGone('kept', 5000);
    expect(await inCloud(dropped)).toBeUndefined();
    expect(await inCloud(kept)).toMatchObject({ ListenerStatus: 'Running', Tags: [] });
    expect(await inCloud(held)).toEqual(before.find(({ ListenerId }) => ListenerId === held));
    expect(await deletionsOf([kept, dropped, held])).toEqual([dropped]);

    // The CRD waits for the last of its objects, which goes as the CRD is told.
    await kubectl('annotate', 'crd', DEFINITION, `${ALLOW}=true`);
    await kubectl('annotate', 'alblistener', 'held', 'alb.alibabacloud.com/reconcile-requested-at=now');
    await kubectl('wait', '--for=delete', `crd/${DEFINITION}`, '--timeout=120s');
    expect(await inCloud(held)).toBeUndefined();
  });

  async function kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await world.controlPlane.kubectl(args);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** Makes listeners that run, and answers their ids in the cloud. */
  async function running(...names: string[]): Promise<readonly string[]> {
    const specs = names.map((name, index) => [name, httpSpec({ listenerPort: 100 + index })] as const);
    await world.applyAll(Object.fromEntries(specs));
    const listeners = await Promise.all(names.map((name) => world.untilReady(name)));
    return listeners.map(({ status }) => status.listenerId ?? '');
  }

  async function inCloud(listenerId: string | undefined) {
    return (await world.listeners()).find(({ ListenerId }) => ListenerId === listenerId);
  }

  /** Those of the listeners that the cloud was asked to delete, and did, in that order. */
  async function deletionsOf(ids: readonly (string | undefined)[]): Promise<readonly (string | undefined)[]> {
    const calls = await world.cloud.calls();
    return calls
      .filter(({ action, outcome }) => action === 'DeleteListener' && outcome === 'Success')
      .map(({ parameters }) => parameters['ListenerId'])
      .filter((id) => ids.includes(id));
  }

  /** Makes a namespace, for all kubectl calls from here on. */
  async function inNamespace(name: string): Promise<void> {
    await kubectl('create', 'namespace', name);
    await kubectl('config', 'set-context', '--current', `--namespace=${name}`);
  }

  /** Deletes a namespace. There is no kube-controller-manager here: what it would do next is done by hand. */
  async function sweep(namespace: string): Promise<void> {
    await kubectl('delete', 'namespace', namespace, '--wait=false');
    expect(await kubectl('get', 'namespace', namespace, '-o', 'jsonpath={.status.phase}')).toBe(
      'Terminating',
    );
    await kubectl('delete', 'alblisteners', '--all', '--wait=false');
  }

  /** Times of the API server are whole seconds: returns when the next one has come. */
  async function secondAfter({ metadata }: StoredListener): Promise<void> {
    const deletedAt = Date.parse(String(metadata['deletionTimestamp']));
    await expect.poll(() => Date.now(), { timeout: 5000 }).toBeGreaterThanOrEqual(deletedAt + 1000);
  }
});

function messageOf(listener: StoredListener): string | undefined {
  expect(reasonOf(listener)).toBe('DeletionHeld');
  return listener.status.conditions.find(({ type }) => type === 'Ready')?.message;
}
