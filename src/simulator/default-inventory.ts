import { HOME_ACCOUNT } from './home-account.ts';
import type { InventoryInput } from './inventory.ts';

/** Has less of everything, and shares nothing with the home account. */
const PARTNER_ACCOUNT = '1000000000000002';

/** Two small accounts in one region: enough for every kind of listener, with something to trip over. */
export const defaultInventory: InventoryInput = {
  credentials: [
    { accessKeyId: 'simulator', accessKeySecret: 'simulator-secret' },
    {
      accessKeyId: 'STS.simulator',
      accessKeySecret: 'simulator-sts-secret',
      securityToken: 'simulator-security-token',
    },
    { accessKeyId: 'partner', accessKeySecret: 'partner-secret', accountId: PARTNER_ACCOUNT },
  ],
  roles: [
    {
      RoleArn: `acs:ram::${PARTNER_ACCOUNT}:role/alb-listeners`,
      accountId: PARTNER_ACCOUNT,
      trustedAccountIds: [HOME_ACCOUNT],
      ExternalId: 'shop-at-partner',
    },
  ],
  loadBalancers: [
    {
      LoadBalancerId: 'alb-standard',
      LoadBalancerName: 'shop',
      VpcId: 'vpc-main',
      AccessLogConfig: { LogProject: 'alb-logs', LogStore: 'alb-standard' },
    },
    {
      LoadBalancerId: 'alb-basic',
      LoadBalancerName: 'intranet',
      VpcId: 'vpc-main',
      LoadBalancerEdition: 'Basic',
    },
    { LoadBalancerId: 'alb-partner', AccountId: PARTNER_ACCOUNT, VpcId: 'vpc-partner' },
  ],
  serverGroups: [
    { ServerGroupId: 'sgp-http', VpcId: 'vpc-main', Servers: ['10.0.0.1:8080', '10.0.0.2:8080'] },
    { ServerGroupId: 'sgp-http-2', VpcId: 'vpc-main', Servers: ['10.0.0.3:8080'] },
    { ServerGroupId: 'sgp-https', VpcId: 'vpc-main', Protocol: 'HTTPS', Servers: ['10.0.0.4:8443'] },
    { ServerGroupId: 'sgp-grpc', VpcId: 'vpc-main', Protocol: 'gRPC', Servers: ['10.0.0.5:9090'] },
    { ServerGroupId: 'sgp-other-vpc', VpcId: 'vpc-other', Servers: ['172.16.0.1:8080'] },
    {
      ServerGroupId: 'sgp-partner',
      AccountId: PARTNER_ACCOUNT,
      VpcId: 'vpc-partner',
      Servers: ['172.17.0.1:8080'],
    },
  ],
  certificates: [
    { CertificateId: '1001-cn-hangzhou' },
    { CertificateId: '1002-cn-hangzhou' },
    { CertificateId: '1003-cn-hangzhou' },
    { CertificateId: '2001-cn-hangzhou', CertificateType: 'Ca' },
  ],
  securityPolicies: [{ SecurityPolicyId: 'spl-custom' }],
  acls: [
    { AclId: 'acl-office', AclEntries: ['192.0.2.0/24'] },
    { AclId: 'acl-partners', AclEntries: ['198.51.100.0/24'] },
  ],
};
