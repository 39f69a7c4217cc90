import { describe, expect, it } from 'vitest';
import type { AlbConnection } from '../src/alb/alb-client.ts';
import type { Access } from '../src/alb/api.ts';
import { CloudSessions } from '../src/cloud-sessions.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { OWN_ACCESS as OWN } from './support/access.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const CALLS_PER_MINUTE = 10;
const as = (name: string): Access => ({ ...OWN, secret: { namespace: 'shop', name } });

/** Credentials of two accounts; every call is answered. */
function world() {
  const accounts: Readonly<Record<string, string>> = { '': '1', blue: '1', green: '2' };
  const connections = new Map<string, AlbConnection>();
  const sent: string[] = [];
  const connectionOf = (name: string): AlbConnection => {
    const known = connections.get(name);
    if (known !== undefined) return known;
    const connection: AlbConnection = {
      redact: (text) => text,
      rpc: async (operation) => {
        sent.push(`${name}: ${operation}`);
        return { outcome: 'yes', value: { RequestId: 'R', JobId: 'J', Listeners: [] }, requestId: 'R' };
      },
    };
    connections.set(name, connection);
    return connection;
  };
  const clock = new VirtualClock();
  const sessions = new CloudSessions({
    open: async ({ secret, regionId = 'cn-hangzhou' }) => {
      const name = secret?.name ?? '';
      const accountId = accounts[name] ?? '';
      return {
        opened: true,
        site: { accountId, regionId },
        connection: connectionOf(name),
        isUnlisted: false,
      };
    },
    observed: (connection) => connection,
    callsPerMinute: CALLS_PER_MINUTE,
    busyDelayMs: 1000,
    workers: 10,
    clock,
    random: seededRandom(1),
  });
  return { sessions, sent, clock };
}

/** Stops listeners, each on a load balancer of its own, until a call is held back. */
async function stopsUntilHeldBack(sessions: CloudSessions, access: Access): Promise<number> {
  for (let count = 0; count < 100; count += 1) {
    const { cloudFor } = await sessions.open(access, { namespace: 'shop', priority: 'high' });
    const answer = await cloudFor(`alb-${access.secret?.name}-${count}`).stopListener('lsn-1');
    if (answer.outcome !== 'yes') return count;
  }
  throw new Error('nobody holds anything back');
}

describe('what the cloud counts together', () => {
  it('is spent together: two Secrets of one account have one budget', async () => {
    const { sessions } = world();
    expect(await stopsUntilHeldBack(sessions, as('blue'))).toBeGreaterThan(0);
    expect(await stopsUntilHeldBack(sessions, OWN)).toBe(0);
  });

  it('and nothing else is: another account or another region goes on', async () => {
    const { sessions } = world();
    await stopsUntilHeldBack(sessions, as('blue'));
    expect(await stopsUntilHeldBack(sessions, as('green'))).toBeGreaterThan(0);
    expect(await stopsUntilHeldBack(sessions, { ...as('blue'), regionId: 'cn-beijing' })).toBeGreaterThan(0);
    const sites = sessions.load().map(({ accountId, regionId }) => `${accountId} ${regionId}`);
    expect(sites.toSorted()).toEqual(['1 cn-beijing', '1 cn-hangzhou', '2 cn-hangzhou']);
  });

  it('but what one key may see is read with that key, and shared with no other', async () => {
    const { sessions, sent } = world();
    const list = async (access: Access) =>
      (await sessions.open(access, { namespace: 'shop', priority: 'normal' }))
        .cloudFor('alb-one')
        .seeLoadBalancer('alb-one');
    await list(as('blue'));
    await list(OWN);
    await list(OWN);
    expect(sent).toEqual([
      'blue: GetLoadBalancerAttribute',
      ': GetLoadBalancerAttribute',
      ': GetLoadBalancerAttribute',
    ]);
  });
});

describe('the workers that one region may hold', () => {
  const caller = { namespace: 'shop', priority: 'high' } as const;
  const HOUR_MS = 3_600_000;

  it('are shared by its accounts, also by one that comes after hours', async () => {
    const { sessions, clock } = world();
    const isOpened = async (name: string) => (await sessions.open(as(name), caller)).site !== undefined;
    for (let hour = 0; hour < 3; hour += 1) {
      (await sessions.open(as('blue'), caller)).close();
      await clock.advance(0.7 * HOUR_MS);
    }
    (await sessions.open({ ...as('blue'), regionId: 'cn-beijing' }, caller)).close();
    // Of 10 workers, seven for an account and region, and eight for the region.
    for (let count = 0; count < 7; count += 1) expect(await isOpened('blue')).toBe(true);
    expect(await isOpened('blue')).toBe(false);
    expect(await isOpened('green')).toBe(true);
    expect(await isOpened('green')).toBe(false);
  });
});
