import { explainNetworkFailure } from '../../network-failure.ts';
import type { ApiError } from './api-error.ts';
import type { ResourceType } from './resource-type.ts';

/** What was asked of the API server, for messages. */
export interface Asked {
  /** As RBAC has it. */
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch';
  readonly type: ResourceType;
  readonly subresource?: string;
  /** One namespace, or `all`; absent where the same is asked in one namespace after another. */
  readonly where?: { readonly namespace: string } | 'all' | undefined;
}

export interface Explanation {
  /**
   * What is wrong, where, and what to do about it. The same for every attempt while the same is wrong.
   */
  readonly sentence: string;
  /** Whether all requests fail alike, or this one does and others may not. */
  readonly concerns: 'server' | 'request';
}

const KUBECONFIG = {
  address: 'the server in the kubeconfig',
  trust: 'certificate-authority-data in the kubeconfig, which must be of this cluster',
};

/** What grants the rights of the operator, by resource. */
const GRANTED_BY: Readonly<Record<string, string>> = {
  leases: 'the Role of deploy/base/leader-election.yaml',
  secrets: 'a Role as in deploy/samples/credentials.yaml',
};
const GRANTED_BY_DEFAULT =
  'the ClusterRole of deploy/overlays/cluster-wide/rbac.yaml, or with WATCH_NAMESPACES the Role of deploy/watched-namespace';

/** The one place where an error of the API server becomes a sentence for people. */
export function explainApiError(
  error: ApiError,
  asked: Asked,
  { server, wasInTouch }: { readonly server: string; readonly wasInTouch: boolean },
): Explanation {
  const lost = wasInTouch ? 'lost touch with' : 'cannot reach';
  switch (error.kind) {
    case 'connection':
    case 'timeout': {
      const { cause, remedy } = explainNetworkFailure(
        error.kind === 'timeout' ? 'Timeout' : (error.code ?? 'unknown'),
        KUBECONFIG,
      );
      return aboutServer(`${lost} the API server ${server}: ${cause}. ${remedy}`);
    }
    case 'unavailable':
      return aboutServer(
        `the API server ${server} cannot answer now: HTTP ${error.status}. It may be starting, overloaded or without its etcd; if it lasts, look at its log.`,
      );
    case 'throttled':
      return aboutServer(
        `the API server ${server} asks for fewer requests (HTTP 429). If it lasts, look at its load and its API priority and fairness.`,
      );
    case 'unauthorized':
      return aboutServer(
        `the API server ${server} does not accept the credentials (HTTP 401): the token or certificate in the kubeconfig is wrong, has expired or is of another cluster. Log in again, until kubectl auth whoami works with the same kubeconfig, and restart the operator if the file itself changed; in a pod, check its service account.`,
      );
    case 'credentials':
      return aboutServer(
        `nothing can be sent to the API server ${server}: the credentials could not be obtained (${error.code ?? 'unknown'}). Check the user in the kubeconfig: its files, its exec plugin and its login; in a pod, the token of its service account.`,
      );
    case 'malformed':
      return aboutServer(
        `what answers at ${server} is no Kubernetes API server: its answer is not one of the API. Check ${KUBECONFIG.address}; a proxy or a login page may answer in its place.`,
      );
    case 'notFound':
      return aboutRequest(explainNotFound(asked, server));
    case 'forbidden':
      return aboutRequest(explainForbidden(error.message, asked, server));
    case 'expired':
    case 'conflict':
    case 'alreadyExists':
    case 'invalid':
      return aboutRequest(
        `the API server ${server} does not ${describeAsked(asked)}: ${error.message} (HTTP ${error.status}).`,
      );
    case 'tooLarge':
    case 'aborted':
      return aboutRequest(`cannot ${describeAsked(asked)} at the API server ${server}: ${error.message}.`);
  }
}

function aboutServer(sentence: string): Explanation {
  return { sentence, concerns: 'server' };
}

function aboutRequest(sentence: string): Explanation {
  return { sentence, concerns: 'request' };
}

/** Whether a right is missing. A namespace that is being deleted refuses with the same code. */
export function isMissingRight(error: ApiError): boolean {
  return error.kind === 'forbidden' && userIn(error.message) !== undefined;
}

/** Whether the error is about this object alone, and not about the API server or a missing right. */
export function concernsOneObject(error: ApiError): boolean {
  switch (error.kind) {
    case 'forbidden':
      return !isMissingRight(error);
    case 'conflict':
    case 'alreadyExists':
    case 'expired':
    case 'invalid':
    case 'tooLarge':
    case 'aborted':
      return true;
    case 'notFound':
    case 'unauthorized':
    case 'throttled':
    case 'unavailable':
    case 'timeout':
    case 'connection':
    case 'credentials':
    case 'malformed':
      return false;
  }
}

/** For example `list alblisteners.alb.alibabacloud.com in all namespaces`. */
export function describeAsked({ verb, type, subresource, where }: Asked): string {
  const resource = `${type.plural}${subresource === undefined ? '' : `/${subresource}`}`;
  const named = type.group === '' ? resource : `${resource}.${type.group}`;
  if (where === undefined) return `${verb} ${named}`;
  return `${verb} ${named} in ${where === 'all' ? 'all namespaces' : `namespace ${where.namespace}`}`;
}

function explainNotFound(asked: Asked, server: string): string {
  const { type, verb, where } = asked;
  // As where the namespace of a Lease is missing: the resource was served before, or would be.
  if (verb === 'create' && typeof where === 'object') {
    return `cannot ${describeAsked(asked)} at the API server ${server}: there is no namespace ${where.namespace}. Create it, or correct the setting that names it.`;
  }
  const missing = `the API server ${server} serves no ${type.plural}.${type.group} of version ${type.version} (HTTP 404)`;
  return isBuiltIn(type)
    ? `${missing}. Check ${KUBECONFIG.address}: it may be no Kubernetes API server.`
    : `${missing}: its CRD is not installed. Install it: kubectl apply --server-side -f crds.`;
}

function isBuiltIn({ group }: ResourceType): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

function explainForbidden(message: string, asked: Asked, server: string): string {
  const user = userIn(message);
  const what = describeAsked(asked);
  if (user === undefined) return `the API server ${server} refuses to ${what}: ${message} (HTTP 403).`;
  if (user === 'system:anonymous') {
    return `the API server ${server} refuses to ${what} without credentials (HTTP 403), and the kubeconfig names no user. Log in, or choose another context.`;
  }
  const granted = GRANTED_BY[asked.type.plural] ?? GRANTED_BY_DEFAULT;
  return `user ${user} may not ${what} at the API server ${server} (HTTP 403). Bind the user to ${granted}.`;
}

function userIn(message: string): string | undefined {
  return /is forbidden: User "([^"]+)" cannot /.exec(message)?.[1];
}
