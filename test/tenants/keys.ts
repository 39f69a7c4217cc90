import type { SceneCluster } from '../scenarios/scene-cluster.ts';
import { KEYS_SECRET } from './tenant.ts';

/** A key of an account that has no load balancers. The operator may use it, as it may use any in a Secret. */
export const FOREIGN_KEY = {
  accessKeyId: 'LTAI5tPlantedForeignKey',
  accessKeySecret: 'PlantedForeignSecret00',
};
export const FOREIGN_ACCOUNT = '3000000000000003';

/** A key of the account of the shared load balancers, beside that of the operator. */
export const HOME_KEY = { accessKeyId: 'LTAI5tPlantedTenantKey0', accessKeySecret: 'PlantedTenantSecret000' };

/** Puts the data into the Secret of the namespace that the operator may read, in place of what is there. */
export async function putKeys(
  cluster: SceneCluster,
  stringData: Readonly<Record<string, string>>,
): Promise<void> {
  await cluster.kubectl('delete', 'secret', KEYS_SECRET, '--ignore-not-found');
  await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: KEYS_SECRET }, stringData });
}
