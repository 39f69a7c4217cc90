import { regionsOf } from '../../src/alb/endpoints.ts';
import type { AlbError } from '../../src/alb/error.ts';
import { type OpenSession, wrongAccount } from '../../src/alb/sessions.ts';
import type { Reason } from '../../src/listener/reason.ts';
import type { AlbListener } from '../../src/listener/resource.ts';
import { conditionOf } from '../../src/listener/summary.ts';
import { createForeignListener, editListener, removeListener } from '../../src/simulator/out-of-band.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';
import { type Told, toldBy } from './told.ts';

type Options = Partial<ConstructorParameters<typeof OperatorInTime>[0]>;

/** One way in which an object named `web` comes to a reason. */
interface ReasonCase {
  readonly reason: Reason;
  /** For readers of the page. */
  readonly when: string;
  readonly options?: Options;
  readonly run: (operator: OperatorInTime) => void | Promise<void>;
}

const MINUTE_MS = 60_000;
const WATCHED_MS = 30 * MINUTE_MS;

const WEB = httpSpec('alb-one', 80);
const FROM_CONFIG_MAP = {
  ...Object.fromEntries(Object.entries(WEB).filter(([field]) => field !== 'loadBalancerId')),
  loadBalancerIdFrom: { configMapKeyRef: { name: 'network', key: 'loadBalancerId' } },
};
const ACL = { aclType: 'White', aclIds: ['acl-office'] };
const CERTIFIED = { ...WEB, listenerPort: 443, certificates: [{ certificateId: '1001-cn-hangzhou' }] };
const FOREIGN = { LoadBalancerId: 'alb-one', ListenerProtocol: 'HTTP', ListenerPort: 80 };

async function running(operator: OperatorInTime, spec: object = WEB): Promise<string> {
  operator.apply('web', spec);
  await operator.untilReady(['web'], 10 * MINUTE_MS);
  return operator.get('web')?.status.listenerId ?? '';
}

function refuse(
  { cloud }: OperatorInTime,
  operation: string,
  code: string,
  { status = 400, message }: { status?: number; message: string },
): void {
  cloud.fail({ kind: 'error', operation, code, status, message });
}

/** A creation that is refused. */
const refused =
  (code: string, message: string, status = 400) =>
  (operator: OperatorInTime): void => {
    refuse(operator, 'CreateListener', code, { status, message });
    operator.apply('web', WEB);
  };

/** The running listener is changed in the console. */
async function changedByHand(operator: OperatorInTime, patch: object, spec: object = WEB): Promise<void> {
  editListener(operator.cloud.simulator, await running(operator, spec), patch);
  operator.request('web');
}

/** Sessions cannot be opened, for that reason. */
function closedFor(problem: Pick<AlbError, 'class' | 'code' | 'message'>): Options {
  const error = { ...problem, operation: 'GetCallerIdentity', notSent: true } as const;
  return { open: (): OpenSession => async () => ({ opened: false, error }) };
}

function unknownRegion(region: string): string {
  const endpoint = regionsOf({ home: 'cn-hangzhou', network: 'public', given: new Map() }).endpointOf(region);
  if (endpoint.ok) throw new Error(`${region} is a known region`);
  return endpoint.problem;
}

const WRONG_ACCOUNT = wrongAccount('1000000000000001', '1000000000000002');

/** Every reason, by at least one way that leads to it. */
export const REASON_CASES: readonly ReasonCase[] = [
  {
    reason: 'Running',
    when: 'the cloud was seen to run the listener as declared',
    run: async (operator) => void (await running(operator)),
  },
  {
    reason: 'Stopped',
    when: 'spec.listenerState is Stopped',
    run: (operator) => operator.apply('web', { ...WEB, listenerState: 'Stopped' }),
  },
  {
    reason: 'Suspended',
    when: 'spec.suspend is set on a running listener',
    async run(operator) {
      await running(operator);
      operator.edit('web', { suspend: true });
    },
  },
  {
    reason: 'Planned',
    when: 'reconcilePolicy is DryRun, and there is no listener yet',
    run: (operator) => operator.apply('web', { ...WEB, reconcilePolicy: 'DryRun' }),
  },
  {
    reason: 'Planned',
    when: 'an edit of a running listener is tried out with DryRun',
    async run(operator) {
      await running(operator);
      operator.edit('web', { reconcilePolicy: 'DryRun', idleTimeout: 30, gzipEnabled: false });
    },
  },
  {
    reason: 'Creating',
    when: 'before the creation is asked for',
    run: (operator) => operator.apply('web', WEB),
  },
  {
    reason: 'Provisioning',
    when: 'the creation was accepted',
    run: (operator) => operator.apply('web', WEB),
  },
  {
    reason: 'ReferenceNotReady',
    when: 'a ConfigMap that the manifest names has not been read yet',
    run: (operator) => operator.apply('web', FROM_CONFIG_MAP),
  },
  {
    reason: 'Updating',
    when: 'an edit of the manifest',
    async run(operator) {
      await running(operator);
      operator.edit('web', { idleTimeout: 30 });
    },
  },
  {
    reason: 'CorrectingDrift',
    when: 'a change in the console',
    run: (operator) => changedByHand(operator, { IdleTimeout: 77, GzipEnabled: false }),
  },
  {
    reason: 'Configuring',
    when: 'right after an edit of the manifest',
    async run(operator) {
      await running(operator);
      operator.edit('web', { idleTimeout: 30 });
    },
  },
  {
    reason: 'Deleting',
    when: 'the object is deleted',
    async run(operator) {
      await running(operator);
      operator.delete('web');
    },
  },
  {
    reason: 'ListenerLost',
    when: 'the listener was deleted in the console',
    async run(operator) {
      removeListener(operator.cloud.simulator, await running(operator));
      operator.request('web');
    },
  },
  {
    reason: 'CreateOutcomeUnknown',
    when: 'the cloud answered the creation with a server error',
    run: refused('InternalError', 'The request processing has failed due to some unknown error.', 500),
  },
  {
    reason: 'LoadBalancerBusy',
    when: 'another operation on the load balancer is under way',
    run: refused('IncorrectStatus.LoadBalancer', 'The status of LoadBalancer [alb-one] is incorrect.'),
  },
  {
    reason: 'Throttled',
    when: 'others use up the calls of the account',
    run: refused('Throttling.User', 'Request was denied due to user flow control.'),
  },
  {
    reason: 'CloudUnavailable',
    when: 'the cloud answers no read',
    run(operator) {
      const message = 'The request has failed due to a temporary failure of the server.';
      refuse(operator, 'ListListeners', 'ServiceUnavailable', { status: 503, message });
      operator.apply('web', WEB);
    },
  },
  {
    reason: 'UnexpectedAnswer',
    when: 'the cloud answers with a code that no page lists',
    async run(operator) {
      await running(operator);
      refuse(operator, 'UpdateListenerAttribute', 'Novelty.OfTheCloud', { message: 'Something new.' });
      operator.edit('web', { idleTimeout: 30 });
    },
  },
  {
    reason: 'CreateFailed',
    when: 'the job of the creation fails',
    run(operator) {
      const message = 'The specified resource sgp-web is not found.';
      const code = 'ResourceNotFound.ServerGroup';
      operator.cloud.fail({ kind: 'failJob', operation: 'CreateListener', code, message });
      operator.apply('web', WEB);
    },
  },
  {
    reason: 'OperationFailed',
    when: 'the job of an update fails',
    async run(operator) {
      await running(operator);
      const message = 'The quota is exceeded.';
      const code = 'ResourceQuotaExceeded.ServerAddedNum';
      operator.cloud.fail({ kind: 'failJob', operation: 'UpdateListenerAttribute', code, message });
      operator.edit('web', { idleTimeout: 30 });
    },
  },
  {
    reason: 'OperationOverdue',
    when: 'the job of the creation does not end',
    run(operator) {
      operator.cloud.fail({ kind: 'hangJob', operation: 'CreateListener' });
      operator.apply('web', WEB);
    },
  },
  {
    reason: 'Drifted',
    when: 'a change in the console, and driftPolicy is Report',
    run: (operator) => changedByHand(operator, { IdleTimeout: 77 }, { ...WEB, driftPolicy: 'Report' }),
  },
  {
    reason: 'NotConverging',
    when: 'the cloud accepts an update three times and keeps its value',
    options: { settings: { updateKeepsOldValue: ['XForwardedForConfig.XForwardedForHostEnabled'] } },
    async run(operator) {
      await running(operator);
      operator.edit('web', { xForwardedForConfig: { xForwardedForHostEnabled: true } });
    },
  },
  {
    reason: 'ListenerMissing',
    when: 'reconcilePolicy is Observe, and the port is free',
    run: (operator) => operator.apply('web', { ...WEB, reconcilePolicy: 'Observe' }),
  },
  {
    reason: 'ListenerElsewhere',
    when: 'the status was wiped, and the manifest edited to another load balancer',
    async run(operator) {
      await running(operator);
      operator.wipeStatus('web');
      operator.edit('web', { loadBalancerId: 'alb-two' });
    },
  },
  {
    reason: 'AdoptionRefused',
    when: 'spec.adopt names a listener that does not exist',
    run: (operator) => operator.apply('web', { ...WEB, adopt: { listenerId: 'lsn-mistyped' } }),
  },
  {
    reason: 'AdoptionRefused',
    when: 'spec.adopt names the listener of another AlbListener',
    async run(operator) {
      operator.apply('other', { ...WEB, listenerPort: 81 });
      await operator.untilReady(['other'], 10 * MINUTE_MS);
      const listenerId = operator.get('other')?.status.listenerId;
      operator.apply('web', { ...WEB, adopt: { listenerId } });
    },
  },
  {
    reason: 'InvalidSpec',
    when: 'the manifest was stored before a rule existed',
    run: (operator) => operator.apply('web', { ...WEB, listenerPort: 70_000 }),
  },
  {
    reason: 'DryRunRefused',
    when: 'reconcilePolicy is DryRun, and a server group does not exist',
    run: (operator) =>
      operator.apply('web', {
        ...WEB,
        reconcilePolicy: 'DryRun',
        defaultActions: [
          {
            type: 'ForwardGroup',
            forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-mistyped' }] },
          },
        ],
      }),
  },
  {
    reason: 'InvalidReference',
    when: 'spec.credentialsSecretRef names a Secret that does not exist',
    run(operator) {
      operator.refusesKeys = true;
      operator.apply('web', { ...WEB, credentialsSecretRef: { name: 'alb' } });
    },
  },
  {
    reason: 'InvalidReference',
    when: 'spec.quicConfig names an AlbListener that does not exist',
    run: (operator) =>
      operator.apply('web', {
        ...CERTIFIED,
        listenerProtocol: 'HTTPS',
        quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'quic' } },
      }),
  },
  {
    reason: 'InvalidRegion',
    when: 'spec.regionId is mistyped',
    options: closedFor({
      class: 'unknownRegion',
      code: 'UnknownRegion',
      message: unknownRegion('cn-hangzou'),
    }),
    run: (operator) => operator.apply('web', { ...WEB, regionId: 'cn-hangzou' }),
  },
  {
    reason: 'LoadBalancerNotAllowed',
    when: 'LOAD_BALANCER_NAMESPACES gives the load balancer to other namespaces',
    options: { mayUse: () => false },
    run: (operator) => operator.apply('web', WEB),
  },
  {
    reason: 'InvalidParameter',
    when: 'the cloud refuses the values',
    run: refused('InvalidParameter', 'Invalid parameter, please check the parameter input.'),
  },
  {
    reason: 'OperationDenied',
    when: 'the server group is in another VPC',
    run: refused('Mismatch.VpcId', 'The VpcId is mismatched for alb-one and sgp-web.'),
  },
  {
    reason: 'PortClaimed',
    when: 'an older AlbListener declares the same port',
    async run(operator) {
      operator.apply('older', WEB);
      await operator.untilReady(['older'], 10 * MINUTE_MS);
      operator.apply('web', WEB);
    },
  },
  {
    reason: 'PortTaken',
    when: 'a listener that was made in the console holds the port',
    run(operator) {
      createForeignListener(operator.cloud.simulator, FOREIGN);
      operator.apply('web', WEB);
    },
  },
  {
    reason: 'PortTaken',
    when: 'one that cannot be adopted, since it has another protocol',
    run(operator) {
      createForeignListener(operator.cloud.simulator, { ...FOREIGN, ListenerProtocol: 'HTTPS' });
      operator.apply('web', WEB);
    },
  },
  {
    reason: 'PortTaken',
    when: 'the listener of an earlier life of this object holds it',
    async run(operator) {
      await running(operator);
      operator.tearOut('web');
      await operator.cloud.clock.advance(1000);
      operator.apply('web', WEB);
    },
  },
  {
    reason: 'PortTaken',
    when: 'the listener of an AlbListener of another namespace that no longer exists',
    async run(operator) {
      operator.apply('lab/web', WEB);
      await operator.untilReady(['lab/web'], 10 * MINUTE_MS);
      operator.tearOut('lab/web');
      await operator.cloud.clock.advance(1000);
      operator.apply('web', WEB);
    },
  },
  {
    reason: 'OwnershipLost',
    when: 'the ownership tag was removed',
    run: (operator) => changedByHand(operator, { Tags: [] }),
  },
  {
    reason: 'ServiceManaged',
    when: 'the load balancer belongs to an ACK cluster',
    run: refused(
      'OperationDenied.ServiceManagedResource',
      'The operation is not allowed because of ServiceManagedResource.',
    ),
  },
  {
    reason: 'AlreadyAssociated',
    when: 'the QUIC listener is that of another HTTPS listener',
    run: refused(
      'ResourceAlreadyAssociated.Listener',
      'The specified resource lsn-quic is already associated.',
    ),
  },
  {
    reason: 'AccessLogDisabled',
    when: 'logConfig on a load balancer without an access log',
    run: (operator) =>
      operator.apply('web', { ...WEB, logConfig: { accessLogRecordCustomizedHeadersEnabled: true } }),
  },
  {
    reason: 'ListenerStopped',
    when: 'an edit of a stopped listener, which the cloud does not take',
    options: { settings: { updateOfStopped: 'refused' } },
    async run(operator) {
      operator.apply('web', { ...WEB, listenerState: 'Stopped' });
      await operator.cloud.clock.advance(MINUTE_MS);
      operator.edit('web', { idleTimeout: 30 });
    },
  },
  {
    reason: 'OpenToEveryone',
    when: 'the cloud does not attach the lists, and whenNotAttached is Serve',
    run(operator) {
      refuseAcls(operator);
      operator.apply('web', { ...WEB, aclConfig: { ...ACL, whenNotAttached: 'Serve' } });
    },
  },
  {
    reason: 'StoppedWithoutAcl',
    when: 'the cloud does not attach the lists of a new listener',
    run(operator) {
      refuseAcls(operator);
      operator.apply('web', { ...WEB, aclConfig: ACL });
    },
  },
  {
    reason: 'DeletionHeld',
    when: 'the namespace is deleted',
    async run(operator) {
      await running(operator);
      operator.sweep = { of: 'namespace' };
      operator.delete('web');
    },
  },
  {
    reason: 'ListenerInUse',
    when: 'a QUIC listener is deleted to which an HTTPS listener that was made in the console sends its clients',
    async run(operator) {
      const listenerId = await running(operator, { ...CERTIFIED, listenerProtocol: 'QUIC' });
      createForeignListener(operator.cloud.simulator, {
        ...FOREIGN,
        ListenerProtocol: 'HTTPS',
        ListenerPort: 443,
        QuicConfig: { QuicUpgradeEnabled: true, QuicListenerId: listenerId },
      });
      operator.delete('web');
    },
  },
  {
    reason: 'DependencyNotFound',
    when: 'an access control list does not exist',
    run: (operator) => operator.apply('web', { ...WEB, aclConfig: { ...ACL, aclIds: ['acl-mistyped'] } }),
  },
  {
    reason: 'LoadBalancerNotFound',
    when: 'the load balancer is in another region, or its id is mistyped',
    run: (operator) => operator.apply('web', httpSpec('alb-mistyped', 80)),
  },
  {
    reason: 'LoadBalancerNotFound',
    when: 'the same, where a ConfigMap names it',
    run(operator) {
      operator.setConfigMap('network', 'alb-mistyped');
      operator.apply('web', FROM_CONFIG_MAP);
    },
  },
  {
    reason: 'LoadBalancerLocked',
    when: 'a payment is overdue',
    run: refused(
      'IncorrectBusinessStatus.LoadBalancer',
      'The business status of LoadBalancer [alb-one] is incorrect.',
    ),
  },
  {
    reason: 'QuotaExceeded',
    when: 'the load balancer has all the listeners that it may have',
    options: { settings: { quotas: { listenersPerLoadBalancer: 0 } } },
    run: (operator) => operator.apply('web', WEB),
  },
  {
    reason: 'WrongAccount',
    when: 'the key of another account',
    options: closedFor({
      class: WRONG_ACCOUNT.class,
      code: WRONG_ACCOUNT.code,
      message: WRONG_ACCOUNT.message,
    }),
    run: (operator) => operator.apply('web', WEB),
  },
  {
    reason: 'Forbidden',
    when: 'the policy lacks an action',
    run: refused('Forbidden.LoadBalancer', 'Authentication is failed for LoadBalancer.', 403),
  },
  {
    reason: 'AuthenticationFailed',
    when: 'the access key was deleted',
    run(operator) {
      const message = 'Specified access key is not found.';
      refuse(operator, '*', 'InvalidAccessKeyId.NotFound', { status: 404, message });
      operator.apply('web', WEB);
    },
  },
];

function refuseAcls(operator: OperatorInTime): void {
  const message = 'The specified resource acl-office is already exist.';
  refuse(operator, 'AssociateAclsWithListener', 'ResourceAlreadyExist.AclEntry', { message });
}

export interface ToldReason extends Pick<ReasonCase, 'reason' | 'when'> {
  readonly told: Told;
}

/** What is told in each case when the object first comes to the reason. */
export async function toldReasons(): Promise<readonly ToldReason[]> {
  const rows: ToldReason[] = [];
  for (const { reason, when, options, run } of REASON_CASES) {
    rows.push({ reason, when, told: toldBy(await firstWith(reason, options, run)) });
  }
  return rows;
}

async function firstWith(
  reason: Reason,
  options: Options = {},
  run: ReasonCase['run'],
): Promise<AlbListener> {
  const seen: AlbListener[] = [];
  const operator = new OperatorInTime({
    loadBalancers: ['alb-one', 'alb-two'],
    ...options,
    onStatus: (object) => {
      if (object.key.name === 'web' && object.key.namespace === 'shop') seen.push(object);
    },
  });
  await run(operator);
  await operator.cloud.clock.advance(WATCHED_MS);
  const first = seen.find((object) => conditionOf(object, 'Ready')?.reason === reason);
  if (first !== undefined) return first;
  const reasons = seen.map((object) => conditionOf(object, 'Ready')?.reason).join(', ');
  throw new Error(`the object did not come to ${reason}, but to ${reasons}`);
}
