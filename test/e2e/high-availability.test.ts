import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperatorProcess } from '../../tools/local/operator-process.ts';
import { kubeconfigThrough } from '../support/kubeconfig-through.ts';
import { httpSpec, isReady, OperatorWorld } from '../support/operator-world.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const ELECTION = { LEADER_ELECT: 'true', LEASE_NAMESPACE: 'default' };
/** The lease, two spread retries, and some for a busy machine. */
const TAKEOVER_MS = 40_000;
const NAMES = ['one', 'two', 'three', 'four', 'five'];

let world: OperatorWorld;
let standby: OperatorProcess;
let proxy: TcpProxy;

beforeEach(async () => {
  world = await OperatorWorld.start({
    environment: ELECTION,
    kubeconfig: async (controlPlane) => {
      proxy = await startTcpProxy(Number(new URL(controlPlane.url).port));
      return kubeconfigThrough(controlPlane, proxy.port);
    },
  });
  standby = await world.startAnother({ ...ELECTION, KUBECONFIG: world.controlPlane.kubeconfigPath });
  await standby.line('"msg":"standing by"');
});
afterEach(async () => {
  proxy.resume();
  await standby.stop();
  await world.close();
  await proxy.close();
});

describe('two replicas', () => {
  it('hand over within seconds when the leader is asked to end in the middle of its work', async () => {
    await applyAll();
    await world.operator.line('wrote to the cloud');
    const since = performance.now();
    const stopped = world.stopOperator();
    await standby.line('"msg":"leading"');
    const tookMs = performance.now() - since;
    expect(await stopped).toBe(0);
    process.stdout.write(`The standby led ${Math.round(tookMs)} ms after SIGTERM to the leader\n`);
    expect(tookMs).toBeLessThan(30_000);
    await expectEachOnce();
  });

  it('take over when the lease of a leader that was killed is over', { timeout: 120_000 }, async () => {
    await applyAll();
    await world.operator.line('wrote to the cloud');
    const since = performance.now();
    await world.killOperator();
    await leads(standby);
    const tookMs = performance.now() - since;
    process.stdout.write(`The standby led ${Math.round(tookMs)} ms after SIGKILL\n`);
    // Before the lease is over, nobody may.
    expect(tookMs).toBeGreaterThan(9000);
    await expectEachOnce();
  });

  it('never write at once: a leader cut off from the API server ends before another begins', {
    timeout: 120_000,
  }, async () => {
    await applyAll();
    await world.operator.line('wrote to the cloud');
    const cut = world.operator;
    proxy.freeze();
    await leads(standby);
    await cut.line('this process ends');
    const begun = timeOf(standby.lines.find((line) => line.includes('"msg":"leading"')));
    const late = writesOf(cut).filter((line) => timeOf(line) >= begun);
    expect(late).toEqual([]);
    expect(await world.stopOperator()).toBe(1);
    await expectEachOnce();
  });
});

async function applyAll(): Promise<void> {
  await world.applyAll(
    Object.fromEntries(NAMES.map((name, index) => [name, httpSpec({ listenerPort: 8001 + index })])),
  );
}

async function leads(operator: OperatorProcess): Promise<void> {
  const overdue = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('the standby did not take over in time')), TAKEOVER_MS).unref();
  });
  await Promise.race([operator.line('"msg":"leading"'), overdue]);
}

/** Every resource runs, and each was created by exactly one call. */
async function expectEachOnce(): Promise<void> {
  for (const name of NAMES) await world.until(name, (listener) => isReady(listener), 60_000);
  const created = (await world.cloud.calls()).filter(({ effect }) => effect?.kind === 'created');
  expect(created.flatMap(({ effect }) => effect?.listenerIds ?? [])).toHaveLength(NAMES.length);
  expect(await world.listeners()).toHaveLength(NAMES.length);
}

function writesOf(operator: OperatorProcess): readonly string[] {
  return operator.lines.filter((line) => line.includes('wrote to the cloud'));
}

function timeOf(line = ''): number {
  return Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? '');
}
