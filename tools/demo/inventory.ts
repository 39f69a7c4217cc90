import type { InventoryInput } from '../../src/simulator/inventory.ts';

export const ACCESS_KEY = { id: 'demo', secret: 'demo-secret' } as const;
export const LOAD_BALANCER = 'alb-n5qw04uq8vavfe1a2b';
/** What the samples forward to. */
export const SERVER_GROUP = 'sgp-8ilqs4axp61a2b3c4d';
/** In another VPC than the load balancer: an edit to it is refused by the cloud, not by the schema. */
export const FOREIGN_SERVER_GROUP = 'sgp-othervpc61a2b3c4d5';

/** What the samples refer to, and one thing to trip over. */
export const inventory: InventoryInput = {
  credentials: [{ accessKeyId: ACCESS_KEY.id, accessKeySecret: ACCESS_KEY.secret }],
  loadBalancers: [{ LoadBalancerId: LOAD_BALANCER, LoadBalancerName: 'shop', VpcId: 'vpc-shop' }],
  serverGroups: [
    { ServerGroupId: SERVER_GROUP, VpcId: 'vpc-shop', Servers: ['10.0.0.1:8080'] },
    { ServerGroupId: FOREIGN_SERVER_GROUP, VpcId: 'vpc-other', Servers: ['172.16.0.1:8080'] },
  ],
  certificates: [{ CertificateId: '10370512-cn-hangzhou' }],
};
