import { hasBegunOn, readClaim } from './claim.ts';
import { isPassing } from './error-policy.ts';
import type { Facts } from './facts.ts';
import { mayBeHidden } from './freshness.ts';
import type { Cluster, Session } from './ports.ts';
import type { Reason } from './reason.ts';
import { sourcedLoadBalancer } from './references.ts';
import { type AlbListener, formatKey } from './resource.ts';
import { wasUsable } from './rivals.ts';
import { toMilliseconds } from './time.ts';

/** What the state of the credentials means for the claim on the port. */
export interface ClaimRecord {
  readonly facts: Facts;
  /** The claim lapses with this write. */
  readonly lapses: boolean;
}

/** What the cloud says to credentials that open a session and are of no use. */
const UNUSABLE: ReadonlySet<Reason> = new Set(['AuthenticationFailed', 'Forbidden', 'WrongAccount']);

/**
 * Notes since when the credentials of an object without a creation are unusable, so that its claim lapses after a settle
 * time. It stands in the status and not in memory: a restart must neither give a claim back nor take one away. An
 * object whose credentials never worked had no claim, so there is nothing to note.
 */
export function withClaimRecord(
  object: AlbListener,
  { facts, reason }: { readonly facts: Facts; readonly reason: Reason },
  session: Pick<Session, 'problem'>,
  { now, settle }: { readonly now: number; readonly settle: number },
): ClaimRecord {
  const { unusableSince, ...others } = facts;
  const hasBegun = others.creation !== undefined || others.listenerId !== undefined;
  // A silent region or STS that cannot be reached says nothing of the credentials.
  const { problem } = session;
  const isUnusable = (problem !== undefined && !isPassing(problem)) || UNUSABLE.has(reason);
  if (hasBegun || !isUnusable) return { facts: others, lapses: false };
  if (unusableSince === undefined) {
    const noted = wasUsable(object) ? { unusableSince: toMilliseconds(now) } : {};
    return { facts: { ...others, ...noted }, lapses: false };
  }
  return mayBeHidden(unusableSince, now, settle) ? { facts, lapses: false } : { facts: others, lapses: true };
}

/**
 * Records an event on the object whose claim lapsed and on the one that comes next on the port.
 *
 * That one may have been reconciled first after the settle time, and say `PortClaimed` no more.
 */
export function tellOfLapse(
  object: AlbListener,
  cluster: Pick<Cluster, 'claimants' | 'configMapValue' | 'recordEvent'>,
): void {
  const claim = readClaim(object.spec, sourcedLoadBalancer(object, cluster));
  if (claim === undefined) return;
  const where = `port ${claim.listenerPort} (${claim.transport}) of load balancer ${claim.loadBalancerId}`;
  const next = cluster
    .claimants(claim)
    .filter(({ uid }) => uid !== object.uid)
    .find((other) => hasBegunOn(other, claim) || wasUsable(other));
  const gain = next === undefined ? '' : ` AlbListener ${formatKey(next.key)} comes next.`;
  cluster.recordEvent(object, {
    type: 'Warning',
    reason: 'ClaimLapsed',
    action: 'Reconcile',
    note: `Its credentials have been unusable for the settle time, so it no longer claims ${where}.${gain}`,
  });
  if (next === undefined) return;
  cluster.recordEvent(next, {
    type: 'Normal',
    reason: 'ClaimGained',
    action: 'Reconcile',
    note: `AlbListener ${formatKey(object.key)} no longer claims ${where}, since its credentials are unusable.`,
  });
}
