import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { httpSpec, isReady, OperatorWorld } from '../support/operator-world.ts';

/** From the moment at which the API server is ready. */
const SEEN_WITHIN_MS = 30_000;
const IN_TIME = { timeout: SEEN_WITHIN_MS };
const WRITES_OF_OTHERS = 120;

let world: OperatorWorld;

beforeAll(async () => {
  // A resync looks at what the operator knows already. It would hide nothing, and shall not help either.
  world = await OperatorWorld.start({
    environment: { ALB_RESYNC_INTERVAL: '10m', ALB_SLOW_INTERVAL: '10m' },
  });
});
afterAll(() => world.close());

interface Way {
  readonly way: string;
  /** What happens while etcd is restored. */
  readonly through: (restore: () => Promise<void>) => Promise<void>;
}

const WAYS: readonly Way[] = [
  { way: 'the operator sees both servers go', through: (restore) => restore() },
  { way: 'the operator sleeps until they are back', through: (restore) => asleep(restore) },
  {
    way: 'the operator sleeps until the versions have passed those that it knows',
    through: (restore) =>
      asleep(async () => {
        await restore();
        await writesOfOthers('after', 2 * WRITES_OF_OTHERS);
      }),
  },
];

describe('etcd restored from a backup', () => {
  it.each(WAYS)('leaves nothing stale, and edits are seen: $way', async ({ way, through }) => {
    const first = 5000 + 10 * WAYS.findIndex((one) => one.way === way);
    const [edited, touched, deleted] = [first, first + 1, first + 2];
    const [begun, made, sourced] = [first + 3, first + 4, first + 5];
    const { pid } = world.operator;
    await configMap('group', { id: 'sgp-web' });
    for (const port of [edited, touched, deleted]) await apply(port);
    await apply(sourced, { defaultActions: [sourcedAction('group', 'id')] });
    await apply(begun, { suspend: true });
    for (const port of [edited, touched, deleted, sourced]) await world.untilReady(nameOf(port));
    await world.untilReason(nameOf(begun), 'Suspended');
    await world.controlPlane.backUpEtcd();

    await apply(touched, { idleTimeout: 42 });
    await apply(begun);
    await apply(made);
    await configMap('group', { id: 'sgp-api' });
    await world.controlPlane.kubectl(['delete', 'alblistener', nameOf(deleted)]);
    for (const port of [touched, begun, made]) await world.untilReady(nameOf(port));
    await expect.poll(() => serverGroupOf(sourced), IN_TIME).toBe('sgp-api');
    await writesOfOthers('before', WRITES_OF_OTHERS);
    const before = await listeners();

    await through(() => world.controlPlane.restoreEtcd());
    const readyAt = performance.now();
    await apply(edited, { idleTimeout: 55 });
    const seen = await world.until(nameOf(edited), isReady, SEEN_WITHIN_MS);
    const seenAfterMs = performance.now() - readyAt;

    // What the backup has is declared again, whatever was known of it since.
    const again = await world.until(nameOf(deleted), isReady, SEEN_WITHIN_MS);
    await expect.poll(async () => (await listeners()).get(touched)?.IdleTimeout, IN_TIME).toBe(15);
    await expect.poll(() => serverGroupOf(sourced), IN_TIME).toBe('sgp-web');
    const after = await listeners();
    expect(after.get(edited)).toMatchObject({ ListenerId: seen.status.listenerId, IdleTimeout: 55 });
    expect(after.get(deleted)?.ListenerId).toBe(again.status.listenerId);
    for (const port of [edited, touched, sourced, made, begun]) {
      expect(after.get(port)?.ListenerId, `${port}`).toBe(before.get(port)?.ListenerId);
    }

    // The record of its creation is lost, the listener is not: it is found by its tag.
    await apply(begun);
    const found = await world.until(nameOf(begun), isReady, SEEN_WITHIN_MS);
    expect(found.status.listenerId).toBe(before.get(begun)?.ListenerId);
    expect(await world.get(nameOf(made))).toBeUndefined();
    expect(world.operator.pid).toBe(pid);
    const said = world.operator.lines.filter((line) => line.includes('went back to an earlier state'));
    expect(said.length).toBeGreaterThan(0);
    console.log(`${way}: the edit was in place ${(seenAfterMs / 1000).toFixed(1)} s after /readyz`);
  });
});

async function asleep(meanwhile: () => Promise<void>): Promise<void> {
  const { pid } = world.operator;
  process.kill(pid, 'SIGSTOP');
  try {
    await meanwhile();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** They raise the resourceVersion of the whole cluster. */
async function writesOfOthers(when: string, count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, index) =>
    configMapOf(`${when}-${index}-${Date.now()}`, {}),
  );
  await create(items);
}

async function configMap(name: string, data: Readonly<Record<string, string>>): Promise<void> {
  await create([configMapOf(name, data)]);
}

async function create(items: readonly object[]): Promise<void> {
  const input = items.map((item) => stringify(item)).join('---\n');
  const { code, stderr } = await world.controlPlane.kubectl(['apply', '--server-side', '-f', '-'], { input });
  if (code !== 0) throw new Error(stderr);
}

function configMapOf(name: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

function sourcedAction(name: string, key: string): object {
  const serverGroupTuples = [{ serverGroupIdFrom: { configMapKeyRef: { name, key } } }];
  return { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } };
}

async function apply(port: number, changes: object = {}): Promise<void> {
  await world.apply(nameOf(port), httpSpec({ listenerPort: port, ...changes }));
}

function nameOf(port: number): string {
  return `listener-${port}`;
}

async function listeners() {
  return new Map((await world.listeners()).map((listener) => [listener.ListenerPort, listener]));
}

async function serverGroupOf(port: number): Promise<string | undefined> {
  const [action] = (await listeners()).get(port)?.DefaultActions ?? [];
  return action?.ForwardGroupConfig?.ServerGroupTuples[0]?.ServerGroupId;
}
