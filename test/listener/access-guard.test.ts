import { describe, expect, it } from 'vitest';
import { MOST_STARTS, NEW_GUARD } from '../../src/listener/access-guard.ts';
import { mergeInventory, withoutItem } from '../../src/simulator/inventory.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { OperatorInTime, PACE } from '../support/operator-in-time.ts';
import { SPEC } from './sample.ts';

const WHITE = { aclType: 'White', aclIds: ['acl-office'] } as const;
const STEP_MS = 50;
const REFUSED = { kind: 'error', operation: 'AssociateAclsWithListener', status: 400 } as const;
const QUOTA = { ...REFUSED, code: 'QuotaExceeded.AclsNum' } as const;

/** A stopped listener takes neither lists nor other changes. */
const STUBBORN_STOPPED = { aclsOfStopped: 'refused', updateOfStopped: 'refused' } as const;

/** Edits after which the operator leaves the access control of a listener as it is. */
const HANDS_OFF = [
  { reason: 'suspended', changes: { suspend: true } },
  { reason: 'only observed', changes: { reconcilePolicy: 'Observe' } },
  { reason: 'planned', changes: { reconcilePolicy: 'DryRun' } },
  { reason: 'left to others', changes: { ignoreFields: ['aclConfig'] } },
];

/** An operator with one listener, whose lists are in the cloud at first. */
class Guarded {
  readonly operator: OperatorInTime;
  /** For how long the listener served without a list, milliseconds. */
  openMs = 0;

  constructor(settings: SettingsInput = {}) {
    this.operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings });
  }

  get cloud() {
    return this.operator.cloud;
  }

  get listener() {
    return [...this.cloud.simulator.state.listeners.values()][0];
  }

  get status() {
    return this.operator.get('web')?.status;
  }

  get ready() {
    return this.status?.conditions?.find(({ type }) => type === 'Ready');
  }

  get writes(): readonly string[] {
    return this.cloud.requests
      .map(({ operation }) => operation)
      .filter((operation) => !/^(Get|List)/.test(operation));
  }

  apply(changes: object = {}): void {
    const { aclConfig = WHITE } = { aclConfig: undefined, ...changes };
    this.operator.apply('web', { ...SPEC, ...changes, aclConfig });
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await this.cloud.clock.advance(STEP_MS);
      this.cloud.simulator.saved();
      const { listener } = this;
      const isOpen = listener?.ListenerStatus === 'Running' && listener.AclConfig.AclRelations.length === 0;
      if (isOpen) this.openMs += STEP_MS;
    }
  }

  async until(holds: (world: Guarded) => boolean, limitMs: number): Promise<void> {
    for (let passed = 0; passed < limitMs; passed += STEP_MS) {
      if (holds(this)) return;
      await this.pass(STEP_MS);
    }
    throw new Error(`not within ${limitMs} ms: ${JSON.stringify(this.status)}`);
  }

  /** The list is gone from the cloud, after it was looked at. */
  removeAcl(): void {
    const { state } = this.cloud.simulator;
    state.inventory = withoutItem(state.inventory, 'acl-office');
  }

  /** Without it the cloud takes no logConfig. */
  turnOnAccessLog(): void {
    const { state } = this.cloud.simulator;
    const loadBalancers = state.inventory.loadBalancers.map((loadBalancer) => ({
      ...loadBalancer,
      AccessLogConfig: { LogProject: 'logs', LogStore: 'alb' },
    }));
    state.inventory = { ...state.inventory, loadBalancers };
  }

  restoreAcl(): void {
    const { state } = this.cloud.simulator;
    state.inventory = mergeInventory(state.inventory, { acls: [{ AclId: 'acl-office' }] });
  }

  heal(): void {
    this.cloud.simulator.state.faultRules = [];
  }
}

const reasonIs = (reason: string) => (world: Guarded) => world.ready?.reason === reason;
const isReady = ({ ready }: Guarded) => ready?.status === 'True';

describe('a new listener with access control lists', () => {
  it.each([
    { reason: 'the cloud takes them during the creation', aclsOfProvisioning: 'allowed', openMs: 0 },
    { reason: 'it does not: from the first look', aclsOfProvisioning: 'refused', openMs: PACE.poll + 300 },
  ] as const)(
    'has them attached with the next write after the creation: $reason',
    async ({ aclsOfProvisioning, openMs }) => {
      const world = new Guarded({ aclsOfProvisioning, createLocksLoadBalancer: false });
      world.apply();
      await world.until(isReady, 20_000);
      const [creation, attempt] = world.writes;
      expect([creation, attempt]).toEqual(['CreateListener', 'AssociateAclsWithListener']);
      expect(world.openMs).toBeLessThanOrEqual(openMs);
      expect(world.listener?.AclConfig.AclRelations).toEqual([{ AclId: 'acl-office', Status: 'Associated' }]);
      expect(world.status?.accessGuard).toBeUndefined();
      // The first attempt comes right after the answer, not with a poll.
      const at = (operation: string) =>
        world.cloud.requests.find((call) => call.operation === operation)?.at ?? 0;
      expect(at('AssociateAclsWithListener') - at('CreateListener')).toBeLessThan(500);
    },
  );

  it('has them attached as soon as the load balancer is free, where the creation locks it', async () => {
    const world = new Guarded({ createLocksLoadBalancer: true });
    world.apply();
    await world.until(isReady, 20_000);
    expect(new Set(world.writes)).toEqual(new Set(['CreateListener', 'AssociateAclsWithListener']));
    expect(world.openMs).toBeLessThan(PACE.busy * 2);
  });

  it('is tried again while it is being created when only the limit of calls was in the way', async () => {
    const world = new Guarded({
      aclsOfProvisioning: 'allowed',
      createLocksLoadBalancer: false,
      provisioningMs: 90_000,
    });
    world.cloud.fail({ ...REFUSED, status: 503, code: 'Throttling.User', count: 1 });
    world.apply();
    await world.until(isReady, 180_000);
    expect(world.cloud.count('AssociateAclsWithListener')).toBe(2);
    expect(world.openMs).toBe(0);
  });

  it('is stopped at once when they are refused, says why, and serves with them once they can be attached', async () => {
    const world = new Guarded();
    world.cloud.fail({ ...QUOTA });
    world.apply();
    await world.until(reasonIs('StoppedWithoutAcl'), 60_000);
    expect(world.operator.events.map(({ reason }) => reason)).toContain('OpenToEveryone');
    expect(world.ready).toMatchObject({ status: 'False' });
    expect(world.ready?.message).toContain('QuotaExceeded.AclsNum');
    expect(world.ready?.message).toContain('spec.aclConfig');
    expect(world.status?.phase).toBe('Failed');
    expect(world.listener?.ListenerStatus).toBe('Stopped');
    const openMs = world.openMs;
    expect(openMs).toBeLessThan(2 * PACE.poll + 1000);

    // However long it takes: it stays stopped, and nothing is started.
    await world.pass(3 * PACE.slow);
    expect(world.openMs).toBe(openMs);
    expect(world.writes).not.toContain('StartListener');
    world.heal();
    await world.until(isReady, 2 * PACE.slow);
    expect(world.openMs).toBe(openMs);
    expect(world.listener?.ListenerStatus).toBe('Running');
    expect(world.writes.slice(-2)).toEqual(['AssociateAclsWithListener', 'StartListener']);
  });

  it('says that it is open from the refusal until it is stopped, also while the cloud works on it', async () => {
    const world = new Guarded();
    world.cloud.fail({ ...QUOTA });
    world.apply();
    const told: string[] = [];
    await world.until(({ ready }) => {
      if (ready !== undefined && told.at(-1) !== ready.reason) told.push(ready.reason);
      return ready?.reason === 'StoppedWithoutAcl';
    }, 60_000);
    expect(told).toEqual(['Creating', 'Provisioning', 'OpenToEveryone', 'StoppedWithoutAcl']);
  });

  it('asks only with a read whether a list that went after the look is there again', async () => {
    const world = new Guarded();
    world.apply();
    await world.until(({ listener }) => listener !== undefined, 5000);
    world.removeAcl();
    await world.until(reasonIs('StoppedWithoutAcl'), 60_000);
    await world.pass(PACE.slow);
    const attempts = world.cloud.count('AssociateAclsWithListener');
    const asked = world.cloud.count('ListAcls');
    await world.pass(6 * PACE.slow);
    expect(world.cloud.count('AssociateAclsWithListener')).toBe(attempts);
    expect(world.cloud.count('ListAcls') - asked).toBeLessThan(9);
    world.restoreAcl();
    await world.until(isReady, 2 * PACE.slow);
  });

  it('serves openly when its manifest says so, and says that it is open', async () => {
    const world = new Guarded();
    world.cloud.fail({ ...QUOTA });
    world.apply({ aclConfig: { ...WHITE, whenNotAttached: 'Serve' } });
    await world.pass(2 * PACE.slow);
    expect(world.ready).toMatchObject({ status: 'False', reason: 'OpenToEveryone' });
    expect(world.ready?.message).toContain('whenNotAttached is Serve');
    expect(world.listener?.ListenerStatus).toBe('Running');
    expect(world.writes).not.toContain('StopListener');
    world.heal();
    await world.until(isReady, 2 * PACE.slow);
  });

  it('starts when an edit lets it serve openly', async () => {
    const world = new Guarded();
    world.cloud.fail({ ...QUOTA });
    world.apply();
    await world.until(reasonIs('StoppedWithoutAcl'), 60_000);
    world.operator.edit('web', { aclConfig: { ...WHITE, whenNotAttached: 'Serve' } });
    await world.until(reasonIs('OpenToEveryone'), 30_000);
    await world.pass(10_000);
    expect(world.listener?.ListenerStatus).toBe('Running');
  });

  it('starts when its manifest has no access control any more', async () => {
    const world = new Guarded();
    world.cloud.fail({ ...QUOTA });
    world.apply();
    await world.until(reasonIs('StoppedWithoutAcl'), 60_000);
    world.operator.edit('web', { aclConfig: { ...WHITE, aclIds: [] } });
    await world.until(isReady, 30_000);
    expect(world.listener?.ListenerStatus).toBe('Running');
  });

  it('is open to those it keeps out, and stopped for that, with a Black list too', async () => {
    const world = new Guarded();
    world.cloud.fail({ ...QUOTA });
    world.apply({ aclConfig: { ...WHITE, aclType: 'Black' } });
    await world.until(reasonIs('StoppedWithoutAcl'), 60_000);
    expect(world.listener?.ListenerStatus).toBe('Stopped');
  });

  it('is stopped, too, when the cloud accepts the lists and then fails', async () => {
    const world = new Guarded();
    world.cloud.fail({
      kind: 'failJob',
      operation: 'AssociateAclsWithListener',
      code: 'InternalError',
      count: 1,
    });
    world.apply();
    await world.until(({ listener }) => listener?.ListenerStatus === 'Stopped', 60_000);
    expect(world.operator.events.map(({ reason }) => reason)).toContain('OpenToEveryone');
    await world.until(isReady, 60_000);
    expect(world.writes).toContain('StopListener');
  });

  it('is not stopped when a job fails because they are attached already', async () => {
    const world = new Guarded();
    const { operation } = REFUSED;
    world.cloud.fail({ kind: 'failJob', operation, code: 'ResourceInUse.Acl', count: 1 });
    world.apply();
    await world.until(isReady, 60_000);
    expect(world.operator.events.map(({ reason }) => reason)).toContain('OperationFailed');
    expect(world.writes).not.toContain('StopListener');
  });

  it.each([
    { reason: 'its answer was lost', refusal: { kind: 'cut', operation: REFUSED.operation }, count: 1 },
    { reason: 'the list is being changed', refusal: { ...REFUSED, code: 'Conflict.Acl' }, count: 1 },
    {
      reason: 'its answer was lost, twice',
      refusal: { kind: 'cut', operation: REFUSED.operation },
      count: 2,
    },
    { reason: 'the list is being changed, twice', refusal: { ...REFUSED, code: 'Conflict.Acl' }, count: 2 },
    {
      reason: 'another change runs',
      refusal: { ...REFUSED, code: 'IncorrectStatus.LoadBalancer' },
      count: 2,
    },
  ] as const)('is stopped only after a second attempt that says nothing for good: $reason', async (row) => {
    const world = new Guarded({ provisioningMs: 0 });
    world.cloud.fail({ ...row.refusal, count: row.count });
    world.apply();
    await world.until(isReady, 120_000);
    const isToStop = row.count === 2 && row.reason !== 'another change runs';
    expect(world.writes.includes('StopListener')).toBe(isToStop);
  });

  it('with listenerState Stopped, is stopped although its lists are refused, and is not started for them', async () => {
    const world = new Guarded({ aclsOfStopped: 'refused' });
    world.cloud.fail({ ...QUOTA, count: 1 });
    world.apply({ listenerState: 'Stopped' });
    await world.until(reasonIs('ListenerStopped'), 60_000);
    await world.pass(2 * PACE.slow);
    expect(world.listener?.ListenerStatus).toBe('Stopped');
    expect(world.writes).not.toContain('StartListener');
  });

  it.each([
    { reason: 'attached while it runs', settings: {} },
    {
      reason: 'attached while it is being created',
      settings: { aclsOfProvisioning: 'allowed', createLocksLoadBalancer: false, provisioningMs: 5000 },
    },
    { reason: 'in a cloud that takes few changes of a stopped one', settings: STUBBORN_STOPPED },
  ] as const)(
    'is not taken for open while reads trail behind the lists that the cloud has attached: $reason',
    async ({ settings }) => {
      const world = new Guarded({ ...settings, attributeLagMs: 20_000 });
      world.turnOnAccessLog();
      world.apply({ logConfig: { accessLogRecordCustomizedHeadersEnabled: true } });
      await world.until(isReady, 10 * 60_000);
      expect(world.operator.events.map(({ reason }) => reason)).not.toContain('OpenToEveryone');
      expect(world.writes).not.toContain('StopListener');
      expect(world.cloud.count('AssociateAclsWithListener')).toBeLessThanOrEqual(4);
      expect(world.listener).toMatchObject({
        ListenerStatus: 'Running',
        LogConfig: { AccessLogRecordCustomizedHeadersEnabled: true },
      });
    },
  );

  it('with listenerState Stopped, has its logs set before it is stopped, while reads trail behind', async () => {
    const world = new Guarded({ ...STUBBORN_STOPPED, attributeLagMs: 20_000 });
    world.turnOnAccessLog();
    world.apply({
      listenerState: 'Stopped',
      logConfig: { accessLogRecordCustomizedHeadersEnabled: true },
    });
    await world.until(isReady, 10 * 60_000);
    expect(world.ready?.reason).toBe('Stopped');
    expect(world.writes.filter((write) => write === 'StopListener')).toHaveLength(1);
    expect(world.listener?.LogConfig.AccessLogRecordCustomizedHeadersEnabled).toBe(true);
  });

  it('is started as declared by the answer that its lists are there, when it was stopped before a read showed them', async () => {
    const world = new Guarded({ attributeLagMs: 20_000 });
    // Two answers without a clear outcome stop it, and the first of the calls was carried out.
    world.cloud.fail({ kind: 'cut', operation: REFUSED.operation, effect: 'after', count: 1 });
    world.cloud.fail({ ...REFUSED, code: 'Conflict.Acl', count: 1 });
    world.apply();
    await world.until(({ listener }) => listener?.ListenerStatus === 'Stopped', 60_000);
    await world.until(isReady, 10 * 60_000);
    expect(world.listener).toMatchObject({
      ListenerStatus: 'Running',
      AclConfig: { AclRelations: [{ AclId: 'acl-office' }] },
    });
  });

  it.each(HANDS_OFF)('has no list attached any more once it is $reason', async ({ changes }) => {
    const world = new Guarded({
      aclsOfProvisioning: 'allowed',
      createLocksLoadBalancer: false,
      provisioningMs: 120_000,
    });
    world.cloud.fail({ ...REFUSED, code: 'Throttling.User' });
    world.apply();
    await world.until(({ cloud }) => cloud.count(REFUSED.operation) === 1, 10_000);
    world.operator.edit('web', changes);
    await world.pass(1000);
    world.heal();
    await world.pass(2 * PACE.slow);
    expect(world.listener?.AclConfig.AclRelations).toEqual([]);
  });

  it.each(HANDS_OFF)('is not stopped once it is $reason', async ({ changes }) => {
    const world = new Guarded({ provisioningMs: 10_000 });
    world.cloud.fail({ ...QUOTA });
    world.apply();
    await world.until(({ listener }) => listener !== undefined, 5000);
    await world.pass(1000);
    world.operator.edit('web', changes);
    await world.pass(2 * PACE.slow);
    expect(world.listener?.ListenerStatus).toBe('Running');
    expect(world.writes).not.toContain('StopListener');
  });
});

describe('a cloud that takes no lists from a stopped listener', () => {
  const stubborn = () => {
    const world = new Guarded({ aclsOfStopped: 'refused' });
    world.cloud.fail({ ...QUOTA, count: 1 });
    return world;
  };

  it('has it started, attached with the next call, and serving', async () => {
    const world = stubborn();
    world.apply();
    await world.until(isReady, 120_000);
    expect(world.listener?.AclConfig.AclRelations).toHaveLength(1);
    expect(world.writes.slice(-2)).toEqual(['StartListener', 'AssociateAclsWithListener']);
  });

  it.each([
    {
      until: 'an edit',
      renew: ({ operator }: Guarded) => operator.edit('web', { idleTimeout: 20 }),
    },
    { until: 'a request', renew: ({ operator }: Guarded) => operator.request('web') },
  ])(
    'is tried three times with growing pauses, then it stalls, across restarts, until $until',
    async ({ renew }) => {
      const world = new Guarded({ aclsOfStopped: 'refused' });
      // Refused for its state while it is stopped, and for the quota while it runs.
      world.apply();
      world.cloud.fail({ ...QUOTA });
      const { faultRules } = world.cloud.simulator.state;
      await world.until(({ listener }) => listener?.ListenerStatus === 'Stopped', 60_000);
      const starts: number[] = [];
      let seen = 0;
      for (let passed = 0; passed < 20 * PACE.slow; passed += 1000) {
        // The rule would hide what the cloud says of a stopped listener.
        faultRules.length = 0;
        if (world.listener?.ListenerStatus === 'Running') world.cloud.fail({ ...QUOTA });
        await world.pass(1000);
        const count = world.cloud.count('StartListener');
        if (count === seen) continue;
        starts.push(world.cloud.clock.monotonic());
        seen = count;
        // What was counted is in the status: the next process gives no further attempts.
        await world.operator.restart();
      }
      expect(starts).toHaveLength(3);
      const [first = 0, second = 0, third = 0] = starts;
      expect(third - second).toBeGreaterThan(1.5 * (second - first));
      expect(world.ready).toMatchObject({ status: 'False', reason: 'StoppedWithoutAcl' });
      expect(world.ready?.message).toContain('started 3 times');
      expect(world.listener?.ListenerStatus).toBe('Stopped');
      expect(world.status?.accessGuard).toMatchObject({ starts: 3 });
      await world.operator.restart();
      await world.pass(3 * PACE.slow);
      expect(world.cloud.count('StartListener')).toBe(3);

      faultRules.length = 0;
      renew(world);
      await world.until(isReady, 10 * 60_000);
      expect(world.cloud.count('StartListener')).toBe(4);
    },
  );

  it('is not started more often by processes that end all the time, also in the middle of a pause', async () => {
    const world = new Guarded({ aclsOfStopped: 'refused' });
    const { faultRules } = world.cloud.simulator.state;
    world.apply();
    world.cloud.fail(QUOTA);
    await world.until(({ listener }) => listener?.ListenerStatus === 'Stopped', 60_000);
    for (let passed = 0; passed < 3 * PACE.slow; passed += 1000) {
      faultRules.length = 0;
      if (world.listener?.ListenerStatus === 'Running') world.cloud.fail(QUOTA);
      await world.pass(1000);
      if (passed % 10_000 === 0) await world.operator.restart();
    }
    expect(world.cloud.count('StartListener')).toBe(MOST_STARTS);
    expect(world.ready?.reason).toBe('StoppedWithoutAcl');
    expect(world.listener?.ListenerStatus).toBe('Stopped');
  });

  it('has the start in its status before the call leaves', async () => {
    const world = stubborn();
    world.cloud.fail({ kind: 'delay', operation: 'StartListener', effect: 'after', ms: 5000 });
    world.apply();
    await world.until(({ cloud }) => cloud.count('StartListener') === 1, 120_000);
    expect(world.status?.accessGuard).toMatchObject({ starts: 1 });
    await world.operator.restart();
    await world.until(isReady, 120_000);
  });

  it('is started again after starts that the cloud has refused, for they have opened nothing', async () => {
    const world = stubborn();
    const start = {
      kind: 'error',
      operation: 'StartListener',
      status: 400,
      code: 'Throttling.User',
    } as const;
    world.cloud.fail({ ...start, count: MOST_STARTS + 1 });
    world.apply();
    await world.until(isReady, 10 * 60_000);
    expect(world.cloud.count('StartListener')).toBe(MOST_STARTS + 2);
  });

  it('is not started more often when the answers to the starts are lost, for they may have opened it', async () => {
    const world = new Guarded({ aclsOfStopped: 'refused' });
    const { state } = world.cloud.simulator;
    const acls = ['acl-one', 'acl-two'].map((AclId) => ({ AclId, AclEntries: ['192.0.2.1/32'] }));
    state.inventory = mergeInventory(state.inventory, { acls });
    world.cloud.fail({ kind: 'cut', operation: 'StartListener', effect: 'after' });
    // Refused for the entry that the lists have in common.
    world.apply({ aclConfig: { ...WHITE, aclIds: ['acl-one', 'acl-two'] } });
    await world.pass(20 * PACE.slow);
    expect(world.cloud.count('StartListener')).toBe(MOST_STARTS);
    expect(world.ready?.reason).toBe('StoppedWithoutAcl');
    expect(world.listener?.ListenerStatus).toBe('Stopped');
  });

  it('is not started while a list is missing', async () => {
    const world = new Guarded({ aclsOfStopped: 'refused' });
    world.apply();
    await world.until(({ listener }) => listener !== undefined, 5000);
    world.removeAcl();
    await world.until(({ listener }) => listener?.ListenerStatus === 'Stopped', 60_000);
    await world.pass(3 * PACE.slow);
    expect(world.writes).not.toContain('StartListener');
    world.restoreAcl();
    await world.until(isReady, 2 * PACE.slow);
  });
});

describe('a listener that has been Ready', () => {
  it.each([
    { reason: 'access control is added', first: undefined },
    { reason: 'a Black list takes the place of a White one', first: WHITE },
  ])('is never stopped when lists are refused; it says that it is open: $reason', async ({ first }) => {
    const world = new Guarded();
    world.operator.apply('web', { ...SPEC, ...(first !== undefined && { aclConfig: first }) });
    await world.until(isReady, 20_000);
    world.cloud.fail({ ...QUOTA });
    world.operator.edit('web', { aclConfig: { ...WHITE, aclType: first === undefined ? 'White' : 'Black' } });
    await world.until(reasonIs('OpenToEveryone'), 30_000);
    expect(world.ready?.message).toContain('not stopped, since clients may rely on it');
    await world.pass(3 * PACE.slow);
    expect(world.listener?.ListenerStatus).toBe('Running');
    expect(world.writes).not.toContain('StopListener');
    world.heal();
    await world.until(isReady, 2 * PACE.slow);
  });

  it('is never stopped either when somebody takes its list away and the cloud refuses it', async () => {
    const world = new Guarded();
    world.apply();
    await world.until(isReady, 20_000);
    world.cloud.fail({ ...QUOTA });
    const { listener } = world;
    if (listener === undefined) throw new Error('there is no listener');
    world.cloud.simulator.change([
      { kind: 'putListener', listener: { ...listener, AclConfig: { AclRelations: [] } } },
    ]);
    await world.pass(3 * PACE.resync);
    expect(world.ready?.reason).toBe('OpenToEveryone');
    expect(world.listener?.ListenerStatus).toBe('Running');
  });
});

describe('the right to stop', () => {
  it('is lost with a wiped status: nobody knows then whether the listener has served', async () => {
    const world = new Guarded({ provisioningMs: 10_000 });
    world.cloud.fail({ ...QUOTA });
    world.apply();
    await world.until(({ status }) => status?.listenerId !== undefined, 5000);
    await world.pass(1000);
    expect(world.status?.accessGuard).toMatchObject(NEW_GUARD);
    world.operator.cluster.wipeStatus({ namespace: 'shop', name: 'web' });
    world.operator.request('web');
    await world.pass(3 * PACE.slow);
    expect(world.listener?.ListenerStatus).toBe('Running');
    expect(world.ready?.reason).toBe('OpenToEveryone');
  });

  it('does not come with a listener that is taken over', async () => {
    const world = new Guarded();
    const [listenerId = ''] = world.cloud.put('alb-one', 1);
    await world.pass(5000);
    world.cloud.fail({ ...QUOTA });
    world.apply({ listenerPort: 1000, adopt: { listenerId } });
    await world.pass(2 * PACE.slow);
    expect(world.ready?.reason).toBe('OpenToEveryone');
    expect(world.listener?.ListenerStatus).toBe('Running');
  });

  it.each([
    {
      reason: 'the status was wiped',
      forget: ({ operator }: Guarded) => operator.wipeStatus('web'),
    },
    {
      reason: 'an operator without guards has made the call before',
      forget: ({ operator }: Guarded) => {
        const object = operator.get('web');
        if (object === undefined) throw new Error('there is no object');
        const { accessGuard, listenerId, ...status } = object.status;
        const { incarnation = 0, startedAt = '' } = status.creation ?? {};
        const creation = { incarnation, startedAt, unsettledAt: startedAt };
        operator.cluster.writeStatus(object, { ...status, creation }, 'version');
        operator.request('web');
      },
    },
  ])(
    'does not come with a repeated call, which may answer with a listener that has served: $reason',
    async ({ forget }) => {
      // The lists do not show the listener, so the call is repeated.
      const world = new Guarded({ listLagMs: 60_000, provisioningMs: 10_000 });
      world.cloud.fail({ ...QUOTA });
      world.apply();
      await world.until(({ status }) => status?.listenerId !== undefined, 5000);
      await world.pass(1000);
      forget(world);
      await world.pass(2 * PACE.slow);
      expect(world.cloud.count('CreateListener')).toBe(2);
      expect(world.ready?.reason).toBe('OpenToEveryone');
      expect(world.listener?.ListenerStatus).toBe('Running');
    },
  );

  it('does not stay from a creation that was refused for a listener that is taken over then', async () => {
    const world = new Guarded();
    world.cloud.fail({ ...REFUSED, operation: 'CreateListener', code: 'QuotaExceeded.ListenersNum' });
    world.apply({ listenerPort: 1000 });
    await world.until(reasonIs('QuotaExceeded'), 10_000);
    world.heal();
    const [listenerId = ''] = world.cloud.put('alb-one', 1);
    world.cloud.fail({ ...QUOTA });
    world.operator.edit('web', { adopt: { listenerId } });
    await world.pass(2 * PACE.slow);
    expect(world.ready?.reason).toBe('OpenToEveryone');
    expect(world.listener).toMatchObject({ ListenerId: listenerId, ListenerStatus: 'Running' });
  });

  it('survives a lost answer to the creation', async () => {
    const world = new Guarded();
    world.cloud.fail({ kind: 'cut', operation: 'CreateListener', effect: 'after', count: 1 });
    world.cloud.fail({ ...QUOTA });
    world.apply();
    await world.until(reasonIs('StoppedWithoutAcl'), 60_000);
    expect(world.listener?.ListenerStatus).toBe('Stopped');
  });
});
