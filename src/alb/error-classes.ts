import type { AlbErrorClass } from './error.ts';

/** What a code says: its class, and whether it proves that the call changed nothing. */
interface Classification {
  readonly class: AlbErrorClass;
  /** `no`: a documented refusal, nothing was changed. `unknown`: the call, or one before it, may have taken effect. */
  readonly outcome: 'no' | 'unknown';
}

interface Row extends Classification {
  /** Exact codes, or patterns for families whose members are not listed anywhere. An exact code wins over any pattern. */
  readonly codes: readonly (string | RegExp)[];
  /** The row holds for these operations alone and goes before rows without this field. */
  readonly operations?: readonly string[];
}

/**
 * Every error code of the listener operations. Sources: the API page of CreateListener, the error lists of the
 * API metadata, and the retry lists of Alibaba's own Terraform provider and Kubernetes controller, which know
 * codes that no page lists.
 *
 * The code decides, never the message (a template) and never the HTTP status alone: a missing load balancer and
 * a missing listener are both 404.
 */
const TABLE: readonly Row[] = [
  // A check of state before any work. The same call goes through when the other change is over.
  {
    class: 'busy',
    outcome: 'no',
    // `LockFailed` does not say whose lock it is. Taken for the wider one it costs others a second.
    codes: ['IncorrectStatus.LoadBalancer', 'VipStatusNotSupport', 'LockFailed'],
  },
  // The same, about what this one call names. A listener that is Stopped also answers IncorrectStatus.Listener,
  // and that one does not pass by itself.
  {
    class: 'listenerBusy',
    outcome: 'no',
    codes: [
      'IncorrectStatus.Listener',
      'ResourceInConfiguring',
      'ResourceInConfiguring.Listener',
      'OperationFailed.ResourceGroupStatusCheckFail',
      /^IncorrectStatus\./,
      /^ResourceInConfiguring\./,
    ],
  },

  { class: 'aclBusy', outcome: 'no', codes: ['IncorrectStatus.Acl', 'Conflict.Acl'] },

  // Turned away at the gateway by rate: 200 calls in 60 seconds per account, region and operation.
  {
    class: 'throttled',
    outcome: 'no',
    codes: ['Throttling', 'Throttling.User', 'Throttling.Api', 'Rejected.Throttling', /Throttling/],
  },

  // The server gave up somewhere on the way; nobody says how far it got. A nonce that was used before means that
  // something between here and the cloud sent our request twice: the first one may well have been carried out.
  {
    class: 'unavailable',
    outcome: 'unknown',
    codes: ['SystemBusy', 'InternalError', 'ServiceUnavailable', 'SignatureNonceUsed'],
  },

  // Both prove that a call with this ClientToken arrived before. The name of the mismatch is not documented for
  // ALB listeners; these are the names its sibling operations and products use.
  {
    class: 'tokenInProgress',
    outcome: 'unknown',
    codes: ['IdempotenceProcessing', 'LastTokenProcessing'],
  },
  {
    class: 'tokenMismatch',
    outcome: 'unknown',
    codes: [
      'IdempotentParameterMismatch',
      'IdempotenceSignatureMismatch',
      'IdempotenceParamNotMatch',
      /^Idempoten(t|ce).*Mismatch$/,
    ],
  },

  // The gateway did not accept the call as it was sent. The operator's settings need a look (key, secret, clock,
  // endpoint), not the resource.
  {
    class: 'authentication',
    outcome: 'no',
    codes: [
      'InvalidAccessKeyId.NotFound',
      'InvalidAccessKeyId.Inactive',
      'SignatureDoesNotMatch',
      'InvalidTimeStamp.Format',
      'InvalidTimeStamp.Expired',
      'MissingSecurityToken',
      'InvalidSecurityToken',
      /^InvalidSecurityToken\./,
      'InvalidSignatureMethod',
      'InvalidApi.NotFound',
      'InvalidAction.NotFound',
      'InvalidProduct.NotFound',
      'UnsupportedHTTPMethod',
      'InvalidProtocol.NeedSsl',
    ],
  },
  // STS names what is wrong with a role in ways of its own; no listener has anything to do with it.
  {
    class: 'authentication',
    outcome: 'no',
    operations: ['AssumeRole', 'GetCallerIdentity'],
    codes: ['EntityNotExist.Role', /^EntityNotExist\./, /^InvalidParameter\./],
  },
  {
    class: 'permission',
    outcome: 'no',
    codes: [
      'Forbidden.LoadBalancer',
      'Forbidden.Listener',
      'Forbidden.SecurityPolicy',
      'Forbidden.RAM',
      'NoPermission',
      /^Forbidden(\.|$)/,
    ],
  },

  {
    class: 'quotaExceeded',
    outcome: 'no',
    codes: [
      'ResourceQuotaExceeded.LoadBalancerListenersNum',
      'ResourceQuotaExceeded.SecurityPolicyAttachedNum',
      'ResourceQuotaExceeded.ServerGroupAttachedNum',
      'ResourceQuotaExceeded.LoadBalancerServersNum',
      'ResourceQuotaExceeded.ServerAddedNum',
      'ResourceQuotaExceeded.LoadBalancerCertificatesNum',
      'ResourceQuotaExceeded.ListenerAclEntriesNum',
      'QuotaExceeded.AclsNum',
      /^(Resource)?QuotaExceeded\./,
    ],
  },

  { class: 'loadBalancerNotFound', outcome: 'no', codes: ['ResourceNotFound.LoadBalancer'] },
  // A listener that is being created cannot be missing: the one that is, is the QUIC listener it names.
  // An update may mean either of the two; reading the listener tells which.
  {
    class: 'dependencyNotFound',
    outcome: 'no',
    operations: ['CreateListener'],
    codes: ['ResourceNotFound.Listener'],
  },
  { class: 'listenerNotFound', outcome: 'no', codes: ['ResourceNotFound.Listener'] },
  {
    class: 'dependencyNotFound',
    outcome: 'no',
    codes: [
      'ResourceNotFound.ServerGroup',
      'ResourceNotFound.SecurityPolicy',
      'ResourceNotFound.Certificate',
      'ResourceNotFound.Acl',
      // Additional certificates need a default one first.
      'OperationFailed.DefaultCertificateNotFound',
    ],
  },

  { class: 'accessLogDisabled', outcome: 'no', codes: ['OperationDenied.AccessLogDisabled'] },
  { class: 'loadBalancerLocked', outcome: 'no', codes: ['IncorrectBusinessStatus.LoadBalancer'] },
  { class: 'listenerInUse', outcome: 'no', codes: ['ResourceInUse.Listener'] },
  { class: 'portTaken', outcome: 'no', codes: ['ResourceAlreadyExist.Listener'] },
  {
    class: 'alreadyAssociated',
    outcome: 'no',
    codes: [
      'ResourceAlreadyAssociated.Listener',
      'ResourceAlreadyAssociated.Certificate',
      'ResourceInUse.Acl',
    ],
  },
  {
    class: 'notAssociated',
    outcome: 'no',
    codes: ['ResourceNotAssociated.Certificate', 'ResourceNotAssociated.Acl'],
  },

  // `Missing…` and `Invalid…` are the gateway's families: the rest of the word is the parameter.
  {
    class: 'invalidParameter',
    outcome: 'no',
    codes: ['InvalidParameter', /^Missing[A-Z]\w*$/, /^Invalid[A-Z]\w*(\.\w+)?$/],
  },
  {
    class: 'operationDenied',
    outcome: 'no',
    codes: [
      'OperationDenied.CrossLoadBalancerQUICListener',
      'OperationDenied.ServerGroupProtocolNotSupport',
      'OperationDenied.GRPCServerGroup',
      'OperationDenied.CACertificateCorrupted',
      'OperationDenied.DefaultCertificateUsed',
      'OperationDenied.HttpListenerNotSupport',
      'OperationDenied.AclNotSupport',
      'OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl',
      'ResourceAlreadyExist.AclEntry',
      'UnsupportedFeature.FullTraceHttps',
      'Mismatch.VpcId',
      'Mismatch.LoadBalancerEditionAndConnectionDrain',
      'Mismatch.LoadBalancerEditionAndSlowStartEnable',
      /^OperationDenied\./,
      /^UnsupportedFeature\./,
      /^Mismatch\./,
    ],
  },
  { class: 'serviceManaged', outcome: 'no', codes: ['OperationDenied.ServiceManagedResource'] },
  { class: 'dryRunPassed', outcome: 'no', codes: ['DryRunOperation'] },
];

const UNDOCUMENTED: Classification = { class: 'unclassified', outcome: 'unknown' };

/** Rows for one operation first; within these, exact codes before patterns. */
function findRow(operation: string, code: string): Row | undefined {
  const special = TABLE.filter((row) => row.operations?.includes(operation));
  const general = TABLE.filter((row) => row.operations === undefined);
  for (const rows of [special, general]) {
    const row =
      rows.find(({ codes }) => codes.includes(code)) ??
      rows.find(({ codes }) => codes.some((entry) => entry instanceof RegExp && entry.test(code)));
    if (row !== undefined) return row;
  }
  return undefined;
}

/**
 * Total: every code has a class. A refusal counts as one only in an HTTP 4xx answer, as documented; the same code
 * under any other status keeps its class, and the outcome is `unknown`. An asynchronous job has no status: its
 * failure is final, so its code is classified as in a 4xx answer.
 */
export function classify(operation: string, code: string, httpStatus: number | 'job'): Classification {
  const row = findRow(operation, code);
  if (row === undefined) return UNDOCUMENTED;
  const refused = httpStatus === 'job' || (httpStatus >= 400 && httpStatus < 500);
  return { class: row.class, outcome: refused ? row.outcome : 'unknown' };
}
