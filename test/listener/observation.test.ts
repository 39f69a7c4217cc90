import { describe, expect, it } from 'vitest';
import type { ListedListener, Site } from '../../src/alb/api.ts';
import type { AlbErrorClass, Outcome } from '../../src/alb/error.ts';
import { AlbSite } from '../../src/alb-site.ts';
import { closedSession } from '../../src/listener/closed-session.ts';
import { observeDeletion, observeLife } from '../../src/listener/observation.ts';
import type { Cloud, Cluster, Priority, Session, View } from '../../src/listener/ports.ts';
import { toInstant } from '../../src/listener/time.ts';
import { sleep } from '../../src/runtime/clock.ts';
import { SimulatedCloud } from '../alb/simulated-cloud.ts';
import { PACE } from '../support/operator-in-time.ts';
import { SPEC, sampleError, sampleListener, sampleObject } from './sample.ts';

const NOW = toInstant('2026-01-01T12:00:00.000Z') ?? 0;
const SHANGHAI: Site = { accountId: '1000000000000001', regionId: 'cn-shanghai' };
const WIPED = { recovery: { since: '2026-01-01T11:59:59.000Z' } };
const OURS = sampleListener();

const CLUSTER: Cluster = {
  read: () => undefined,
  configMapValue: () => ({ found: 'unread' }),
  referrers: () => [],
  sweep: async () => ({ of: 'object' }),
  holders: () => [],
  claimants: () => [],
  writeStatus: async () => ({ write: 'conflict' }),
  addFinalizer: async () => ({ write: 'conflict' }),
  removeFinalizer: async () => ({ write: 'conflict' }),
  recordEvent: () => {},
};

const listing = (listeners: readonly ListedListener[]): Outcome<readonly ListedListener[]> => ({
  outcome: 'yes',
  value: listeners,
  requestId: 'REQ-1',
});
const refusal = (errorClass: AlbErrorClass) => ({ outcome: 'no', error: sampleError(errorClass) }) as const;

/** A cloud in which no listener stands on the port. */
function cloudWith(listenersTagged: Cloud['listenersTagged']): Cloud {
  return {
    ...closedSession(sampleError('unavailable')).cloudFor(''),
    obstacleToCreation: () => undefined,
    listenersOf: async () => listing([]),
    seeLoadBalancer: async (loadBalancerId) => ({
      outcome: 'yes',
      value: { loadBalancerId },
      requestId: 'REQ-2',
    }),
    listenersTagged,
    withTurnToSearch: (given) => given(listenersTagged),
  };
}

function viewOf(
  here: Cloud['listenersTagged'],
  there?: Cloud['listenersTagged'],
): View & { readonly opened: string[] } {
  const opened: string[] = [];
  const elsewhere = async (): Promise<readonly Session[]> => {
    opened.push(SHANGHAI.regionId);
    return there === undefined
      ? []
      : [
          {
            site: SHANGHAI,
            problem: undefined,
            isUnlisted: false,
            cloudFor: () => cloudWith(there),
            close: () => {},
          },
        ];
  };
  const session = { site: undefined, problem: undefined };
  return {
    cluster: CLUSTER,
    cloud: cloudWith(here),
    session,
    openSession: async () => session,
    mayUse: () => true,
    clusterUid: undefined,
    now: NOW,
    pace: PACE,
    elsewhere,
    opened,
  };
}

describe('the search after a wiped status in an account of few calls', () => {
  it.each<{ reason: string; priority: Priority }>([
    { reason: 'for an edit', priority: 'high' },
    { reason: 'for work that goes on', priority: 'normal' },
    { reason: 'for a resync', priority: 'low' },
  ])('is made although the list before it takes several calls: $reason', async ({ priority }) => {
    const { loadBalancerId } = SPEC;
    const settings = { pageSize: 5, createLocksLoadBalancer: false };
    const simulated = new SimulatedCloud({ loadBalancers: [loadBalancerId], settings });
    simulated.put(loadBalancerId, 12);
    const { clock, random, connection } = simulated;
    const site = new AlbSite({ clock, random, callsPerMinute: 20, busyDelayMs: 1000 });
    const cloudFor = site.cloudOver(connection, '');
    const leaving = sampleObject({ status: WIPED, beingDeleted: true });
    const searches = { done: 0 };
    const search = async () => {
      while (searches.done < 5) {
        const cloud = cloudFor(loadBalancerId, { namespace: 'shop', priority });
        const { sight, searched } = await observeDeletion(leaving, { ...viewOf(nothing), cloud });
        if (searched === 'nothing') searches.done += 1;
        else await sleep(clock, sight.seen === 'unreadable' ? (sight.error.retryAfterMs ?? 0) : 0);
      }
    };
    await simulated.finish([search()], 10 * 60_000);
    expect(searches.done).toBe(5);
  });
});

const nothing = async () => listing([]);

describe('the search after a wiped status', () => {
  it.each<{
    reason: string;
    generation: number;
    there: Cloud['listenersTagged'];
    sight: object;
  }>([
    {
      reason: 'finds the listener of an edited manifest in another region',
      generation: 2,
      there: async () => listing([OURS]),
      sight: { seen: 'occupied', ownership: { of: 'us' }, site: SHANGHAI },
    },
    {
      reason: 'waits for a region that does not answer',
      generation: 2,
      there: async () => ({ outcome: 'unknown', error: sampleError('unavailable') }),
      sight: { seen: 'unreadable' },
    },
    {
      reason: 'passes by a region in which the credentials may do nothing',
      generation: 2,
      there: async () => refusal('permission'),
      sight: { seen: 'free' },
    },
    {
      reason: 'takes no list at its word that ignores the filter',
      generation: 2,
      there: async () => listing([sampleListener({ tags: [] })]),
      sight: { seen: 'free' },
    },
  ])('$reason', async ({ generation, there, sight }) => {
    const object = sampleObject({ generation, status: WIPED });
    expect(await observeLife(object, viewOf(nothing, there))).toMatchObject({ sight });
    const leaving = sampleObject({ generation: generation + 1, status: WIPED, beingDeleted: true });
    expect(await observeDeletion(leaving, viewOf(nothing, there))).toMatchObject({ sight });
  });

  it('says why it waits for a region that the manifest does not name', async () => {
    const silent = async () => ({ outcome: 'unknown' as const, error: sampleError('unavailable') });
    const leaving = sampleObject({ generation: 3, status: WIPED, beingDeleted: true });
    const { sight } = await observeDeletion(leaving, viewOf(nothing, silent));
    expect(sight.seen === 'unreadable' && sight.error.message).toContain(
      'The status of this object was removed after an edit: a listener of it may be there.',
    );
  });

  it('stays in the region of a manifest that was never edited', async () => {
    const view = viewOf(nothing, async () => listing([OURS]));
    expect(await observeLife(sampleObject({ status: WIPED }), view)).toMatchObject({
      sight: { seen: 'free' },
      searched: 'nothing',
    });
    // The API server counts the deletion as a generation. A region that is silent must not hold it up.
    const leaving = sampleObject({ generation: 2, status: WIPED, beingDeleted: true });
    expect(await observeDeletion(leaving, view)).toMatchObject({ searched: 'nothing' });
    expect(view.opened).toEqual([]);
  });

  it('is narrowed to the declared load balancer where the credentials may not list the account', async () => {
    const asked: (string | undefined)[] = [];
    const view = viewOf(async (_tag, loadBalancerId) => {
      asked.push(loadBalancerId);
      return loadBalancerId === undefined ? refusal('permission') : listing([OURS]);
    });
    expect(await observeLife(sampleObject({ status: WIPED }), view)).toMatchObject({
      sight: { seen: 'occupied', ownership: { of: 'us' } },
    });
    expect(asked).toEqual([undefined, SPEC.loadBalancerId]);
  });
});
