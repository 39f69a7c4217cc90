import { describe, expect, it } from 'vitest';
import { conditionOf } from '../../src/listener/summary.ts';
import type { FaultInput } from '../../src/simulator/fault.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const FORBIDDEN: FaultInput = {
  kind: 'error',
  operation: 'DeleteListener',
  status: 403,
  code: 'NoPermission',
};

/** An object whose finalizer was removed by force during its creation, and whose listener cannot be deleted. */
async function leftBehind(fault: FaultInput = FORBIDDEN) {
  const operator = new OperatorInTime({
    loadBalancers: ['alb-one', 'alb-two'],
    settings: { provisioningMs: 1000 },
  });
  operator.cloud.fail(fault);
  const orphan = await leaveBehind(operator, 'alb-one', 80);
  return { operator, orphan };
}

async function leaveBehind(operator: OperatorInTime, loadBalancerId: string, port: number): Promise<string> {
  const { simulator, clock } = operator.cloud;
  const before = new Set(simulator.state.listeners.keys());
  const made = () => [...simulator.state.listeners.keys()].find((id) => !before.has(id));
  operator.apply('web', httpSpec(loadBalancerId, port));
  while (made() === undefined) await clock.advance(10);
  operator.tearOut('web');
  await clock.advance(5000);
  return made() ?? '';
}

function readyOf(operator: OperatorInTime) {
  const object = operator.get('web');
  return object && conditionOf(object, 'Ready');
}

function stop(operator: OperatorInTime): void {
  operator.cloud.simulator.state.faultRules = [];
}

describe('an orphan that may not be deleted', () => {
  it.each([
    { reason: 'another load balancer and port', successor: httpSpec('alb-two', 81) },
    { reason: 'another load balancer', successor: httpSpec('alb-two', 80) },
    { reason: 'another port', successor: httpSpec('alb-one', 81) },
    { reason: 'UDP beside TCP', successor: quicSpec('alb-one', 80) },
  ])('does not hold up a successor elsewhere: $reason', async ({ successor }) => {
    const { operator, orphan } = await leftBehind();
    const { simulator, clock } = operator.cloud;
    operator.apply('web', successor);
    await operator.untilReady(['web'], MINUTE_MS);
    stop(operator);
    await clock.advance(15 * MINUTE_MS);
    // Only then does the orphan go, and the successor stays as it is.
    expect([...simulator.state.listeners.keys()]).toEqual([operator.get('web')?.status.listenerId]);
    expect(simulator.state.listeners.has(orphan)).toBe(false);
  });

  it('holds up a successor on the same port, which says why, first as progress and then in a warning', async () => {
    const { operator, orphan } = await leftBehind();
    const { clock } = operator.cloud;
    operator.apply('web', httpSpec('alb-one', 80));
    await clock.advance(10_000);
    expect(readyOf(operator)).toMatchObject({ status: 'False', reason: 'Creating' });
    expect(readyOf(operator)?.message).toContain(orphan);
    expect(readyOf(operator)?.message).toContain('NoPermission');
    expect(operator.get('web')?.status.observedGeneration).toBe(1);
    expect(operator.events.filter(({ type }) => type === 'Warning')).toEqual([]);

    await clock.advance(10 * MINUTE_MS);
    expect(readyOf(operator)).toMatchObject({ status: 'False', reason: 'PortTaken' });
    expect(readyOf(operator)?.message).toContain(orphan);
    const warnings = operator.events.filter(({ type }) => type === 'Warning').map(({ reason }) => reason);
    expect(warnings.toSorted()).toEqual(['OrphanNotDeleted', 'PortTaken']);

    const { writes } = operator;
    const calls = operator.cloud.requests.length;
    await clock.advance(2 * HOUR_MS);
    expect(operator.writes - writes).toBe(0);
    expect(operator.cloud.requests.length - calls).toBeLessThanOrEqual(31);
    expect(operator.cloud.count('CreateListener')).toBe(1);

    stop(operator);
    await operator.untilReady(['web'], 15 * MINUTE_MS);
    expect([...operator.cloud.simulator.state.listeners.keys()]).toEqual([
      operator.get('web')?.status.listenerId,
    ]);
  });

  it('does not hold up the deletion of its successor', async () => {
    const { operator } = await leftBehind();
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.cloud.clock.advance(10_000);
    operator.delete('web');
    await operator.cloud.clock.advance(3 * MINUTE_MS);
    expect(operator.get('web')).toBeUndefined();
  });

  it.each([
    { reason: 'it may not be deleted', fault: FORBIDDEN, most: 20 },
    {
      reason: 'the cloud is away',
      fault: { kind: 'error', operation: 'DeleteListener', status: 503, code: 'ServiceUnavailable' },
      most: 40,
    },
    {
      // As often as the cloud itself asks for.
      reason: 'the cloud throttles',
      most: 100,
      fault: { kind: 'error', operation: 'DeleteListener', status: 429, code: 'Throttling' },
    },
  ] satisfies readonly { reason: string; fault: FaultInput; most: number }[])(
    'is tried again without any successor, and few times: $reason',
    async ({ fault, most }) => {
      const { operator } = await leftBehind(fault);
      const { simulator, clock } = operator.cloud;
      await clock.advance(HOUR_MS);
      expect(simulator.state.listeners.size).toBe(1);
      expect(operator.cloud.count('DeleteListener')).toBeLessThanOrEqual(most);
      expect(operator.events.map(({ reason }) => reason)).toContain('OrphanNotDeleted');
      stop(operator);
      await clock.advance(10 * MINUTE_MS);
      expect(simulator.state.listeners.size).toBe(0);
    },
  );

  it('is tried again without credentials, too, and goes as soon as there are some', async () => {
    const { operator } = await leftBehind();
    const { simulator, clock } = operator.cloud;
    stop(operator);
    operator.refusesKeys = true;
    await clock.advance(HOUR_MS);
    expect(simulator.state.listeners.size).toBe(1);
    expect(operator.events.map(({ reason }) => reason)).toContain('OrphanNotDeleted');
    operator.refusesKeys = false;
    await clock.advance(10 * MINUTE_MS);
    expect(simulator.state.listeners.size).toBe(0);
  });

  it('is not forgotten for the orphan of a later life of the name', async () => {
    const { operator } = await leftBehind();
    const { simulator, clock } = operator.cloud;
    await leaveBehind(operator, 'alb-two', 81);
    await leaveBehind(operator, 'alb-one', 82);
    expect(simulator.state.listeners.size).toBe(3);
    stop(operator);
    await clock.advance(15 * MINUTE_MS);
    expect(simulator.state.listeners.size).toBe(0);
  });

  it('counts as gone with its load balancer', async () => {
    const { operator } = await leftBehind({
      kind: 'error',
      operation: 'DeleteListener',
      status: 404,
      code: 'ResourceNotFound.LoadBalancer',
    });
    const deletions = operator.cloud.count('DeleteListener');
    await operator.cloud.clock.advance(HOUR_MS);
    expect(operator.cloud.count('DeleteListener')).toBe(deletions);
  });
});

function quicSpec(loadBalancerId: string, listenerPort: number): object {
  return {
    ...httpSpec(loadBalancerId, listenerPort),
    listenerProtocol: 'QUIC',
    certificates: [{ certificateId: '1001-cn-hangzhou' }],
  };
}
