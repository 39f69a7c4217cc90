import { describe, expect, it } from 'vitest';
import type { Site } from '../../src/alb/api.ts';
import { claimOf } from '../../src/listener/claim.ts';
import { tellOfLapse, withClaimRecord } from '../../src/listener/claim-lapse.ts';
import { factsOf } from '../../src/listener/facts.ts';
import type { Reason } from '../../src/listener/reason.ts';
import { holderOf, type RivalView, rivalOf } from '../../src/listener/rivals.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { summarise } from '../../src/listener/summary.ts';
import { toInstant, toMilliseconds } from '../../src/listener/time.ts';
import { PACE } from '../support/operator-in-time.ts';
import { SPEC, sampleError, sampleListener, sampleObject } from './sample.ts';

const NOW = toInstant('2026-01-01T12:00:00.000Z') ?? 0;
const HERE: Site = { accountId: '1000000000000001', regionId: 'cn-hangzhou' };
const CREATION = { incarnation: 0, startedAt: '2026-01-01T00:00:00.000Z' };
const LISTENER = { listenerId: 'lsn-1', creation: CREATION };
const ago = (ms: number) => toMilliseconds(NOW - ms);

const me = sampleObject({ name: 'me', uid: 'me', createdAt: '2026-01-01T10:00:00Z' });

/** The status with this word in it, which is of the manifest as it is. */
function saying(reason: Reason, status: Partial<AlbListenerStatus> = {}): Partial<AlbListenerStatus> {
  return summarise(
    sampleObject(),
    factsOf({ observedGeneration: -1, ...status }),
    { reason, message: '' },
    NOW,
  );
}

interface Case {
  readonly reason: string;
  readonly spec?: object;
  readonly status?: Partial<AlbListenerStatus>;
  readonly beingDeleted?: boolean;
  readonly hasFinalizer?: boolean;
  /** False: those of the operator, as the asking one has. */
  readonly hasOwnCredentials?: boolean;
  /** Where its session leads; `closed` if it cannot be opened. */
  readonly session?: Site | 'closed';
  readonly allowed?: boolean;
  readonly claims: boolean;
}

async function rivalIn({
  spec,
  status,
  beingDeleted,
  hasFinalizer,
  hasOwnCredentials = true,
  session = HERE,
  allowed = true,
}: Case) {
  const older = sampleObject({
    name: 'older',
    uid: 'older',
    createdAt: '2026-01-01T09:00:00Z',
    spec: { ...SPEC, ...(hasOwnCredentials && { credentialsSecretRef: { name: 'theirs' } }), ...spec },
    ...(status !== undefined && { status }),
    ...(beingDeleted !== undefined && { beingDeleted }),
    ...(hasFinalizer !== undefined && { hasFinalizer }),
  });
  return rivalOf(me, claimOf(SPEC), {
    ...VIEW,
    cluster: { ...VIEW.cluster, claimants: () => [older, me] },
    openSession: async () =>
      session === 'closed'
        ? { site: undefined, problem: sampleError('credentialsMissing') }
        : { site: session, problem: undefined },
    mayUse: () => allowed,
  });
}

const unused = () => expect.fail('is not needed to judge a claim');
const VIEW: RivalView = {
  cluster: {
    claimants: unused,
    holders: unused,
    read: unused,
    configMapValue: () => ({ found: 'noConfigMap' }),
    referrers: unused,
    sweep: unused,
    writeStatus: unused,
    addFinalizer: unused,
    removeFinalizer: unused,
    recordEvent: unused,
  },
  session: { site: HERE, problem: undefined },
  openSession: unused,
  mayUse: () => true,
  now: NOW,
  pace: PACE,
};

describe('an older resource on the port', () => {
  it.each<Case>([
    { reason: 'it is about to create', claims: true },
    { reason: 'it waits itself', status: saying('PortClaimed'), claims: true },
    {
      reason: 'its credentials are those of the asking one, and its session waits for a place',
      hasOwnCredentials: false,
      session: 'closed',
      claims: true,
    },
    { reason: 'it is suspended', spec: { suspend: true }, claims: false },
    { reason: 'it only watches', spec: { reconcilePolicy: 'Observe' }, claims: false },
    { reason: 'it only plans', spec: { reconcilePolicy: 'DryRun' }, claims: false },
    { reason: 'it takes over and never creates', spec: { adopt: { listenerId: 'lsn-1' } }, claims: false },
    { reason: 'it breaks a rule', spec: { requestTimeout: 0 }, claims: false },
    {
      reason: 'what it refers to is not there',
      spec: {
        defaultActions: [
          {
            type: 'ForwardGroup',
            forwardGroupConfig: {
              serverGroupTuples: [{ serverGroupIdFrom: { configMapKeyRef: { name: 'no', key: 'no' } } }],
            },
          },
        ],
      },
      claims: false,
    },
    { reason: 'it goes', beingDeleted: true, claims: false },
    { reason: 'it goes, and its listener still stands', status: LISTENER, beingDeleted: true, claims: true },
    {
      reason: 'it was released, and only the finalizers of others keep it',
      status: LISTENER,
      beingDeleted: true,
      hasFinalizer: false,
      claims: false,
    },
    {
      reason: 'the load balancer is not for its namespace',
      hasOwnCredentials: false,
      allowed: false,
      claims: false,
    },
    {
      reason: 'its status says that it has a listener, on a load balancer that is not for its namespace',
      hasOwnCredentials: false,
      status: LISTENER,
      allowed: false,
      claims: false,
    },
    { reason: 'its credentials never worked', session: 'closed', claims: false },
    {
      reason: 'its credentials never worked, and it has said so',
      status: saying('InvalidReference'),
      claims: false,
    },
    {
      reason: 'its load balancer is not in its account',
      status: saying('LoadBalancerNotFound'),
      claims: false,
    },
    {
      reason: 'it works in another account',
      session: { ...HERE, accountId: '2000000000000002' },
      claims: false,
    },
    { reason: 'it works in another region', session: { ...HERE, regionId: 'cn-beijing' }, claims: false },
    {
      reason: 'its credentials worked by its last word',
      status: saying('PortClaimed'),
      session: 'closed',
      claims: true,
    },
    {
      reason: 'its credentials have been unusable for less than the settle time',
      status: saying('InvalidReference', { unusableSince: ago(PACE.settle - 1000) }),
      session: 'closed',
      claims: true,
    },
    {
      reason: 'its credentials have been unusable for the settle time',
      status: saying('InvalidReference', { unusableSince: ago(PACE.settle) }),
      session: 'closed',
      claims: false,
    },
    {
      reason: 'a time of the far future is not to be believed',
      status: saying('InvalidReference', { unusableSince: ago(-10 * PACE.settle) }),
      session: 'closed',
      claims: false,
    },
    {
      reason: 'it has a listener, whatever its credentials',
      status: LISTENER,
      session: 'closed',
      claims: true,
    },
    { reason: 'it has a listener and is suspended', spec: { suspend: true }, status: LISTENER, claims: true },
    {
      reason: 'it began to create, whatever its credentials',
      status: { creation: CREATION },
      session: 'closed',
      claims: true,
    },
    {
      reason: 'it created, and came to watch',
      spec: { reconcilePolicy: 'Observe' },
      status: LISTENER,
      claims: true,
    },
    {
      reason: 'the listener that it watches is not its own',
      spec: { reconcilePolicy: 'Observe' },
      status: { listenerId: 'lsn-1' },
      claims: false,
    },
    {
      reason: 'its listener is in another account',
      status: { ...LISTENER, accountId: '2000000000000002', regionId: 'cn-hangzhou' },
      claims: false,
    },
    {
      reason: 'what it began was on another load balancer',
      status: { creation: CREATION, loadBalancerId: 'alb-other' },
      session: 'closed',
      claims: false,
    },
  ])('claims it: $claims, since $reason', async (given) => {
    expect((await rivalIn(given)) !== undefined).toBe(given.claims);
  });

  it('whose claim is about to lapse tells when', async () => {
    const rival = await rivalIn({
      reason: '',
      status: saying('InvalidReference', { unusableSince: ago(10_000) }),
      session: 'closed',
      claims: true,
    });
    expect(rival?.lapsesAt).toBe(NOW - 10_000 + PACE.settle);
  });
});

describe('another resource whose status has the id of a listener', () => {
  it.each<{
    reason: string;
    spec?: object;
    status?: Partial<AlbListenerStatus>;
    allowed?: boolean;
    holds: boolean;
  }>([
    { reason: 'it declares the place of that listener', holds: true },
    { reason: 'it is suspended', spec: { suspend: true }, holds: true },
    {
      reason: 'a ConfigMap named the load balancer when it was created',
      spec: { loadBalancerId: undefined, loadBalancerIdFrom: { configMapKeyRef: { name: 'no', key: 'no' } } },
      status: { loadBalancerId: SPEC.loadBalancerId },
      holds: true,
    },
    { reason: 'it only watches', spec: { reconcilePolicy: 'Observe' }, holds: false },
    { reason: 'it declares another load balancer', spec: { loadBalancerId: 'alb-own' }, holds: false },
    { reason: 'it declares another port', spec: { listenerPort: 81 }, holds: false },
    { reason: 'the load balancer is not for its namespace', allowed: false, holds: false },
    {
      reason: 'its listener is in another account',
      status: { accountId: '2000000000000002' },
      holds: false,
    },
  ])('holds it: $holds, since $reason', ({ spec, status, allowed = true, holds }) => {
    const listener = sampleListener({ tags: [] });
    const { listenerId } = listener;
    const other = sampleObject({
      name: 'other',
      uid: 'other',
      spec: { ...SPEC, ...spec },
      status: { listenerId, creation: CREATION, ...status },
    });
    const holders = () => [me, other];
    const view = { ...VIEW, cluster: { ...VIEW.cluster, holders }, mayUse: () => allowed };
    expect(holderOf(listener, me, view)?.uid).toBe(holds ? 'other' : undefined);
  });
});

describe('a resource notes since when its credentials are unusable', () => {
  const problem = sampleError('credentialsMissing');
  it.each<{
    reason: string;
    status: Partial<AlbListenerStatus>;
    problem?: typeof problem;
    finding?: Reason;
    since?: string;
    lapses?: boolean;
  }>([
    { reason: 'they worked by its last word', status: saying('PortClaimed'), problem, since: ago(0) },
    { reason: 'they never worked, so there is no claim to lapse', status: {}, problem },
    {
      reason: 'they are refused by the cloud',
      status: saying('PortTaken'),
      finding: 'Forbidden',
      since: ago(0),
    },
    {
      reason: 'they have been so for a while',
      status: saying('InvalidReference', { unusableSince: ago(5000) }),
      problem,
      since: ago(5000),
    },
    {
      reason: 'the settle time is over, and it is forgotten',
      status: saying('InvalidReference', { unusableSince: ago(PACE.settle) }),
      problem,
      lapses: true,
    },
    {
      reason: 'they work again',
      status: saying('InvalidReference', { unusableSince: ago(5000) }),
      finding: 'PortClaimed',
    },
    { reason: 'a creation is on record, so that nothing lapses', status: { creation: CREATION }, problem },
  ])('$reason', ({ status, problem: closed, finding = 'InvalidReference', since, lapses = false }) => {
    const object = sampleObject({ status });
    const news = { facts: factsOf(object.status), reason: finding };
    const record = withClaimRecord(object, news, { problem: closed }, { now: NOW, settle: PACE.settle });
    expect({ since: record.facts.unusableSince, lapses: record.lapses }).toEqual({ since, lapses });
  });
});

describe('a claim that lapses is an event on the object that comes next, too', () => {
  it.each<{ reason: string; status: Partial<AlbListenerStatus>; events: readonly string[] }>([
    {
      reason: 'it still waits',
      status: saying('PortClaimed'),
      events: ['lapsed ClaimLapsed', 'me ClaimGained'],
    },
    {
      reason: 'it saw the end of the settle time first and has gone on',
      status: saying('PortTaken'),
      events: ['lapsed ClaimLapsed', 'me ClaimGained'],
    },
    {
      reason: 'it is being created by now',
      status: LISTENER,
      events: ['lapsed ClaimLapsed', 'me ClaimGained'],
    },
    {
      reason: 'but not where it wants no listener',
      status: saying('Suspended'),
      events: ['lapsed ClaimLapsed'],
    },
  ])('$reason', ({ status, events }) => {
    const lapsed = sampleObject({ name: 'lapsed', uid: 'lapsed' });
    const next = sampleObject({ name: 'me', uid: 'me', status });
    const recorded: string[] = [];
    tellOfLapse(lapsed, {
      claimants: () => [lapsed, next],
      configMapValue: () => ({ found: 'unread' }),
      recordEvent: ({ key }, { reason }) => recorded.push(`${key.name} ${reason}`),
    });
    expect(recorded).toEqual(events);
  });
});
