import type { AlbConnection } from '../../src/alb/alb-client.ts';
import type { OpenSession } from '../../src/alb/sessions.ts';

export const SITE = { accountId: '1000000000000001', regionId: 'cn-hangzhou' } as const;

/** Everybody is let in, as the same one. */
export function oneAccount(connection: AlbConnection): OpenSession {
  return () => Promise.resolve({ opened: true, site: SITE, connection, isUnlisted: false });
}
