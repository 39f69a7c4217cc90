import { describe, expect, it } from 'vitest';
import type { ApiError } from '../../../src/runtime/kubernetes/api-error.ts';
import { type Asked, explainApiError } from '../../../src/runtime/kubernetes/explain-api-error.ts';

const LISTENERS = { group: 'alb.alibabacloud.com', version: 'v1alpha1', plural: 'alblisteners' };
const LEASES = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };
const LIST: Asked = { verb: 'list', type: LISTENERS, where: 'all' };
const SERVER = 'https://api.example.com:6443';

interface Case {
  readonly reason: string;
  readonly error: ApiError;
  readonly asked?: Asked;
  /** Cause and remedy, both beside the server. */
  readonly says: readonly string[];
}

function connection(code: string): ApiError {
  return { kind: 'connection', message: '', code };
}

function answered(kind: 'notFound' | 'forbidden' | 'unauthorized', status: number, message = ''): ApiError {
  return { kind, status, reason: '', message };
}

function refused(user: string): ApiError {
  return answered(
    'forbidden',
    403,
    `x is forbidden: User "${user}" cannot list resource "x" in API group "y"`,
  );
}

const CASES: readonly Case[] = [
  {
    reason: 'the CRD is missing',
    error: answered('notFound', 404),
    says: ['alblisteners.alb.alibabacloud.com', 'v1alpha1', '404', 'kubectl apply --server-side -f crds'],
  },
  {
    reason: 'no API server has no leases',
    error: answered('notFound', 404),
    asked: { verb: 'list', type: LEASES, where: 'all' },
    says: ['leases.coordination.k8s.io', 'it may be no Kubernetes API server'],
  },
  {
    reason: 'the namespace of the lease is missing',
    error: answered('notFound', 404),
    asked: { verb: 'create', type: LEASES, where: { namespace: 'ops' } },
    says: ['there is no namespace ops', 'Create it, or correct'],
  },
  {
    reason: 'a right is missing in the whole cluster',
    error: refused('system:serviceaccount:ops:alb'),
    says: [
      'user system:serviceaccount:ops:alb may not list alblisteners.alb.alibabacloud.com in all namespaces',
      'deploy/overlays/cluster-wide/rbac.yaml',
      'deploy/watched-namespace',
    ],
  },
  {
    reason: 'a right is missing in one namespace',
    error: refused('dave'),
    asked: { ...LIST, verb: 'watch', where: { namespace: 'shop' } },
    says: ['dave may not watch alblisteners.alb.alibabacloud.com in namespace shop'],
  },
  {
    reason: 'the right to the lease is missing, which another role grants',
    error: refused('dave'),
    asked: { verb: 'update', type: LEASES, where: { namespace: 'ops' } },
    says: ['update leases.coordination.k8s.io in namespace ops', 'deploy/base/leader-election.yaml'],
  },
  {
    reason: 'the right to a subresource is missing',
    error: refused('dave'),
    asked: { verb: 'patch', type: LISTENERS, subresource: 'status' },
    says: ['patch alblisteners/status.alb.alibabacloud.com at the API server'],
  },
  {
    reason: 'a kubeconfig without a user is anonymous',
    error: refused('system:anonymous'),
    says: ['without credentials', 'Log in'],
  },
  {
    reason: 'a namespace that ends refuses with the same code, and no role helps',
    error: answered('forbidden', 403, 'namespace shop is being terminated'),
    says: ['namespace shop is being terminated'],
  },
  {
    reason: 'the token is wrong',
    error: answered('unauthorized', 401),
    says: ['credentials (HTTP 401)', 'Log in again'],
  },
  {
    reason: 'the exec plugin is missing',
    error: { kind: 'credentials', message: '', code: 'ENOENT' },
    says: ['credentials could not be obtained (ENOENT)', 'exec plugin'],
  },
  {
    reason: 'the name is wrong',
    error: connection('ENOTFOUND'),
    says: ['cannot be resolved (ENOTFOUND)', 'kubeconfig, and DNS'],
  },
  {
    reason: 'the port is wrong',
    error: connection('ECONNREFUSED'),
    says: ['nothing listens there (ECONNREFUSED)', 'the server in the kubeconfig'],
  },
  {
    reason: 'the network is not there',
    error: connection('ENETUNREACH'),
    says: ['no connection comes about (ENETUNREACH)', 'firewalls'],
  },
  {
    reason: 'the CA is that of another cluster',
    error: connection('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    says: ['not signed by a CA that is trusted', 'certificate-authority-data'],
  },
  {
    reason: 'the address is not one of its names',
    error: connection('ERR_TLS_CERT_ALTNAME_INVALID'),
    says: ['for another name', 'Check the server'],
  },
  {
    reason: 'the port speaks HTTP without TLS',
    error: connection('ERR_SSL_WRONG_VERSION_NUMBER'),
    says: ['does not speak TLS', 'scheme'],
  },
  {
    reason: 'the certificate is old',
    error: connection('CERT_HAS_EXPIRED'),
    says: ['not valid at this time', 'Renew'],
  },
  {
    reason: 'no one knows the code',
    error: connection('EWHATEVER'),
    says: ['EWHATEVER', 'Check the server'],
  },
  { reason: 'nothing comes back', error: { kind: 'timeout', message: '' }, says: ['in time', 'firewalls'] },
  {
    reason: 'a web page comes',
    error: { kind: 'malformed', message: 'the API server sent 412 characters that are not JSON' },
    says: ['is no Kubernetes API server', 'proxy or a login page'],
  },
  {
    reason: 'the API server is starting',
    error: { kind: 'unavailable', status: 503, reason: '', message: '' },
    says: ['HTTP 503', 'starting'],
  },
];

describe('an error of the API server', () => {
  it.each(CASES)('says what, where and what to do when $reason', ({ error, asked = LIST, says }) => {
    const { sentence } = explainApiError(error, asked, { server: SERVER, wasInTouch: false });
    for (const part of [SERVER, ...says]) expect(sentence).toContain(part);
  });

  it.each(CASES)('is lost touch only where touch was lost, not when $reason', ({ error, asked = LIST }) => {
    const { sentence } = explainApiError(error, asked, { server: SERVER, wasInTouch: true });
    const isLost = error.kind === 'connection' || error.kind === 'timeout';
    expect(sentence.startsWith('lost touch')).toBe(isLost);
  });
});
