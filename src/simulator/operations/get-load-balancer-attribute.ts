import { z } from 'zod';
import { accept, operation, reject } from './operation.ts';
import { id } from './parameter-types.ts';
import { isRefusal, loadBalancerStatus, visibleLoadBalancer } from './preconditions.ts';

export const getLoadBalancerAttribute = operation({
  action: 'GetLoadBalancerAttribute',
  write: false,
  parameters: z.object({ LoadBalancerId: id }),
  run: ({ LoadBalancerId }, { state }) => {
    const loadBalancer = visibleLoadBalancer(state, LoadBalancerId);
    if (isRefusal(loadBalancer)) {
      // The one operation whose page lists Forbidden.LoadBalancer as a 400.
      return reject(loadBalancer.status === 403 ? { ...loadBalancer, status: 400 } : loadBalancer);
    }
    const {
      AccountId: _,
      AccessDenied: __,
      ServiceManaged: ___,
      AccessLogConfig,
      ...attributes
    } = loadBalancer;
    return accept({
      ...attributes,
      LoadBalancerStatus: loadBalancerStatus(state, loadBalancer),
      ...(AccessLogConfig !== null && { AccessLogConfig }),
    });
  },
});
