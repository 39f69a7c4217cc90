import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAlbApi } from '../../../src/alb/alb-client.ts';
import { oidcRole } from '../../../src/alb/credentials/oidc-role.ts';
import type { CredentialsProvider } from '../../../src/alb/credentials/provider.ts';
import { mergeInventory } from '../../../src/simulator/inventory.ts';
import { type RunningSimulator, startSimulator } from '../../../src/simulator/server.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const ROLE = { RoleArn: 'acs:ram::1:role/alb', OIDCProviderArn: 'acs:ram::1:oidc-provider/ack' };
const TOKEN = 'PlantedOidcToken000000000';
const HOUR_MS = 3_600_000;

let folder: string;
let cloud: RunningSimulator;
let clock: VirtualClock;
let role: CredentialsProvider;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oidc-role-test-'));
  await writeFile(join(folder, 'token'), `${TOKEN}\n`);
  cloud = await startSimulator({ inventory: { roles: [{ ...ROLE, OIDCToken: TOKEN }] } });
  clock = new VirtualClock(Date.now());
  const source = {
    roleArn: ROLE.RoleArn,
    oidcProviderArn: ROLE.OIDCProviderArn,
    oidcTokenFile: join(folder, 'token'),
    roleSessionName: 'test',
  };
  role = oidcRole({ source, endpoint: cloud.endpoint, clock });
});
afterEach(async () => {
  await cloud.close();
  await rm(folder, { recursive: true });
});

const issued = () => cloud.simulator.state.inventory.credentials.map(({ accessKeyId }) => accessKeyId);

async function key(): Promise<string> {
  const reading = await role.current();
  return reading.ok
    ? reading.credentials.accessKeyId()
    : `${reading.problem.class} ${reading.problem.message}`;
}

describe('a role by OIDC', () => {
  it('signs calls that the cloud accepts, with one request to STS for all who ask', async () => {
    const api = createAlbApi({ endpoint: cloud.endpoint, provider: role });
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => api.listListeners({ loadBalancerIds: ['alb-one'] })),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['yes', 'yes', 'yes']);
    expect(issued()).toHaveLength(1);
  });

  it('is renewed ahead of the end of its key, under a token that rotated meanwhile', async () => {
    const first = await key();
    await writeFile(join(folder, 'token'), 'PlantedOidcToken111111111');
    cloud.simulator.state.inventory = mergeInventory(cloud.simulator.state.inventory, {
      roles: [{ ...ROLE, OIDCToken: 'PlantedOidcToken111111111', lifetimeMs: 2 * HOUR_MS }],
    });
    await clock.advance(0.8 * HOUR_MS);
    // The old one is still good for this call; the new one comes behind it.
    expect(await key()).toBe(first);
    await expect.poll(issued).toHaveLength(2);
    await expect.poll(key).toBe(issued()[1]);
  });

  it('keeps its key to the end when STS fails, and then says so without the token', async () => {
    const first = await key();
    await writeFile(join(folder, 'token'), 'PlantedOidcTokenStale');
    await clock.advance(0.9 * HOUR_MS);
    expect(await key()).toBe(first);
    await clock.advance(0.09 * HOUR_MS);
    expect(await key()).toBe(first);
    await clock.advance(0.1 * HOUR_MS);
    const problem = await key();
    expect(problem).toContain(
      'authentication STS gave no key for acs:ram::1:role/alb: The OIDC token [redacted]',
    );
    expect(problem).not.toContain('PlantedOidcTokenStale');
  });

  it('whose key the cloud stopped accepting gets another for the same call', async () => {
    const api = createAlbApi({ endpoint: cloud.endpoint, provider: role });
    await key();
    cloud.simulator.state.inventory = { ...cloud.simulator.state.inventory, credentials: [] };
    expect(await api.listListeners({ loadBalancerIds: ['alb-one'] })).toMatchObject({ outcome: 'yes' });
  });

  it('is nobody else when its token file is gone', async () => {
    await rm(join(folder, 'token'));
    const api = createAlbApi({ endpoint: cloud.endpoint, provider: role });
    expect(await api.listListeners({ loadBalancerIds: ['alb-one'] })).toMatchObject({
      outcome: 'no',
      error: { class: 'authentication', code: 'OidcTokenUnreadable', notSent: true },
    });
  });
});
