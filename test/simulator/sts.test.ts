import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PopCore from '@alicloud/pop-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { HOME_ACCOUNT } from '../../src/simulator/home-account.ts';
import type { InventoryInput } from '../../src/simulator/inventory.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { Cloud, forwardTo, http, type Wire } from './cloud.ts';
import { codeOf, send, start } from './running.ts';
import type { V3Call } from './v3-request.ts';

const VERSION = '2015-04-01';
const PARTNER_ACCOUNT = '1000000000000002';
const ROLE = `acs:ram::${PARTNER_ACCOUNT}:role/alb-listeners`;
const OIDC_TOKEN = 'PlantedOidcToken';

/** What a call of AssumeRole has to carry for the role of the default inventory. */
const wanted = { RoleArn: ROLE, RoleSessionName: 'operator', ExternalId: 'shop-at-partner' };

const byOidc = { RoleArn: 'acs:ram::1:role/pod', OIDCProviderArn: 'acs:ram::1:oidc-provider/ack' };
const oidcRole: NonNullable<InventoryInput['roles']>[number] = {
  ...byOidc,
  OIDCToken: OIDC_TOKEN,
  accountId: PARTNER_ACCOUNT,
};

function ask(endpoint: string, action: string, query: Wire = {}, more: Partial<V3Call> = {}) {
  return send(endpoint, action, { Format: 'JSON', ...query }, { version: VERSION, ...more });
}

/** As pods do it: a form, and no signature. */
async function askUnsigned(endpoint: string, form: Wire) {
  const body = new URLSearchParams({ Version: VERSION, Format: 'JSON', ...form });
  const answer = await fetch(endpoint, { method: 'POST', body });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

function askForPod(endpoint: string, form: Wire = {}) {
  const action = { Action: 'AssumeRoleWithOIDC', RoleSessionName: 'pod' };
  return askUnsigned(endpoint, { ...action, ...byOidc, OIDCToken: OIDC_TOKEN, ...form });
}

const assumed = z.object({
  AssumedRoleUser: z.object({ Arn: z.string(), AssumedRoleId: z.string() }),
  Credentials: z.object({
    AccessKeyId: z.string(),
    AccessKeySecret: z.string(),
    SecurityToken: z.string(),
    Expiration: z.iso.datetime(),
  }),
});

/** The key in an answer, as a caller signs with it. */
function keyIn({ text }: { readonly text: string }) {
  const { AccessKeyId, AccessKeySecret, SecurityToken } = assumed.parse(JSON.parse(text)).Credentials;
  return { accessKeyId: AccessKeyId, secret: AccessKeySecret, securityToken: SecurityToken };
}

const onPartner = { ...http, LoadBalancerId: 'alb-partner', ...forwardTo('sgp-partner') };

/** All that is told to a user, and nothing else. */
const userIdentity = z.strictObject({
  RequestId: z.string().regex(/^[0-9A-F-]{36}$/),
  IdentityType: z.string(),
  AccountId: z.string(),
  PrincipalId: z.string(),
  UserId: z.string(),
  Arn: z.string(),
});

describe('GetCallerIdentity', () => {
  const plain = { accessKeyId: 'simulator', accessKeySecret: 'simulator-secret' };

  it.each(['POST', 'GET'])('tells a key signed with version 1 who it is (%s)', async (method) => {
    const { endpoint } = await start();
    const client = new PopCore({ endpoint, apiVersion: VERSION, ...plain });
    const identity = await client.request('GetCallerIdentity', {}, { method });
    const { Arn, PrincipalId, UserId, ...rest } = userIdentity.parse(identity);
    expect(rest).toMatchObject({ IdentityType: 'RAMUser', AccountId: HOME_ACCOUNT });
    expect(Arn).toMatch(/^acs:ram::1000000000000001:user\/user-\d{4}$/);
    expect(UserId).toMatch(/^\d{18}$/);
    expect(PrincipalId).toBe(UserId);
  });

  it('tells a key signed with version 3 its account, and does not repeat the key', async () => {
    const { endpoint } = await start();
    const partner = { accessKeyId: 'partner', secret: 'partner-secret' };
    const { text } = await ask(endpoint, 'GetCallerIdentity', {}, partner);
    expect(JSON.parse(text)).toMatchObject({ IdentityType: 'RAMUser', AccountId: PARTNER_ACCOUNT });
    expect(text).not.toContain('partner');
  });

  it('tells an issued key its role and session', async () => {
    const { endpoint } = await start();
    const answer = await ask(endpoint, 'AssumeRole', wanted);
    const { AssumedRoleUser } = assumed.parse(JSON.parse(answer.text));
    const identity = await ask(endpoint, 'GetCallerIdentity', {}, keyIn(answer));
    const { RequestId: _, ...told } = z.record(z.string(), z.string()).parse(JSON.parse(identity.text));
    expect(told).toEqual({
      IdentityType: 'AssumedRoleUser',
      AccountId: PARTNER_ACCOUNT,
      PrincipalId: AssumedRoleUser.AssumedRoleId,
      RoleId: AssumedRoleUser.AssumedRoleId.replace(':operator', ''),
      Arn: `acs:ram::${PARTNER_ACCOUNT}:assumed-role/alb-listeners/operator`,
    });
  });

  it('takes a key with a security token for one of a role', async () => {
    const { endpoint } = await start();
    const temporary = {
      accessKeyId: 'STS.simulator',
      secret: 'simulator-sts-secret',
      securityToken: 'simulator-security-token',
    };
    const { text } = await ask(endpoint, 'GetCallerIdentity', {}, temporary);
    expect(JSON.parse(text)).toMatchObject({ IdentityType: 'AssumedRoleUser', AccountId: HOME_ACCOUNT });
  });

  it('answers in this process too: whom nobody knows is a user of the home account', () => {
    expect(new Cloud().ok('GetCallerIdentity')).toMatchObject({
      IdentityType: 'RAMUser',
      AccountId: HOME_ACCOUNT,
    });
  });
});

describe('a signed call', () => {
  const temporary = { accessKeyId: 'STS.simulator', secret: 'simulator-sts-secret' };
  const token = { securityToken: 'simulator-security-token' };

  it.each([
    { reason: 'an unknown key', more: { accessKeyId: 'x' }, code: 'InvalidAccessKeyId.NotFound' },
    { reason: 'a disabled key', more: { accessKeyId: 'off' }, code: 'InvalidAccessKeyId.Inactive' },
    { reason: 'a wrong secret', more: { secret: 'x' }, code: 'SignatureDoesNotMatch' },
    { reason: 'no security token', more: temporary, code: 'MissingSecurityToken' },
    {
      reason: 'another security token',
      more: { ...temporary, securityToken: 'x' },
      code: 'InvalidSecurityToken.Malformed',
    },
    {
      reason: 'a security token of a plain key',
      more: token,
      code: 'InvalidSecurityToken.MismatchWithAccessKey',
    },
    {
      reason: 'a key that is over',
      more: { ...temporary, ...token, accessKeyId: 'STS.over' },
      code: 'InvalidSecurityToken.Expired',
    },
    { reason: 'an old date', more: { date: new Date(0) }, code: 'InvalidTimeStamp.Expired' },
    { reason: 'a nonce of before', more: { nonce: 'once' }, code: 'SignatureNonceUsed' },
  ])('is turned away for $reason: $code', async ({ more, code }) => {
    const { endpoint, client } = await start();
    await client.patchInventory({
      credentials: [
        { accessKeyId: 'off', accessKeySecret: 'simulator-secret', disabled: true },
        { ...token, accessKeyId: 'STS.over', accessKeySecret: temporary.secret, expiresAt: Date.now() - 1 },
      ],
    });
    expect(codeOf(await ask(endpoint, 'GetCallerIdentity', {}, { nonce: 'once' }))).toBe('Success');
    expect(codeOf(await ask(endpoint, 'GetCallerIdentity', {}, more))).toBe(code);
    expect(codeOf(await ask(endpoint, 'AssumeRole', wanted, more))).toBe(code);
    expect(await client.calls()).toMatchObject([
      { outcome: 'Success' },
      { action: 'GetCallerIdentity', outcome: code },
      { action: 'AssumeRole', outcome: code },
    ]);
  });

  it('in version 1 is turned away for a wrong secret as well', async () => {
    const { endpoint } = await start();
    const key = { accessKeyId: 'simulator', accessKeySecret: 'x' };
    const client = new PopCore({ endpoint, apiVersion: VERSION, ...key });
    await expect(client.request('AssumeRole', wanted, { method: 'POST' })).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  });

  it.each(['GetCallerIdentity', 'AssumeRole'])('is refused what the key is denied: %s', async (action) => {
    const { endpoint, client } = await start();
    await client.patchInventory({ credentials: [{ accessKeyId: 'simulator', deniedActions: [action] }] });
    const answer = await ask(endpoint, action, wanted);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'NoPermission']);
    expect(answer.text).toContain(
      '"You are not authorized to do this action. You should be authorized by RAM."',
    );
  });

  it('finds operations of its own API only', async () => {
    const { endpoint } = await start();
    expect(codeOf(await ask(endpoint, 'ListListeners'))).toBe('InvalidAction.NotFound');
    expect(codeOf(await ask(endpoint, 'GetSessionAccessKey'))).toBe('InvalidAction.NotFound');
    expect(codeOf(await send(endpoint, 'GetCallerIdentity'))).toBe('InvalidAction.NotFound');
    expect(codeOf(await askForPod(endpoint, { Version: '2020-06-16' }))).toBe('InvalidAction.NotFound');
  });

  it('is answered as XML where that is asked for', async () => {
    const { endpoint } = await start();
    expect((await ask(endpoint, 'GetCallerIdentity', { Format: 'XML' })).text).toMatch(
      /<GetCallerIdentityResponse><RequestId>.*<AccountId>1000000000000001<\/AccountId>/,
    );
    expect((await ask(endpoint, 'AssumeRole')).text).toContain('&product=Sts&');
  });
});

describe('AssumeRole', () => {
  it('issues a key that works in the account of the role, and nowhere else', async () => {
    const { endpoint, client } = await start();
    const before = Math.floor(Date.now() / 1000) * 1000;
    const answer = await ask(endpoint, 'AssumeRole', { ...wanted, DurationSeconds: '900', Policy: '{}' });
    const { AssumedRoleUser, Credentials } = assumed.parse(JSON.parse(answer.text));
    expect(AssumedRoleUser.Arn).toBe(`acs:sts::${PARTNER_ACCOUNT}:assumed-role/alb-listeners/operator`);
    expect(AssumedRoleUser.AssumedRoleId).toMatch(/^\d{18}:operator$/);
    // The role decides how long, whatever is asked for.
    const lifetime = Date.parse(Credentials.Expiration) - before;
    expect(Math.abs(lifetime - 3_600_000)).toBeLessThan(10_000);

    const key = keyIn(answer);
    expect(codeOf(await send(endpoint, 'CreateListener', onPartner, key))).toBe('Success');
    expect(codeOf(await send(endpoint, 'CreateListener', http, key))).toBe('ResourceNotFound.LoadBalancer');
    expect((await client.state()).listeners).toMatchObject([{ LoadBalancerId: 'alb-partner' }]);
    const { securityToken: _, ...bare } = key;
    expect(codeOf(await send(endpoint, 'ListListeners', {}, bare))).toBe('MissingSecurityToken');
  });

  it('works by a form signed with version 1', async () => {
    const { endpoint } = await start();
    const key = { accessKeyId: 'simulator', accessKeySecret: 'simulator-secret' };
    const client = new PopCore({ endpoint, apiVersion: VERSION, ...key });
    const answer = await client.request('AssumeRole', wanted, { method: 'POST' });
    const issued = keyIn({ text: JSON.stringify(answer) });
    expect(codeOf(await send(endpoint, 'ListListeners', {}, issued))).toBe('Success');
  });

  it('issues another key each time, and what the role is denied each of them is denied', async () => {
    const { endpoint, client } = await start();
    const deniedActions = ['CreateListener'];
    await client.patchInventory({ roles: [{ RoleArn: ROLE, deniedActions }] });
    const keys = [];
    for (let time = 1; time <= 2; time++) keys.push(keyIn(await ask(endpoint, 'AssumeRole', wanted)));
    expect(new Set(keys.flatMap((key) => Object.values(key))).size).toBe(6);
    for (const key of keys) {
      expect(codeOf(await send(endpoint, 'CreateListener', onPartner, key))).toBe('NoPermission');
      expect(codeOf(await send(endpoint, 'ListListeners', {}, key))).toBe('Success');
    }
  });

  it('issues a key that ends with the lifetime of the role', async () => {
    const { endpoint, client } = await start();
    await client.patchInventory({ roles: [{ RoleArn: ROLE, lifetimeMs: 1 }] });
    const key = keyIn(await ask(endpoint, 'AssumeRole', wanted));
    const list = async () => codeOf(await send(endpoint, 'ListListeners', {}, key));
    await expect.poll(list).toBe('InvalidSecurityToken.Expired');
  });

  it('trusts an issued key of a trusted account: one role after another', async () => {
    const { endpoint, client } = await start();
    const RoleArn = 'acs:ram::1000000000000003:role/last';
    const trustedAccountIds = [PARTNER_ACCOUNT];
    await client.patchInventory({ roles: [{ RoleArn, accountId: '1000000000000003', trustedAccountIds }] });
    const last = { RoleArn, RoleSessionName: 'operator' };
    expect(codeOf(await ask(endpoint, 'AssumeRole', last))).toBe('NoPermission');
    const key = keyIn(await ask(endpoint, 'AssumeRole', wanted));
    const answer = await ask(endpoint, 'AssumeRole', last, key);
    const identity = await ask(endpoint, 'GetCallerIdentity', {}, keyIn(answer));
    expect(JSON.parse(identity.text)).toMatchObject({ AccountId: '1000000000000003' });
  });

  const refusals: { reason: string; given: Wire; more?: Partial<V3Call>; code: string }[] = [
    { reason: 'no role', given: { RoleArn: '' }, code: '400 MissingRoleArn' },
    { reason: 'no session', given: { RoleSessionName: '' }, code: '400 MissingRoleSessionName' },
    { reason: 'another role', given: { RoleArn: `${ROLE}s` }, code: '404 EntityNotExist.Role' },
    { reason: 'no ExternalId', given: { ExternalId: '' }, code: '403 NoPermission' },
    { reason: 'another ExternalId', given: { ExternalId: 'shop-at-partners' }, code: '403 NoPermission' },
    {
      reason: 'a key of an account that is not trusted',
      given: {},
      more: { accessKeyId: 'partner', secret: 'partner-secret' },
      code: '403 NoPermission',
    },
    {
      reason: 'a session of one letter',
      given: { RoleSessionName: 'a' },
      code: '400 InvalidParameter.RoleSessionName',
    },
    {
      reason: 'a session with a slash',
      given: { RoleSessionName: 'a/b' },
      code: '400 InvalidParameter.RoleSessionName',
    },
    {
      reason: 'less than 15 minutes',
      given: { DurationSeconds: '899' },
      code: '400 InvalidParameter.DurationSeconds',
    },
    {
      reason: 'more than an hour',
      given: { DurationSeconds: '3601' },
      code: '400 InvalidParameter.DurationSeconds',
    },
  ];
  it.each(refusals)('issues no key for $reason: $code', async ({ given, more, code }) => {
    const { endpoint, simulator } = await start();
    const asked = Object.entries({ ...wanted, ...given }).filter(([, value]) => value !== '');
    const answer = await ask(endpoint, 'AssumeRole', Object.fromEntries(asked), more);
    expect(`${answer.status} ${codeOf(answer)}`).toBe(code);
    if (answer.status === 403) {
      expect(answer.text).toContain(
        'You are not authorized to do this action. You should be authorized by RAM.',
      );
    }
    expect(simulator.state.inventory.credentials).toHaveLength(3);
  });

  it('asks for no ExternalId where the role has none', async () => {
    const { endpoint, client } = await start();
    await client.replaceInventory({
      credentials: [{ accessKeyId: 'simulator', accessKeySecret: 'simulator-secret' }],
      roles: [{ RoleArn: ROLE, trustedAccountIds: [HOME_ACCOUNT] }],
    });
    const { ExternalId: _, ...bare } = wanted;
    expect(codeOf(await ask(endpoint, 'AssumeRole', bare))).toBe('Success');
    expect(codeOf(await ask(endpoint, 'AssumeRole', wanted))).toBe('Success');
  });
});

describe('AssumeRoleWithOIDC', () => {
  it('issues a key in the account of the role for the token, without a signature', async () => {
    const { endpoint, client } = await start();
    await client.patchInventory({ roles: [{ ...oidcRole, deniedActions: ['DeleteListener'] }] });
    const answer = await askForPod(endpoint);
    expect(JSON.parse(answer.text)).toMatchObject({
      AssumedRoleUser: { Arn: `acs:sts::${PARTNER_ACCOUNT}:assumed-role/pod/pod` },
    });
    const key = keyIn(answer);
    expect(codeOf(await send(endpoint, 'CreateListener', onPartner, key))).toBe('Success');
    expect(codeOf(await send(endpoint, 'DeleteListener', { ListenerId: 'lsn-1' }, key))).toBe('NoPermission');
  });

  it.each([
    { reason: 'another token', form: { OIDCToken: 'x' }, code: '400 AuthenticationFail.OIDCToken.Invalid' },
    {
      reason: 'another provider',
      form: { OIDCProviderArn: 'x' },
      code: '400 AuthenticationFail.NoPermission',
    },
    {
      reason: 'a role that is not for OIDC',
      form: { RoleArn: ROLE },
      code: '400 AuthenticationFail.NoPermission',
    },
    { reason: 'a role there is not', form: { RoleArn: 'x' }, code: '404 EntityNotExist.Role' },
    { reason: 'no session', form: { RoleSessionName: '' }, code: '400 MissingRoleSessionName' },
  ])('issues no key for $reason: $code', async ({ form, code }) => {
    const { endpoint, client, simulator } = await start();
    await client.patchInventory({ roles: [oidcRole] });
    const answer = await askForPod(endpoint, form);
    expect(`${answer.status} ${codeOf(answer)}`).toBe(code);
    expect(simulator.state.inventory.credentials).toHaveLength(3);
  });

  it.each([
    { reason: 'token', role: byOidc, code: 'AuthenticationFail.OIDCToken.Invalid' },
    {
      reason: 'provider',
      role: { RoleArn: byOidc.RoleArn, OIDCToken: OIDC_TOKEN },
      code: 'AuthenticationFail.NoPermission',
    },
  ])('issues no key of a role without a $reason to who brings none: $code', async ({ role, code }) => {
    const { endpoint, client } = await start();
    await client.patchInventory({ roles: [role] });
    const form = { Action: 'AssumeRoleWithOIDC', RoleSessionName: 'pod', ...role };
    expect(codeOf(await askUnsigned(endpoint, form))).toBe(code);
  });

  it('is the only way to a role that trusts no account', async () => {
    const { endpoint, client } = await start();
    await client.patchInventory({ roles: [oidcRole] });
    expect(codeOf(await ask(endpoint, 'AssumeRole', { ...wanted, RoleArn: byOidc.RoleArn }))).toBe(
      'NoPermission',
    );
  });

  it('leaves no token and no key behind on the control endpoint', async () => {
    const { endpoint, client, control } = await start();
    await client.patchInventory({ roles: [oidcRole] });
    await askForPod(endpoint, { OIDCToken: 'PlantedOidcTokenOther' });
    await askForPod(endpoint, { Version: '2000-01-01' });
    await client.addFault({ kind: 'hold', operation: 'AssumeRoleWithOIDC' });
    // A key that comes along is no part of the proof.
    const answer = askForPod(endpoint, { AccessKeyId: 'simulator' });
    const held = await client.heldCall('AssumeRoleWithOIDC');
    const shown = () => {
      const paths = ['/state', '/calls', '/held', '/faults'];
      return Promise.all(paths.map(async (path) => (await fetch(`${control}${path}`)).text()));
    };
    const before = await shown();
    await client.release(held.sequence);
    const { secret, securityToken } = keyIn(await answer);
    for (const text of [...before, ...(await shown())]) {
      for (const kept of ['PlantedOidcToken', secret, securityToken]) expect(text).not.toContain(kept);
    }
    expect(await client.calls()).toMatchObject([
      { outcome: 'AuthenticationFail.OIDCToken.Invalid', accessKeyId: null },
      { outcome: 'InvalidVersion' },
      { outcome: 'Success', accessKeyId: null, parameters: { ...byOidc, RoleSessionName: 'pod' } },
    ]);
  });
});

describe('the log and the faults of STS', () => {
  it('has the calls among the others, with their key and outcome', async () => {
    const { endpoint, client } = await start();
    await ask(endpoint, 'GetCallerIdentity');
    await ask(endpoint, 'AssumeRole', { ...wanted, ExternalId: 'x', Colour: 'red' });
    await send(endpoint, 'ListListeners');
    expect(await client.calls()).toMatchObject([
      {
        sequence: 1,
        action: 'GetCallerIdentity',
        accessKeyId: 'simulator',
        outcome: 'Success',
        effect: null,
      },
      {
        action: 'AssumeRole',
        accessKeyId: 'simulator',
        outcome: 'NoPermission',
        detail: 'the role asks for another ExternalId',
        parameters: { RoleArn: ROLE },
        ignoredParameters: ['Colour'],
        reached: true,
      },
      { sequence: 3, action: 'ListListeners', outcome: 'Success' },
    ]);
  });

  it.each(['GetCallerIdentity', 'AssumeRole', 'AssumeRoleWithOIDC'])(
    'is under a fault rule that names the operation, not under one for all: %s',
    async (action) => {
      const { endpoint, client } = await start();
      await client.patchInventory({ roles: [oidcRole] });
      const call = async () =>
        codeOf(await (action === 'AssumeRoleWithOIDC' ? askForPod(endpoint) : ask(endpoint, action, wanted)));
      await client.addFault({ kind: 'error', code: 'SystemBusy' });
      expect(await call()).toBe('Success');
      expect(codeOf(await send(endpoint, 'ListListeners'))).toBe('SystemBusy');
      await client.addFault({ kind: 'error', code: 'Throttling', operation: action, count: 1 });
      expect(await call()).toBe('Throttling');
      expect(await call()).toBe('Success');
      await client.addFault({ kind: 'cut', operation: action, count: 1 });
      await expect(call()).rejects.toThrow('fetch failed');
    },
  );

  it('issues a key that nobody is told of, where the answer is cut', async () => {
    const { endpoint, client, simulator } = await start();
    await client.addFault({ kind: 'cut', operation: 'AssumeRole', effect: 'after' });
    await expect(ask(endpoint, 'AssumeRole', wanted)).rejects.toThrow('fetch failed');
    expect(simulator.state.inventory.credentials).toHaveLength(4);
    expect(await client.calls()).toMatchObject([{ outcome: 'cut', reached: false }]);
  });

  it('is not under the rate of calls of ALB', async () => {
    const { endpoint } = await start({ callsPerMinute: 1 });
    for (let time = 1; time <= 2; time++) {
      expect(codeOf(await ask(endpoint, 'GetCallerIdentity'))).toBe('Success');
    }
  });

  it('issues keys that outlast a restart from the state file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-sts-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const stateFile = join(folder, 'state.json');
    const key = { accessKeyId: 'one', accessKeySecret: 'simulator-secret' };
    const role = { RoleArn: ROLE, trustedAccountIds: [HOME_ACCOUNT] };
    const first = await startSimulator({ stateFile, inventory: { credentials: [key], roles: [role] } });
    onTestFinished(() => first.close());
    const issued = keyIn(await ask(first.endpoint, 'AssumeRole', wanted, { accessKeyId: 'one' }));
    // It is killed, as far as the file can tell.
    const second = await startSimulator({ stateFile });
    onTestFinished(() => second.close());
    const { text } = await ask(second.endpoint, 'GetCallerIdentity', {}, issued);
    expect(JSON.parse(text)).toMatchObject({
      Arn: `acs:ram::${HOME_ACCOUNT}:assumed-role/alb-listeners/operator`,
    });
  });
});
