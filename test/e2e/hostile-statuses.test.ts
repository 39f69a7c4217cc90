import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Listener } from '../../src/simulator/listener.ts';
import { Bystander } from '../support/bystander.ts';
import { fullStatus } from '../support/full-status.ts';
import { matching } from '../support/matchers.ts';
import { httpSpec, OperatorWorld, reasonOf, type StoredListener } from '../support/operator-world.ts';

const STRANGERS = 'alb-strangers';
/** After which no clock of ours will ever be. */
const FUTURE = '9999-12-31T23:59:59Z';
const PAST = '2020-01-01T00:00:00Z';
const [CONDITION] = fullStatus.conditions;
/** As JSON merge patch: every field goes. */
const NOTHING = Object.fromEntries(Object.keys(fullStatus).map((field) => [field, null]));

let world: OperatorWorld;
let bystander: Bystander;
beforeAll(async () => {
  world = await OperatorWorld.start({
    settings: { provisioningMs: 100, configuringMs: 50, createLocksLoadBalancer: false },
    environment: { ALB_SETTLE_TIME: '2s', ALB_RESYNC_INTERVAL: '1s' },
    isLiedAbout: (name) => name.startsWith('lied-about'),
  });
  bystander = await Bystander.join(world);
});
afterEach(() => bystander.expectUnharmed());
afterAll(() => world.close());

interface Lie {
  readonly reason: string;
  readonly status: object;
}

const job = { jobId: 'job-of-nobody', requestId: 'REQ-0' };
const underWay = (kind: string, startedAt: string) => ({ operation: { kind, startedAt, ...job } });

/** Told of a listener that runs. It is found out by the next look at the cloud. */
const LIES: readonly Lie[] = [
  { reason: 'it is gone', status: NOTHING },
  { reason: 'it speaks of a generation to come', status: { observedGeneration: 2 ** 53 - 1 } },
  {
    reason: 'it has as many conditions as may be, of no type that we know',
    status: {
      conditions: Array.from({ length: 16 }, (_, place) => ({
        ...CONDITION,
        type: `${'T'.repeat(314)}${place + 10}`,
        reason: 'R'.repeat(128),
        message: '\u202e\u{1f4a5}'.repeat(1024),
      })),
    },
  },
  {
    reason: 'its reasons are parts of every object',
    status: {
      phase: 'Failed',
      conditions: ['Ready', 'Synced', 'Stalled'].map((type) => ({
        ...CONDITION,
        type,
        reason: 'Constructor',
      })),
    },
  },
  {
    reason: 'it counts incarnations that nobody can',
    status: { creation: { incarnation: 2 ** 53 - 1, startedAt: PAST } },
  },
  {
    reason: 'it counts more of them than a number of JavaScript can',
    status: { creation: { incarnation: 2 ** 62, startedAt: PAST } },
  },
  {
    reason: 'its creation is to come',
    status: { creation: { incarnation: 0, startedAt: FUTURE, unsettledAt: FUTURE } },
  },
  { reason: 'an update is under way from the future', status: underWay('Update', FUTURE) },
  { reason: 'a creation is under way from the future', status: underWay('Create', FUTURE) },
  { reason: 'an update has been under way for years', status: underWay('Update', PAST) },
  { reason: 'another installation has written it', status: { installation: '\u202e'.repeat(128) } },
  {
    reason: 'it gave up long ago',
    status: { convergence: { difference: 'x'.repeat(64), updates: 2 ** 53 - 1 } },
  },
  { reason: 'it remembers a request that nobody made', status: { handledReconcileAt: '\u0000'.repeat(64) } },
  {
    reason: 'it has set as many tags as may be',
    status: { managedTagKeys: Array.from({ length: 128 }, (_, place) => `${place}`.padStart(128, 'x')) },
  },
  {
    reason: 'it has set the tags that say whose the listener is',
    status: {
      managedTagKeys: ['uid', 'namespace', 'name', 'incarnation'].map(
        (name) => `alb-listener-operator/${name}`,
      ),
    },
  },
  {
    reason: 'it has set attachments that it has not',
    status: { managedAttachments: ['additionalCertificates', 'aclConfig'] },
  },
  {
    reason: 'it has drifted everywhere',
    status: {
      drift: Array.from({ length: 32 }, () => ({
        path: '__proto__',
        declared: '\u0000'.repeat(256),
        actual: '',
      })),
    },
  },
  { reason: 'it plans what nobody declared', status: { plan: fullStatus.plan } },
  { reason: 'it has seen another listener', status: { observed: fullStatus.observed } },
  {
    reason: 'its listener is one that never was',
    status: { listenerId: '../lsn-1?Action=DeleteListener&__proto__' },
  },
  {
    reason: 'it is nearly as large as an API server takes',
    status: {
      observed: {
        ...fullStatus.observed,
        defaultActions: Array.from({ length: 16 }, () => ({
          type: 'ForwardGroup',
          forwardGroupConfig: {
            serverGroupTuples: Array.from({ length: 64 }, () => ({ serverGroupId: 'x'.repeat(1024) })),
          },
        })),
      },
    },
  },
  {
    reason: 'its history tells of writes that never were',
    status: {
      history: {
        creation: { operation: '\u202e'.repeat(64), at: FUTURE, outcome: 'Succeeded' },
        writes: Array.from({ length: 5 }, () => ({
          operation: 'DeleteListener',
          at: FUTURE,
          outcome: 'Accepted',
          code: '\u{1f4a5}'.repeat(128),
          requestId: '',
          jobId: '__proto__',
        })),
      },
    },
  },
  { reason: 'its listener is forgotten', status: { listenerId: null } },
];

describe('a status that somebody else has written', () => {
  const rows = LIES.map((lie, place) => ({
    ...lie,
    name: `lied-about-${place}`,
    listenerPort: 1000 + place,
  }));
  beforeAll(async () => {
    await world.applyAll(
      Object.fromEntries(rows.map(({ name, listenerPort }) => [name, httpSpec({ listenerPort })])),
    );
    for (const { name } of rows) await world.untilReady(name);
  });

  it.each(rows)('is put right, be it that $reason', async ({ name, listenerPort, status }) => {
    const before = await world.untilReady(name);
    await lie(name, status);
    const tags = [{ key: 'edited', value: 'since' }];
    await world.apply(name, httpSpec({ listenerPort, idleTimeout: 99, tags }));
    const { listenerId } = (await world.untilReady(name)).status;
    expect(listenerId).toBe(before.status.listenerId);
    const [listener, ...more] = await onPort(listenerPort);
    expect(more).toEqual([]);
    expect(listener).toMatchObject({ ListenerId: listenerId, IdleTimeout: 99 });
    expect(listener?.Tags).toContainEqual({ Key: 'edited', Value: 'since' });
    expect(listener?.Tags).toContainEqual({ Key: 'alb-listener-operator/uid', Value: before.metadata.uid });

    await lie(name, status);
    await expectToGo(name);
    expect(await onPort(listenerPort)).toEqual([]);
  });
});

describe('a status that gives an object the listener of somebody else', () => {
  const OPERATIONS = [{}, underWay('Create', PAST), underWay('Create', FUTURE), underWay('Delete', PAST)];
  const owners = ['nobody', 'another cluster', 'another object'] as const;
  const rows = owners.flatMap((owner, at) =>
    OPERATIONS.map((operation, place) => ({
      owner,
      operation,
      name: `lied-about-theirs-${at}-${place}`,
      listenerPort: 2000 + 10 * at + place,
      what: Object.keys(operation).length === 0 ? 'nothing' : JSON.stringify(operation),
    })),
  );
  beforeAll(async () => {
    await world.applyAll(
      Object.fromEntries(rows.map(({ name, listenerPort }) => [name, httpSpec({ listenerPort })])),
    );
    for (const { name } of rows) await world.untilReady(name);
  });

  it.each(rows)(
    'leaves that of $owner as it is, with $what under way',
    async ({ owner, operation, name, listenerPort }) => {
      const own = await world.untilReady(name);
      const theirs = await listenerOf(owner);
      await lie(name, { listenerId: theirs.ListenerId, ...operation });
      await world.apply(name, httpSpec({ listenerPort, idleTimeout: 99 }));
      const lost = await world.untilReason(name, 'OwnershipLost');
      expect(messageOf(lost)).toContain(theirs.ListenerId);
      await beginDeletion(name);
      await world.until(
        name,
        (listener) => listener.status.phase === 'Deleting' && reasonOf(listener) === 'OwnershipLost',
      );
      expect(await listenerOf(owner)).toEqual(theirs);

      // Who takes the lie back gets the own listener deleted.
      await lie(name, { listenerId: own.status.listenerId, operation: null });
      await world.untilGone(name);
      expect(await onPort(listenerPort)).toEqual([]);
    },
  );

  async function listenerOf(owner: (typeof owners)[number]): Promise<Listener> {
    const { listeners } = await world.cloud.state();
    const found = listeners.find((listener) => {
      if (owner === 'another object') return listener.ListenerId === bystander.listenerId;
      const isTagged = listener.Tags.length > 0;
      return listener.LoadBalancerId === STRANGERS && isTagged === (owner === 'another cluster');
    });
    if (found === undefined) throw new Error(`The listener of ${owner} is gone.`);
    return found;
  }
});

describe('what cannot be stored in a status', () => {
  it.each([
    {
      reason: 'a condition has a status of its own making',
      status: { conditions: [{ ...CONDITION, status: 'Perhaps' }] },
    },
    { reason: 'a condition is there twice', status: { conditions: [CONDITION, CONDITION] } },
    { reason: 'a listener has no name', status: { listenerId: '' } },
    { reason: 'a phase is unknown', status: { phase: '__proto__' } },
    { reason: 'it is another type', status: { listenerId: { toString: 'lsn-1' } } },
    {
      reason: 'a message is too long',
      status: { conditions: [{ ...CONDITION, message: 'x'.repeat(2049) }] },
    },
    {
      reason: 'a time has a fraction of a megabyte',
      status: { creation: { incarnation: 0, startedAt: `2020-01-01T00:00:00.${'0'.repeat(1_000_000)}Z` } },
    },
    { reason: 'there are too many tags', status: { managedTagKeys: Array.from({ length: 129 }, String) } },
  ])('is refused by the API server: $reason', async ({ status }) => {
    expect(await patchStatus('bystander', status)).toMatchObject({ code: 1, stderr: matching('status.') });
  });

  it('is dropped where it is no field', async () => {
    const before = await world.get('bystander');
    const patch = '{"status":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}';
    const args = [
      'patch',
      'alblistener',
      'bystander',
      '--subresource=status',
      '--type=merge',
      `--patch=${patch}`,
    ];
    await world.controlPlane.kubectl(args);
    expect(await world.get('bystander')).toEqual(before);
  });
});

/** Written by somebody who may write statuses. */
async function lie(name: string, status: object): Promise<void> {
  expect(await patchStatus(name, status)).toMatchObject({ code: 0 });
}

async function patchStatus(name: string, status: object) {
  // An argument of a program may neither be so long nor hold a zero byte.
  const file = join(world.controlPlane.dataDirectory, 'lie.json');
  await writeFile(file, JSON.stringify({ status }));
  const args = ['patch', 'alblistener', name, '--subresource=status', '--type=merge'];
  return world.controlPlane.kubectl([...args, `--patch-file=${file}`]);
}

async function beginDeletion(name: string): Promise<void> {
  await world.controlPlane.kubectl(['delete', 'alblistener', name, '--wait=false']);
}

async function expectToGo(name: string): Promise<void> {
  await beginDeletion(name);
  await world.untilGone(name);
}

async function onPort(listenerPort: number): Promise<readonly Listener[]> {
  return (await world.listeners()).filter((listener) => listener.ListenerPort === listenerPort);
}

function messageOf({ status }: StoredListener): string | undefined {
  return status.conditions.find(({ type }) => type === 'Ready')?.message;
}
