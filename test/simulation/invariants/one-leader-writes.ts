import { readLease } from '../../../src/runtime/kubernetes/lease.ts';
import { LEASE_OBJECTS } from '../api-server/resources.ts';
import { isRead } from '../cloud.ts';
import type { Departure } from '../cloud-connection.ts';
import { type Cluster, LEASE } from '../cluster.ts';
import type { Invariant } from './invariant.ts';

/** Where replicas elect a leader: no write leaves a process while the Lease names another one, or nobody. */
export class OneLeaderWrites implements Invariant {
  readonly name = 'only the leader writes';
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  judgeDeparture({ process, operation }: Departure): string | undefined {
    const lease = this.#cluster.server.read(LEASE_OBJECTS, LEASE);
    if (lease === undefined || isRead(operation)) return undefined;
    const holder = readLease(lease)?.holder;
    return holder === process
      ? undefined
      : `${operation} leaves ${process} while ${holder ?? 'nobody'} leads`;
  }
}
