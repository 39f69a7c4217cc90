import type { ObjectKey } from '../object.ts';
import { splitKey } from '../object.ts';

/** One resource as the API server serves it, for example `{group: 'apps', version: 'v1', plural: 'deployments'}`. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** The path of a collection: of one namespace, or of the whole cluster. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  if (namespace === undefined || namespace === '') return `${root}/${type.plural}`;
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${type.plural}`;
}

export function objectPath(type: ResourceType, key: ObjectKey): string {
  const { namespace, name } = splitKey(key);
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
}
