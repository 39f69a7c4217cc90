import { accessOf } from './access.ts';
import { readClaim } from './claim.ts';
import { standingOn } from './links.ts';
import type { Cluster } from './ports.ts';
import { sourcedLoadBalancer } from './references.ts';
import type { AlbListener } from './resource.ts';

/** Whether AlbListeners of a namespace may use a load balancer with the operator's own credentials. */
export type MayUse = (loadBalancerId: string, namespace: string) => boolean;

/** In place of an id: the load balancers that are not named. */
const ANY = '*';

/**
 * @param namespaces of load balancers, by id: names, or patterns in which `*` stands for any characters. Without an
 *   entry for `*`, the load balancers that are not named serve every namespace.
 */
export function mayUseOf(namespaces: ReadonlyMap<string, readonly string[]>): MayUse {
  return (loadBalancerId, namespace) => {
    const patterns = namespaces.get(loadBalancerId) ?? namespaces.get(ANY);
    return patterns === undefined || patterns.some((pattern) => matches(pattern, namespace));
  };
}

/** A pattern has nothing but the characters of names and `*`: the setting is checked. */
function matches(pattern: string, namespace: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(namespace);
}

/**
 * The load balancer that the object may not use; `undefined` where nothing speaks against it. Credentials of the
 * namespace are another matter: what they reach is the word of those who gave them to it, and of a role's trust policy.
 */
export function refusedLoadBalancer(
  object: AlbListener,
  cluster: Pick<Cluster, 'configMapValue'>,
  mayUse: MayUse,
): string | undefined {
  if (accessOf(object).secret !== undefined) return undefined;
  const { key, spec, status } = object;
  const claim = readClaim(spec, standingOn(status) ?? sourcedLoadBalancer(object, cluster));
  if (claim === undefined || mayUse(claim.loadBalancerId, key.namespace)) return undefined;
  return claim.loadBalancerId;
}
