import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { Admin } from './admin.ts';
import { type Start, startServer } from './server-process.ts';

// It is up within 3 s on two free cores. A loaded machine, as in CI, needs much longer.
const readyWithinMs = 120_000;

export interface ApiServerSettings {
  executable: string;
  dataDirectory: string;
  admin: Admin;
  etcdUrl: string;
  port: number;
}

export function apiServerUrl(port: number): string {
  return `https://127.0.0.1:${port}`;
}

/** kube-apiserver makes this certificate on its first start and keeps it: it is its own authority. */
export function certificateFile(dataDirectory: string): string {
  return join(dataDirectory, 'certificates', 'apiserver.crt');
}

export function startApiServer(settings: ApiServerSettings): Promise<Start> {
  const { admin, dataDirectory, port } = settings;
  return startServer({
    name: 'kube-apiserver',
    executable: settings.executable,
    args: [
      `--etcd-servers=${settings.etcdUrl}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      // Without these two it looks for a default route, which a sealed machine does not have.
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/24',
      `--cert-dir=${join(dataDirectory, 'certificates')}`,
      `--token-auth-file=${admin.tokenFile}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-signing-key-file=${admin.serviceAccountKeyFile}`,
      `--service-account-key-file=${admin.serviceAccountKeyFile}`,
      // It waits for service accounts that only kube-controller-manager would create.
      '--disable-admission-plugins=ServiceAccount',
    ],
    dataDirectory,
    isReady: () => isReady(port, certificateFile(dataDirectory), admin.token),
    readyWithinMs,
  });
}

async function isReady(port: number, certificate: string, token: string): Promise<boolean> {
  if (!existsSync(certificate)) return false;
  const ca = readFileSync(certificate);
  return new Promise((resolve) => {
    const call = request(
      `${apiServerUrl(port)}/readyz`,
      { ca, agent: false, timeout: 2000, headers: { authorization: `Bearer ${token}` } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}
