import { FINALIZER } from '../../../src/listener/resource.ts';
import { readStatus } from '../../../src/listener/schema/status.ts';
import { drawEdit, drawPolicy, type Role } from '../cast.ts';
import type { Chance } from '../chance.ts';
import type { Cluster } from '../cluster.ts';
import type { Disturbance } from './disturbance.ts';

/** What users do with their manifests. */
export const PEOPLE: readonly Disturbance[] = [
  byUser('user: apply', 10, ({ cluster }, { key, spec }) => cluster.create(key, spec)),
  byUser('user: apply with our finalizer', 1, ({ cluster }, { key, spec }) =>
    cluster.create(key, spec, { finalizers: [FINALIZER] }),
  ),
  byUser('user: edit', 20, ({ cluster, chance }, role) => {
    const edit = drawEdit(chance, role);
    return cluster.edit(role.key, edit) && JSON.stringify(edit);
  }),
  byUser('user: change the policy', 4, ({ cluster, chance }, role) => {
    const policy = drawPolicy(chance);
    return cluster.edit(role.key, policy) && JSON.stringify(policy);
  }),
  byUser('user: delete', 4, ({ cluster }, { key }) => cluster.delete(key)),
  byUser('user: replace', 2, ({ cluster }, { key, spec }) => {
    const isDeleted = cluster.delete(key);
    // Under the same name; refused as long as the old one is held.
    return cluster.create(key, spec) || isDeleted;
  }),
  byUser('user: request a look', 2, ({ cluster, chance }, { key }) =>
    cluster.request(key, `${chance.below(1000)}`),
  ),
  byUser('person: wipe the status', 2, ({ cluster }, { key }) => cluster.wipeStatus(key)),
  byUser('person: remove the finalizer by force', 0.4, ({ cluster }, { key }) => cluster.tearOut(key)),
  byUser('person: remove the finalizer during the creation', 3, ({ cluster }, { key }) => {
    const raw = cluster.get(key);
    if (raw === undefined) return false;
    const { listenerId, creation } = readStatus(raw['status']);
    if (creation === undefined || listenerId !== undefined) return false;
    cluster.delete(key);
    return cluster.tearOut(key);
  }),
  byUser('user: allow the deletion', 1, ({ cluster }, { key }) => cluster.allowSweep(key)),
];

interface Hands {
  readonly cluster: Cluster;
  readonly chance: Chance;
}

function byUser(
  kind: string,
  weight: number,
  act: (hands: Hands, role: Role) => boolean | string,
): Disturbance {
  return {
    kind,
    weight,
    strike: ({ cluster, chance, cast }) => {
      const role = chance.pick(cast);
      const done = role !== undefined && act({ cluster, chance }, role);
      return done === false ? undefined : `${role.key} ${done === true ? '' : done}`.trimEnd();
    },
  };
}
