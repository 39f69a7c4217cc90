import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Credentials, credentialsFromEnvironment } from '../../src/alb/credentials.ts';

const ID = 'LTAI-planted-id';
const SECRET = 'planted-secret';
const TOKEN = 'CAIS+planted/token==';

describe('credentials from the environment', () => {
  it('reads a key, and a temporary key with its token', () => {
    const lasting = credentialsFromEnvironment({
      ALIBABA_CLOUD_ACCESS_KEY_ID: ` ${ID}\r\n`,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: `${SECRET}\n`,
      ALIBABA_CLOUD_SECURITY_TOKEN: '',
    });
    expect(lasting.ok && reveal(lasting.credentials)).toEqual([ID, SECRET, undefined]);

    const temporary = credentialsFromEnvironment({
      ALIBABA_CLOUD_ACCESS_KEY_ID: ID,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET,
      ALIBABA_CLOUD_SECURITY_TOKEN: TOKEN,
    });
    expect(temporary.ok && reveal(temporary.credentials)).toEqual([ID, SECRET, TOKEN]);
  });

  const refused = [
    {
      reason: 'nothing is set',
      environment: {},
      names: 'set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET',
    },
    {
      reason: 'an id alone signs nothing',
      environment: { ALIBABA_CLOUD_ACCESS_KEY_ID: ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET: ' ' },
      names: 'set ALIBABA_CLOUD_ACCESS_KEY_SECRET (',
    },
    {
      reason: 'a value pasted with its name and a line break is no secret',
      environment: { ALIBABA_CLOUD_ACCESS_KEY_ID: ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET: `secret:\n${SECRET}` },
      names: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET holds white space',
    },
  ];
  it.each(refused)('says which variable to set: $reason', ({ environment, names }) => {
    const result = credentialsFromEnvironment(environment);
    expect(result.ok ? 'accepted' : result.problem).toContain(names);
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });
});

describe('credentials in any output', () => {
  const credentials = new Credentials(ID, SECRET, TOKEN);
  const outputs = [
    ['JSON', JSON.stringify({ credentials })],
    ['inspect', inspect({ credentials }, { depth: null, showHidden: true, getters: true })],
    [
      'inspect without custom forms',
      inspect(credentials, { customInspect: false, showHidden: true, getters: true }),
    ],
    ['text', String(credentials)],
    ['spread', JSON.stringify(Object.assign({}, credentials))],
    ['clone', inspect(structuredClone(Object.assign({}, credentials)))],
  ] as const;
  it.each(outputs)('%s shows no secret', (_name, output) => {
    for (const secret of [ID, SECRET, TOKEN]) expect(output).not.toContain(secret);
  });
});

function reveal(credentials: Credentials): readonly (string | undefined)[] {
  return [credentials.accessKeyId(), credentials.accessKeySecret(), credentials.securityToken()];
}
