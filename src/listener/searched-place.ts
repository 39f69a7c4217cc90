import type { Site } from '../alb/api.ts';
import type { Acted } from './act.ts';
import { readClaim } from './claim.ts';
import { linksOf, standingOn } from './links.ts';
import type { Cluster } from './ports.ts';
import { sourcedLoadBalancer } from './references.ts';
import type { AlbListener } from './resource.ts';

/**
 * Adds to `LoadBalancerNotFound` which load balancer was searched, in which region and account.
 *
 * The answer of the cloud names none of them, and the manifest need not name them either.
 */
export function withSearchedPlace(
  acted: Acted,
  object: AlbListener,
  site: Site | undefined,
  cluster: Pick<Cluster, 'configMapValue'>,
): Acted {
  if (acted.after !== 'summarise' || acted.finding.reason !== 'LoadBalancerNotFound' || site === undefined)
    return acted;
  const place = `There is no load balancer${named(object, cluster)} in region ${site.regionId} of account ${site.accountId}.`;
  return { ...acted, finding: { ...acted.finding, message: `${place} ${acted.finding.message}` } };
}

/** Its id, and where that comes from if not from the manifest. Begins with a space. */
function named(object: AlbListener, cluster: Pick<Cluster, 'configMapValue'>): string {
  const { spec, status } = object;
  const known = standingOn(status) ?? sourcedLoadBalancer(object, cluster);
  const id = (readClaim(spec) ?? readClaim(spec, known))?.loadBalancerId;
  const source = linksOf(spec, undefined).loadBalancerIdFrom?.configMapKeyRef;
  if (id === undefined) return '';
  return source === undefined ? ` ${id}` : ` ${id} (key ${source.key} of ConfigMap ${source.name})`;
}
