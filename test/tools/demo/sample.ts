import type { Access, Happening, ListenerRow, Snapshot } from '../../../tools/demo/happening.ts';
import { FIRST_VIEW, nextView, type View } from '../../../tools/demo/view/view.ts';

export const ACCESS: Access = {
  kubernetesVersion: 'v1.36.3',
  kubeconfigPath: '/tmp/alb-control-plane-9tLgDo/kubeconfig',
  kubectl: {
    path: '/home/anna/.cache/alb-listener-operator/1.36.3-linux-amd64/kubectl',
    isOnPath: false,
  },
  console: 'http://127.0.0.1:46689',
};

const SERVER_GROUP = 'sgp-8ilqs4axp61a2b3c4d';
const RUNNING = { phase: 'Running', ready: 'True', reason: 'Running' } as const;

const http: ListenerRow = {
  name: 'shop-http',
  port: 'HTTP:80',
  ...RUNNING,
  message: 'Listener lsn-2aoegj99s45vxth61o runs as declared.',
};
const https: ListenerRow = {
  name: 'shop-https',
  port: 'HTTPS:443',
  phase: 'Provisioning',
  ready: 'False',
  reason: 'Provisioning',
  message:
    'The cloud is creating listener lsn-ccpk1e3y4wcdwgsizw. (RequestId A585913B-2D11-A464-71EF-B60859A3EA57)',
};
const quic: ListenerRow = {
  name: 'shop-quic',
  port: 'QUIC:443',
  phase: 'Pending',
  ready: 'False',
  reason: 'LoadBalancerBusy',
  message:
    'CreateListener was answered with IncorrectStatus.LoadBalancer: The status of load balancer alb-n5qw04uq8vavfe1a2b is incorrect. The operator tries again.',
};

const event = (ageSeconds: number, object: string, reason: string, message: string, isWarning = false) => ({
  ageSeconds,
  object,
  reason,
  message,
  isWarning,
});

/** One runs, one is being created, one waits. */
export const FIRST_RUNNING: Snapshot = {
  listeners: [http, https, quic],
  cloud: [
    { id: 'lsn-2aoegj99s45vxth61o', port: 'HTTP:80', status: 'Running', forwardsTo: SERVER_GROUP },
    { id: 'lsn-ccpk1e3y4wcdwgsizw', port: 'HTTPS:443', status: 'Provisioning', forwardsTo: SERVER_GROUP },
  ],
  events: [
    event(6, 'shop-http', 'Provisioning', 'The cloud is creating listener lsn-2aoegj99s45vxth61o.'),
    event(2, 'shop-http', 'Running', 'Listener lsn-2aoegj99s45vxth61o runs as declared.'),
    event(1, 'shop-quic', 'LoadBalancerBusy', quic.message, true),
    event(0, 'shop-https', 'Provisioning', 'The cloud is creating listener lsn-ccpk1e3y4wcdwgsizw.'),
  ],
};

/** One that the cloud refuses, with a message of which the end says what to do. */
export const REFUSED: Snapshot = {
  ...FIRST_RUNNING,
  listeners: [
    {
      ...http,
      phase: 'Failed',
      ready: 'False',
      reason: 'OperationDenied',
      message:
        'UpdateListenerAttribute was answered with Mismatch.VpcId: The VpcId is mismatched for alb-n5qw04uq8vavfe1a2b and sgp-othervpc61a2b3c4d5. Correct the reference in the manifest, or the resource it refers to.',
    },
    { ...https, ...RUNNING, message: 'Listener lsn-ccpk1e3y4wcdwgsizw runs as declared.' },
    quic,
  ],
  cloud: FIRST_RUNNING.cloud.map((listener) => ({ ...listener, status: 'Running' })),
};

/** All that is told up to the moment at which the first listener runs, and some of what comes later. */
export const STORY: readonly Happening[] = [
  { kind: 'preparing', line: 'Looking for kube-apiserver, etcd and kubectl …' },
  { kind: 'preparing', line: 'Starting kube-apiserver v1.36.3 and etcd …' },
  { kind: 'up', access: ACCESS },
  { kind: 'step', number: 1, of: 7, title: 'Apply three listeners: HTTP, HTTPS and QUIC' },
  { kind: 'command', command: 'kubectl apply --filename=deploy/samples/http.yaml' },
  { kind: 'output', text: 'alblistener.alb.alibabacloud.com/shop-http created\n' },
  { kind: 'held', claim: 'every listener is Provisioning, or Running already' },
  { kind: 'seen', snapshot: FIRST_RUNNING },
  { kind: 'step', number: 4, of: 7, title: 'Forward to a server group of another VPC: the cloud refuses' },
  { kind: 'command', command: 'kubectl wait --for=condition=Stalled alblistener/shop-http --timeout=30s' },
  { kind: 'output', text: 'alblistener.alb.alibabacloud.com/shop-http condition met\n' },
  { kind: 'message', text: REFUSED.listeners[0]?.message ?? '' },
  { kind: 'held', claim: 'the message names the cloud’s reason' },
  { kind: 'seen', snapshot: REFUSED },
  { kind: 'handedOver' },
];

/** What the screen shows after the first so many of these. */
export function viewAfter(happenings: readonly Happening[]): View {
  return happenings.reduce(nextView, { ...FIRST_VIEW, elapsedMs: 42_000 });
}
