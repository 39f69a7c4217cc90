import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { albApiOver } from '../../src/alb/alb-client.ts';
import type { Access } from '../../src/alb/api.ts';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import type { CredentialsProvider } from '../../src/alb/credentials/provider.ts';
import type { SecretReading } from '../../src/alb/credentials/secret.ts';
import { regionsOf } from '../../src/alb/endpoints.ts';
import { AlbSessions, type Opening } from '../../src/alb/sessions.ts';
import { CallerIdentities } from '../../src/alb/sts/caller-identities.ts';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import { HOME_ACCOUNT } from '../../src/simulator/home-account.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import { OWN_ACCESS as OWN } from '../support/access.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const PARTNER = '2000000000000002';
const ROLE_ARN = `acs:ram::${PARTNER}:role/alb-listeners`;
const HOME_KEY = new Credentials('home', 'PlantedSecretHome');
const PARTNER_KEY = new Credentials('partner', 'PlantedSecretPartner');
const RETRY_MS = 15_000;
const HOUR_MS = 3_600_000;

const BY_SECRET: Access = { ...OWN, secret: { namespace: 'shop', name: 'alb' } };
const PARTNER_SECRET = { accessKeyId: 'partner', accessKeySecret: 'PlantedSecretPartner' };

let cloud: RunningSimulator;
let control: SimulatorControl;
let clock: VirtualClock;
/** What the operator's own source of credentials holds now. */
let own: Credentials;
/** What the Secret of the cluster holds now. */
let secret: SecretReading;
/** Secrets that an object of the cluster refers to. */
let referred: ReadonlySet<string>;
let sessions: AlbSessions;

beforeEach(async () => {
  cloud = await startSimulator({
    inventory: {
      loadBalancers: [
        { LoadBalancerId: 'alb-home', VpcId: 'vpc' },
        { LoadBalancerId: 'alb-partner', VpcId: 'vpc', AccountId: PARTNER },
      ],
      credentials: [
        { accessKeyId: 'home', accessKeySecret: 'PlantedSecretHome' },
        { ...PARTNER_SECRET, accountId: PARTNER },
      ],
      roles: [
        {
          RoleArn: ROLE_ARN,
          accountId: PARTNER,
          trustedAccountIds: [HOME_ACCOUNT],
          ExternalId: 'blue/shop',
        },
      ],
    },
  });
  control = new SimulatorControl(cloud.control);
  clock = new VirtualClock(Date.now());
  own = HOME_KEY;
  secret = holding(PARTNER_SECRET);
  referred = new Set(['shop/alb']);
  const provider: CredentialsProvider = {
    current: async () => ({ ok: true, credentials: own }),
    renew: async () => ({ ok: true, credentials: own }),
  };
  sessions = new AlbSessions({
    regions: regionsOf({
      home: 'cn-hangzhou',
      network: 'public',
      given: new Map([
        ['cn-hangzhou', cloud.endpoint],
        ['cn-beijing', cloud.endpoint],
      ]),
    }),
    own: provider,
    identities: new CallerIdentities(cloud.endpoint, clock),
    stsEndpoint: cloud.endpoint,
    roleSessionName: 'test',
    installation: 'blue',
    readSecret: async () => secret,
    isReferred: (name) => referred.has(name),
    retryMs: RETRY_MS,
    mayWrite: () => true,
    clock,
  });
});
afterEach(() => cloud.close());

function holding(data: Readonly<Record<string, string>>): SecretReading {
  return { found: 'secret', data: new Map(Object.entries(data)) };
}

async function open(access: Access): Promise<Extract<Opening, { opened: true }>> {
  const opening = await sessions.open(access);
  if (!opening.opened) throw new Error(`${opening.error.code}: ${opening.error.message}`);
  return opening;
}

async function sees(access: Access, loadBalancerId: string): Promise<string> {
  const { connection } = await open(access);
  const answer = await albApiOver(connection).getLoadBalancerAttribute(loadBalancerId);
  return answer.outcome === 'yes' ? 'yes' : answer.error.code;
}

describe('a session', () => {
  it('is that of the operator in its own region, unless something else is asked for', async () => {
    expect((await open(OWN)).site).toEqual({ accountId: HOME_ACCOUNT, regionId: 'cn-hangzhou' });
    expect(await sees(OWN, 'alb-home')).toBe('yes');
    expect((await open({ ...OWN, regionId: 'cn-beijing' })).site.regionId).toBe('cn-beijing');
  });

  it('by a Secret is that of the account of its key, and sees what that one has', async () => {
    expect((await open(BY_SECRET)).site.accountId).toBe(PARTNER);
    expect(await sees(BY_SECRET, 'alb-partner')).toBe('yes');
    expect(await sees(BY_SECRET, 'alb-home')).toBe('ResourceNotFound.LoadBalancer');
  });

  it('has one connection for all who come with the same credentials to the same site', async () => {
    const first = await open(BY_SECRET);
    expect((await open(BY_SECRET)).connection).toBe(first.connection);
    const others = [OWN, { ...BY_SECRET, regionId: 'cn-beijing' }];
    for (const access of others) expect((await open(access)).connection).not.toBe(first.connection);
  });

  it.each([
    { regionId: 'Hangzhou', access: OWN, reason: 'it is not written like a region' },
    { regionId: 'cn-hangzou', access: OWN, reason: 'it is misspelt' },
    { regionId: 'oss-cn-hangzhou', access: OWN, reason: 'its host would be a bucket' },
    { regionId: 'cn-hangzou', access: BY_SECRET, reason: 'a key of the namespace opens no host either' },
    {
      regionId: 'oss-cn-hangzhou',
      access: { ...OWN, isRecorded: true },
      reason: 'a status may be written by others',
    },
  ])('in $regionId is not opened, and nothing is sent: $reason', async ({ regionId, access }) => {
    const opening = await sessions.open({ ...access, regionId });
    expect(opening).toMatchObject({ opened: false, error: { class: 'unknownRegion', notSent: true } });
    expect(await control.calls()).toEqual([]);
  });

  it('in an unlisted region is opened only where a listener was recorded, and says so', async () => {
    const opening = await sessions.open({ ...OWN, regionId: 'cn-lhasa', isRecorded: true });
    expect(opening).toMatchObject({ opened: true, isUnlisted: true, site: { regionId: 'cn-lhasa' } });
    expect((await open(OWN)).isUnlisted).toBe(false);
  });
});

describe('the account', () => {
  it('that has to be another one opens nothing, and nobody asks the cloud anything', async () => {
    expect(await sessions.open({ ...OWN, accountId: PARTNER })).toMatchObject({
      opened: false,
      error: {
        class: 'wrongAccount',
        notSent: true,
        message: `The credentials belong to account ${HOME_ACCOUNT}, and the listener to account ${PARTNER}.`,
      },
    });
    expect((await control.calls()).map(({ action }) => action)).toEqual(['GetCallerIdentity']);
  });

  it('that changes while a session is in use ends it: what was opened as one is not used as another', async () => {
    const { connection } = await open(OWN);
    own = PARTNER_KEY;
    const answer = await albApiOver(connection).getLoadBalancerAttribute('alb-partner');
    expect(answer).toMatchObject({ outcome: 'no', error: { class: 'wrongAccount', notSent: true } });
    expect((await open(OWN)).site.accountId).toBe(PARTNER);
  });

  it('that STS does not tell opens nothing', async () => {
    await control.addFault({
      kind: 'error',
      operation: 'GetCallerIdentity',
      code: 'ServiceUnavailable',
      status: 503,
    });
    expect(await sessions.open(OWN)).toMatchObject({
      opened: false,
      error: { class: 'unavailable', operation: 'GetCallerIdentity' },
    });
  });
});

describe('a Secret', () => {
  it.each([
    {
      reason: 'it is not there',
      reading: { found: 'nothing', problem: 'There is no Secret shop/alb' } as const,
      says: 'There is no Secret shop/alb',
    },
    {
      reason: 'it holds half a key, which nobody completes with the half of another',
      reading: holding({ accessKeySecret: 'PlantedSecretPartner' }),
      says: 'accessKeyId is missing or empty',
    },
    {
      reason: 'it holds something else',
      reading: holding({}),
      says: 'holds neither roleArn nor accessKeyId and accessKeySecret',
    },
    {
      reason: 'what it holds is not ASCII',
      reading: holding({ ...PARTNER_SECRET, securityToken: 'Planted Token' }),
      says: 'securityToken holds white space',
    },
    {
      reason: 'its role is none',
      reading: holding({ roleArn: 'acs:ram::x:role/../alb' }),
      says: 'holds no ARN of a role',
    },
  ])('opens nothing, and is looked at again soon, when $reason', async ({ reading, says }) => {
    secret = reading;
    const opening = await sessions.open(BY_SECRET);
    expect(opening).toMatchObject({
      opened: false,
      error: { class: 'credentialsMissing', retryAfterMs: RETRY_MS, notSent: true },
    });
    const message = opening.opened ? '' : opening.error.message;
    expect(message).toContain(says);
    expect(message).not.toContain('Planted');
    expect(await control.calls()).toEqual([]);
  });

  it('that cannot be read for a moment serves with what it held; on a first look there is nothing to serve with', async () => {
    const unread = { found: 'unread', problem: 'Secret shop/alb could not be read: timeout.' } as const;
    secret = unread;
    expect(await sessions.open(BY_SECRET)).toMatchObject({
      opened: false,
      error: { class: 'unavailable', code: 'SecretUnread' },
    });
    secret = holding(PARTNER_SECRET);
    await open(BY_SECRET);
    secret = unread;
    expect(await sees(BY_SECRET, 'alb-partner')).toBe('yes');
  });

  it('that is gone serves only those who clean up', async () => {
    await open(BY_SECRET);
    secret = { found: 'nothing', problem: 'There is no Secret shop/alb' };
    expect(await sessions.open(BY_SECRET)).toMatchObject({ opened: false });
    expect(await sees({ ...BY_SECRET, isLeaving: true }, 'alb-partner')).toBe('yes');
  });

  it('that is gone serves those who clean up for as long as an object refers to it, and no longer', async () => {
    await open(BY_SECRET);
    secret = { found: 'nothing', problem: 'There is no Secret shop/alb' };
    const another = { ...BY_SECRET, secret: { namespace: 'shop', name: 'another' } };
    await clock.advance(1.1 * HOUR_MS);
    await sessions.open(another);
    await clock.advance(1.1 * HOUR_MS);
    await sessions.open(another);
    expect(await sees({ ...BY_SECRET, isLeaving: true }, 'alb-partner')).toBe('yes');
    referred = new Set();
    await clock.advance(1.1 * HOUR_MS);
    await sessions.open(another);
    expect(await sessions.open({ ...BY_SECRET, isLeaving: true })).toMatchObject({ opened: false });
  });

  it('with another key is another session from the next look on', async () => {
    const first = await open(BY_SECRET);
    await control.patchInventory({
      credentials: [{ accessKeyId: 'next', accessKeySecret: 'PlantedSecretNext', accountId: PARTNER }],
    });
    secret = holding({ accessKeyId: 'next', accessKeySecret: 'PlantedSecretNext' });
    // The connection stays, so that what its site remembers does; its key is the new one.
    expect((await open(BY_SECRET)).connection).toBe(first.connection);
    await sees(BY_SECRET, 'alb-partner');
    expect((await control.calls()).at(-1)).toMatchObject({ accessKeyId: 'next' });
  });
});

describe('a role', () => {
  it('is assumed for the namespace of the Secret, once, and again ahead of the end of its key', async () => {
    secret = holding({ roleArn: `${ROLE_ARN}\n` });
    expect((await open(BY_SECRET)).site.accountId).toBe(PARTNER);
    expect(await sees(BY_SECRET, 'alb-partner')).toBe('yes');
    const assumed = async () => (await control.calls()).filter(({ action }) => action === 'AssumeRole');
    expect(await assumed()).toMatchObject([
      { accessKeyId: 'home', parameters: { ExternalId: 'blue/shop', RoleSessionName: 'test' } },
    ]);
    await clock.advance(0.8 * HOUR_MS);
    await open(BY_SECRET);
    await expect.poll(assumed).toHaveLength(2);
  });

  it('is assumed with the key beside it, if there is one', async () => {
    await control.patchInventory({ roles: [{ RoleArn: ROLE_ARN, trustedAccountIds: [PARTNER] }] });
    secret = holding({ roleArn: ROLE_ARN, ...PARTNER_SECRET });
    await open(BY_SECRET);
    const calls = await control.calls();
    expect(calls.find(({ action }) => action === 'AssumeRole')).toMatchObject({ accessKeyId: 'partner' });
  });

  it.each([
    { change: { ExternalId: 'blue/blog' }, reason: 'it is for another namespace' },
    { change: { trustedAccountIds: [] }, reason: 'it trusts somebody else' },
  ])(
    'that does not trust the operator opens nothing and says what was asked for: $reason',
    async ({ change }) => {
      await control.patchInventory({ roles: [{ RoleArn: ROLE_ARN, ...change }] });
      secret = holding({ roleArn: ROLE_ARN });
      const opening = await sessions.open(BY_SECRET);
      expect(opening).toMatchObject({
        opened: false,
        error: { class: 'permission', operation: 'AssumeRole', code: 'NoPermission' },
      });
      expect(opening.opened ? '' : opening.error.message).toContain(
        `STS gave no key for ${ROLE_ARN} (ExternalId blue/shop)`,
      );
    },
  );
});
