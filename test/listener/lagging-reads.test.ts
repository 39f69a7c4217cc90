import { describe, expect, it } from 'vitest';
import { removeListener } from '../../src/simulator/out-of-band.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';

const KEY = { namespace: 'shop', name: 'web' };
const MINUTE_MS = 60_000;
const SPEC = { ...httpSpec('alb-one', 80), idleTimeout: 20 };
const ACL = { aclType: 'White', aclIds: ['acl-office'] };
const TAGS = [{ key: 'team', value: 'web' }];

/** A look costs up to four calls, and there are ten in the first minute; one loop at the full budget is above 160. */
const CALLS_IN_FIRST_MINUTE = 40;
const CALLS_IN_LATER_MINUTES = 12;
const WRITES_TO_CLUSTER = 15;

interface Operation {
  readonly name: string;
  /** What runs before the operation; nothing where the operation is the creation. */
  readonly before?: object;
  readonly begin: (operator: OperatorInTime) => void;
  /** Whether the resource and its listener are there in the end. */
  readonly leaves: { readonly resource: boolean; readonly listener: boolean };
}

/** See the settings of the simulator. */
interface Lags {
  readonly listLagMs?: number;
  readonly attributeLagMs?: number;
  readonly tagLagMs?: number;
}

const BOTH = { resource: true, listener: true };

function deleteResource(operator: OperatorInTime): void {
  operator.cluster.delete(KEY);
  operator.edit('web', {});
}

/** In the console. */
function deleteListener({ cloud: { simulator } }: OperatorInTime): void {
  for (const id of simulator.state.listeners.keys()) removeListener(simulator, id);
}

const edited = (change: object) => (operator: OperatorInTime) => operator.edit('web', change);

const OPERATIONS: readonly Operation[] = [
  { name: 'create', begin: (operator) => operator.apply('web', SPEC), leaves: BOTH },
  { name: 'update', before: SPEC, begin: edited({ idleTimeout: 30 }), leaves: BOTH },
  { name: 'stop', before: SPEC, begin: edited({ listenerState: 'Stopped' }), leaves: BOTH },
  {
    name: 'start',
    before: { ...SPEC, listenerState: 'Stopped' },
    begin: edited({ listenerState: 'Running' }),
    leaves: BOTH,
  },
  { name: 'add tags', before: SPEC, begin: edited({ tags: TAGS }), leaves: BOTH },
  { name: 'remove tags', before: { ...SPEC, tags: TAGS }, begin: edited({ tags: [] }), leaves: BOTH },
  { name: 'associate an ACL', before: SPEC, begin: edited({ aclConfig: ACL }), leaves: BOTH },
  {
    name: 'dissociate an ACL',
    before: { ...SPEC, aclConfig: ACL },
    begin: edited({ aclConfig: { ...ACL, aclIds: [] } }),
    leaves: BOTH,
  },
  { name: 'delete', before: SPEC, begin: deleteResource, leaves: { resource: false, listener: false } },
  {
    name: 'delete and retain the listener',
    before: { ...SPEC, deletionPolicy: 'Retain' },
    begin: deleteResource,
    leaves: { resource: false, listener: true },
  },
  {
    name: 'make a listener anew that was deleted in the console',
    before: SPEC,
    begin: (operator) => {
      deleteListener(operator);
      operator.request('web');
    },
    leaves: BOTH,
  },
  {
    name: 'delete after the listener was deleted in the console',
    before: SPEC,
    begin: (operator) => {
      deleteListener(operator);
      deleteResource(operator);
    },
    leaves: { resource: false, listener: false },
  },
  {
    name: 'adopt',
    begin: (operator) => {
      const [listenerId = ''] = operator.cloud.put('alb-one', 1);
      operator.apply('web', { ...SPEC, listenerPort: 1000, adopt: { listenerId } });
    },
    leaves: BOTH,
  },
];

const LAGS: readonly { readonly of: string; readonly settings: (lagMs: number) => Lags }[] = [
  { of: 'ListListeners', settings: (lagMs) => ({ listLagMs: lagMs }) },
  {
    of: 'GetListenerAttribute and ListListenerCertificates',
    settings: (lagMs) => ({ attributeLagMs: lagMs }),
  },
  { of: 'tags', settings: (lagMs) => ({ tagLagMs: lagMs }) },
  {
    of: 'every read',
    settings: (lagMs) => ({ listLagMs: lagMs, attributeLagMs: lagMs, tagLagMs: lagMs }),
  },
];

/** The second is longer than the settle time: then promises may be kept late, but the calls stay few. */
const LAG_S = [60, 300] as const;

const CASES = LAG_S.flatMap((seconds) => LAGS.map(({ of, settings }) => ({ seconds, of, settings })));

async function lagging(operation: Operation, settings: Lags): Promise<OperatorInTime> {
  const operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings: { provisioningMs: 1000 } });
  const { clock, simulator } = operator.cloud;
  if (operation.before !== undefined) {
    operator.apply('web', operation.before);
    await clock.advance(MINUTE_MS);
    expect(operator.readyAt('web') ?? operator.get('web')?.status.phase).toBeDefined();
    // Whatever lags shows the state from before.
    await clock.advance(6 * MINUTE_MS);
  }
  simulator.state.settings = { ...simulator.state.settings, ...settings };
  operation.begin(operator);
  return operator;
}

describe.each(OPERATIONS)('$name', (operation) => {
  it.each(CASES)(
    'costs few calls and ends well while $of lags behind by $seconds s',
    async ({ settings, seconds }) => {
      const operator = await lagging(operation, settings(seconds * 1000));
      const { clock, simulator } = operator.cloud;
      const { writes } = operator;
      const perMinute: number[] = [];
      // Two resyncs after everything is visible.
      for (let minute = 0; minute < 5 + 25; minute += 1) {
        const before = operator.cloud.requests.length;
        await clock.advance(MINUTE_MS);
        perMinute.push(operator.cloud.requests.length - before);
      }
      expect(Math.max(...perMinute)).toBeLessThanOrEqual(CALLS_IN_FIRST_MINUTE);
      const busy = perMinute.filter((calls) => calls > CALLS_IN_LATER_MINUTES);
      expect(busy.length, `calls of each minute: ${perMinute.join(' ')}`).toBeLessThanOrEqual(2);
      expect(operator.writes - writes).toBeLessThanOrEqual(WRITES_TO_CLUSTER);

      const object = operator.get('web');
      expect(object !== undefined).toBe(operation.leaves.resource);
      expect(simulator.state.listeners.size).toBe(operation.leaves.listener ? 1 : 0);
      if (object !== undefined) expect(object.status.phase).toMatch(/^(Running|Stopped)$/);
      if (object === undefined && operation.leaves.listener) expect(tagsLeft(operator)).toEqual([]);
    },
  );
});

function tagsLeft({ cloud: { simulator } }: OperatorInTime): readonly unknown[] {
  return [...simulator.state.listeners.values()].flatMap(({ Tags }) => Tags);
}

it('a deletion, a retention and a new listener are not slower where nothing lags', async () => {
  const operator = new OperatorInTime({ loadBalancers: ['alb-one'], settings: { provisioningMs: 1000 } });
  operator.apply('web', { ...SPEC, deletionPolicy: 'Retain' });
  await operator.untilReady(['web'], 5000);
  deleteResource(operator);
  await operator.cloud.clock.advance(1000);
  expect(operator.get('web')).toBeUndefined();
});
