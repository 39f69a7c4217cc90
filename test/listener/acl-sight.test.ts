import { describe, expect, it } from 'vitest';
import { mergeInventory, withoutItem } from '../../src/simulator/inventory.ts';
import { OperatorInTime, PACE } from '../support/operator-in-time.ts';
import { SPEC } from './sample.ts';

const WHITE = { aclType: 'White', aclIds: ['acl-office', 'acl-vpn'] } as const;
const GUARDED = { ...SPEC, aclConfig: WHITE };
const DAY_MS = 86_400_000;

/** An operator, and a cloud in which acl-vpn is as given. */
function world(vpn: 'Available' | 'Configuring' | 'missing' = 'Available'): OperatorInTime {
  const operator = new OperatorInTime({ loadBalancers: ['alb-one'] });
  if (vpn !== 'missing') setVpn(operator, vpn);
  return operator;
}

function setVpn(operator: OperatorInTime, AclStatus: string): void {
  const { state } = operator.cloud.simulator;
  state.inventory = mergeInventory(state.inventory, {
    acls: [{ AclId: 'acl-vpn', AclStatus, AclEntries: ['198.51.100.0/24'] }],
  });
}

function ready(operator: OperatorInTime) {
  return operator.get('web')?.status.conditions?.find(({ type }) => type === 'Ready');
}

describe('access control lists before a creation', () => {
  it.each(['White', 'Black'])(
    'nothing is created while a %s list does not exist; the field and the list are named, and it goes on by itself',
    async (aclType) => {
      const operator = world('missing');
      operator.apply('web', { ...GUARDED, aclConfig: { ...WHITE, aclType } });
      await operator.cloud.clock.advance(2 * PACE.slow);
      expect(ready(operator)).toMatchObject({ status: 'False', reason: 'DependencyNotFound' });
      expect(ready(operator)?.message).toContain('spec.aclConfig.aclIds');
      expect(ready(operator)?.message).toContain('acl-vpn does not exist');
      expect(ready(operator)?.message).not.toContain('acl-office');
      expect(operator.cloud.count('CreateListener')).toBe(0);

      setVpn(operator, 'Available');
      await operator.untilReady(['web'], 1.5 * PACE.slow);
    },
  );

  it('a list on which the cloud still works is waited for, without an error and not for long', async () => {
    const operator = world('Configuring');
    operator.apply('web', GUARDED);
    await operator.cloud.clock.advance(20_000);
    expect(ready(operator)).toMatchObject({ status: 'False', reason: 'ReferenceNotReady' });
    expect(ready(operator)?.message).toContain('acl-vpn is not Available yet but Configuring');
    expect(operator.cloud.count('CreateListener')).toBe(0);
    expect(operator.cloud.count('ListAcls')).toBeLessThan(10);

    setVpn(operator, 'Available');
    await operator.untilReady(['web'], 60_000);
  });

  it('a role without alb:ListAcls is no obstacle', async () => {
    const operator = world();
    operator.cloud.fail({ kind: 'error', operation: 'ListAcls', code: 'Forbidden.Acl', status: 403 });
    operator.apply('web', GUARDED);
    await operator.untilReady(['web'], 20_000);
    expect(operator.cloud.count('ListAcls', /Forbidden/)).toBe(1);
  });

  it('a cloud that does not say whether they exist is asked again before anything is created', async () => {
    const operator = world();
    operator.cloud.fail({
      kind: 'error',
      operation: 'ListAcls',
      code: 'ServiceUnavailable',
      status: 503,
      count: 3,
    });
    operator.apply('web', GUARDED);
    await operator.cloud.clock.advance(2000);
    expect(ready(operator)).toMatchObject({ status: 'False', reason: 'CloudUnavailable' });
    expect(operator.cloud.count('CreateListener')).toBe(0);
    await operator.untilReady(['web'], 60_000);
  });

  it('a creation whose answer was lost is followed up, although a list has gone meanwhile', async () => {
    const operator = world();
    operator.cloud.fail({ kind: 'cut', operation: 'CreateListener', effect: 'after', count: 1 });
    operator.apply('web', GUARDED);
    await operator.cloud.clock.advance(500);
    const { state } = operator.cloud.simulator;
    state.inventory = withoutItem(state.inventory, 'acl-vpn');
    await operator.cloud.clock.advance(10_000);
    expect(operator.get('web')?.status.listenerId).toBe([...state.listeners.keys()][0]);
  });

  it.each([
    { reason: 'nothing is declared', spec: SPEC, calls: 0 },
    { reason: 'no list is declared', spec: { ...SPEC, aclConfig: { ...WHITE, aclIds: [] } }, calls: 0 },
    { reason: 'they are left to others', spec: { ...GUARDED, ignoreFields: ['aclConfig'] }, calls: 0 },
    { reason: 'they are declared: never again after that', spec: GUARDED, calls: 1 },
  ])('are asked for $calls times in a day: $reason', async ({ spec, calls }) => {
    const operator = world();
    operator.apply('web', spec);
    await operator.untilReady(['web'], 30_000);
    await operator.cloud.clock.advance(DAY_MS);
    expect(operator.cloud.count('ListAcls')).toBe(calls);
  });

  it.each([
    { reconcilePolicy: 'Observe', reason: 'ListenerMissing', calls: 0 },
    { reconcilePolicy: 'DryRun', reason: 'DependencyNotFound', calls: 1 },
  ])('$reconcilePolicy: $reason', async ({ reconcilePolicy, reason, calls }) => {
    const operator = world('missing');
    operator.apply('web', { ...GUARDED, reconcilePolicy });
    await operator.cloud.clock.advance(5000);
    expect(ready(operator)?.reason).toBe(reason);
    expect(operator.cloud.count('ListAcls')).toBe(calls);
    expect(operator.cloud.count('CreateListener')).toBe(0);
  });
});
