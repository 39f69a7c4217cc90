import { expect, it } from 'vitest';
import { createAlbApi } from '../../src/alb/alb-client.ts';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import type { CredentialsReading } from '../../src/alb/credentials/provider.ts';
import { answering, startScriptedServer } from './scripted-server.ts';

const KEY: CredentialsReading = { ok: true, credentials: new Credentials('LTAIplantedid', 'planted-secret') };

/** A process that leads until it waits for its credentials, and does not any more when it has them. */
async function losingTheLease() {
  const server = await startScriptedServer(answering(200, { RequestId: 'r', Listeners: [], JobId: 'j' }));
  let isLeading = true;
  const current = async (): Promise<CredentialsReading> => {
    await Promise.resolve();
    isLeading = false;
    return KEY;
  };
  const provider = { current, renew: current };
  return { server, api: createAlbApi({ endpoint: server.endpoint, provider, mayWrite: () => isLeading }) };
}

it('sends no write of a process whose lease ended while it waited for credentials', async () => {
  const { server: opened, api } = await losingTheLease();
  await using server = opened;
  const outcome = await api.deleteListener('lsn-1');
  expect(outcome).toMatchObject({ outcome: 'no', error: { code: 'NotLeading', notSent: true } });
  expect(server.requests).toEqual([]);
});

it('lets it read', async () => {
  const { server: opened, api } = await losingTheLease();
  await using server = opened;
  expect(await api.listListeners({ loadBalancerIds: ['alb-1'] })).toMatchObject({ outcome: 'yes' });
  expect(server.requests).toHaveLength(1);
});
