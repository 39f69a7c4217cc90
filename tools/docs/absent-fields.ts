/** Fields that people try, and that the API server answers with `unknown field`. */
interface AbsentFields {
  /** Paths below `spec`; `[]` stands for an item of a list. */
  readonly tried: readonly string[];
  /** What to do instead. Complete sentences, as Markdown. */
  readonly instead: string;
  /** The fields that the answer names, as paths below `spec`. */
  readonly names: readonly string[];
}

const TUPLES = 'defaultActions[].forwardGroupConfig.serverGroupTuples[]';

export const ABSENT_FIELDS: readonly AbsentFields[] = [
  {
    tried: [
      'redirect',
      'redirectConfig',
      'httpsRedirect',
      'sslRedirect',
      'forceHttps',
      'defaultActions[].redirectConfig',
      'fixedResponse',
      'fixedResponseConfig',
      'defaultActions[].fixedResponseConfig',
    ],
    instead:
      'The default action of a listener forwards to a server group; `ForwardGroup` is all that CreateListener takes. A redirect or a fixed response is a forwarding rule of the listener: make it in the console, with Terraform (`alicloud_alb_rule`) or by CreateRule, with `status.listenerId`. The operator leaves rules alone.',
    names: [],
  },
  {
    tried: [
      'rules',
      'forwardingRules',
      'rewrite',
      'rewriteConfig',
      'hosts',
      'host',
      'paths',
      'path',
      'insertHeader',
      'trafficLimit',
      'qps',
      'cors',
    ],
    instead:
      'These belong to forwarding rules, which are not part of an AlbListener. Make them as above, with `status.listenerId`.',
    names: [],
  },
  {
    tried: ['weight', 'weights', `${TUPLES}.weight`, 'defaultActions[].weight'],
    instead:
      'The default action forwards without weights. Servers have a weight in their server group; weights between server groups belong to a forwarding rule.',
    names: [],
  },
  {
    tried: [
      'healthCheck',
      'healthCheckConfig',
      'stickySession',
      'stickySessionConfig',
      'scheduler',
      'backendProtocol',
      'backendPort',
      'servers',
      'connectionDrain',
      'slowStart',
    ],
    instead: 'These are settings of the server group, where its servers are. A listener only names it.',
    names: [],
  },
  {
    tried: ['port', 'ports', 'listenerPorts'],
    instead: 'Write `listenerPort`: one AlbListener for each port.',
    names: ['listenerPort'],
  },
  { tried: ['protocol', 'protocols'], instead: 'Write `listenerProtocol`.', names: ['listenerProtocol'] },
  {
    tried: ['LoadBalancerId', 'ListenerProtocol', 'ListenerPort', 'DefaultActions'],
    instead:
      'Fields are the parameters of the API with a small first letter: `loadBalancerId`, `listenerPort`.',
    names: ['loadBalancerId', 'listenerPort'],
  },
  {
    tried: ['loadBalancer', 'loadBalancerName', 'loadBalancerRef', 'albId', 'albConfig'],
    instead: 'Write `loadBalancerId`, or `loadBalancerIdFrom` for an id in a ConfigMap.',
    names: ['loadBalancerId', 'loadBalancerIdFrom'],
  },
  {
    tried: ['serverGroupId', 'serverGroups', 'serverGroup', 'targetGroup', 'backend', 'backends', 'service'],
    instead: `Write \`${TUPLES}.serverGroupId\`. The operator makes no server groups out of Services.`,
    names: [`${TUPLES}.serverGroupId`],
  },
  {
    tried: ['certificateId', 'certificate', 'tls', 'tlsSecretName', 'secretName'],
    instead:
      'Write `certificates[].certificateId`, the id of a certificate in Certificate Management Service (CAS); more for other names go into `additionalCertificates`. A Secret is not uploaded there.',
    names: ['certificates[].certificateId', 'additionalCertificates'],
  },
  {
    tried: ['mutualTls', 'mtls', 'clientCertificate', 'caCertificateId'],
    instead: 'Write `caEnabled` and `caCertificates`.',
    names: ['caEnabled', 'caCertificates'],
  },
  {
    tried: ['securityPolicy', 'tlsPolicy', 'sslPolicy', 'tlsVersion'],
    instead: 'Write `securityPolicyId`; the policy has the TLS versions and ciphers.',
    names: ['securityPolicyId'],
  },
  {
    tried: ['acl', 'aclId', 'aclIds', 'aclType', 'whitelist', 'allowList', 'sourceRanges'],
    instead: 'Write `aclConfig`, with the ids of access control lists.',
    names: ['aclConfig'],
  },
  {
    tried: ['xForwardedFor', 'xForwardedForEnabled', 'headers'],
    instead: 'Write `xForwardedForConfig`.',
    names: ['xForwardedForConfig'],
  },
  {
    tried: ['quic', 'quicListenerId', 'quicUpgradeEnabled', 'http3'],
    instead: 'Write `quicConfig` in the HTTPS listener, and make a second AlbListener with protocol QUIC.',
    names: ['quicConfig'],
  },
  {
    tried: ['accessLog', 'accessLogConfig', 'logging', 'tracing'],
    instead:
      'The access log is switched on for the load balancer. What it records of this listener is in `logConfig`.',
    names: ['logConfig'],
  },
  {
    tried: ['timeout', 'timeouts', 'connectionTimeout', 'readTimeout'],
    instead: 'Write `requestTimeout` and `idleTimeout`.',
    names: ['requestTimeout', 'idleTimeout'],
  },
  {
    tried: ['gzip', 'compression', 'http2'],
    instead: 'Write `gzipEnabled` and `http2Enabled`.',
    names: ['gzipEnabled', 'http2Enabled'],
  },
  {
    tried: ['description', 'name', 'listenerName'],
    instead: 'Write `listenerDescription`. A listener has no other name in the cloud.',
    names: ['listenerDescription'],
  },
  { tried: ['tag', 'labels'], instead: 'Write `tags`.', names: ['tags'] },
  { tried: ['region'], instead: 'Write `regionId`.', names: ['regionId'] },
  {
    tried: ['accessKeyId', 'accessKeySecret', 'credentials', 'secretRef', 'roleArn'],
    instead: 'Write `credentialsSecretRef`. No manifest holds a key.',
    names: ['credentialsSecretRef'],
  },
  {
    tried: ['listenerId', 'importId'],
    instead: 'Write `adopt.listenerId` to take over an existing listener.',
    names: ['adopt.listenerId'],
  },
  {
    tried: ['enabled', 'stopped', 'state', 'status', 'paused', 'pause'],
    instead:
      'Write `listenerState: Stopped` to stop the listener, `suspend: true` to have the operator leave it alone.',
    names: ['listenerState', 'suspend'],
  },
  {
    tried: ['bandwidth', 'addressType', 'vSwitchIds', 'zoneMappings', 'edition'],
    instead: 'These are settings of the load balancer, which the operator does not make.',
    names: [],
  },
];
