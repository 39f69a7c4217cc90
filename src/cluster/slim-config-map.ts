import type { KubeObject } from '../runtime/object.ts';

/** In characters. A longer value is no id. */
const LONGEST_ID = 64;

/**
 * What is kept of a ConfigMap: its keys, and the values that may be ids. A value that cannot be one becomes empty, so
 * that all ConfigMaps of a large cluster fit into a small pod.
 */
export function slimConfigMap({ apiVersion, kind, metadata, data }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  const kept = textsOf(data).map(([key, value]) => [key, value.length <= LONGEST_ID ? value : '']);
  return {
    apiVersion,
    kind,
    metadata: { name, uid, resourceVersion, ...(namespace !== undefined && { namespace }) },
    data: Object.fromEntries(kept),
  };
}

/** The value of a key; `undefined` where there is no such key. */
export function valueIn({ data }: KubeObject, key: string): string | undefined {
  return new Map(textsOf(data)).get(key);
}

/** Not as a record of zod, which leaves out `__proto__`: to the API server that is a key like any other. */
function textsOf(data: unknown): readonly [string, string][] {
  if (typeof data !== 'object' || data === null) return [];
  const entries: readonly [string, unknown][] = Object.entries(data);
  return entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []));
}
