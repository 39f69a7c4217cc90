import { z } from 'zod';

const objectMeta = z.looseObject({
  name: z.string(),
  namespace: z.string().exactOptional(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().exactOptional(),
  creationTimestamp: z.string().exactOptional(),
  deletionTimestamp: z.string().exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
  annotations: z.record(z.string(), z.string()).exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
  /** How many finalizers the object has beside those listed here; only in what `slimObject` made of it. */
  finalizersLeftOut: z.number().exactOptional(),
  /** Whether the status is more than what is kept of it here; only in what was slimmed. */
  statusLeftOut: z.literal(true).exactOptional(),
});

const kubeObject = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: objectMeta });

/**
 * A Kubernetes object as raw JSON: metadata is parsed, every other field stands as it came and is `unknown`.
 * Nothing is dropped but `metadata.managedFields`. Treat it as immutable: the store shares it.
 */
export type KubeObject = z.infer<typeof kubeObject>;

/** `namespace/name`; the namespace is empty for a cluster-scoped object. Names cannot contain a slash. */
export type ObjectKey = `${string}/${string}`;

/**
 * Reads an object that came from the API server; undefined when it is none.
 *
 * managedFields go at once: nothing here reads them and they are about half of an object's memory.
 */
export function parseObject(value: unknown): KubeObject | undefined {
  const parsed = kubeObject.safeParse(value);
  if (!parsed.success) return undefined;
  delete parsed.data.metadata['managedFields'];
  return parsed.data;
}

/**
 * Whether the first resourceVersion is older than the second, both of one API server. False where that cannot be told:
 * they are decimal numbers since Kubernetes 1.35 by promise, and before that in fact.
 */
export function isOlder(version: string, than: string): boolean {
  if (!DECIMAL.test(version) || !DECIMAL.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}

const DECIMAL = /^[1-9]\d*$/;

export function objectKey(namespace: string | undefined, name: string): ObjectKey {
  return `${namespace ?? ''}/${name}`;
}

export function keyOf(object: KubeObject): ObjectKey {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

export function splitKey(key: ObjectKey): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
