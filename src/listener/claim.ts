import { z } from 'zod';
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
 * The resource that has the port, if it is not the asking one: whoever has a listener there, else whoever already
 * began to create one, else the older one, else the smaller UID, so that every observer agrees even when several
 * were made in the same second.
 */
export function rivalThatComesFirst(
  object: AlbListener,
  claimants: readonly AlbListener[],
): AlbListener | undefined {
  const [rival] = claimants.filter((other) => other.uid !== object.uid).toSorted(precedence);
  return rival !== undefined && precedence(rival, object) < 0 ? rival : undefined;
}

function precedence(a: AlbListener, b: AlbListener): number {
  return hold(b) - hold(a) || compare(a.createdAt, b.createdAt) || compare(a.uid, b.uid);
}

/** How far a resource has come with the port. */
function hold({ status }: AlbListener): number {
  if (status.listenerId !== undefined) return 2;
  return status.creation === undefined ? 0 : 1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
