import { z } from 'zod';
import { type ObjectKey, splitKey } from '../object.ts';
import type { ResourceType } from './resource-type.ts';

export const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

/** What a Lease says, and the rest of it, which stays as it is. */
export interface Lease {
  /** `undefined` where nobody holds it. */
  readonly holder: string | undefined;
  readonly durationMs: number;
  /** When it was taken and last renewed, by the clock of its holder: for people, not to be compared. */
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  /** How often it went from one holder to another. */
  readonly transitions: number;
  /** `undefined` for one that is not there yet. */
  readonly version?: string | undefined;
  readonly stored?: object | undefined;
}

const STANDARD_SECONDS = 15;

const leaseBody = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  // Anybody with the right to may write nonsense into it; it must neither crash nor lock us out for ever.
  spec: z
    .looseObject({
      holderIdentity: z.string().catch(''),
      leaseDurationSeconds: z.int().min(1).max(3600).catch(STANDARD_SECONDS),
      acquireTime: z.string().optional().catch(undefined),
      renewTime: z.string().optional().catch(undefined),
      leaseTransitions: z.int().min(0).catch(0),
    })
    .prefault({ holderIdentity: '', leaseDurationSeconds: STANDARD_SECONDS, leaseTransitions: 0 }),
});

/** `undefined` for what is no Lease. */
export function readLease(body: unknown): Lease | undefined {
  const { data } = leaseBody.safeParse(body);
  if (data === undefined) return undefined;
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = data.spec;
  return {
    holder: holderIdentity === '' ? undefined : holderIdentity,
    durationMs: leaseDurationSeconds * 1000,
    acquireTime,
    renewTime,
    transitions: leaseTransitions,
    version: data.metadata.resourceVersion,
    stored: data,
  };
}

/** The object to be sent. */
export function describeLease(key: ObjectKey, lease: Lease): object {
  const { namespace, name } = splitKey(key);
  return {
    apiVersion: `${LEASES.group}/${LEASES.version}`,
    kind: 'Lease',
    metadata: { namespace, name },
    ...lease.stored,
    spec: {
      holderIdentity: lease.holder ?? '',
      leaseDurationSeconds: lease.durationMs / 1000,
      acquireTime: lease.acquireTime,
      renewTime: lease.renewTime,
      leaseTransitions: lease.transitions,
    },
  };
}

/** As Kubernetes writes times in leases: RFC 3339 with microseconds. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
