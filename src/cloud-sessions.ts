import type { AlbConnection } from './alb/alb-client.ts';
import type { Access, Caller, Site } from './alb/api.ts';
import { Bulkhead } from './alb/bulkhead.ts';
import { Gate } from './alb/gate.ts';
import { InUse } from './alb/in-use.ts';
import type { Opening, OpenSession } from './alb/sessions.ts';
import { AlbSite, type AlbSiteParts, type CloudFor, type SiteLoad } from './alb-site.ts';
import { closedSession } from './listener/closed-session.ts';
import type { Session } from './listener/ports.ts';

export interface CloudSessionsParts extends Omit<AlbSiteParts, 'onTrip'> {
  readonly open: OpenSession;
  /** Put around each connection, so that somebody sees its calls. */
  readonly observed: (connection: AlbConnection) => AlbConnection;
  /** How many reconciles there are at once: what does not answer must not hold them all. */
  readonly workers: number;
  /** Called when the operator begins to defer: calls of an operation, writes of a lane, or a whole site. */
  readonly onTrip?: ((breaker: 'budget' | 'lane' | 'noAnswer') => void) | undefined;
}

/** What the ways to the cloud bear at present, site by site. */
export type CloudLoad = readonly (Site & SiteLoad)[];

interface OpenSite extends Site {
  readonly site: AlbSite;
  readonly gate: Gate;
  /** They go with their connection. */
  readonly clouds: WeakMap<AlbConnection, CloudFor>;
}

/** How much of the workers may be at one place at once, so that others go on when it does not answer. */
const SHARE = {
  /** One account in one region. */
  site: 0.7,
  /** All accounts in one region, since they share its endpoint. */
  region: 0.8,
  /** Opening sessions with credentials that have not worked before: STS may be silent, too. */
  opening: 0.5,
} as const;

/**
 * The domain's sessions, on those of the ALB API: what all on one site have to share, they share. Where no answers come,
 * a session is one that sends nothing and says when to come again.
 */
export class CloudSessions {
  readonly #parts: CloudSessionsParts;
  readonly #sites: InUse<OpenSite>;
  readonly #regions: InUse<Bulkhead>;
  /** By Secret. */
  readonly #doors: InUse<Gate>;
  readonly #opening: Bulkhead;

  constructor(parts: CloudSessionsParts) {
    this.#parts = parts;
    this.#sites = new InUse(parts.clock);
    this.#regions = new InUse(parts.clock);
    this.#doors = new InUse(parts.clock);
    this.#opening = this.#bulkhead('opening');
  }

  readonly open = async (access: Access, caller: Caller): Promise<Session> => {
    const opening = await this.#openFor(access, caller);
    if (!opening.opened) return closedSession(opening.error);
    const { site, connection, isUnlisted } = opening;
    const openSite = this.#siteOf(site);
    const cloudFor = this.#cloudOf(openSite, connection, access.secret?.namespace ?? '');
    // Last, so that nothing can throw between entering and handing over what leaves again.
    const entry = openSite.gate.enter(caller.namespace);
    if (!entry.entered) return closedSession(entry.error);
    return {
      site,
      problem: undefined,
      isUnlisted,
      cloudFor: (loadBalancerId) => cloudFor(loadBalancerId, caller),
      close: entry.leave,
    };
  };

  load(): CloudLoad {
    return this.#sites
      .values()
      .map(({ accountId, regionId, site }) => ({ accountId, regionId, ...site.load() }));
  }

  /** Credentials of a Secret may need several calls, which are limited; the operator's own need none. */
  async #openFor(access: Access, { namespace }: Caller): Promise<Opening> {
    const { open } = this.#parts;
    if (access.secret === undefined) return open(access);
    const name = `${access.secret.namespace}/${access.secret.name}`;
    const door = this.#doors.get(name, () =>
      this.#gate(`The credentials of Secret ${name}`, [this.#opening], 'unproven'),
    );
    const entry = door.enter(namespace);
    if (!entry.entered) return { opened: false, error: entry.error };
    try {
      return await door.watch(() => open(access));
    } finally {
      entry.leave();
    }
  }

  #siteOf({ accountId, regionId }: Site): OpenSite {
    // Accessed with each of its sites, so that it is not evicted before them and a later site gets the same one.
    const region = this.#regions.get(regionId, () => this.#bulkhead('region'));
    return this.#sites.get(`${accountId}/${regionId}`, () => ({
      accountId,
      regionId,
      site: new AlbSite(this.#parts),
      gate: this.#gate(
        `Region ${regionId}, account ${accountId}`,
        [region, this.#bulkhead('site')],
        'always',
      ),
      clouds: new WeakMap(),
    }));
  }

  #cloudOf({ site, gate, clouds }: OpenSite, connection: AlbConnection, owner: string): CloudFor {
    const known = clouds.get(connection);
    if (known !== undefined) return known;
    const { rpc, redact } = this.#parts.observed(connection);
    const cloud = site.cloudOver({ rpc: gate.watching(rpc), redact }, owner);
    clouds.set(connection, cloud);
    return cloud;
  }

  #gate(name: string, bulkheads: readonly Bulkhead[], counts: 'always' | 'unproven'): Gate {
    const { clock, random, onTrip } = this.#parts;
    return new Gate({ name, bulkheads, counts, clock, random, onTrip: () => onTrip?.('noAnswer') });
  }

  #bulkhead(of: keyof typeof SHARE): Bulkhead {
    const { workers, random } = this.#parts;
    return new Bulkhead({ most: Math.max(1, Math.floor(workers * SHARE[of])), random });
  }
}
