import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** The user with every right, and the files by which kube-apiserver knows it. */
export interface Admin {
  token: string;
  tokenFile: string;
  /** Signs and verifies the tokens of service accounts. */
  serviceAccountKeyFile: string;
}

export function createAdmin(dataDirectory: string): Admin {
  const admin = {
    token: randomBytes(24).toString('hex'),
    tokenFile: join(dataDirectory, 'tokens.csv'),
    serviceAccountKeyFile: join(dataDirectory, 'service-account.key'),
  };
  writeFileSync(admin.tokenFile, `${admin.token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  writeFileSync(admin.serviceAccountKeyFile, privateKey.export({ type: 'sec1', format: 'pem' }), {
    mode: 0o600,
  });
  return admin;
}

/** Writes a kubeconfig that needs no other file, and answers its path. */
export function writeKubeconfig(
  dataDirectory: string,
  url: string,
  certificateFile: string,
  admin: Admin,
): string {
  const path = join(dataDirectory, 'kubeconfig');
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'control-plane',
        cluster: {
          server: url,
          'certificate-authority-data': readFileSync(certificateFile).toString('base64'),
        },
      },
    ],
    users: [{ name: 'admin', user: { token: admin.token } }],
    contexts: [{ name: 'control-plane', context: { cluster: 'control-plane', user: 'admin' } }],
    'current-context': 'control-plane',
  };
  writeFileSync(path, stringify(kubeconfig), { mode: 0o600 });
  return path;
}
