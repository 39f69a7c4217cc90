import { describe, expect, it } from 'vitest';
import type { AlbErrorClass } from '../../src/alb/error.ts';
import { classify } from '../../src/alb/error-classes.ts';

interface Case {
  readonly operation: string;
  readonly code: string;
  readonly status: number;
  readonly class: AlbErrorClass;
  readonly outcome: 'no' | 'unknown';
  readonly reason: string;
}

/** Written out once more, on purpose: code, HTTP status as documented, class, outcome, and why. */
function cases(operation: string, text: string): readonly Case[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [code = '', status = '', errorClass = '', outcome = '', ...reason] = line.trim().split(/ +/);
      if (!isClass(errorClass) || (outcome !== 'no' && outcome !== 'unknown'))
        throw new Error(`bad row: ${line}`);
      if (reason.length === 0) throw new Error(`no reason: ${line}`);
      return {
        operation,
        code,
        status: Number(status),
        class: errorClass,
        outcome,
        reason: reason.join(' '),
      };
    });
}

const CLASSES = {
  busy: true,
  listenerBusy: true,
  aclBusy: true,
  throttled: true,
  unavailable: true,
  tokenInProgress: true,
  tokenMismatch: true,
  authentication: true,
  unknownRegion: true,
  permission: true,
  quotaExceeded: true,
  loadBalancerNotFound: true,
  listenerNotFound: true,
  dependencyNotFound: true,
  accessLogDisabled: true,
  loadBalancerLocked: true,
  listenerInUse: true,
  credentialsMissing: true,
  wrongAccount: true,
  portTaken: true,
  alreadyAssociated: true,
  notAssociated: true,
  invalidParameter: true,
  operationDenied: true,
  serviceManaged: true,
  dryRunPassed: true,
  unclassified: true,
} satisfies Record<AlbErrorClass, true>;

function isClass(text: string): text is AlbErrorClass {
  return Object.hasOwn(CLASSES, text);
}

const CREATE_LISTENER_PAGE = cases(
  'CreateListener',
  `
  ResourceAlreadyExist.Listener                    400 portTaken            no the port is held, nothing was made by this call
  IncorrectStatus.LoadBalancer                     400 busy                 no another change of the load balancer runs
  IncorrectBusinessStatus.LoadBalancer             400 loadBalancerLocked   no overdue payment or a lock
  ResourceQuotaExceeded.LoadBalancerListenersNum   400 quotaExceeded        no 50 listeners for each load balancer
  OperationDenied.CrossLoadBalancerQUICListener    400 operationDenied      no the QUIC listener is on another load balancer
  ResourceAlreadyAssociated.Listener               400 alreadyAssociated    no the QUIC listener serves another HTTPS listener
  ResourceQuotaExceeded.SecurityPolicyAttachedNum  400 quotaExceeded        no a custom policy serves 10 listeners
  ResourceQuotaExceeded.ServerGroupAttachedNum     400 quotaExceeded        no the server group serves as many listeners as it may
  ResourceQuotaExceeded.LoadBalancerServersNum     400 quotaExceeded        no the load balancer has as many backend servers as it may
  ResourceQuotaExceeded.ServerAddedNum             400 quotaExceeded        no a backend server is added as often as it may be
  Mismatch.VpcId                                   400 operationDenied      no the server group is in another VPC
  OperationDenied.ServerGroupProtocolNotSupport    400 operationDenied      no an HTTP listener cannot serve a gRPC group
  OperationDenied.GRPCServerGroup                  400 operationDenied      no gRPC needs HTTPS with HTTP/2
  Mismatch.LoadBalancerEditionAndConnectionDrain   400 operationDenied      no the edition lacks what the server group asks for
  Mismatch.LoadBalancerEditionAndSlowStartEnable   400 operationDenied      no the edition lacks what the server group asks for
  InvalidParameter                                 400 invalidParameter     no other parameters are the only help
  OperationDenied.CACertificateCorrupted           400 operationDenied      no the certificate is there and is no use
  Forbidden.SecurityPolicy                         403 permission           no the policy is not granted to this account
  Forbidden.LoadBalancer                           403 permission           no the load balancer is not granted to this account
  Forbidden.Listener                               403 permission           no the listener is not granted to this account
  ResourceNotFound.LoadBalancer                    404 loadBalancerNotFound no nothing to put a listener on
  ResourceNotFound.ServerGroup                     404 dependencyNotFound   no it may come yet
  ResourceNotFound.SecurityPolicy                  404 dependencyNotFound   no it may come yet
  ResourceNotFound.Listener                        404 dependencyNotFound   no a new listener cannot be missing: it is the QUIC listener
  ResourceNotFound.Certificate                     404 dependencyNotFound   no it may come yet, or the id has the suffix of another region
`,
);

const OTHER_OPERATIONS: readonly Case[] = [
  cases(
    'UpdateListenerAttribute',
    `
    IncorrectStatus.Listener              400 listenerBusy       no the listener is being configured, or is stopped
    ResourceInConfiguring.Listener        400 listenerBusy       no another change of the listener runs
    ResourceAlreadyAssociated.Certificate 400 alreadyAssociated  no attached already
    UnsupportedFeature.FullTraceHttps     400 operationDenied    no the listener cannot do what is asked
    ResourceNotFound.Listener             404 listenerNotFound   no it is gone
    OperationDenied.ServiceManagedResource 400 serviceManaged    no made by another service
  `,
  ),
  cases(
    'DeleteListener',
    `
    IncorrectStatus.Listener       400 listenerBusy         no another change of the listener runs
    IncorrectStatus.LoadBalancer   400 busy                 no another change of the load balancer runs
    ResourceInConfiguring.Listener 400 listenerBusy         no another change of the listener runs
    ResourceInUse.Listener         400 listenerInUse        no an HTTPS listener upgrades to this one
    Forbidden.LoadBalancer         403 permission           no the load balancer is not granted to this account
    ResourceNotFound.Listener      404 listenerNotFound     no it is gone: that is what was asked
    ResourceNotFound.LoadBalancer  404 loadBalancerNotFound no a 404 that does not prove the listener gone
  `,
  ),
  cases(
    'GetListenerAttribute',
    `
    Forbidden.LoadBalancer    400 permission       no the load balancer is not granted to this account
    ResourceNotFound.Listener 404 listenerNotFound no it is gone
  `,
  ),
  cases(
    'ListListenerCertificates',
    `
    OperationDenied.HttpListenerNotSupport 400 operationDenied no an HTTP listener has no certificates
  `,
  ),
  cases(
    'AssociateAdditionalCertificatesWithListener',
    `
    OperationDenied.DefaultCertificateUsed            400 operationDenied    no a default certificate cannot be additional too
    OperationFailed.DefaultCertificateNotFound        400 dependencyNotFound no additional ones need a default first
    ResourceAlreadyAssociated.Certificate             400 alreadyAssociated  no attached already
    ResourceQuotaExceeded.LoadBalancerCertificatesNum 400 quotaExceeded      no 10 or 25 additional certificates, by edition
  `,
  ),
  cases(
    'DissociateAdditionalCertificatesFromListener',
    `
    ResourceNotAssociated.Certificate 400 notAssociated no removed already
  `,
  ),
  cases(
    'UpdateListenerLogConfig',
    `
    OperationDenied.AccessLogDisabled 400 accessLogDisabled no the access log of the load balancer is off
  `,
  ),
  cases(
    'AssociateAclsWithListener',
    `
    QuotaExceeded.AclsNum                                        400 quotaExceeded     no three ACLs for each listener
    IncorrectStatus.Acl                                          400 aclBusy           no the ACL is being changed
    ResourceQuotaExceeded.ListenerAclEntriesNum                  400 quotaExceeded     no a listener holds so many entries in all its ACLs
    OperationDenied.AclNotSupport                                400 operationDenied   no the load balancer has no ACLs
    OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl 400 operationDenied   no ACLs and security groups exclude each other
    ResourceAlreadyExist.AclEntry                                400 operationDenied   no two ACLs hold the same entry
    ResourceInUse.Acl                                            400 alreadyAssociated no attached already
    ResourceNotFound.Acl                                         404 dependencyNotFound no it may come yet
    Conflict.Acl                                                 400 aclBusy           no another change of the ACL runs
  `,
  ),
  cases(
    'DissociateAclsFromListener',
    `
    ResourceInConfiguring     400 listenerBusy  no the bare code, without a resource
    LockFailed                400 busy          no another change holds the lock
    ResourceNotAssociated.Acl 404 notAssociated no removed already
  `,
  ),
  cases(
    'StartListener',
    `
    VipStatusNotSupport 400 busy no the address of the load balancer is being changed
  `,
  ),
  cases(
    'TagResources',
    `
    OperationFailed.ResourceGroupStatusCheckFail 400 listenerBusy no the resource group is being changed
  `,
  ),
].flat();

const STS = cases(
  'AssumeRole',
  `
  EntityNotExist.Role               404 authentication no there is no such role
  InvalidParameter.RoleArn          400 authentication no the credentials say something that is no role
  NoPermission                      403 permission     no the role does not trust whoever asks
  Throttling.User                   400 throttled      no the limit of the account
`,
);

const ANY_OPERATION = cases(
  'CreateListener',
  `
  Throttling                   400 throttled        no      turned away by the gateway
  Throttling.User              400 throttled        no the limit of the account
  Throttling.Api               429 throttled        no the limit of the operation
  Rejected.Throttling          400 throttled        no the limit of the gateway
  Some.ThrottlingOfTomorrow    400 throttled        no      any code with the word
  SystemBusy                   400 unavailable      unknown nobody says how far the call got
  InternalError                500 unavailable      unknown the server failed on the way
  InternalError                400 unavailable      unknown whatever the status
  ServiceUnavailable           503 unavailable      unknown as above
  SignatureNonceUsed           400 unavailable      unknown our request came twice: the first may have worked
  IdempotenceProcessing        400 tokenInProgress  unknown the first call with the token still runs
  LastTokenProcessing          400 tokenInProgress  unknown the name other products use
  IdempotentParameterMismatch  400 tokenMismatch    unknown an earlier call got through
  IdempotenceSignatureMismatch 400 tokenMismatch    unknown the name of NLB
  IdempotenceParamNotMatch     400 tokenMismatch    unknown the name of ECS
  IdempotentFooMismatch        400 tokenMismatch    unknown the name of ALB listeners is not documented
  InvalidAccessKeyId.NotFound  404 authentication   no no such key
  InvalidAccessKeyId.Inactive  400 authentication   no the key is switched off
  SignatureDoesNotMatch        400 authentication   no wrong secret
  InvalidTimeStamp.Expired     400 authentication   no the clock is off
  InvalidTimeStamp.Format      400 authentication   no the clock is off by more than that
  MissingSecurityToken         400 authentication   no      not the parameter family of Missing…
  InvalidSecurityToken.Expired 400 authentication   no the token has ended
  InvalidSignatureMethod       400 authentication   no the operator signs as the endpoint does not
  InvalidAction.NotFound       404 authentication   no      the endpoint does not serve ALB
  InvalidApi.NotFound          404 authentication   no the endpoint does not serve ALB
  InvalidProduct.NotFound      404 authentication   no the endpoint does not serve ALB
  UnsupportedHTTPMethod        400 authentication   no the endpoint is not that of ALB
  InvalidProtocol.NeedSsl      400 authentication   no the endpoint wants https
  Forbidden.RAM                403 permission       no a policy is missing
  Forbidden                    403 permission       no a policy is missing
  NoPermission                 403 permission       no a policy is missing
  MissingListenerId            400 invalidParameter no the rest of the word is the parameter
  InvalidListenerPort          400 invalidParameter no the rest of the word is the parameter
  InvalidTag.Key               400 invalidParameter no with what is wrong in it
  DryRunOperation              400 dryRunPassed     no success of a dry run comes as an error
  IncorrectStatus.Rule         400 listenerBusy     no      any status but that of business
  QuotaExceeded.SomethingNew   400 quotaExceeded    no a family
  OperationDenied.SomethingNew 400 operationDenied  no a family
  OperationConflict            400 unclassified     unknown not a code of ALB
  ResourceNotFound.Moon        404 unclassified     unknown a resource nobody named
  -21020                       400 unclassified     unknown an internal number
  invalidparameter             400 unclassified     unknown codes are compared as written
  XInvalidParameter            400 unclassified     unknown a pattern covers the whole code
  constructor                  400 unclassified     unknown not a key of an object
`,
);

describe('error codes', () => {
  const table = [...CREATE_LISTENER_PAGE, ...OTHER_OPERATIONS, ...STS, ...ANY_OPERATION];
  it.each(table)('$operation: $code ($status) is $class, $outcome: $reason', (row) => {
    expect(classify(row.operation, row.code, row.status)).toMatchObject({
      class: row.class,
      outcome: row.outcome,
    });
  });

  it('covers the whole page of CreateListener', () => {
    expect(new Set(CREATE_LISTENER_PAGE.map(({ code }) => code)).size).toBe(25);
  });

  it('has a row for every class', () => {
    // Two are found before anything is sent, so no code leads to them.
    const found = ['credentialsMissing', 'wrongAccount', 'unknownRegion'];
    const reached = new Set([...table.map((row) => row.class), ...found]);
    expect(reached).toEqual(new Set(Object.keys(CLASSES)));
  });

  it.each([200, 302, 500, 503])('takes a refusal under HTTP %i for no proof', (status) => {
    for (const { code, class: errorClass } of CREATE_LISTENER_PAGE) {
      expect(classify('CreateListener', code, status)).toMatchObject({
        class: errorClass,
        outcome: 'unknown',
      });
    }
  });

  it('classifies the failure of a job, which has no HTTP status', () => {
    expect(classify('CreateListener', 'Mismatch.VpcId', 'job')).toMatchObject({
      class: 'operationDenied',
      outcome: 'no',
    });
    expect(classify('CreateListener', 'Whatever', 'job')).toMatchObject({
      class: 'unclassified',
      outcome: 'unknown',
    });
  });
});
