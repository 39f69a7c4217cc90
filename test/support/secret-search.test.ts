import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SecretSearch, secretsOfKubeconfig } from './secret-search.ts';

const SECRET = 'Planted+Secret/0~"=0';
const base64 = (text: string) => Buffer.from(text).toString('base64');

it.each([
  { text: `key ${SECRET}.`, reason: 'as it is' },
  { text: `?key=${encodeURIComponent(SECRET)}&x`, reason: 'in a query' },
  { text: `%26key%3D${encodeURIComponent(encodeURIComponent(SECRET))}`, reason: 'in what was signed' },
  { text: JSON.stringify({ key: SECRET }), reason: 'in JSON' },
  { text: Buffer.from(SECRET).toString('hex'), reason: 'as bytes' },
  { text: base64(SECRET), reason: 'in base64' },
  { text: base64(`a${SECRET}bc`), reason: 'in base64, after one byte' },
  { text: base64(`user:${SECRET}`), reason: 'in base64, after a name' },
  { text: base64(`user4:${SECRET}${SECRET}`), reason: 'in base64, twice' },
  { text: Buffer.from(`ab${SECRET}`).toString('base64url'), reason: 'in base64 for URLs' },
])('finds a secret $reason', ({ text }) => {
  expect(new SecretSearch([SECRET]).leaksIn('log', text)).toEqual(['log: Planted+…']);
});

it.each([
  { text: 'AccessKeyId=x&Signature=c2VjcmV0', reason: 'a signature' },
  { text: 'a%26SecurityToken%253DCAIS', reason: 'a token, encoded' },
  { text: '{"authorization":"Bearer eyJhbGciOi.x.y"}', reason: 'a header' },
])('finds by its name what it does not know: $reason', ({ text }) => {
  expect(new SecretSearch([]).leaksIn('log', text)).toHaveLength(1);
});

it('finds nothing where nothing is', () => {
  const text = `Signature=[redacted]&SecurityToken=[redacted] ${base64('a basic thing')} the bearer of it, basic words`;
  expect(new SecretSearch([SECRET, '']).leaksIn('log', text)).toEqual([]);
});

it('knows everything secret of a kubeconfig', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const folder = await mkdtemp(join(tmpdir(), 'secret-search-'));
  try {
    await writeFile(join(folder, 'token'), 'head.body.signature-of-file\n');
    const users = [
      { name: 'a', user: { token: 'head.body.signature', 'client-key-data': base64(key) } },
      { name: 'b', user: { tokenFile: join(folder, 'token'), password: 'password' } },
    ];
    await writeFile(join(folder, 'kubeconfig'), stringify({ apiVersion: 'v1', kind: 'Config', users }));
    const secrets = await secretsOfKubeconfig(join(folder, 'kubeconfig'));
    const lineOfKey = key.split('\n')[1];
    expect(secrets).toEqual(
      expect.arrayContaining(['signature', 'signature-of-file', 'password', base64(key), lineOfKey]),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
