import { NAMESPACE_NAMES } from '../cluster.ts';
import type { Disturbance } from './disturbance.ts';

/** The ids that are right, and some that are not, or not any more. */
export const RIGHT_IDS = { alb: 'alb-one', sgp: 'sgp-web' } as const;

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
