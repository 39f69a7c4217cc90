import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { RECONCILE_REQUEST } from '../../src/listener/resource.ts';
import { mergePatch, toJsonObject } from '../../src/runtime/kubernetes/merge-patch.ts';
import { findLua, runLua } from '../../tools/lua/lua.ts';
import { readScript } from '../gitops/customization.ts';
import { manifest } from '../support/full-manifests.ts';
import { httpSpec, OperatorWorld, type StoredListener } from '../support/operator-world.ts';

const NAME = 'synced';
/** Looked at once an hour, so that whatever happens sooner comes of the action. */
const SYNCED = manifest(NAME, httpSpec({ syncInterval: '1h' }));
const AS_DECLARED = 15;
const BY_HAND = 77;
const AS_ARGO_CD = ['--server-side', '--field-manager=argocd-controller', '-f', '-'];

let lua: string;
let world: OperatorWorld;
beforeAll(async () => {
  lua = await findLua();
  world = await OperatorWorld.start();
  expect(await kubectl('apply', ...AS_ARGO_CD)).toMatchObject({ code: 0 });
});
afterAll(() => world.close());

describe('an action of Argo CD, sent to the API server as Argo CD sends it', () => {
  it('reconcile-now has what was changed in the console turned back', async () => {
    const listener = await world.untilReady(NAME);
    await changeInConsole(listener);
    const { metadata } = await send('reconcile-now');
    await untilHandled(annotationsSchema.parse(metadata).annotations[RECONCILE_REQUEST]);
    await world.untilReady(NAME);
    expect(await idleTimeoutOf(listener)).toBe(AS_DECLARED);
    await expectNoDifference();
  });

  it('suspend has the operator keep out, even when it is asked to look', async () => {
    await send('suspend');
    const listener = await world.untilReason(NAME, 'Suspended');
    await changeInConsole(listener);
    // Argo CD does not offer to ask while it is suspended.
    const request = `${RECONCILE_REQUEST}=by-hand`;
    await world.controlPlane.kubectl(['annotate', 'alblistener', NAME, request, '--overwrite']);
    await untilHandled('by-hand');
    expect(await idleTimeoutOf(listener)).toBe(BY_HAND);
    await expectNoDifference();
  });

  it('resume has it go on, with the manifest as it was', async () => {
    const { spec } = await send('resume');
    expect(spec).toEqual(SYNCED.spec);
    const listener = await world.untilReady(NAME);
    expect(await idleTimeoutOf(listener)).toBe(AS_DECLARED);
    await expectNoDifference();
  });
});

/** Runs the script with the object as it is, and patches what it changed; answers the object as it was stored. */
async function send(action: string): Promise<StoredListener> {
  const live = toJsonObject(await world.get(NAME));
  const [result] = await runLua(lua, [{ script: readScript(`actions/${action}/action.lua`), object: live }]);
  const patch = mergePatch(live, toJsonObject(result));
  const args = ['patch', 'alblistener', NAME, '--type=merge', `--patch=${JSON.stringify(patch)}`];
  expect(await world.controlPlane.kubectl(args)).toMatchObject({ code: 0 });
  const stored = await world.get(NAME);
  if (stored === undefined) throw new Error(`${action} has made ${NAME} vanish.`);
  return stored;
}

const annotationsSchema = z.object({ annotations: z.record(z.string(), z.string()) });

async function untilHandled(asked: string | undefined): Promise<void> {
  expect(asked).toBeDefined();
  await world.until(NAME, ({ status }) => status['handledReconcileAt'] === asked);
}

/** What an action leaves is no difference to the next sync. */
async function expectNoDifference(): Promise<void> {
  expect(await kubectl('diff', ...AS_ARGO_CD)).toMatchObject({ code: 0, stdout: '' });
}

function kubectl(...args: readonly string[]) {
  return world.controlPlane.kubectl(args, { input: stringify(SYNCED) });
}

async function changeInConsole({ status }: StoredListener): Promise<void> {
  await world.cloud.editListener(status.listenerId ?? '', { IdleTimeout: BY_HAND });
}

async function idleTimeoutOf({ status }: StoredListener): Promise<number | undefined> {
  const listeners = await world.listeners();
  return listeners.find(({ ListenerId }) => ListenerId === status.listenerId)?.IdleTimeout;
}
