import { isDeepStrictEqual } from 'node:util';
import type { ListedListener, Site } from '../alb/api.ts';
import { accessOf } from './access.ts';
import { type Claim, claimOf, comingBefore, formatClaim, hasBegunOn, readClaim } from './claim.ts';
import { standingOn } from './links.ts';
import { refusedLoadBalancer } from './load-balancer-access.ts';
import { policiesOf } from './policies.ts';
import type { View } from './ports.ts';
import type { Reason } from './reason.ts';
import { resolveReferences } from './references.ts';
import type { AlbListener } from './resource.ts';
import { readSpec } from './schema/spec.ts';
import { conditionOf } from './summary.ts';
import { toInstant } from './time.ts';

/** A resource whose claim on the port comes first. */
export interface Rival {
  readonly object: AlbListener;
  /** When the claim lapses unless something changes; milliseconds since 1970. */
  readonly lapsesAt: number | undefined;
}

/** What the claims of others are judged with. */
export type RivalView = Pick<View, 'cluster' | 'session' | 'openSession' | 'mayUse' | 'now' | 'pace'>;

/**
 * How many sessions of others are opened in one look. Each needs a Secret and an answer of STS; a claim beyond them
 * counts when its own reconcile has said something. The claims are a courtesy: the cloud refuses a second listener.
 */
const MOST_OPENED = 4;

/**
 * The resource that has the port before this one. Only what can and will create has a claim, in the account and region
 * of this one alone: otherwise an object without credentials, or one that only watches, would keep a port for ever.
 */
export async function rivalOf(
  object: AlbListener,
  claim: Claim,
  view: RivalView,
): Promise<Rival | undefined> {
  let opened = 0;
  for (const other of comingBefore(object, claim, view.cluster.claimants(claim))) {
    const standing = standingOf(other, claim, view);
    switch (standing.claims) {
      case 'yes':
        return { object: other, lapsesAt: standing.lapsesAt };
      case 'no':
        continue;
      case 'ifUsable':
        if (opened >= MOST_OPENED) continue;
        opened += 1;
        if (await isUsable(other, object, view)) return { object: other, lapsesAt: undefined };
    }
  }
  return undefined;
}

/**
 * Another resource whose status has the id of the listener and that declares its place.
 *
 * Users can write a status, so an id alone is no claim to a listener on a load balancer of another namespace.
 */
export function holderOf(
  listener: ListedListener,
  { uid }: AlbListener,
  view: RivalView,
): AlbListener | undefined {
  const claim = claimOf(listener);
  return view.cluster.holders(listener.listenerId).find((other) => {
    if (other.uid === uid || policiesOf(other.spec).observes) return false;
    const declared = readClaim(other.spec) ?? readClaim(other.spec, standingOn(other.status));
    const isThere = declared !== undefined && formatClaim(declared) === formatClaim(claim);
    return isThere && standingOf(other, claim, view).claims === 'yes';
  });
}

/** Whether the resource claims its port, as far as that is known without its credentials. */
type Standing =
  | { readonly claims: 'yes'; readonly lapsesAt: number | undefined }
  | { readonly claims: 'no' }
  | { readonly claims: 'ifUsable' };

const NO: Standing = { claims: 'no' };

function standingOf(
  other: AlbListener,
  claim: Claim,
  { cluster, session, mayUse, now, pace }: RivalView,
): Standing {
  // Released: its listener is gone, and only the finalizers of others keep the object.
  if (other.beingDeleted && !other.hasFinalizer) return NO;
  // Before what the status says: others than the operator may have written that.
  if (refusedLoadBalancer(other, cluster, mayUse) !== undefined) return NO;
  if (hasBegunOn(other, claim))
    return isElsewhere(other, session.site) ? NO : { claims: 'yes', lapsesAt: undefined };
  const { suspended, observes, adopts } = policiesOf(other.spec);
  if (other.beingDeleted || suspended || observes || adopts) return NO;
  const reading = readSpec(other.spec);
  if (!reading.ok || !resolveReferences(other, reading.spec, cluster).resolved) return NO;

  const { unusableSince } = other.status;
  if (unusableSince !== undefined) {
    const since = toInstant(unusableSince) ?? 0;
    // Clocks differ by less than a settle time; a status that says more is not to be believed.
    return Math.abs(now - since) < pace.settle ? { claims: 'yes', lapsesAt: since + pace.settle } : NO;
  }
  const isCurrent = other.status.observedGeneration === other.generation;
  return isCurrent && CANNOT_CREATE.has(lastReason(other) ?? '') ? NO : { claims: 'ifUsable' };
}

/**
 * Whether the session of the resource opens, in the account and region of the asking one. One that cannot be opened now
 * and was in use by its last word is taken for usable: its own reconcile notes since when it is not.
 */
async function isUsable(
  other: AlbListener,
  object: AlbListener,
  { session, openSession }: RivalView,
): Promise<boolean> {
  const access = accessOf(other);
  // The same credentials in the same region: what is open to the asking one is not closed to this one, though its
  // session may have to wait for a place.
  const own = accessOf(object);
  const isSame = isDeepStrictEqual(access.secret, own.secret) && access.regionId === own.regionId;
  if (session.site !== undefined && isSame) return true;
  const { site } = await openSession(access);
  if (site === undefined) return wasUsable(other);
  return site.accountId === session.site?.accountId && site.regionId === session.site.regionId;
}

function isElsewhere({ status: { accountId, regionId } }: AlbListener, site: Site | undefined): boolean {
  if (site === undefined) return false;
  return (accountId ?? site.accountId) !== site.accountId || (regionId ?? site.regionId) !== site.regionId;
}

/** What a resource without a listener says whose credentials are not what stands in the way. */
const USABLE: ReadonlySet<string> = new Set([
  'LoadBalancerBusy',
  'PortClaimed',
  'PortTaken',
] satisfies readonly Reason[]);

/** What a resource that cannot or will not create says. */
const CANNOT_CREATE: ReadonlySet<string> = new Set([
  'AdoptionRefused',
  'AuthenticationFailed',
  'DryRunRefused',
  'Forbidden',
  'InvalidReference',
  'InvalidRegion',
  'InvalidSpec',
  'ListenerMissing',
  'LoadBalancerNotAllowed',
  'LoadBalancerNotFound',
  'Planned',
  'ReferenceNotReady',
  'Suspended',
  'WrongAccount',
] satisfies readonly Reason[]);

export function wasUsable(object: AlbListener): boolean {
  return USABLE.has(lastReason(object) ?? '');
}

function lastReason(object: AlbListener): string | undefined {
  return conditionOf(object, 'Ready')?.reason;
}
