import { z } from 'zod';
import { compareTexts } from './compare-texts.ts';
import { policiesOf } from './policies.ts';
import type { AlbListener } from './resource.ts';

/** A port of a load balancer. HTTP and HTTPS share TCP; QUIC runs on UDP and may have the same number. */
export interface Claim {
  readonly loadBalancerId: string;
  readonly listenerPort: number;
  readonly transport: 'TCP' | 'UDP';
}

export function transportOf(protocol: string): 'TCP' | 'UDP' {
  return protocol === 'QUIC' ? 'UDP' : 'TCP';
}

const claimFields = z.object({
  loadBalancerId: z.string().optional(),
  listenerPort: z.int(),
  listenerProtocol: z.string(),
});

export function claimOf(spec: {
  readonly loadBalancerId: string;
  readonly listenerPort: number;
  readonly listenerProtocol: string;
}): Claim {
  return {
    loadBalancerId: spec.loadBalancerId,
    listenerPort: spec.listenerPort,
    transport: transportOf(spec.listenerProtocol),
  };
}

/**
 * The claim of a spec that may break rules elsewhere; `undefined` when it names no port of a load balancer.
 *
 * @param loadBalancerId where the resource is known to belong, whatever its spec says
 */
export function readClaim(spec: unknown, loadBalancerId?: string): Claim | undefined {
  const { data } = claimFields.safeParse(spec);
  const known = loadBalancerId ?? data?.loadBalancerId;
  return data === undefined || known === undefined ? undefined : claimOf({ ...data, loadBalancerId: known });
}

/** One text per claim, for an index. */
export function formatClaim(claim: Claim): string {
  return `${claim.loadBalancerId}:${claim.listenerPort}/${claim.transport}`;
}

/**
 * The resources that come before this one on the port, the first one first: one that has a listener there, else one
 * that already began to create it, else the older one, else the smaller UID, so that every observer agrees even when
 * several were made in the same second.
 */
export function comingBefore(
  object: AlbListener,
  claim: Claim,
  claimants: readonly AlbListener[],
): readonly AlbListener[] {
  const precedence = (a: AlbListener, b: AlbListener) =>
    hold(b, claim) - hold(a, claim) || compareTexts(a.createdAt, b.createdAt) || compareTexts(a.uid, b.uid);
  return claimants
    .filter((other) => other.uid !== object.uid && precedence(other, object) < 0)
    .toSorted(precedence);
}

/**
 * Whether the resource has a listener on the load balancer of the claim, or began to create one there. The listener that
 * it only watches is not its own; one that it created before it came to watch has a creation on record.
 */
export function hasBegunOn({ spec, status }: AlbListener, { loadBalancerId }: Claim): boolean {
  const isOwn = status.creation !== undefined || !policiesOf(spec).observes;
  if (!isOwn || (status.listenerId === undefined && status.creation === undefined)) return false;
  return status.loadBalancerId === undefined || status.loadBalancerId === loadBalancerId;
}

/** How far a resource has come with the port. */
function hold(object: AlbListener, claim: Claim): number {
  if (!hasBegunOn(object, claim)) return 0;
  return object.status.listenerId === undefined ? 1 : 2;
}
