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
  loadBalancerId: z.string(),
  listenerPort: z.int(),
  listenerProtocol: z.string(),
});

export function claimOf(spec: z.infer<typeof claimFields>): Claim {
  return {
    loadBalancerId: spec.loadBalancerId,
    listenerPort: spec.listenerPort,
    transport: transportOf(spec.listenerProtocol),
  };
}

/** The claim of a spec that may break rules elsewhere; `undefined` when it names no port of a load balancer. */
export function readClaim(spec: unknown): Claim | undefined {
  const fields = claimFields.safeParse(spec);
  return fields.success ? claimOf(fields.data) : undefined;
}

/** One text per claim, for an index. */
export function formatClaim(claim: Claim): string {
  return `${claim.loadBalancerId}:${claim.listenerPort}/${claim.transport}`;
}

/**
 * Who comes first among resources that claim one port: whoever already began to create, else the older one, else
 * the smaller UID, so that every observer agrees even when two were made in the same second.
 */
export function rivalThatComesFirst(
  object: AlbListener,
  claimants: readonly AlbListener[],
): AlbListener | undefined {
  return claimants.find((other) => other.uid !== object.uid && precedence(other, object) < 0);
}

function precedence(a: AlbListener, b: AlbListener): number {
  return Number(holds(b)) - Number(holds(a)) || compare(a.createdAt, b.createdAt) || compare(a.uid, b.uid);
}

function holds(object: AlbListener): boolean {
  return object.status.listenerId !== undefined || object.status.creation !== undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
