import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Credentials } from '../../../src/alb/credentials/credentials.ts';
import { oidcRole } from '../../../src/alb/credentials/oidc-role.ts';
import { type CredentialsProblem, fixedCredentials } from '../../../src/alb/credentials/provider.ts';
import { roleAssumer } from '../../../src/alb/sts/assume-role.ts';
import { CallerIdentities } from '../../../src/alb/sts/caller-identities.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { freePort } from '../../../tools/control-plane/ports.ts';
import { answering, type ScriptedServer, startScriptedServer } from '../scripted-server.ts';

const KEY = new Credentials('LTAIplantedid', 'planted-secret-0123', 'CAISplanted0123');
const ROLE = 'acs:ram::1:role/alb';
const OIDC_TOKEN = 'PlantedOidcToken0000';

let folder: string;
let page: ScriptedServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unanswered-sts-'));
  await writeFile(join(folder, 'token'), OIDC_TOKEN);
  page = await startScriptedServer(answering(200, `<html>${OIDC_TOKEN}</html>`));
});
afterEach(async () => {
  await page[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const CALLS = [
  {
    operation: 'GetCallerIdentity',
    ask: async (endpoint: string): Promise<CredentialsProblem | undefined> => {
      const answer = await new CallerIdentities(endpoint, systemClock).accountOf(KEY);
      return answer.outcome === 'yes' ? undefined : answer.error;
    },
  },
  {
    operation: 'AssumeRole',
    ask: async (endpoint: string): Promise<CredentialsProblem | undefined> => {
      const names = { roleArn: ROLE, roleSessionName: 'test', externalId: 'test/shop' };
      const issue = await roleAssumer(endpoint, fixedCredentials(KEY), names)();
      return issue.ok ? undefined : issue.problem;
    },
  },
  {
    operation: 'AssumeRoleWithOIDC',
    ask: async (endpoint: string): Promise<CredentialsProblem | undefined> => {
      const source = {
        roleArn: ROLE,
        oidcProviderArn: 'acs:ram::1:oidc-provider/ack',
        oidcTokenFile: join(folder, 'token'),
        roleSessionName: 'test',
      };
      const reading = await oidcRole({ source, endpoint, clock: systemClock }).current();
      return reading.ok ? undefined : reading.problem;
    },
  },
] as const;

describe.each(CALLS)('$operation to an STS that gives no answer', ({ operation, ask }) => {
  it.each([
    {
      reason: 'nothing listens there',
      endpoint: async () => `http://127.0.0.1:${await freePort()}`,
      cause: 'nothing listens there (ECONNREFUSED)',
    },
    {
      reason: 'its name is wrong',
      endpoint: async () => 'https://sts.cn-nowhere.invalid',
      cause: 'its name cannot be resolved (E',
    },
    {
      reason: 'a web page comes',
      endpoint: async () => page.endpoint,
      cause: 'sends something else than JSON, a web page perhaps',
    },
  ])('names the host, the cause and the setting, and no secret: $reason', async ({ endpoint, cause }) => {
    const url = await endpoint();
    const { host } = new URL(url);
    const problem = await ask(url);
    expect(problem).toMatchObject({ class: 'unavailable', operation, unansweredBy: host });
    for (const part of [`no answer from ${host} (STS): `, cause, 'Check ALIBABA_CLOUD_STS_ENDPOINT'])
      expect(problem?.message).toContain(part);
    for (const secret of [KEY.accessKeyId(), KEY.accessKeySecret(), OIDC_TOKEN])
      expect(JSON.stringify(problem)).not.toContain(secret);
  });
});
