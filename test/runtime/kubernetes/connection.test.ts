import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectionFrom } from '../../../src/runtime/kubernetes/connection.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'connection-test-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const file = (name: string) => join(folder, name);

function kubeConfig(user: object, cluster: object = {}): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443/prefix', ...cluster } }],
      users: [{ name: 'u', user }],
    }),
  );
  return config;
}

describe('a kubeconfig', () => {
  it('gives the server and a bearer token', async () => {
    const connection = connectionFrom(kubeConfig({ token: 'the-token' }));
    expect(connection.server.href).toBe('https://127.0.0.1:6443/prefix');
    expect(await connection.credentials()).toEqual({
      headers: { authorization: 'Bearer the-token' },
      tls: {},
    });
  });

  it('gives a user name and password', async () => {
    const { headers } = await connectionFrom(kubeConfig({ username: 'me', password: 'pw' })).credentials();
    expect(headers).toEqual({ authorization: `Basic ${btoa('me:pw')}` });
  });

  it('gives certificates, read anew each time', async () => {
    const connection = connectionFrom(
      kubeConfig(
        { 'client-certificate': file('cert'), 'client-key': file('key') },
        { 'certificate-authority': file('ca'), 'tls-server-name': 'api' },
      ),
    );
    for (const turn of ['old', 'new']) {
      for (const name of ['cert', 'key', 'ca']) await writeFile(file(name), `${turn} ${name}`);
      const { tls } = await connection.credentials();
      expect(tls).toEqual({
        ca: Buffer.from(`${turn} ca`),
        cert: Buffer.from(`${turn} cert`),
        key: Buffer.from(`${turn} key`),
        servername: 'api',
      });
    }
  });

  it('gives the token that an exec plugin prints', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'printed' },
    };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
    };
    const { headers } = await connectionFrom(kubeConfig({ exec })).credentials();
    expect(headers).toEqual({ authorization: 'Bearer printed' });
  });

  it('gives the token of a file without its line break', async () => {
    await writeFile(file('token'), 'from-a-file\n');
    const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile: file('token') } } };
    const { headers } = await connectionFrom(kubeConfig(user)).credentials();
    expect(headers).toEqual({ authorization: 'Bearer from-a-file' });
  });

  it('gives the token that is in the file now', async () => {
    await writeFile(file('token'), 'first');
    const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile: file('token') } } };
    const connection = connectionFrom(kubeConfig(user));
    await connection.credentials();
    await writeFile(file('token'), 'second');
    expect((await connection.credentials()).headers).toEqual({ authorization: 'Bearer second' });
  });

  it('is refused with a remedy when it has no current cluster', () => {
    expect(() => connectionFrom(new KubeConfig())).toThrow('kubectl config use-context');
  });
});
