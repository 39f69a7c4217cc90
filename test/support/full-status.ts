import type { Observed } from '../../src/listener/schema/observed.ts';
import type { AlbListenerStatus, Condition } from '../../src/listener/schema/status.ts';

const ready = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 3,
  lastTransitionTime: '2026-11-01T08:00:07Z',
  reason: 'Running',
  message: 'The listener runs as declared.',
} satisfies Condition;

/** Such as no spec could declare: the cloud is changed by others too, and may learn new words. */
const observed: Required<Observed> = {
  listenerStatus: 'Deleting',
  listenerDescription: 'made by hand, @home',
  requestTimeout: 0,
  idleTimeout: 7200,
  gzipEnabled: false,
  http2Enabled: true,
  securityPolicyId: '',
  caEnabled: true,
  certificates: [{ certificateId: '10370512' }, { certificateId: '10370513' }],
  caCertificates: [],
  xForwardedForConfig: { xForwardedForEnabled: true, xForwardedForProcessingMode: 'preserve' },
  quicConfig: { quicUpgradeEnabled: false, quicListenerId: '' },
  defaultActions: [
    { type: 'Redirect' },
    { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-1' }] } },
  ],
  tags: [{ key: 'acs:rm:rgId', value: 'https://example.com' }],
  logConfig: {
    accessLogRecordCustomizedHeadersEnabled: true,
    accessLogTracingConfig: { tracingEnabled: true, tracingSample: 0, tracingType: 'Jaeger' },
  },
  aclConfig: { aclType: 'Grey', aclIds: ['acl-1', 'by-hand'] },
  additionalCertificates: [{ certificateId: '10370514' }],
};

/** Every field of a status. */
export const fullStatus = {
  observedGeneration: 3,
  phase: 'Running',
  listenerId: 'lsn-1',
  loadBalancerId: 'alb-1',
  regionId: 'cn-hangzhou',
  accountId: '1000000000000001',
  recovery: { since: '2026-11-01T07:59:00Z' },
  creation: { incarnation: 1, startedAt: '2026-11-01T08:00:00Z', unsettledAt: '2026-11-01T08:00:03.5Z' },
  unusableSince: '2026-11-01T08:00:00.000Z',
  operation: { kind: 'Update', jobId: 'job-1', requestId: 'req-1', startedAt: '2026-11-01T09:00:00+08:00' },
  history: {
    creation: {
      operation: 'CreateListener',
      at: '2026-11-01T08:00:00.5Z',
      outcome: 'Succeeded',
      requestId: 'req-0',
      jobId: 'job-0',
    },
    writes: [
      {
        operation: 'UpdateListenerAttribute',
        at: '2026-11-01T09:00:00+08:00',
        outcome: 'Unknown',
        code: 'Timeout',
      },
    ],
  },
  observed,
  drift: [{ path: 'idleTimeout', declared: '15', actual: '7200' }],
  convergence: { difference: '3f786850e387550fdab836ed7e6dc881', updates: 2 },
  accessGuard: {
    starts: 2,
    refusedWhile: ['Provisioning', 'Stopped'],
    refusal: 'AssociateAclsWithListener was answered with QuotaExceeded.AclsNum.',
  },
  managedTagKeys: ['team'],
  managedAttachments: ['additionalCertificates', 'aclConfig'],
  plan: {
    verdict: 'Accepted',
    message: 'The cloud would accept UpdateListenerAttribute.',
    calls: [
      { operation: 'UpdateListenerAttribute', fields: ['idleTimeout'] },
      { operation: 'StopListener', fields: [] },
    ],
    changes: [{ path: 'idleTimeout', declared: '15', actual: '7200' }],
  },
  installation: 'alb-listener-operator/blue',
  handledReconcileAt: '2026-11-01T08:30:00Z',
  conditions: [ready],
} satisfies Required<AlbListenerStatus>;
