import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../../src/alb/credentials/credentials.ts';

const ID = 'LTAI-planted-id';
const SECRET = 'planted-secret';
const TOKEN = 'CAIS+planted/token==';

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
