import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Reason } from '../../src/listener/reason.ts';
import { PHASES, type Phase } from '../../src/listener/schema/status.ts';
import type { KubectlResult } from '../../tools/control-plane/kubectl.ts';
import { leafPaths } from '../support/cloud-form.ts';
import { fullManifests, referringManifest } from '../support/full-manifests.ts';
import { matching } from '../support/matchers.ts';
import { httpSpec, INVENTORY, OperatorWorld, type StoredListener } from '../support/operator-world.ts';

const BUSY_LOAD_BALANCER = 'alb-n5qw04uq8vavfe1a2b';

let world: OperatorWorld;
beforeAll(async () => {
  world = await OperatorWorld.start({
    // What hangs on one listener must not hold up the others.
    settings: { provisioningMs: 100, configuringMs: 100, createLocksLoadBalancer: false },
    inventory: {
      ...INVENTORY,
      loadBalancers: [
        { LoadBalancerId: 'alb-one', VpcId: 'vpc-main' },
        { LoadBalancerId: BUSY_LOAD_BALANCER, VpcId: 'vpc-main', LoadBalancerStatus: 'Configuring' },
      ],
    },
  });
});
afterAll(() => world.close());

function kubectl(...args: string[]): Promise<KubectlResult> {
  return world.controlPlane.kubectl(args);
}

async function output(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(...args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

describe('kubectl get', () => {
  it('tells each phase and its reason at a glance, in at most 80 columns for names of 20 characters', async () => {
    for (const [index, phase] of PHASES.entries()) await bringTo(phase, 65_000 + index);

    const [header = '', ...lines] = (await output('get', 'alblisteners')).trimEnd().split('\n');
    expect(PHASES.map((phase) => nameFor(phase).length)).toEqual(PHASES.map(() => 20));
    expect(Math.max(...[header, ...lines].map(({ length }) => length))).toBeLessThanOrEqual(80);
    const row = (phase: Phase, ...reasons: readonly Reason[]) =>
      matching(new RegExp(`^${nameFor(phase)} +650\\d\\d +HTTP +${phase} +(${reasons.join('|')})$`));
    expect(lines.toSorted()).toEqual([
      row('Configuring', 'Configuring', 'Updating'),
      row('Deleting', 'Deleting'),
      row('Failed', 'DependencyNotFound'),
      row('Pending', 'LoadBalancerBusy'),
      row('Provisioning', 'Provisioning'),
      row('Running', 'Running'),
      row('Stopped', 'Stopped'),
    ]);
  });

  it('says on one wide line what is wrong, and where', async () => {
    const wide = await output('get', 'albl', nameFor('Failed'), '--output=wide');
    expect(wide).toMatch(/ LOAD-BALANCER .* LAST-WRITE +MESSAGE\n/);
    expect(wide).toMatch(
      / False .* alb-one .* cn-hangzhou +\d+ +\d+m?\d*s +CreateListener was answered with /,
    );
    expect(wide).toContain('The specified resource sgp-missing is not found.');
  });

  it('can select by phase', async () => {
    const names = await output('get', 'albl', '--field-selector=status.phase=Stopped', '--output=name');
    expect(names).toBe(`alblistener.alb.alibabacloud.com/${nameFor('Stopped')}\n`);
  });
});

/** Twenty characters. */
function nameFor(phase: Phase): string {
  return `shop-${phase.toLowerCase()}`.padEnd(20, '-frontend');
}

async function bringTo(phase: Phase, listenerPort: number): Promise<void> {
  const name = nameFor(phase);
  const reached = () => world.until(name, ({ status }) => status.phase === phase);
  const running = async (): Promise<string> => {
    await world.apply(name, httpSpec({ listenerPort }));
    return (await world.untilReady(name)).status.listenerId ?? '';
  };
  switch (phase) {
    case 'Pending':
      await world.apply(name, httpSpec({ listenerPort, loadBalancerId: BUSY_LOAD_BALANCER }));
      break;
    case 'Provisioning':
      await world.cloud.addFault({
        kind: 'hangJob',
        operation: 'CreateListener',
        match: { ListenerPort: String(listenerPort) },
      });
      await world.apply(name, httpSpec({ listenerPort }));
      break;
    case 'Running':
      await running();
      break;
    case 'Configuring': {
      const ListenerId = await running();
      const operation = 'UpdateListenerAttribute';
      await world.cloud.addFault({ kind: 'hangJob', operation, match: { ListenerId } });
      await world.apply(name, httpSpec({ listenerPort, idleTimeout: 30 }));
      break;
    }
    case 'Stopped':
      await world.apply(name, httpSpec({ listenerPort, listenerState: 'Stopped' }));
      break;
    case 'Deleting': {
      const ListenerId = await running();
      await world.cloud.addFault({ kind: 'hangJob', operation: 'DeleteListener', match: { ListenerId } });
      await kubectl('delete', 'alblistener', name, '--wait=false');
      break;
    }
    case 'Failed': {
      const serverGroupTuples = [{ serverGroupId: 'sgp-missing' }];
      const defaultActions = [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }];
      await world.apply(name, httpSpec({ listenerPort, defaultActions }));
    }
  }
  await reached();
}

describe('kubectl wait', () => {
  const TIMED_OUT = { code: 1, stderr: matching('timed out') };
  const wait = (what: string, timeout: string) =>
    kubectl('wait', `--for=${what}`, 'alblistener/awaited', `--timeout=${timeout}`);

  it('for Ready, right after apply, returns when the cloud runs the listener and not before', async () => {
    await world.cloud.addFault({
      kind: 'hangJob',
      operation: 'CreateListener',
      match: { ListenerPort: '8001' },
    });
    await world.apply('awaited', httpSpec({ listenerPort: 8001 }));
    const ready = wait('condition=Ready', '30s');
    const provisioning = await world.untilReason('awaited', 'Provisioning');
    expect(await wait('condition=Ready', '1s')).toMatchObject(TIMED_OUT);

    const { jobs } = await world.cloud.state();
    const job = jobs.find(({ ResourceId }) => ResourceId === provisioning.status.listenerId);
    await world.cloud.settleJob(job?.Id ?? '', null);
    expect(await ready).toMatchObject({ code: 0 });
    expect(await atCloud(provisioning)).toMatchObject({ ListenerStatus: 'Running' });
  });

  it('for Ready, right after an edit, does not take the old spec for the new one', async () => {
    const before = await world.untilReady('awaited');
    const match = { ListenerId: before.status.listenerId ?? '' };
    await world.cloud.addFault({ kind: 'hold', operation: 'UpdateListenerAttribute', match, count: 1 });
    await world.apply('awaited', httpSpec({ listenerPort: 8001, idleTimeout: 42 }));
    const ready = wait('condition=Ready', '30s');
    const { sequence } = await world.cloud.heldCall('UpdateListenerAttribute');
    expect(await wait('condition=Ready', '1s')).toMatchObject(TIMED_OUT);

    await world.cloud.release(sequence);
    expect(await ready).toMatchObject({ code: 0 });
    expect(await atCloud(before)).toMatchObject({ ListenerStatus: 'Running', IdleTimeout: 42 });
  });

  it('for the phase Running, which knows no generation, right after an edit and right after a new apply', async () => {
    const before = await world.untilReady('awaited');
    const match = { ListenerId: before.status.listenerId ?? '' };
    const running = 'jsonpath={.status.phase}=Running';
    await world.cloud.addFault({ kind: 'hold', operation: 'UpdateListenerAttribute', match, count: 1 });
    await world.apply('awaited', httpSpec({ listenerPort: 8001, idleTimeout: 43 }));
    const edited = wait(running, '30s');
    const { sequence } = await world.cloud.heldCall('UpdateListenerAttribute');
    expect(await wait(running, '1s')).toMatchObject(TIMED_OUT);
    await world.cloud.release(sequence);
    expect(await edited).toMatchObject({ code: 0 });
    expect(await atCloud(before)).toMatchObject({ ListenerStatus: 'Running', IdleTimeout: 43 });

    await world.apply('new-phase', httpSpec({ listenerPort: 8003 }));
    expect(
      await kubectl('wait', `--for=${running}`, 'alblistener/new-phase', '--timeout=120s'),
    ).toMatchObject({
      code: 0,
    });
    const created = await world.get('new-phase');
    expect(created && (await atCloud(created))).toMatchObject({ ListenerStatus: 'Running' });
  });

  it('for delete returns when the cloud has deleted the listener and not before', async () => {
    const before = await world.untilReady('awaited');
    const match = { ListenerId: before.status.listenerId ?? '' };
    await world.cloud.addFault({ kind: 'hold', operation: 'DeleteListener', match, count: 1 });
    await kubectl('delete', 'alblistener', 'awaited', '--wait=false');
    const deleted = wait('delete', '30s');
    const { sequence } = await world.cloud.heldCall('DeleteListener');
    expect(await wait('delete', '1s')).toMatchObject(TIMED_OUT);

    await world.cloud.release(sequence);
    expect(await deleted).toMatchObject({ code: 0 });
    expect(await atCloud(before)).toBeUndefined();
  });
});

describe('kubectl describe', () => {
  it('has the RequestId and the job of the creation and of the last write, long after their events', async () => {
    await world.apply('described', httpSpec({ listenerPort: 8004 }));
    await world.untilReady('described');
    await world.apply('described', httpSpec({ listenerPort: 8004, idleTimeout: 42 }));
    const { status } = await world.untilReady('described');
    const calls = (await world.cloud.calls()).filter(
      ({ effect }) => effect?.listenerIds[0] === status.listenerId,
    );
    const described = await output('describe', 'alblistener', 'described');
    expect(described).toMatch(/History:\n +Creation:\n/);
    for (const action of ['CreateListener', 'UpdateListenerAttribute']) {
      const requestId = calls.find((call) => call.action === action)?.requestId ?? action;
      const { jobs } = await world.cloud.state();
      const job = jobs.find(
        ({ ApiName, ResourceId }) => ApiName === action && ResourceId === status.listenerId,
      );
      expect(described).toMatch(
        new RegExp(
          `Job Id: +${job?.Id}\\n +Operation: +${action}\\n +Outcome: +Succeeded\\n +Request Id: +${requestId}`,
        ),
      );
    }
  });
});

describe('kubectl get events', () => {
  it('tells the life of a listener, one event for each turn, with the RequestId of the cloud', async () => {
    await world.apply('eventful', httpSpec({ listenerPort: 8002 }));
    const { status } = await world.untilReady('eventful');
    await world.apply('eventful', httpSpec({ listenerPort: 8002, idleTimeout: 42 }));
    await world.untilReady('eventful');
    await kubectl('delete', 'alblistener', 'eventful', '--timeout=120s');

    const told = async () =>
      eventsSchema.parse(
        JSON.parse(
          await output('get', 'events', '--field-selector=involvedObject.name=eventful', '--output=json'),
        ),
      ).items;
    await expect
      .poll(async () =>
        Object.fromEntries((await told()).map(({ reason, series }) => [reason, series.count])),
      )
      .toEqual({ Provisioning: 1, Running: 2, Updating: 1, Deleting: 1 });
    const calls = await world.cloud.calls();
    const requestIdOf = (action: string) =>
      calls.find((call) => call.action === action && call.effect?.listenerIds[0] === status.listenerId)
        ?.requestId;
    for (const { reason, message } of await told()) {
      if (reason === 'Provisioning') expect(message).toContain(requestIdOf('CreateListener'));
      if (reason === 'Updating') expect(message).toContain(requestIdOf('UpdateListenerAttribute'));
      if (reason === 'Deleting') expect(message).toContain(requestIdOf('DeleteListener'));
    }
  });
});

const eventsSchema = z.object({
  items: z.array(
    z.object({
      reason: z.string(),
      message: z.string(),
      // Only an event that came again has one.
      series: z.object({ count: z.int() }).default({ count: 1 }),
    }),
  ),
});

describe('kubectl explain', () => {
  const specs = [...Object.values(fullManifests), referringManifest].map(({ spec }) => spec);
  const adopting = { adopt: { listenerId: 'lsn-1' } };
  const paths = [...new Set([...specs, adopting].flatMap((spec) => leafPaths(spec)))].map((path) =>
    path.replaceAll('.N', ''),
  );

  it('lists every field of the spec', async () => {
    const fields = (await output('explain', 'alblistener.spec', '--recursive')).matchAll(/^ +(\w+)\t</gm);
    const listed = new Set([...fields].map(([, field]) => field));
    expect(paths.flatMap((path) => path.split('.')).filter((field) => !listed.has(field))).toEqual([]);
  });

  it.concurrent.each(paths)('says in words what spec.%s is', async (path) => {
    const explained = await output('explain', `alblistener.spec.${path}`);
    expect(/^DESCRIPTION:\n {4}(?<words>.*)$/m.exec(explained)?.groups?.['words']).toMatch(/\w+ \w+ \w+/);
  });
});

async function atCloud({ status }: StoredListener) {
  const { listeners } = await world.cloud.state();
  return listeners.find(({ ListenerId }) => ListenerId === status.listenerId);
}
