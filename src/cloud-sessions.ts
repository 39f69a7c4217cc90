import type { AlbConnection } from './alb/alb-client.ts';
import type { Access, Site } from './alb/api.ts';
import { InUse } from './alb/in-use.ts';
import type { OpenSession } from './alb/sessions.ts';
import { AlbSite, type AlbSiteParts, type CloudFor, type SiteLoad } from './alb-site.ts';
import { closedSession } from './listener/closed-session.ts';
import type { Priority, Session } from './listener/ports.ts';

export interface CloudSessionsParts extends AlbSiteParts {
  readonly open: OpenSession;
  /** Put around each connection, so that somebody sees its calls. */
  readonly observed: (connection: AlbConnection) => AlbConnection;
}

/** What the ways to the cloud bear at present, site by site. */
export type CloudLoad = readonly (Site & SiteLoad)[];

interface OpenSite extends Site {
  readonly site: AlbSite;
  /** They go with their connection. */
  readonly clouds: WeakMap<AlbConnection, CloudFor>;
}

/** The domain's sessions, on those of the ALB API: what all on one site have to share, they share. */
export class CloudSessions {
  readonly #parts: CloudSessionsParts;
  readonly #sites: InUse<OpenSite>;

  constructor(parts: CloudSessionsParts) {
    this.#parts = parts;
    this.#sites = new InUse(parts.clock);
  }

  readonly open = async (access: Access, priority: Priority): Promise<Session> => {
    const opening = await this.#parts.open(access);
    if (!opening.opened) return closedSession(opening.error);
    const { site, connection } = opening;
    const cloudFor = this.#cloudOf(site, connection);
    return { site, cloudFor: (loadBalancerId) => cloudFor(loadBalancerId, priority) };
  };

  load(): CloudLoad {
    return this.#sites
      .values()
      .map(({ accountId, regionId, site }) => ({ accountId, regionId, ...site.load() }));
  }

  #cloudOf({ accountId, regionId }: Site, connection: AlbConnection): CloudFor {
    const { site, clouds } = this.#sites.get(`${accountId}/${regionId}`, () => ({
      accountId,
      regionId,
      site: new AlbSite(this.#parts),
      clouds: new WeakMap(),
    }));
    const cloud = clouds.get(connection) ?? site.cloudOver(this.#parts.observed(connection));
    clouds.set(connection, cloud);
    return cloud;
  }
}
