import type { InventoryPatch } from '../../src/simulator/control-client.ts';
import { mergeInventory } from '../../src/simulator/inventory.ts';
import { type Cloud, forwardTo, http, https, quic, type Wire } from './cloud.ts';

/** The error table of the CreateListener page, as HTTP status and code. */
export const PAGE_CODES = [
  '400 ResourceAlreadyExist.Listener',
  '400 IncorrectStatus.LoadBalancer',
  '400 IncorrectBusinessStatus.LoadBalancer',
  '400 ResourceQuotaExceeded.LoadBalancerListenersNum',
  '400 OperationDenied.CrossLoadBalancerQUICListener',
  '400 ResourceAlreadyAssociated.Listener',
  '400 ResourceQuotaExceeded.SecurityPolicyAttachedNum',
  '400 ResourceQuotaExceeded.ServerGroupAttachedNum',
  '400 ResourceQuotaExceeded.LoadBalancerServersNum',
  '400 ResourceQuotaExceeded.ServerAddedNum',
  '400 Mismatch.VpcId',
  '400 OperationDenied.ServerGroupProtocolNotSupport',
  '400 OperationDenied.GRPCServerGroup',
  '400 Mismatch.LoadBalancerEditionAndConnectionDrain',
  '400 Mismatch.LoadBalancerEditionAndSlowStartEnable',
  '400 InvalidParameter',
  '400 OperationDenied.CACertificateCorrupted',
  '403 Forbidden.SecurityPolicy',
  '403 Forbidden.LoadBalancer',
  '403 Forbidden.Listener',
  '404 ResourceNotFound.LoadBalancer',
  '404 ResourceNotFound.ServerGroup',
  '404 ResourceNotFound.SecurityPolicy',
  '404 ResourceNotFound.Listener',
  '404 ResourceNotFound.Certificate',
];

/** A request that CreateListener refuses, and why. */
interface RefusalCase {
  readonly reason: string;
  readonly code: string;
  readonly request: Wire;
  /** The state that the code is about. */
  readonly given?: (cloud: Cloud) => Wire | void;
}

function quicUpgradeTo(listenerId: string): Wire {
  return { 'QuicConfig.QuicUpgradeEnabled': 'true', 'QuicConfig.QuicListenerId': listenerId };
}

function stocked(patch: InventoryPatch): (cloud: Cloud) => void {
  return ({ simulator }) => {
    simulator.state.inventory = mergeInventory(simulator.state.inventory, patch);
  };
}

function quota(quotas: object): (cloud: Cloud) => void {
  return ({ simulator: { state } }) => {
    state.settings = { ...state.settings, quotas: { ...state.settings.quotas, ...quotas } };
  };
}

export const REFUSALS: readonly RefusalCase[] = [
  {
    reason: 'the same protocol already holds the port',
    code: '400 ResourceAlreadyExist.Listener',
    request: http,
    given: (cloud) => void cloud.running(http),
  },
  {
    reason: 'HTTP and HTTPS share TCP',
    code: '400 ResourceAlreadyExist.Listener',
    request: { ...http, ListenerPort: '443' },
    given: (cloud) => void cloud.running(https),
  },
  {
    reason: 'QUIC is UDP and may share a port with HTTPS',
    code: 'Success',
    request: quic,
    given: (cloud) => void cloud.running(https),
  },
  {
    reason: 'the load balancer is being changed',
    code: '400 IncorrectStatus.LoadBalancer',
    request: http,
    given: stocked({
      loadBalancers: [{ LoadBalancerId: 'alb-standard', LoadBalancerStatus: 'Configuring' }],
    }),
  },
  {
    reason: 'another listener of the load balancer is just being created',
    code: '400 IncorrectStatus.LoadBalancer',
    request: http,
    given: (cloud) => void cloud.ok('CreateListener', https),
  },
  {
    reason: 'the load balancer is overdue',
    code: '400 IncorrectBusinessStatus.LoadBalancer',
    request: http,
    given: stocked({
      loadBalancers: [{ LoadBalancerId: 'alb-standard', LoadBalancerBussinessStatus: 'Abnormal' }],
    }),
  },
  {
    reason: 'the load balancer is locked for security',
    code: '400 IncorrectBusinessStatus.LoadBalancer',
    request: http,
    given: stocked({
      loadBalancers: [
        { LoadBalancerId: 'alb-standard', LoadBalancerOperationLocks: [{ LockType: 'SecurityLocked' }] },
      ],
    }),
  },
  {
    reason: 'the load balancer has all the listeners it may have',
    code: '400 ResourceQuotaExceeded.LoadBalancerListenersNum',
    request: http,
    given: (cloud) => {
      cloud.running(https);
      quota({ listenersPerLoadBalancer: 1 })(cloud);
    },
  },
  {
    reason: 'the QUIC listener belongs to another load balancer',
    code: '400 OperationDenied.CrossLoadBalancerQUICListener',
    request: https,
    given: (cloud) => quicUpgradeTo(cloud.running({ ...quic, LoadBalancerId: 'alb-basic' })),
  },
  {
    reason: 'another HTTPS listener has the QUIC listener',
    code: '400 ResourceAlreadyAssociated.Listener',
    request: { ...https, ListenerPort: '8443' },
    given: (cloud) => {
      const upgrade = quicUpgradeTo(cloud.running(quic));
      cloud.running({ ...https, ...upgrade });
      return upgrade;
    },
  },
  {
    reason: 'a custom security policy can be attached to a limited number of listeners',
    code: '400 ResourceQuotaExceeded.SecurityPolicyAttachedNum',
    request: { ...https, ListenerPort: '8443', SecurityPolicyId: 'spl-custom' },
    given: (cloud) => {
      cloud.running({ ...https, SecurityPolicyId: 'spl-custom' });
      quota({ listenersPerSecurityPolicy: 1 })(cloud);
    },
  },
  {
    reason: 'the server group is attached as often as it may be',
    code: '400 ResourceQuotaExceeded.ServerGroupAttachedNum',
    request: http,
    given: (cloud) => {
      cloud.running(https);
      quota({ listenersPerServerGroup: 1 })(cloud);
    },
  },
  {
    reason: 'the server groups together have too many servers for the load balancer',
    code: '400 ResourceQuotaExceeded.LoadBalancerServersNum',
    request: { ...http, ...forwardTo('sgp-http', 'sgp-http-2') },
    given: quota({ serversPerLoadBalancer: { Basic: 2, Standard: 2 } }),
  },
  {
    reason: 'one server is in too many of the server groups',
    code: '400 ResourceQuotaExceeded.ServerAddedNum',
    request: { ...http, ...forwardTo('sgp-http', 'sgp-http-2') },
    given: (cloud) => {
      stocked({ serverGroups: [{ ServerGroupId: 'sgp-http-2', Servers: ['10.0.0.1:8080'] }] })(cloud);
      quota({ additionsOfOneServer: 1 })(cloud);
    },
  },
  {
    reason: 'the server group is in another VPC',
    code: '400 Mismatch.VpcId',
    request: { ...http, ...forwardTo('sgp-other-vpc') },
  },
  {
    reason: 'gRPC backends need an HTTPS listener',
    code: '400 OperationDenied.ServerGroupProtocolNotSupport',
    request: { ...http, ...forwardTo('sgp-grpc') },
  },
  {
    reason: 'QUIC forwards to HTTP backends only',
    code: '400 OperationDenied.ServerGroupProtocolNotSupport',
    request: { ...quic, ...forwardTo('sgp-https') },
  },
  {
    reason: 'gRPC needs HTTP/2',
    code: '400 OperationDenied.GRPCServerGroup',
    request: { ...https, Http2Enabled: 'false', ...forwardTo('sgp-grpc') },
  },
  {
    reason: 'gRPC behind HTTPS with HTTP/2 is right',
    code: 'Success',
    request: { ...https, ...forwardTo('sgp-grpc') },
  },
  {
    reason: 'a Basic load balancer cannot drain connections',
    code: '400 Mismatch.LoadBalancerEditionAndConnectionDrain',
    request: { ...http, LoadBalancerId: 'alb-basic' },
    given: stocked({ serverGroups: [{ ServerGroupId: 'sgp-http', ConnectionDrainEnabled: true }] }),
  },
  {
    reason: 'a Basic load balancer has no slow start',
    code: '400 Mismatch.LoadBalancerEditionAndSlowStartEnable',
    request: { ...http, LoadBalancerId: 'alb-basic' },
    given: stocked({ serverGroups: [{ ServerGroupId: 'sgp-http', SlowStartEnabled: true }] }),
  },
  {
    reason: 'the port is out of range',
    code: '400 InvalidParameter',
    request: { ...http, ListenerPort: '65536' },
  },
  {
    reason: 'the description has characters it may not have',
    code: '400 InvalidParameter',
    request: { ...http, ListenerDescription: 'web, main' },
  },
  {
    reason: 'a structure that was stringified instead of flattened is no structure',
    code: '400 InvalidParameter',
    request: { ...http, XForwardedForConfig: '[object Object]' },
  },
  {
    reason: 'a key that is both a text and a structure makes no sense',
    code: '400 InvalidParameter',
    request: { ...http, 'DefaultActions.1.ForwardGroupConfig': '[object Object]' },
  },
  {
    reason: 'HTTPS needs a certificate',
    code: '400 InvalidParameter',
    request: { ...http, ListenerProtocol: 'HTTPS' },
  },
  {
    reason: 'HTTP has no certificate',
    code: '400 InvalidParameter',
    request: { ...https, ListenerProtocol: 'HTTP' },
  },
  {
    reason: 'there is one default certificate only',
    code: '400 InvalidParameter',
    request: { ...https, 'Certificates.2.CertificateId': '1002-cn-hangzhou' },
  },
  {
    reason: 'mutual TLS needs a CA certificate',
    code: '400 InvalidParameter',
    request: { ...https, CaEnabled: 'true' },
  },
  {
    reason: 'a tag key of the cloud itself',
    code: '400 InvalidParameter',
    request: { ...http, 'Tag.1.Key': 'acs:rm', 'Tag.1.Value': 'x' },
  },
  {
    reason: 'the CA certificate cannot be read',
    code: '400 OperationDenied.CACertificateCorrupted',
    request: { ...https, CaEnabled: 'true', 'CaCertificates.1.CertificateId': '2001-cn-hangzhou' },
    given: stocked({ certificates: [{ CertificateId: '2001-cn-hangzhou', Corrupted: true }] }),
  },
  {
    reason: 'the security policy is not ours to use',
    code: '403 Forbidden.SecurityPolicy',
    request: { ...https, SecurityPolicyId: 'spl-custom' },
    given: stocked({ securityPolicies: [{ SecurityPolicyId: 'spl-custom', AccessDenied: true }] }),
  },
  {
    reason: 'the load balancer is not ours to use',
    code: '403 Forbidden.LoadBalancer',
    request: http,
    given: stocked({ loadBalancers: [{ LoadBalancerId: 'alb-standard', AccessDenied: true }] }),
  },
  {
    reason: 'the QUIC listener is not ours to use',
    code: '403 Forbidden.Listener',
    request: https,
    given: (cloud) => {
      const id = cloud.running(quic);
      const listener = cloud.listeners().find((item) => item.ListenerId === id);
      if (listener === undefined) throw new Error('no listener');
      cloud.simulator.change([{ kind: 'putListener', listener: { ...listener, AccessDenied: true } }]);
      return quicUpgradeTo(id);
    },
  },
  {
    reason: 'there is no such load balancer',
    code: '404 ResourceNotFound.LoadBalancer',
    request: { ...http, LoadBalancerId: 'alb-nowhere' },
  },
  {
    reason: 'there is no such server group',
    code: '404 ResourceNotFound.ServerGroup',
    request: { ...http, ...forwardTo('sgp-nowhere') },
  },
  {
    reason: 'there is no such security policy',
    code: '404 ResourceNotFound.SecurityPolicy',
    request: { ...https, SecurityPolicyId: 'spl-nowhere' },
  },
  {
    reason: 'there is no such QUIC listener',
    code: '404 ResourceNotFound.Listener',
    request: { ...https, ...quicUpgradeTo('lsn-nowhere') },
  },
  {
    reason: 'the certificate id has the suffix of another region',
    code: '404 ResourceNotFound.Certificate',
    request: { ...https, 'Certificates.1.CertificateId': '1001-ap-southeast-1' },
  },
  {
    reason: 'a server certificate is no CA certificate',
    code: '404 ResourceNotFound.Certificate',
    request: { ...https, CaEnabled: 'true', 'CaCertificates.1.CertificateId': '1001-cn-hangzhou' },
  },
  {
    reason: 'the load balancer is run by another service',
    code: '400 OperationDenied.ServiceManagedResource',
    request: http,
    given: stocked({ loadBalancers: [{ LoadBalancerId: 'alb-standard', ServiceManaged: true }] }),
  },
  {
    reason: 'a parameter is missing',
    code: '400 MissingListenerPort',
    request: { LoadBalancerId: 'alb-standard', ListenerProtocol: 'HTTP', ...forwardTo('sgp-http') },
  },
  {
    reason: 'a parameter inside a list is missing',
    code: '400 MissingDefaultActions.1.Type',
    request: {
      LoadBalancerId: 'alb-standard',
      ListenerProtocol: 'HTTP',
      ListenerPort: '80',
      'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId': 'sgp-http',
    },
  },
];
