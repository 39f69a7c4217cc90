import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpSpec, INVENTORY, OperatorWorld, PLANTED_SECRETS } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

/** An empty variable counts as not set. */
const NO_KEY = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: '',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: '',
  ALIBABA_CLOUD_SECURITY_TOKEN: '',
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-e2e-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** As the kubelet does it: a new folder, and one rename of the link to it. */
async function mountSecret(version: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(folder, version));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, version, name), text);
  await symlink(version, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
}

/** No call was ever turned away for its key, so no reconcile failed for it, and no restart was needed. */
async function expectQuietRotation(world: OperatorWorld, pid: number): Promise<void> {
  const calls = await world.cloud.calls();
  expect(calls.filter(({ outcome }) => /AccessKey|SecurityToken|Signature/.test(outcome ?? ''))).toEqual([]);
  const { stdout } = await world.controlPlane.kubectl(['get', 'events', '-A', '-o', 'json']);
  expect(stdout).not.toContain('AuthenticationFailed');
  expect(world.operator.pid).toBe(pid);
}

describe('credentials that change while the operator runs', () => {
  it('in a mounted Secret are used from the next call on', async () => {
    const { securityToken, ...key } = PLANTED_SECRETS;
    await mountSecret('..1', { ...key, securityToken });
    await using world = await OperatorWorld.start({
      environment: { ...NO_KEY, ALB_CREDENTIALS_DIR: folder },
    });
    const { pid } = world.operator;
    await world.apply('before', httpSpec());
    await world.untilReady('before');

    const next = { accessKeyId: 'LTAI5tPlantedNextKeyId', accessKeySecret: 'PlantedNextSecret00000' };
    await world.cloud.patchInventory({ credentials: [next] });
    await mountSecret('..2', next);
    const sent = (await world.cloud.state()).lastCall;
    await world.apply('after', httpSpec({ listenerPort: 81 }));
    await world.untilReady('after');
    const created = (await world.cloud.calls(sent)).find(({ action }) => action === 'CreateListener');
    expect(created).toMatchObject({ accessKeyId: next.accessKeyId });
    await expectQuietRotation(world, pid);
  });

  it('of a role by OIDC are renewed before they end, under whatever token is in the file', async () => {
    const role = { RoleArn: 'acs:ram::1:role/alb', OIDCProviderArn: 'acs:ram::1:oidc-provider/ack' };
    const tokens = ['PlantedOidcTokenFirst0000', 'PlantedOidcTokenSecond000'] as const;
    await writeFile(join(folder, 'token'), tokens[0]);
    await using world = await OperatorWorld.start({
      inventory: { ...INVENTORY, roles: [{ ...role, OIDCToken: tokens[0], lifetimeMs: 20_000 }] },
      environment: {
        ...NO_KEY,
        ALIBABA_CLOUD_ROLE_ARN: role.RoleArn,
        ALIBABA_CLOUD_OIDC_PROVIDER_ARN: role.OIDCProviderArn,
        ALIBABA_CLOUD_OIDC_TOKEN_FILE: join(folder, 'token'),
      },
      secrets: tokens,
    });
    const { pid } = world.operator;
    await world.apply('before', httpSpec());
    await world.untilReady('before');
    // The calls that ask for a key carry none.
    const keys = async () =>
      new Set((await world.cloud.calls()).flatMap(({ accessKeyId }) => accessKeyId ?? []));
    const [first] = await keys();

    await writeFile(join(folder, 'token'), tokens[1]);
    await world.cloud.patchInventory({ roles: [{ RoleArn: role.RoleArn, OIDCToken: tokens[1] }] });
    await expect.poll(async () => (await keys()).size, { timeout: PATIENCE_MS }).toBeGreaterThan(1);
    const sent = (await world.cloud.state()).lastCall;
    await world.apply('after', httpSpec({ listenerPort: 81 }));
    await world.untilReady('after');
    const created = (await world.cloud.calls(sent)).find(({ action }) => action === 'CreateListener');
    expect(created?.accessKeyId).not.toBe(first);
    await expectQuietRotation(world, pid);
  });
});
