import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultInput } from '../../src/simulator/fault.ts';
import { httpSpec, isReady, OperatorWorld, PLANTED_SECRETS } from '../support/operator-world.ts';

/** Every body carries a secret, which must come out nowhere. */
const SECRET = PLANTED_SECRETS.accessKeySecret;
const XML = 'text/xml;charset=utf-8';
const JSON_TYPE = 'application/json';

type Answer = Extract<FaultInput, { kind: 'body' | 'error' | 'cut' | 'hang' }>;

/** Answers to CreateListener from which nobody can tell whether there is a listener. */
const ANSWERS: readonly { readonly what: string; readonly fault: Answer }[] = [
  { what: 'no answer at all', fault: { kind: 'hang' } },
  { what: 'a cut connection', fault: { kind: 'cut' } },
  { what: '500 without a code', fault: body(500, '{}', JSON_TYPE) },
  { what: '503 in HTML', fault: body(503, `<html><h1>503 Service Unavailable</h1>${SECRET}</html>`) },
  { what: 'truncated JSON', fault: body(200, `{"RequestId":"${SECRET}","ListenerId":"lsn-`, JSON_TYPE) },
  { what: 'an empty body', fault: body(200, '', JSON_TYPE) },
  { what: 'garbage', fault: body(200, `\u0000\u0001\u{fffd}${SECRET}`, 'application/octet-stream') },
  { what: 'a success in XML', fault: body(200, '<CreateListenerResponse/>', XML) },
  { what: 'a success without an id', fault: body(200, '{"RequestId":"1-2-3"}', JSON_TYPE) },
  { what: 'a success that is HTML', fault: body(200, `<html>Welcome ${SECRET}</html>`) },
  {
    what: '503 with a code',
    fault: { kind: 'error', status: 503, code: 'ServiceUnavailable', message: SECRET },
  },
  { what: '400 with an unknown code', fault: { kind: 'error', code: 'NeverHeardOf', message: SECRET } },
];

const ROWS = ANSWERS.flatMap(({ what, fault }, index) => [
  { what, fault, effect: 'before' as const, port: 2000 + index },
  { what, fault, effect: 'after' as const, port: 2100 + index },
]);

describe('a creation whose answer proves nothing', () => {
  let world: OperatorWorld;

  beforeAll(async () => {
    world = await OperatorWorld.start({
      proveRunning: true,
      settings: { provisioningMs: 1000, createLocksLoadBalancer: false },
      // Longer than a lane takes for all of them: each is asked for again with the token it had.
      environment: { ALB_RESYNC_INTERVAL: '10m', ALB_SETTLE_TIME: '1m' },
    });
    // All at once: most of the time goes into waiting.
    await Promise.all(
      ROWS.map(async ({ fault, effect, port }) => {
        const match = { ListenerPort: String(port) };
        await world.cloud.addFault({ ...fault, operation: 'CreateListener', match, effect, count: 1 });
        await world.apply(nameOf(port), httpSpec({ listenerPort: port }));
      }),
    );
  });
  afterAll(() => world.close());

  it.each(ROWS)('$what, $effect the effect: one listener', async ({ effect, port }) => {
    const ready = await world.until(nameOf(port), isReady, 30_000);
    const calls = await callsOf(world, port);
    expect(calls.map((call) => call.effect?.kind ?? null)).toEqual(
      effect === 'before' ? [null, 'created'] : ['created'],
    );
    expect(calls[0]?.faults).toHaveLength(1);
    expect(await listenersOn(world, port)).toEqual([
      expect.objectContaining({ ListenerId: ready.status.listenerId, ListenerStatus: 'Running' }),
    ]);
    expect(ready.status.creation).toMatchObject({ incarnation: 0 });
  });
});

describe('a lost answer to a creation, for each thing the documentation leaves open', () => {
  let world: OperatorWorld;
  let port = 3000;
  let name: string;

  beforeAll(async () => {
    world = await OperatorWorld.start({
      proveRunning: true,
      environment: { ALB_RESYNC_INTERVAL: '10m', ALB_SETTLE_TIME: '5s' },
    });
  });
  afterAll(() => world.close());

  /** A new listener whose creation takes effect and waits with its answer. */
  async function holdAnswer(): Promise<number> {
    port += 1;
    name = nameOf(port);
    const match = { ListenerPort: String(port) };
    await world.cloud.addFault({
      kind: 'hold',
      operation: 'CreateListener',
      effect: 'after',
      match,
      count: 1,
    });
    await apply();
    return (await world.cloud.heldCall('CreateListener')).sequence;
  }

  function apply(changes: object = {}): Promise<void> {
    return world.apply(name, httpSpec({ listenerPort: port, ...changes }));
  }

  /** Ready, with the one listener on the port; resolves with what became of every call to create it. */
  async function settled(): Promise<{ outcomes: readonly (string | null)[]; created: readonly string[] }> {
    const ready = await world.until(name, isReady, 30_000);
    expect(await listenersOn(world, port)).toEqual([
      expect.objectContaining({ ListenerId: ready.status.listenerId, ListenerStatus: 'Running' }),
    ]);
    expect(ready.status.creation?.unsettledAt).toBeUndefined();
    const calls = await callsOf(world, port);
    const created = calls.flatMap(({ effect }) => (effect?.kind === 'created' ? effect.listenerIds : []));
    expect(created.at(-1)).toBe(ready.status.listenerId);
    return { outcomes: calls.map(({ outcome }) => outcome), created };
  }

  it.each(['replay', 'create', 'refuse'] as const)(
    'a token whose listener is gone: %s',
    async (replayAfterDelete) => {
      await world.cloud.patchSettings({ replayAfterDelete, createLocksLoadBalancer: false });
      const sequence = await holdAnswer();
      for (const { ListenerId } of await listenersOn(world, port))
        await world.cloud.deleteListener(ListenerId);
      await world.cloud.release(sequence, 'cut');

      const { created } = await settled();
      expect(created).toHaveLength(2);
    },
  );

  it.each([
    'IdempotentParameterMismatch',
    'IdempotenceSignatureMismatch',
    'IdempotenceParamNotMatch',
  ] as const)('the name of a mismatch: %s', async (tokenMismatchCode) => {
    await world.cloud.patchSettings({ tokenMismatchCode, listLagMs: 4000 });
    const sequence = await holdAnswer();
    await apply({ idleTimeout: 42 });
    await world.cloud.release(sequence, 'cut');

    const { outcomes, created } = await settled();
    await world.cloud.patchSettings({ listLagMs: 0 });
    expect(outcomes).toContain(tokenMismatchCode);
    expect(created).toHaveLength(1);
    expect(await listenersOn(world, port)).toMatchObject([{ IdleTimeout: 42 }]);
  });

  it.each([0, 3000])('a token that is being worked on for %i ms', async (tokenProcessingMs) => {
    await world.cloud.patchSettings({ tokenProcessingMs, listLagMs: 4000 });
    const sequence = await holdAnswer();
    await world.cloud.release(sequence, 'cut');

    const { outcomes, created } = await settled();
    await world.cloud.patchSettings({ tokenProcessingMs: 0, listLagMs: 0 });
    expect(outcomes.includes('IdempotenceProcessing')).toBe(tokenProcessingMs > 0);
    expect(created).toHaveLength(1);
  });

  it.each([true, false])('a load balancer that is locked by a creation: %s', async (locks) => {
    await world.cloud.patchSettings({ createLocksLoadBalancer: locks });
    const sequence = await holdAnswer();
    await apply({ idleTimeout: 42 });
    await world.cloud.release(sequence, 'cut');

    const { created } = await settled();
    expect(created).toHaveLength(1);
    expect(await listenersOn(world, port)).toMatchObject([{ IdleTimeout: 42 }]);
  });

  it.each(['gone', 'provisioning'] as const)(
    'a failed creation leaves its listener: %s',
    async (afterFailedCreate) => {
      await world.cloud.patchSettings({ afterFailedCreate });
      const match = { ListenerPort: String(port + 1) };
      await world.cloud.addFault({
        kind: 'failJob',
        operation: 'CreateListener',
        code: 'SystemBusy',
        match,
        count: 1,
      });
      const sequence = await holdAnswer();
      await world.cloud.release(sequence, 'cut');

      const { created } = await settled();
      expect(created).toHaveLength(2);
    },
  );

  it.each([
    { answer: 'given', fault: undefined },
    { answer: 'lost', fault: { kind: 'cut', effect: 'after', count: 1 } as const },
  ])('a refusal that the cloud remembers, its first answer $answer', async ({ fault }) => {
    await world.cloud.patchSettings({ replayFailures: true });
    port += 1;
    name = nameOf(port);
    const serverGroup = `sgp-late${port}`;
    if (fault !== undefined) {
      const match = { ListenerPort: String(port) };
      await world.cloud.addFault({ ...fault, operation: 'CreateListener', match });
    }
    await apply({
      defaultActions: [
        {
          type: 'ForwardGroup',
          forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: serverGroup }] },
        },
      ],
    });
    await world.untilReason(name, 'DependencyNotFound');
    await world.cloud.patchInventory({ serverGroups: [{ ServerGroupId: serverGroup, VpcId: 'vpc-main' }] });

    const { created } = await settled();
    await world.cloud.patchSettings({ replayFailures: false });
    expect(created).toHaveLength(1);
  });

  it('a busy load balancer that the cloud remembers under the token', async () => {
    await world.cloud.patchSettings({ replayFailures: true });
    await world.cloud.patchInventory({
      loadBalancers: [{ LoadBalancerId: 'alb-one', LoadBalancerStatus: 'Configuring' }],
    });
    port += 1;
    name = nameOf(port);
    await apply();
    await world.untilReason(name, 'LoadBalancerBusy');
    await world.cloud.patchInventory({
      loadBalancers: [{ LoadBalancerId: 'alb-one', LoadBalancerStatus: 'Active' }],
    });

    const { created } = await settled();
    await world.cloud.patchSettings({ replayFailures: false });
    expect(created).toHaveLength(1);
  });
});

function body(status: number, text: string, contentType = 'text/html'): Answer {
  return { kind: 'body', status, text, contentType };
}

function nameOf(port: number): string {
  return `listener-${port}`;
}

async function listenersOn(world: OperatorWorld, port: number) {
  return (await world.cloud.state()).listeners.filter(({ ListenerPort }) => ListenerPort === port);
}

async function callsOf(world: OperatorWorld, port: number) {
  const calls = await world.cloud.calls();
  return calls.filter(
    ({ action, parameters }) => action === 'CreateListener' && parameters['ListenerPort'] === String(port),
  );
}
