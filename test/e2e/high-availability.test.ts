import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperatorProcess } from '../../tools/local/operator-process.ts';
import { kubeconfigThrough } from '../support/kubeconfig-through.ts';
import { httpSpec, isReady, OperatorWorld, PLANTED_SECRETS } from '../support/operator-world.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** With workers for all: each is stuck on the status of one resource as soon as the API server is silent. */
const ELECTION = { LEADER_ELECT: 'true', ALB_WORKERS: '60' };
/** The lease, two spread retries, and some for a busy machine. */
const TAKEOVER_MS = 40_000;
/** A lease that was not given up stands for longer, whatever the machine. */
const HANDOVER_MS = 12_000;
/** What Kubernetes gives a pod. */
const GRACE_MS = 30_000;
/** The time for which a leader that cannot renew its lease still leads. */
const RENEW_WITHIN_MS = 10_000;
const FEW = namesOf(5);
/** So many that somebody who changes one after the other is not through before the lease is over. */
const MANY = namesOf(40);
/** Of the standby alone, so that the cloud's log of calls tells the two apart. */
const STANDBY_KEY = {
  accessKeyId: 'LTAI5tStandbyKeyId00000',
  accessKeySecret: 'StandbyAccessKeySecret00000',
};

let world: OperatorWorld;
let standby: OperatorProcess;
let proxy: TcpProxy;

beforeEach(async () => {
  world = await OperatorWorld.start({
    environment: ELECTION,
    kubeconfig: async (own, controlPlane) => {
      proxy = await startTcpProxy(Number(new URL(controlPlane.url).port));
      return kubeconfigThrough(own, proxy.port);
    },
  });
  await world.cloud.patchInventory({ credentials: [STANDBY_KEY] });
  standby = await world.startAnother({
    ...ELECTION,
    KUBECONFIG: world.operatorKubeconfig,
    ALIBABA_CLOUD_ACCESS_KEY_ID: STANDBY_KEY.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: STANDBY_KEY.accessKeySecret,
    ALIBABA_CLOUD_SECURITY_TOKEN: '',
  });
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
    await applyAll(FEW);
    await world.operator.line('wrote to the cloud');
    const since = performance.now();
    const stopped = world.stopOperator();
    await standby.line('"msg":"leading"');
    const tookMs = performance.now() - since;
    expect(await stopped).toBe(0);
    process.stdout.write(`The standby led ${Math.round(tookMs)} ms after SIGTERM to the leader\n`);
    expect(tookMs).toBeLessThan(HANDOVER_MS);
    await expectEachOnce(FEW);
  });

  it('end within the time of a pod when they are asked to while the API server is silent', async () => {
    await applyAll(FEW);
    await world.operator.line('wrote to the cloud');
    proxy.freeze();
    const since = performance.now();
    await Promise.all([world.stopOperator(), standby.stop()]);
    const tookMs = performance.now() - since;
    process.stdout.write(`Both ended ${Math.round(tookMs)} ms after SIGTERM under a silent API server\n`);
    expect(tookMs).toBeLessThan(GRACE_MS);
  });

  it('take over when the lease of a leader that was killed is over', async () => {
    await applyAll(FEW);
    await world.operator.line('wrote to the cloud');
    const since = performance.now();
    await world.killOperator();
    await leads(standby);
    const tookMs = performance.now() - since;
    process.stdout.write(`The standby led ${Math.round(tookMs)} ms after SIGKILL\n`);
    // Before the lease is over, nobody may.
    expect(tookMs).toBeGreaterThan(9000);
    await expectEachOnce(FEW);
  });

  it('never write at once: a leader cut off from the API server ends before another begins', async () => {
    await applyAll(MANY);
    await expectEachOnce(MANY);
    const cut = world.operator;
    proxy.freeze();
    const leadsUntil = (await renewedAt()) + RENEW_WITHIN_MS;
    // The cloud is within its reach, and gives it something to do all the while.
    const stopMeddling = await meddle();
    await leads(standby);
    await cut.line('this process ends');
    await standby.line('wrote to the cloud');
    await stopMeddling();

    const { last } = await expectHandedOver(leadsUntil);
    // It had work up to the end of its lease, or this proves nothing.
    expect(last).toBeGreaterThan(leadsUntil - RENEW_WITHIN_MS / 2);
    expect(await world.stopOperator()).toBe(1);
    await expectEachOnce(MANY);
  });

  it('never write at once: a leader that slept past its lease wakes without a write', async () => {
    await applyAll(FEW);
    await expectEachOnce(FEW);
    const { operator } = world;
    const stopMeddling = await meddle();
    await operator.line('UpdateListenerAttribute');
    process.kill(operator.pid, 'SIGSTOP');
    const leadsUntil = (await renewedAt()) + RENEW_WITHIN_MS;
    await leads(standby);
    process.kill(operator.pid, 'SIGCONT');
    await operator.line('this process ends');
    await standby.line('wrote to the cloud');
    await stopMeddling();
    await expectHandedOver(leadsUntil);
    expect(await world.stopOperator()).toBe(1);
    await expectEachOnce(FEW);
  });
});

function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `web-${index}`);
}

async function applyAll(names: readonly string[]): Promise<void> {
  await world.applyAll(
    Object.fromEntries(
      names.map((name, index) => [
        name,
        httpSpec({
          loadBalancerId: index % 2 === 0 ? 'alb-one' : 'alb-two',
          listenerPort: 8001 + index,
          idleTimeout: 20,
        }),
      ]),
    ),
  );
}

async function leads(operator: OperatorProcess): Promise<void> {
  const overdue = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('the standby did not take over in time')), TAKEOVER_MS).unref();
  });
  await Promise.race([operator.line('"msg":"leading"'), overdue]);
}

/** Every resource runs, and each was created by exactly one call. */
async function expectEachOnce(names: readonly string[]): Promise<void> {
  for (const name of names) await world.until(name, (listener) => isReady(listener), 60_000);
  const created = (await world.cloud.calls()).filter(({ effect }) => effect?.kind === 'created');
  expect(created.flatMap(({ effect }) => effect?.listenerIds ?? [])).toHaveLength(names.length);
  expect(await world.listeners()).toHaveLength(names.length);
}

/**
 * By the cloud's own log: after its lease the loser wrote nothing but the one call that may have been on its way, and the
 * other one began later. Gives the time of the loser's last write.
 */
async function expectHandedOver(leadsUntil: number): Promise<{ readonly last: number }> {
  const writes = (await world.cloud.calls()).filter(({ action }) => !/^(Get|List)/.test(action));
  const ofLoser = writes.filter(({ accessKeyId }) => accessKeyId === PLANTED_SECRETS.accessKeyId);
  const last = ofLoser.at(-1)?.at ?? Number.NaN;
  const first = writes.find(({ accessKeyId }) => accessKeyId === STANDBY_KEY.accessKeyId)?.at ?? Number.NaN;
  process.stdout.write(
    `From the end of the lease: last write of the loser ${last - leadsUntil} ms, first of the other ${first - leadsUntil} ms\n`,
  );
  expect(ofLoser.filter(({ at }) => at > leadsUntil).length).toBeLessThanOrEqual(1);
  expect(first).toBeGreaterThan(last);
  return { last };
}

/** When the lease was renewed last, by the clock of this machine. */
async function renewedAt(): Promise<number> {
  const lease = ['lease', 'alb-listener-operator', '-n', 'alb-listener-operator'];
  const { stdout } = await world.controlPlane.kubectl(['get', ...lease, '-o', 'jsonpath={.spec.renewTime}']);
  return Date.parse(stdout);
}

/** Somebody changes one listener after the other, until told to stop. */
async function meddle(): Promise<() => Promise<void>> {
  const ids = (await world.listeners()).map(({ ListenerId }) => ListenerId);
  const stop = new AbortController();
  const meddling = (async () => {
    for (let round = 0; !stop.signal.aborted; round += 1) {
      await world.cloud.editListener(ids[round % ids.length] ?? '', { IdleTimeout: 30 });
      await sleep(300);
    }
  })();
  return async () => {
    stop.abort();
    await meddling;
  };
}
