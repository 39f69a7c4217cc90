import { describe, expect, it } from 'vitest';
import type { CreatedListener } from '../../src/alb/api.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { AlbSite } from '../../src/alb-site.ts';
import type { Cloud } from '../../src/listener/ports.ts';
import { httpListener, SimulatedCloud } from './simulated-cloud.ts';

const FAILURE = new Error('a part of the operator failed');

function setUp() {
  const simulated = new SimulatedCloud({ loadBalancers: ['alb-one'] });
  const { clock, random, connection } = simulated;
  const throwing = { sends: false };
  const site = new AlbSite({ clock, random, callsPerMinute: 160, busyDelayMs: 1000 });
  const cloudFor = site.cloudOver(
    {
      ...connection,
      rpc: (operation, parameters) => {
        if (throwing.sends) throw FAILURE;
        return connection.rpc(operation, parameters);
      },
    },
    '',
  );
  const calls = () =>
    site.load().budget.find(({ operation }) => operation === 'CreateListener')?.left ?? 'never asked';
  return {
    simulated,
    throwing,
    cloud: cloudFor('alb-one', { namespace: 'shop', priority: 'high' }),
    inFlight: () => site.load().lanes.inFlight,
    calls,
  };
}

const create = (cloud: Cloud, before: () => Promise<void> = async () => {}) =>
  cloud.withTurnToCreate<Outcome<CreatedListener>>(
    async (createListener) => {
      await before();
      return createListener(httpListener('alb-one', 80));
    },
    (error) => ({ outcome: 'no', error }),
  );

describe('the place of a creation in the lane and in the budget', () => {
  const failures = [
    { reason: 'what is written ahead throws', fails: 'before' },
    { reason: 'the call itself throws', fails: 'call' },
  ] as const;
  it.each(failures)('is given back when $reason', async ({ fails }) => {
    const { simulated, throwing, cloud, inFlight, calls } = setUp();
    throwing.sends = fails === 'call';
    const before = async () => {
      if (fails === 'before') throw FAILURE;
    };
    // More often than the lane and the budget have places.
    for (let attempt = 0; attempt < 50; attempt += 1)
      await expect(create(cloud, before)).rejects.toBe(FAILURE);
    expect(inFlight()).toBe(0);
    expect(calls()).toBe(10);

    throwing.sends = false;
    const created = create(cloud);
    await simulated.clock.advance(100);
    expect(await created).toMatchObject({ outcome: 'yes' });
  });

  it('is given back when the caller decides not to call', async () => {
    const { cloud, inFlight, calls } = setUp();
    await cloud.withTurnToCreate(
      async () => expect(inFlight()).toBe(1),
      () => expect.fail('there was a place'),
    );
    expect(inFlight()).toBe(0);
    expect(calls()).toBe(10);
  });

  it('ends once, although the answer comes after the caller has gone on', async () => {
    const { simulated, cloud, inFlight } = setUp();
    await cloud.withTurnToCreate(
      async (createListener) => void createListener(httpListener('alb-one', 80)),
      () => expect.fail('there was a place'),
    );
    await simulated.clock.advance(1000);
    expect(inFlight()).toBe(0);
  });

  it('of any other write is given back, too', async () => {
    const { throwing, cloud, inFlight } = setUp();
    throwing.sends = true;
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(cloud.deleteListener('lsn-1')).rejects.toBe(FAILURE);
    expect(inFlight()).toBe(0);
  });
});
