import { collectionPath } from '../../../src/runtime/kubernetes/resource-type.ts';
import { RESOURCES, type Resource } from './resources.ts';

/** What a path below the server leads to. */
export interface Route {
  readonly resource: Resource;
  /** Absent: the whole cluster. */
  readonly namespace?: string;
  /** Absent: the collection. */
  readonly name?: string;
  readonly isStatus: boolean;
}

const PATH =
  /^(?<root>\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?(?<plural>\/[^/]+)(?:\/(?<name>[^/]+))?(?<status>\/status)?$/;

export function routeOf(path: string): Route | undefined {
  const { root = '', namespace, plural = '', name, status } = PATH.exec(path)?.groups ?? {};
  const resource = RESOURCES.find(({ type }) => collectionPath(type) === root + plural);
  if (resource === undefined) return undefined;
  return {
    resource,
    ...(namespace !== undefined && { namespace: decodeURIComponent(namespace) }),
    ...(name !== undefined && { name: decodeURIComponent(name) }),
    isStatus: status !== undefined,
  };
}
