import { splitKey } from '../../../src/runtime/object.ts';
import { PARTNER_SECRET } from '../cast.ts';
import { NAMESPACE_NAMES } from '../cluster.ts';
import { KEYS, type KeyName, secretWith } from '../keys.ts';
import type { World } from '../world.ts';
import type { Disturbance } from './disturbance.ts';

/** The ids that are right, and some that are not, or not any more. */
export const RIGHT_IDS = { alb: 'alb-one', sgp: 'sgp-web' } as const;

const OLDEST_BACKUP_MS = 120_000;

/** What happens in the cluster besides the manifests of users. */
export const CLUSTER_TROUBLES: readonly Disturbance[] = [
  {
    kind: 'api server: compaction',
    weight: 2,
    strike: ({ cluster }) => {
      const { newest } = cluster.server.versions;
      cluster.server.compact(newest);
      return `up to ${newest}`;
    },
  },
  {
    kind: 'etcd: restored from a backup',
    weight: 1.5,
    strike: ({ cluster, records, hasElection }) => {
      // A Lease that goes back names another leader than the one that leads.
      if (hasElection) return undefined;
      const ageMs = cluster.restore(OLDEST_BACKUP_MS);
      // The first draw makes the backup to which a later one goes back.
      cluster.backUp();
      if (ageMs === undefined) return undefined;
      records.noteRestore((key) => cluster.get(key));
      return `${ageMs} ms back`;
    },
  },
  {
    kind: 'ConfigMap changes',
    weight: 1,
    strike: ({ cluster, chance }) => {
      const ids = chance.oneOf<Readonly<Record<string, string>> | undefined>(
        RIGHT_IDS,
        RIGHT_IDS,
        { ...RIGHT_IDS, alb: 'alb-two' },
        { ...RIGHT_IDS, sgp: 'sgp-api' },
        { sgp: 'sgp-web' },
        undefined,
      );
      return cluster.setIds(ids) ? JSON.stringify(ids ?? 'none') : undefined;
    },
  },
  {
    kind: 'Secret: another key of the same account',
    weight: 1,
    strike: (world) => {
      if (!usesPartner(world)) return undefined;
      const { cloud, cluster, chance } = world;
      const [old, next]: readonly [KeyName, KeyName] = cloud.retiredKeys.has(idOf('rotated'))
        ? ['partner', 'rotated']
        : ['rotated', 'partner'];
      cloud.retiredKeys.delete(idOf(next));
      if (!cluster.setSecret(PARTNER_SECRET, secretWith(KEYS[next]))) return undefined;
      world.endLater(chance.between(0, 60_000), `the ${old} key stops working`, () =>
        cloud.retiredKeys.add(idOf(old)),
      );
      return next;
    },
  },
  {
    kind: 'Secret: gone or wrong',
    weight: 1,
    strike: (world) => {
      if (!usesPartner(world)) return undefined;
      const { cluster, chance } = world;
      const [what, data] = chance.oneOf<readonly [string, Readonly<Record<string, string>> | undefined]>(
        ['gone', undefined],
        ['the key of another account', secretWith(KEYS.empty)],
        ['half a key', { accessKeyId: secretWith(KEYS.partner)['accessKeyId'] ?? '' }],
      );
      if (!cluster.setSecret(PARTNER_SECRET, data)) return undefined;
      world.endLater(chance.between(5000, 200_000), 'the Secret is right again', () => repairSecret(world));
      return what;
    },
  },
  {
    kind: 'namespace deleted',
    weight: 0.2,
    strike: ({ cluster, chance, keys }) => {
      const name = chance.oneOf(...NAMESPACE_NAMES);
      return cluster.sweepNamespace(name, keys) ? name : undefined;
    },
  },
  {
    kind: 'CRD deleted',
    weight: 0.1,
    strike: ({ cluster, keys }) => (cluster.sweepDefinition(keys) ? 'all of it' : undefined),
  },
];

/** The Secret holds a key that works. Two rotations at once may have retired both of them. */
export function repairSecret({ cloud, cluster }: Pick<World, 'cloud' | 'cluster'>): void {
  const name: KeyName = cloud.retiredKeys.has(idOf('partner')) ? 'rotated' : 'partner';
  cloud.retiredKeys.delete(idOf(name));
  cluster.setSecret(PARTNER_SECRET, secretWith(KEYS[name]));
}

function idOf(name: KeyName): string {
  return KEYS[name].credentials.accessKeyId();
}

function usesPartner({ cast }: World): boolean {
  return cast.some(({ key }) => splitKey(key).namespace === splitKey(PARTNER_SECRET).namespace);
}
