import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { kubeconfigThrough } from '../support/kubeconfig-through.ts';
import { httpSpec, isReady, OperatorWorld } from '../support/operator-world.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** Half a minute of silence and a quarter for a question that nobody answers, and some for a busy machine. */
const SILENT_CUT_MS = 60_000;
/** Attempts to resume come at most half a minute apart. */
const RECOVERY_MS = 45_000;

let world: OperatorWorld;
let proxy: TcpProxy;

beforeAll(async () => {
  world = await OperatorWorld.start({
    kubeconfig: async (own, controlPlane) => {
      proxy = await startTcpProxy(Number(new URL(controlPlane.url).port));
      return kubeconfigThrough(own, proxy.port);
    },
    // A resync looks at what the operator knows already. It would hide nothing, and shall not help either.
    environment: { ALB_RESYNC_INTERVAL: '10m' },
  });
});
afterAll(async () => {
  await world.close();
  await proxy.close();
});
/** So that a case that failed does not take the next ones with it. */
afterEach(() => proxy.resume());

interface Outage {
  readonly outage: string;
  /** How the operator calls it. */
  readonly kind: string;
  /** The outage, with the edits of people in it where the operator is blind, or right after it. */
  readonly happen: (edit: () => Promise<void>) => Promise<void>;
}

const OUTAGES: readonly Outage[] = [
  {
    outage: 'the connection is cut silently',
    kind: 'timeout',
    async happen(edit) {
      const { accepted } = proxy.stats();
      proxy.freeze();
      await edit();
      await eventually('a new connection', () => proxy.stats().accepted > accepted, SILENT_CUT_MS);
      proxy.resume();
    },
  },
  {
    outage: 'kube-apiserver is stopped and started',
    kind: 'connection',
    async happen(edit) {
      await world.controlPlane.stopApiServer();
      await world.controlPlane.startApiServer();
      await edit();
    },
  },
  {
    outage: 'etcd is compacted past the place of the watch',
    kind: 'connection',
    async happen(edit) {
      proxy.freeze();
      await edit();
      await world.controlPlane.expireWatches();
      proxy.cut();
      proxy.resume();
    },
  },
  {
    outage: 'the connection is reset again and again',
    kind: 'connection',
    async happen(edit) {
      let done = false;
      const edits = edit().finally(() => {
        done = true;
      });
      await eventually('the edits to end', () => {
        proxy.cut();
        return done;
      });
      await edits;
    },
  },
];

describe('the operator resumes by itself and misses no edit', () => {
  it.each(OUTAGES)('when $outage', async ({ outage, kind, happen }) => {
    const first = 4000 + 10 * OUTAGES.findIndex((one) => one.outage === outage);
    const ports = { edited: first, deleted: first + 1, made: first + 2 };
    const apply = (port: number, changes: object = {}) =>
      world.apply(nameOf(port), httpSpec({ listenerPort: port, ...changes }));
    await apply(ports.edited);
    await apply(ports.deleted);
    await world.untilReady(nameOf(ports.edited));
    await world.untilReady(nameOf(ports.deleted));
    const linesBefore = world.operator.lines.length;

    await happen(async () => {
      await apply(ports.edited, { idleTimeout: 42 });
      await world.controlPlane.kubectl(['delete', 'alblistener', nameOf(ports.deleted), '--wait=false']);
      await apply(ports.made);
    });

    const edited = await world.until(nameOf(ports.edited), isReady, RECOVERY_MS);
    const made = await world.until(nameOf(ports.made), isReady, RECOVERY_MS);
    await world.untilGone(nameOf(ports.deleted));
    expect(await listenersOn(Object.values(ports))).toEqual([
      { id: edited.status.listenerId, port: ports.edited, idleTimeout: 42 },
      { id: made.status.listenerId, port: ports.made, idleTimeout: 15 },
    ]);
    expect(await creationsOn(Object.values(ports))).toBe(3);
    const lost = world.operator.lines.slice(linesBefore).filter((line) => line.includes('lost touch'));
    expect(lost.join('\n')).toContain(`"kind":"${kind}"`);
  });

  it('when kube-apiserver goes between a creation and the record of its id', async () => {
    const port = 4100;
    const name = nameOf(port);
    const match = { ListenerPort: String(port) };
    await world.cloud.addFault({
      kind: 'hold',
      operation: 'CreateListener',
      effect: 'after',
      match,
      count: 1,
    });
    await world.apply(name, httpSpec({ listenerPort: port }));
    const { sequence } = await world.cloud.heldCall('CreateListener');
    await world.controlPlane.stopApiServer();
    await world.cloud.release(sequence);
    // What it found out cannot be written; it goes on knowing it.
    const isProvisioned = async () =>
      (await world.cloud.calls(sequence)).some(({ action }) => action === 'GetListenerAttribute');
    await eventually('a look at the new listener', isProvisioned);
    await world.controlPlane.startApiServer();

    const ready = await world.untilReady(name);
    expect(await listenersOn([port])).toMatchObject([{ id: ready.status.listenerId }]);
    expect(await creationsOn([port])).toBe(1);
  });
});

function nameOf(port: number): string {
  return `listener-${port}`;
}

async function listenersOn(ports: readonly number[]) {
  return (await world.cloud.state()).listeners
    .filter(({ ListenerPort }) => ports.includes(ListenerPort))
    .map(({ ListenerId, ListenerPort, IdleTimeout }) => ({
      id: ListenerId,
      port: ListenerPort,
      idleTimeout: IdleTimeout,
    }))
    .sort((a, b) => a.port - b.port);
}

async function creationsOn(ports: readonly number[]): Promise<number> {
  const calls = await world.cloud.calls();
  return calls.filter(
    ({ effect, parameters }) =>
      effect?.kind === 'created' && ports.includes(Number(parameters['ListenerPort'])),
  ).length;
}
