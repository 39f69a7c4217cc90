import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SettingsPatch } from '../../src/simulator/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { kubeconfigThrough } from '../support/kubeconfig-through.ts';
import { httpSpec, OperatorWorld } from '../support/operator-world.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** What the cloud does that its documentation does not settle. */
const CLOUDS = [
  { cloud: 'plain', settings: {} },
  { cloud: 'forgets tokens at once', settings: { tokenLifetimeMs: 1 } },
  { cloud: 'lists trail by 3 s', settings: { listLagMs: 3000 } },
  { cloud: 'both', settings: { tokenLifetimeMs: 1, listLagMs: 3000 } },
] as const satisfies readonly { cloud: string; settings: SettingsPatch }[];

const PLAIN = { tokenLifetimeMs: 86_400_000, listLagMs: 0 };

interface Case {
  readonly name: string;
  readonly port: number;
}

interface Moment {
  readonly moment: string;
  /** Listeners in the cloud when the operator is dead and all that was on its way has arrived. */
  readonly inCloud: 0 | 1;
  /** From nothing to a killed operator. Resolves with what is still to happen once the next one runs. */
  readonly crash: (world: CrashWorld, of: Case) => Promise<(() => Promise<void>) | undefined>;
}

interface CrashWorld {
  readonly world: OperatorWorld;
  readonly kubeProxy: TcpProxy;
  readonly cloudProxy: TcpProxy;
}

const MOMENTS: readonly Moment[] = [
  {
    moment: 'written ahead, nothing sent',
    inCloud: 0,
    async crash({ world, cloudProxy }, { name, port }) {
      // One of the same process goes before, so that the load balancer has been looked at and the list is the last look.
      await apply(world, `before-${name}`, port + 1000);
      await world.untilReady(`before-${name}`);
      await world.cloud.addFault({ kind: 'hold', operation: 'ListListeners', effect: 'after', count: 1 });
      await apply(world, name, port);
      const look = await world.cloud.heldCall('ListListeners');
      // The look itself may end; the call after it finds the door closed.
      cloudProxy.holdNew();
      await world.cloud.release(look.sequence);
      await writtenAhead(world, name);
      await world.killOperator();
      cloudProxy.cut();
      cloudProxy.resume();
      return undefined;
    },
  },
  {
    moment: 'sent, lost before its effect',
    inCloud: 0,
    async crash({ world }, { name, port }) {
      const sequence = await holdCreate(world, name, port, 'before');
      await world.killOperator();
      await world.cloud.release(sequence, 'cut');
      return undefined;
    },
  },
  {
    moment: 'sent, takes effect after the kill',
    inCloud: 1,
    async crash({ world }, { name, port }) {
      const sequence = await holdCreate(world, name, port, 'before');
      await world.killOperator();
      await world.cloud.release(sequence);
      return undefined;
    },
  },
  {
    moment: 'sent, takes effect after the next asked',
    inCloud: 0,
    async crash({ world }, { name, port }) {
      const sequence = await holdCreate(world, name, port, 'before');
      await world.killOperator();
      return async () => {
        const answeredAgain = async () =>
          (await createCalls(world, port)).some((call) => call.sequence > sequence && call.outcome !== null);
        await eventually('the next operator to ask for the same', answeredAgain);
        await world.cloud.release(sequence);
      };
    },
  },
  {
    moment: 'took effect, answer on its way',
    inCloud: 1,
    async crash({ world }, { name, port }) {
      const sequence = await holdCreate(world, name, port, 'after');
      await world.killOperator();
      await world.cloud.release(sequence, 'cut');
      return undefined;
    },
  },
  {
    moment: 'answered, status not written',
    inCloud: 1,
    async crash({ world, kubeProxy }, { name, port }) {
      const sequence = await holdCreate(world, name, port, 'after');
      kubeProxy.freeze();
      expect(kubeProxy.stats().frozenBytes).toBe(0);
      await world.cloud.release(sequence);
      // The write of the id has left the operator and will never arrive.
      await eventually('the status to be on its way', () => kubeProxy.stats().frozenBytes > 0);
      await world.killOperator();
      kubeProxy.cut();
      kubeProxy.resume();
      const answered = (await createCalls(world, port)).map(({ outcome, reached }) => ({ outcome, reached }));
      expect(answered).toEqual([{ outcome: 'Success', reached: true }]);
      return undefined;
    },
  },
];

describe('one listener, whenever the operator is killed', () => {
  let world: OperatorWorld;
  let kubeProxy: TcpProxy;
  let cloudProxy: TcpProxy;
  let nextPort = 1000;
  const table: string[] = [];

  beforeAll(async () => {
    world = await OperatorWorld.start({
      kubeconfig: async (own, controlPlane) => {
        kubeProxy = await startTcpProxy(Number(new URL(controlPlane.url).port));
        return kubeconfigThrough(own, kubeProxy.port);
      },
      endpoint: async (simulated) => {
        cloudProxy = await startTcpProxy(Number(new URL(simulated).port));
        return `http://127.0.0.1:${cloudProxy.port}`;
      },
      // So that no resync heals what the creation left undone.
      environment: { ALB_RESYNC_INTERVAL: '10m', ALB_SETTLE_TIME: '5s' },
    });
  });
  afterAll(async () => {
    await world.close();
    await kubeProxy.close();
    await cloudProxy.close();
    process.stdout.write(`\n${table.join('\n')}\n`);
  });

  describe.each(CLOUDS)('in a cloud: $cloud', ({ cloud, settings }) => {
    it.each(MOMENTS)('$moment', async ({ moment, inCloud, crash }) => {
      nextPort += 1;
      const port = nextPort;
      const name = `listener-${port}`;
      await world.cloud.patchSettings({ ...PLAIN, ...settings });

      const afterwards = await crash({ world, kubeProxy, cloudProxy }, { name, port });
      await world.cloud.clearFaults();

      // What the next operator finds: a call is announced, no id is known, and the spec is another one.
      const left = await world.get(name);
      expect(left?.status.creation?.incarnation).toBe(0);
      expect(left?.status.creation?.unsettledAt).toBeDefined();
      expect(left?.status.listenerId).toBeUndefined();
      expect(await listenersOn(world, port)).toHaveLength(inCloud);
      await apply(world, name, port, { idleTimeout: 42 });

      await world.startOperator();
      await afterwards?.();
      const ready = await world.untilReady(name);

      expect(ready.metadata.generation).toBe(2);
      expect(ready.status.creation?.unsettledAt).toBeUndefined();
      expect(await listenersOn(world, port)).toEqual([
        expect.objectContaining({
          ListenerId: ready.status.listenerId,
          ListenerStatus: 'Running',
          IdleTimeout: 42,
        }),
      ]);
      const calls = await createCalls(world, port);
      const created = calls.filter(({ effect }) => effect?.kind === 'created');
      expect(created.flatMap(({ effect }) => effect?.listenerIds)).toEqual([ready.status.listenerId]);
      table.push(
        `${moment.padEnd(40)} ${cloud.padEnd(22)} created ${created.length}, asked ${calls.length}: ${answersOf(calls)}`,
      );
    });
  });
});

function apply(world: OperatorWorld, name: string, port: number, changes: object = {}): Promise<void> {
  return world.apply(name, httpSpec({ listenerPort: port, ...changes }));
}

/** Applies the listener and waits until its creation is held in the cloud. */
async function holdCreate(
  world: OperatorWorld,
  name: string,
  port: number,
  effect: 'before' | 'after',
): Promise<number> {
  const match = { ListenerPort: String(port) };
  await world.cloud.addFault({ kind: 'hold', operation: 'CreateListener', match, effect, count: 1 });
  await apply(world, name, port);
  return (await world.cloud.heldCall('CreateListener')).sequence;
}

function writtenAhead(world: OperatorWorld, name: string): Promise<unknown> {
  return world.until(name, ({ status }) => status.creation?.unsettledAt !== undefined);
}

async function listenersOn(world: OperatorWorld, port: number) {
  return (await world.cloud.state()).listeners.filter(({ ListenerPort }) => ListenerPort === port);
}

async function createCalls(world: OperatorWorld, port: number) {
  const calls = await world.cloud.calls();
  return calls.filter(
    ({ action, parameters }) => action === 'CreateListener' && parameters['ListenerPort'] === String(port),
  );
}

/** What was answered, with how often when it was more than once. */
function answersOf(calls: readonly { readonly outcome: string | null }[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of calls) counts.set(`${outcome}`, (counts.get(`${outcome}`) ?? 0) + 1);
  return Array.from(counts, ([outcome, count]) => (count === 1 ? outcome : `${outcome} × ${count}`)).join(
    ', ',
  );
}
