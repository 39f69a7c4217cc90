import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { readKubeConfig } from '../../../src/runtime/kubernetes/kube-config.ts';

const TOKEN = 'PlantedKubeToken';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kube-config-'));
  vi.stubEnv('KUBECONFIG', join(folder, 'kubeconfig'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const kubeconfig = (server: string) =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'a', cluster: { server } }],
    users: [{ name: 'a', user: { token: TOKEN } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  });

it('gives the server as it is shown to people: without a password', async () => {
  await writeFile(join(folder, 'kubeconfig'), kubeconfig(`https://admin:${TOKEN}@10.0.0.1:6443/k8s`));
  expect(readKubeConfig()).toMatchObject({ ok: true, server: 'https://10.0.0.1:6443/k8s' });
});

it.each([
  {
    text: `${kubeconfig('https://10.0.0.1')}extensions: "${TOKEN}\n`,
    problem: 'no YAML at line',
    reason: 'The parser quotes the lines around the mistake, a token among them.',
  },
  {
    text: `clusters:\n- ${TOKEN}\n`,
    problem: 'not a kubeconfig',
    reason: 'The file is YAML, and something else is wrong.',
  },
  {
    text: kubeconfig(`https://admin:${TOKEN}@:6443:1`),
    problem: 'is no URL',
    reason: 'Node quotes an address that it cannot read.',
  },
  {
    text: kubeconfig(`http://admin:${TOKEN}@10.0.0.1:8080`),
    problem: 'names http://10.0.0.1:8080, and credentials do not go there without TLS',
    reason: 'Each request would fail, as if the login were wrong.',
  },
  { text: undefined, problem: 'ENOENT', reason: 'There is no file.' },
])('tells what is wrong and nothing of what is in the file: $reason', async ({ text, problem }) => {
  if (text !== undefined) await writeFile(join(folder, 'kubeconfig'), text);
  const reading = readKubeConfig();
  expect(reading.ok ? 'nothing' : reading.problem).toContain(problem);
  expect(JSON.stringify(reading)).not.toContain(TOKEN);
});
