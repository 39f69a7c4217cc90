import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { AlbErrorClass } from '../../src/alb/error.ts';
import { classify } from '../../src/alb/error-classes.ts';
import type { Retry } from '../../src/listener/error-policy.ts';
import { REASONS, type Reason } from '../../src/listener/reason.ts';
import { httpSpec, isReady, OperatorWorld, type StoredListener } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

interface Group {
  /** Why they are treated so. */
  readonly why: string;
  readonly class: AlbErrorClass;
  readonly reason: Reason;
  /** With `onEdit` the spec must change; with any other the resource recovers when the cause goes. */
  readonly retry: Retry;
  readonly codes: readonly string[];
}

/** Every error code of the API page of CreateListener, by what is done about it. */
const GROUPS: readonly Group[] = [
  {
    why: 'somebody holds the port and must give it up',
    class: 'portTaken',
    reason: 'PortTaken',
    retry: 'slowly',
    codes: ['ResourceAlreadyExist.Listener'],
  },
  {
    why: 'the load balancer is busy for some seconds',
    class: 'busy',
    reason: 'LoadBalancerBusy',
    retry: 'soon',
    codes: ['IncorrectStatus.LoadBalancer'],
  },
  {
    why: 'somebody must pay, or have a lock lifted',
    class: 'loadBalancerLocked',
    reason: 'LoadBalancerLocked',
    retry: 'slowly',
    codes: ['IncorrectBusinessStatus.LoadBalancer'],
  },
  {
    why: 'somebody must raise a quota, or free something',
    class: 'quotaExceeded',
    reason: 'QuotaExceeded',
    retry: 'slowly',
    codes: [
      'ResourceQuotaExceeded.LoadBalancerListenersNum',
      'ResourceQuotaExceeded.SecurityPolicyAttachedNum',
      'ResourceQuotaExceeded.ServerGroupAttachedNum',
      'ResourceQuotaExceeded.LoadBalancerServersNum',
      'ResourceQuotaExceeded.ServerAddedNum',
    ],
  },
  {
    why: 'the manifest can change, and so can what it refers to',
    class: 'operationDenied',
    reason: 'OperationDenied',
    retry: 'slowly',
    codes: [
      'OperationDenied.CrossLoadBalancerQUICListener',
      'OperationDenied.ServerGroupProtocolNotSupport',
      'OperationDenied.GRPCServerGroup',
      'OperationDenied.CACertificateCorrupted',
      'Mismatch.VpcId',
      'Mismatch.LoadBalancerEditionAndConnectionDrain',
      'Mismatch.LoadBalancerEditionAndSlowStartEnable',
    ],
  },
  {
    why: 'somebody must detach it from the other listener',
    class: 'alreadyAssociated',
    reason: 'AlreadyAssociated',
    retry: 'slowly',
    codes: ['ResourceAlreadyAssociated.Listener'],
  },
  {
    why: 'the same values will be refused again',
    class: 'invalidParameter',
    reason: 'InvalidParameter',
    retry: 'onEdit',
    codes: ['InvalidParameter'],
  },
  {
    why: 'somebody must grant access',
    class: 'permission',
    reason: 'Forbidden',
    retry: 'slowly',
    codes: ['Forbidden.SecurityPolicy', 'Forbidden.LoadBalancer', 'Forbidden.Listener'],
  },
  {
    why: 'the load balancer may be created yet',
    class: 'loadBalancerNotFound',
    reason: 'LoadBalancerNotFound',
    retry: 'slowly',
    codes: ['ResourceNotFound.LoadBalancer'],
  },
  {
    why: 'what the manifest refers to may be created yet',
    class: 'dependencyNotFound',
    reason: 'DependencyNotFound',
    retry: 'slowly',
    codes: [
      'ResourceNotFound.ServerGroup',
      'ResourceNotFound.SecurityPolicy',
      'ResourceNotFound.Listener',
      'ResourceNotFound.Certificate',
    ],
  },
];

function httpStatusOf(code: string): number {
  if (code.startsWith('Forbidden.')) return 403;
  return code.startsWith('ResourceNotFound.') ? 404 : 400;
}

const FIRST_PORT = 1000;
/** Each code gets a resource of its own, on a port of its own. */
const CASES = GROUPS.flatMap(({ codes, ...group }) => codes.map((code) => ({ ...group, code }))).map(
  (entry, index) => ({ ...entry, name: entry.code.toLowerCase(), port: FIRST_PORT + index }),
);

const SLOW_MS = 1000;
/** The shortest time after which something that is tried slowly comes again: intervals vary by a fifth. */
const SHORTEST_SLOW_MS = 0.79 * SLOW_MS;
const ATTEMPTS = 4;

let world: OperatorWorld;
let listeners: ReadonlyMap<string, StoredListener>;
let calls: Awaited<ReturnType<OperatorWorld['cloud']['calls']>>;

beforeAll(async () => {
  world = await OperatorWorld.start({
    settings: { provisioningMs: 50 },
    environment: {
      ALB_BUSY_INTERVAL: '100ms',
      ALB_SLOW_INTERVAL: `${SLOW_MS}ms`,
      ALB_RESYNC_INTERVAL: '10m',
      ALB_SETTLE_TIME: '1500ms',
    },
  });
  for (const { code, port } of CASES) {
    const match = { ListenerPort: String(port) };
    const status = httpStatusOf(code);
    await world.cloud.addFault({ kind: 'error', operation: 'CreateListener', match, code, status });
  }
  await world.applyAll(
    Object.fromEntries(CASES.map(({ name, port }) => [name, httpSpec({ listenerPort: port })])),
  );
  await vi.waitFor(async () => {
    calls = await world.cloud.calls();
    const tooFew = CASES.filter(
      ({ port, retry }) => createCalls(port).length < (retry === 'onEdit' ? 1 : ATTEMPTS),
    );
    expect(tooFew.map(({ code }) => code)).toEqual([]);
  }, PATIENCE_MS);
  listeners = await world.list();
});
afterAll(() => world.close());

function createCalls(port: number) {
  return calls.filter(
    ({ action, parameters }) => action === 'CreateListener' && parameters['ListenerPort'] === String(port),
  );
}

it('covers the 25 codes of the API page', () => {
  expect(new Set(CASES.map(({ code }) => code)).size).toBe(25);
});

describe.each(CASES)('$code', ({ code, why, class: errorClass, reason, retry, name, port }) => {
  it(`is a refusal of class ${errorClass}: ${why}`, () => {
    const said = classify('CreateListener', code, httpStatusOf(code));
    expect(said).toMatchObject({ class: errorClass, outcome: 'no' });
  });

  it(`is shown as ${reason} with code, remedy and RequestId, and no listener exists`, async () => {
    const listener = listeners.get(name);
    const ready = listener?.status.conditions.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason, observedGeneration: 1 });
    expect(ready?.message).toContain(code);
    expect(ready?.message).toContain(REASONS[reason].remedy);
    const requestId = /\(RequestId (.*)\)$/.exec(ready?.message ?? '')?.[1];
    expect(createCalls(port).map((call) => call.requestId)).toContain(requestId);

    expect(listener?.status.listenerId).toBeUndefined();
    const atCloud = await world.listeners();
    expect(atCloud.filter(({ ListenerPort }) => ListenerPort === port)).toEqual([]);
  });

  it(`is tried again: ${retry}`, () => {
    const times = createCalls(port).map(({ at }) => at);
    const shortest = Math.min(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
    if (retry === 'onEdit') expect(times).toHaveLength(1);
    else if (retry === 'slowly') expect(shortest).toBeGreaterThanOrEqual(SHORTEST_SLOW_MS);
    else expect(shortest).toBeLessThan(SHORTEST_SLOW_MS);
  });
});

it('is told in at most one event for each object, however often it was tried', async () => {
  const { stdout } = await world.controlPlane.kubectl(['get', 'events', '-o', 'json']);
  const { items } = eventsSchema.parse(JSON.parse(stdout));
  const told = Map.groupBy(items, ({ involvedObject }) => involvedObject.name);
  expect(
    CASES.map(({ name }) => told.get(name)?.map(({ reason, series }) => ({ reason, series })) ?? []),
  ).toEqual(
    CASES.map(({ reason }) => (REASONS[reason].event === 'none' ? [] : [{ reason, series: undefined }])),
  );
});

const eventsSchema = z.object({
  items: z.array(
    z.object({
      involvedObject: z.object({ name: z.string() }),
      reason: z.string(),
      series: z.object({ count: z.int() }).optional(),
    }),
  ),
});

describe('when the cause is gone', () => {
  it('the listener comes to run by itself, or with an edit of the spec where that was the cause', async () => {
    await world.cloud.clearFaults();
    const waitForEdit = CASES.filter(({ retry }) => retry === 'onEdit');
    await expect.poll(notReady, { timeout: PATIENCE_MS }).toEqual(waitForEdit.map(({ code }) => code));

    await world.applyAll(
      Object.fromEntries(
        waitForEdit.map(({ name, port }) => [name, httpSpec({ listenerPort: port, requestTimeout: 30 })]),
      ),
    );
    await expect.poll(notReady, { timeout: PATIENCE_MS }).toEqual([]);
  });

  it('there is exactly one listener for each', async () => {
    const atCloud = await world.listeners();
    const ids = [...(await world.list()).values()].map(({ status }) => status.listenerId);
    expect(new Set(atCloud.map(({ ListenerId }) => ListenerId))).toEqual(new Set(ids));
    expect([atCloud.length, ids.length]).toEqual([CASES.length, CASES.length]);
  });
});

async function notReady(): Promise<readonly string[]> {
  const now = await world.list();
  return CASES.filter(({ name }) => {
    const listener = now.get(name);
    return listener === undefined || !isReady(listener);
  }).map(({ code }) => code);
}
