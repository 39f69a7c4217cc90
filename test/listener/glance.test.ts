import { describe, expect, it } from 'vitest';
import { conditionOf } from '../../src/listener/summary.ts';
import { editListener } from '../../src/simulator/out-of-band.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { httpSpec, OperatorInTime, PACE } from '../support/operator-in-time.ts';

const LIST = 'ListListeners';
const GET = 'GetListenerAttribute';

/** One listener that runs. */
async function running(changes: object = {}, settings: SettingsInput = {}) {
  const operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings });
  operator.apply('web', { ...httpSpec('alb-one', 80), ...changes });
  await operator.untilReady(['web'], 120_000);
  const { clock, simulator, requests } = operator.cloud;
  const [listenerId = ''] = simulator.state.listeners.keys();
  /** The operations called while time passes, each once. */
  const callsWithin = async (ms: number) => {
    requests.length = 0;
    await clock.advance(ms);
    return [...new Set(requests.map(({ operation }) => operation))];
  };
  const cloudListener = () => simulator.state.listeners.get(listenerId);
  const reason = () => conditionOf(operator.get('web') ?? expect.fail(), 'Ready')?.reason;
  return { operator, listenerId, callsWithin, cloudListener, reason };
}

const HTTPS = { listenerProtocol: 'HTTPS', certificates: [{ certificateId: '1001-cn-hangzhou' }] };
const ACL = { aclConfig: { aclType: 'White', aclIds: ['acl-office'] } };

describe('a resync', () => {
  it.each([
    { changes: {}, calls: [LIST], reason: 'a list shows all that an HTTP manifest can declare' },
    { changes: HTTPS, calls: [GET], reason: 'a list lacks certificates' },
    { changes: ACL, calls: [GET], reason: 'a list lacks ACLs' },
    {
      changes: { ...ACL, ignoreFields: ['aclConfig'] },
      calls: [LIST],
      reason: 'nobody has to look for what is left to others',
    },
  ])('asks with $calls: $reason', async ({ changes, calls }) => {
    const { callsWithin } = await running(changes);
    expect(await callsWithin(2 * PACE.resync)).toEqual(calls);
  });

  it.each([
    {
      what: 'a changed setting',
      change: { IdleTimeout: 44 },
      until: { IdleTimeout: 15, ListenerStatus: 'Running' },
    },
    {
      what: 'a listener stopped by hand',
      change: { ListenerStatus: 'Stopped' },
      until: { ListenerStatus: 'Running' },
    },
  ])('finds and corrects $what', async ({ change, until }) => {
    const { operator, listenerId, cloudListener } = await running();
    editListener(operator.cloud.simulator, listenerId, change);
    await operator.cloud.clock.advance(2 * PACE.resync);
    expect(cloudListener()).toMatchObject(until);
  });

  it('finds that the ownership tag is gone', async () => {
    const { operator, listenerId, reason } = await running();
    editListener(operator.cloud.simulator, listenerId, { Tags: [] });
    await operator.cloud.clock.advance(2 * PACE.resync);
    expect(reason()).toBe('OwnershipLost');
  });

  it('finds that the listener is gone, and makes another', async () => {
    const { operator, listenerId } = await running();
    operator.cloud.simulator.change([{ kind: 'removeListener', listenerId }]);
    await operator.cloud.clock.advance(2 * PACE.resync);
    const [next] = operator.cloud.simulator.state.listeners.keys();
    expect(next).not.toBe(listenerId);
    expect(operator.get('web')?.status).toMatchObject({ listenerId: next, phase: 'Running' });
  });

  it('shows in the status what others changed and the manifest says nothing of', async () => {
    const { operator, listenerId } = await running({ ignoreFields: ['idleTimeout'] });
    editListener(operator.cloud.simulator, listenerId, { IdleTimeout: 44 });
    await operator.cloud.clock.advance(2 * PACE.resync);
    expect(operator.get('web')?.status).toMatchObject({ phase: 'Running', observed: { idleTimeout: 44 } });
  });

  it('looks closely where RAM does not allow to list', async () => {
    const { operator, callsWithin } = await running();
    operator.cloud.fail({ kind: 'error', operation: LIST, status: 403, code: 'Forbidden.LoadBalancer' });
    expect(await callsWithin(2 * PACE.resync)).toEqual([LIST, GET]);
    expect(operator.get('web')?.status.phase).toBe('Running');
  });
});

describe('a user', () => {
  it.each([
    {
      act: (operator: OperatorInTime) => operator.edit('web', { idleTimeout: 30 }),
      what: 'who edits',
    },
    { act: (operator: OperatorInTime) => operator.request('web'), what: 'who asks' },
  ])('$what has the listener looked at closely, at once', async ({ act }) => {
    const { operator, callsWithin } = await running();
    act(operator);
    expect((await callsWithin(500))[0]).toBe(GET);
  });
});

describe('an operation under way', () => {
  it('is followed through lists; that it is over is seen by a close look', async () => {
    const operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings: { provisioningMs: 9000 } });
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.untilReady(['web'], 60_000);
    expect(operator.cloud.requests.map(({ operation }) => operation)).toEqual([
      LIST,
      'GetLoadBalancerAttribute',
      'CreateListener',
      LIST,
      LIST,
      LIST,
      LIST,
      GET,
    ]);
  });

  it('asks for its job when it takes longer than five polls, and so learns that it failed', async () => {
    const operator = new OperatorInTime({
      loadBalancers: ['alb-one'],
      settings: { afterFailedCreate: 'provisioning' },
    });
    const code = 'ResourceQuotaExceeded.ServerAddedNum';
    operator.cloud.fail({ kind: 'failJob', operation: 'CreateListener', code });
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.cloud.clock.advance(5 * PACE.poll);
    expect(operator.cloud.count('ListAsynJobs')).toBe(0);
    expect(operator.get('web')?.status.phase).toBe('Provisioning');
    // The pauses between polls grow: the first one after ten seconds comes after less than three more of the shortest.
    await operator.cloud.clock.advance(3 * PACE.poll);
    expect(operator.get('web')?.status.conditions?.[0]?.message).toContain(code);
  });

  it('never ends with what a list still shows of the time before', async () => {
    // Back to what a list that trails behind has shown all the while.
    const { operator, cloudListener } = await running({}, { listLagMs: 20_000, configuringMs: 5000 });
    await operator.cloud.clock.advance(60_000);
    operator.edit('web', { idleTimeout: 30 });
    await operator.cloud.clock.advance(1000);
    operator.edit('web', { idleTimeout: 15 });
    await operator.untilReady(['web'], 120_000);
    expect(cloudListener()).toMatchObject({ IdleTimeout: 15, ListenerStatus: 'Running' });
  });
});
