import { ALLOW_SWEEP, FINALIZER } from './resource.ts';

/**
 * Where a resource stands, seen by a person or a tool:
 *
 * - `ready`: as declared and proven to run.
 * - `reconciling`: on its way; the operator goes on by itself.
 * - `stalled`: a person must do something first. The operator looks again from time to time all the same.
 * - `suspended`: the user has told the operator to keep out.
 */
export type Stance = 'ready' | 'reconciling' | 'stalled' | 'suspended';

interface ReasonEntry {
  readonly stance: Stance;
  /** The type of event recorded when a resource comes to this reason; `none` where it would only be noise. */
  readonly event: 'Normal' | 'Warning' | 'none';
  readonly meaning: string;
  /** What a person does about it; the message of the condition ends with it. Empty where there is nothing to do. */
  readonly remedy: string;
}

/** The port of a listener is fixed in the cloud, so it can be edited until the creation begins. */
export const ANOTHER_PORT = 'declare another port (once status.creation is there, in a new AlbListener)';

/** Where a listener is created can be edited as long as its port can. */
const ANOTHER_PLACE =
  'correct the load balancer, the region or the credentials (once status.creation is there, in a new AlbListener)';

/**
 * The closed set of condition reasons. `Ready`, `Synced`, `Reconciling`, `Stalled` and the phase all follow from
 * the one reason in force, so they cannot contradict each other. `docs/conditions.md` is generated from here.
 */
export const REASONS = {
  Running: {
    stance: 'ready',
    event: 'Normal',
    meaning: 'The cloud runs the listener as declared.',
    remedy: '',
  },
  Stopped: {
    stance: 'ready',
    event: 'Normal',
    meaning: 'The listener is stopped, as declared; otherwise it is as declared, too.',
    remedy: '',
  },
  Suspended: {
    stance: 'suspended',
    event: 'Normal',
    meaning: 'spec.suspend is true: nothing is read or written in the cloud.',
    remedy: '',
  },
  Planned: {
    stance: 'suspended',
    event: 'Normal',
    meaning: 'reconcilePolicy is DryRun: status.plan has the calls that would be made, and none is made.',
    remedy: 'Set spec.reconcilePolicy to Manage to have it done.',
  },
  Creating: {
    stance: 'reconciling',
    event: 'none',
    meaning: 'The listener is about to be created, or its creation has just been asked for.',
    remedy: '',
  },
  Provisioning: {
    stance: 'reconciling',
    event: 'Normal',
    meaning: 'The cloud is creating the listener.',
    remedy: '',
  },
  ReferenceNotReady: {
    stance: 'reconciling',
    event: 'Normal',
    meaning: 'What the manifest refers to exists and is not ready yet.',
    remedy: '',
  },
  Updating: {
    stance: 'reconciling',
    event: 'Normal',
    meaning: 'The listener is being brought to its declaration.',
    remedy: '',
  },
  CorrectingDrift: {
    stance: 'reconciling',
    event: 'Warning',
    meaning:
      'The listener was changed outside Kubernetes, and is being brought back to its declaration; the message says what was changed.',
    remedy: '',
  },
  Configuring: {
    stance: 'reconciling',
    event: 'none',
    meaning: 'The cloud is working on the listener; it accepts no change meanwhile.',
    remedy: '',
  },
  Deleting: { stance: 'reconciling', event: 'Normal', meaning: 'The listener is being deleted.', remedy: '' },
  ListenerLost: {
    stance: 'reconciling',
    event: 'Warning',
    meaning: 'The listener was deleted by someone else and is created again.',
    remedy: '',
  },
  CreateOutcomeUnknown: {
    stance: 'reconciling',
    event: 'none',
    meaning:
      'The cloud did not say whether the creation took effect; the operator looks before it tries again.',
    remedy: '',
  },
  LoadBalancerBusy: {
    stance: 'reconciling',
    event: 'none',
    meaning: 'Another operation on the load balancer or the listener is not finished yet.',
    remedy: '',
  },
  Throttled: {
    stance: 'reconciling',
    event: 'none',
    meaning: 'The cloud accepts no more calls this minute.',
    remedy: '',
  },
  CloudUnavailable: {
    stance: 'reconciling',
    event: 'none',
    meaning: 'The cloud gave no readable answer.',
    remedy: '',
  },
  UnexpectedAnswer: {
    stance: 'reconciling',
    event: 'none',
    meaning: 'The cloud answered with a code that is not documented; the operator tries again.',
    remedy: '',
  },
  CreateFailed: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The cloud accepted the creation and failed to carry it out.',
    remedy: 'Remove the cause named here; the operator creates the listener again by itself.',
  },
  OperationFailed: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The cloud accepted a change or a deletion and failed to carry it out.',
    remedy: 'Remove the cause named here; the operator tries again by itself.',
  },
  OperationOverdue: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The cloud has been working on an operation for far longer than usual.',
    remedy:
      'Ask Alibaba Cloud support with the RequestId; the operator goes on as soon as the operation ends.',
  },
  Drifted: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The listener differs from the manifest and is left as it is, because the manifest says so.',
    remedy:
      'Bring the manifest to what status.drift shows, or have it corrected: driftPolicy Correct, reconcilePolicy Manage.',
  },
  NotConverging: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The cloud accepts updates and keeps the old value, so no more are sent.',
    remedy:
      'Take the fields named here out of the manifest or into spec.ignoreFields; an edit or the annotation alb.alibabacloud.com/reconcile-requested-at starts the updates again.',
  },
  ListenerMissing: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'There is no listener to observe.',
    remedy: 'Create it, or set reconcilePolicy to Manage.',
  },
  ListenerElsewhere: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'A listener of this object stands in another region, on another load balancer or with another port or protocol than the manifest declares: the status was wiped and the manifest edited.',
    remedy:
      'Declare the place of that listener again, or delete this object, which deletes that listener, and apply the manifest anew.',
  },
  AdoptionRefused: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'The listener to adopt does not exist, is another one than the manifest declares, or belongs to another AlbListener; then the message says what is missing and who can supply it.',
    remedy:
      'Correct spec.adopt.listenerId, or declare the load balancer, protocol and port of that listener.',
  },
  InvalidSpec: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The stored manifest breaks a rule of the schema (it was stored before the rule existed).',
    remedy: 'Correct the fields named here and apply the manifest again.',
  },
  DryRunRefused: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'reconcilePolicy is DryRun, and the cloud says that it would refuse the first call of status.plan.',
    remedy: 'Correct what is named here; nothing has been changed in the cloud.',
  },
  InvalidReference: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'A ConfigMap, a Secret or an AlbListener that the manifest refers to does not exist, may not be read, or does not hold what is needed.',
    remedy:
      'Create it, or correct the reference or the value; the operator goes on by itself as soon as it is there.',
  },
  InvalidRegion: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The region is not a known one, so nothing is sent there.',
    remedy:
      'Correct spec.regionId. For a region that Alibaba Cloud opened lately, the administrator of the operator adds it to ALB_REGIONS.',
  },
  LoadBalancerNotAllowed: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The operator’s own credentials may not be used for this load balancer from this namespace.',
    remedy:
      'Name another load balancer, or credentials of the namespace in spec.credentialsSecretRef; the administrator of the operator changes who may use a load balancer in LOAD_BALANCER_NAMESPACES.',
  },
  InvalidParameter: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The cloud refuses the declared values.',
    remedy: 'Correct the value in the manifest and apply it again.',
  },
  OperationDenied: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The declared values do not go together with what they refer to (VPC, protocol, edition).',
    remedy: 'Correct the reference in the manifest, or the resource it refers to.',
  },
  PortClaimed: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'Another AlbListener claims the same load balancer, port and transport and comes first.',
    remedy: `Delete one of the two, or ${ANOTHER_PORT}.`,
  },
  PortTaken: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'A listener that this resource did not create holds the port. It is never touched.',
    remedy: `Delete that listener if nobody needs it, or ${ANOTHER_PORT}.`,
  },
  OwnershipLost: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'The listener no longer carries the ownership tag that names this resource, so it is not touched.',
    remedy: `Put the tag named here back on the listener. To give the listener up instead, delete the resource and remove its finalizer ${FINALIZER}.`,
  },
  ServiceManaged: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'Another Alibaba Cloud service manages the load balancer or the listener.',
    remedy: 'Use a load balancer that is not managed by another service (for example by ACK).',
  },
  AlreadyAssociated: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The resource to attach is attached to another listener and can be attached once only.',
    remedy: 'Detach it there, or name another one in the manifest.',
  },
  AccessLogDisabled: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The access log of the load balancer is off, and logConfig needs it.',
    remedy: 'Turn on the access log of the load balancer, or remove logConfig from the manifest.',
  },
  ListenerStopped: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The cloud refuses a change for as long as the listener is stopped.',
    remedy:
      'Set spec.listenerState to Running until the change is made, or take the change out of the manifest.',
  },
  OpenToEveryone: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'The listener serves addresses that aclConfig keeps out, because the cloud does not attach its access control lists.',
    remedy:
      'Create the lists or correct spec.aclConfig; the operator attaches them by itself as soon as the cloud takes them.',
  },
  StoppedWithoutAcl: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'The cloud does not attach the access control lists of a new listener, which is kept stopped so that it is not open to addresses that aclConfig keeps out.',
    remedy:
      'Create the lists or correct spec.aclConfig; the operator attaches them and starts the listener by itself. To have it serve without them, set spec.aclConfig.whenNotAttached to Serve.',
  },
  DeletionHeld: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'The namespace or the CRD is being deleted and sweeps this object along; the listener stays until somebody says that it shall go.',
    remedy: `To delete the listener, set the annotation ${ALLOW_SWEEP}: "true" on this object or on what is being deleted; to keep it, set spec.deletionPolicy to Retain.`,
  },
  ListenerInUse: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'Another listener refers to this one, so it is not deleted.',
    remedy:
      'Remove the reference (quicConfig.quicListenerRef or quicListenerId) from the HTTPS listener that names it.',
  },
  DependencyNotFound: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'A server group, certificate, security policy or ACL named in the manifest does not exist.',
    remedy: 'Create it or correct its id; the operator looks again by itself.',
  },
  LoadBalancerNotFound: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'There is no such load balancer in this region and account.',
    remedy: `Create it there, or ${ANOTHER_PLACE}; the operator looks again by itself.`,
  },
  LoadBalancerLocked: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The load balancer is locked, for example because a payment is overdue.',
    remedy: 'Have the lock lifted in the Alibaba Cloud console; the operator looks again by itself.',
  },
  QuotaExceeded: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'A quota of the account or the load balancer is used up.',
    remedy: 'Raise the quota in Quota Center or free something; the operator tries again by itself.',
  },
  WrongAccount: {
    stance: 'stalled',
    event: 'Warning',
    meaning:
      'The credentials belong to another Alibaba Cloud account than the listener, which they cannot see; so nothing is done.',
    remedy:
      'Use credentials of the account in status.accountId, in the Secret of spec.credentialsSecretRef or, without one, those of the operator.',
  },
  Forbidden: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The credentials do not allow the call.',
    remedy: 'Grant the RAM action named here to the role or user whose credentials are used.',
  },
  AuthenticationFailed: {
    stance: 'stalled',
    event: 'Warning',
    meaning: 'The cloud does not accept the credentials, or the clock is off.',
    remedy: 'Check the access key, the STS token and the clock of the node.',
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;

export type Reason = keyof typeof REASONS;

interface EventEntry {
  readonly type: 'Normal' | 'Warning';
  readonly meaning: string;
}

/**
 * Events that say something besides the reason in force, so that no condition has them.
 *
 * Their notes say what to do. Events of a reason are in `REASONS`.
 */
export const OTHER_EVENTS = {
  OtherInstallation: {
    type: 'Warning',
    meaning: 'Another installation of the operator works on this object, too; this one stands back.',
  },
  OrphanNotDeleted: {
    type: 'Warning',
    meaning:
      'The finalizer of an object was removed by force, and the listener that it left behind could not be deleted for three minutes.',
  },
  ClaimLapsed: {
    type: 'Warning',
    meaning:
      'The credentials of this object have been unusable for the settle time, so it no longer claims its port.',
  },
  ClaimGained: {
    type: 'Normal',
    meaning: 'The claim of another AlbListener on the port has lapsed, and this one comes next.',
  },
} as const satisfies Readonly<Record<string, EventEntry>>;

/** The closed set of reasons that an event can have. */
export type EventReason = Reason | keyof typeof OTHER_EVENTS;
