import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { KubeObject } from '../../../src/runtime/object.ts';
import { apiVersionOf, type Resource } from './resources.ts';

const texts = z.record(z.string(), z.string());

/** What a client sends, or what a patch makes of an object. */
export const manifestSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string().exactOptional(),
    resourceVersion: z.string().exactOptional(),
    labels: texts.exactOptional(),
    annotations: texts.exactOptional(),
    finalizers: z.array(z.string()).exactOptional(),
  }),
});

const statusSchema = z.record(z.string(), z.unknown()).optional().catch(undefined);

export type Manifest = z.infer<typeof manifestSchema>;

export interface Birth {
  readonly namespace: string | undefined;
  readonly uid: string;
  readonly now: number;
}

/**
 * What readers see of a stored object. A new one is stored without a status, so the default of the schema is not stored
 * either: the first write after the creation always makes a new version, even if to its writer it changes nothing.
 */
export function withDefaults({ statusDefaults }: Resource, object: KubeObject): KubeObject {
  const isBare = statusDefaults !== undefined && object['status'] === undefined;
  return isBare ? { ...object, status: statusDefaults } : object;
}

/** A new object. Its version is given to it where it is stored. */
export function created(resource: Resource, manifest: Manifest, { namespace, uid, now }: Birth): KubeObject {
  const { name } = manifest.metadata;
  return {
    ...contentOf(resource, manifest),
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      resourceVersion: '',
      ...(resource.countsGenerations && { generation: 1 }),
      creationTimestamp: wholeSeconds(now),
      ...writable(manifest, resource.cleanup),
    },
  };
}

/** What a write to the object itself makes of it. The system's own metadata stays as it was. */
export function updated(resource: Resource, before: KubeObject, manifest: Manifest): KubeObject {
  const { labels: _l, annotations: _a, finalizers: _f, generation, ...system } = before.metadata;
  const content = contentOf(resource, manifest);
  const isEdit = !isDeepStrictEqual(content, contentOf(resource, before));
  const { apiVersion, kind, status } = before;
  return {
    ...content,
    ...(resource.hasStatusPath && status !== undefined && { status }),
    apiVersion,
    kind,
    metadata: {
      ...system,
      ...(generation !== undefined && { generation: isEdit ? generation + 1 : generation }),
      ...writable(manifest),
    },
  };
}

/** What a write to the status makes of the object: nothing of it but the status changes. */
export function withStatus(resource: Resource, before: KubeObject, manifest: Manifest): KubeObject {
  const { status: _, ...rest } = before;
  const status = statusSchema.parse(manifest['status']);
  return status === undefined
    ? withDefaults(resource, rest)
    : { ...rest, status: { ...resource.statusDefaults, ...status } };
}

/** The object after a deletion that finalizers hold up. A second deletion changes nothing. */
export function markedDeleted(before: KubeObject, now: number): KubeObject {
  const { metadata } = before;
  if (metadata.deletionTimestamp !== undefined) return before;
  return {
    ...before,
    metadata: {
      ...metadata,
      // The real API server counts a deletion like an edit of the spec.
      ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
      deletionTimestamp: wholeSeconds(now),
      deletionGracePeriodSeconds: 0,
    },
  };
}

export function isHeld({ metadata }: KubeObject): boolean {
  return (metadata.finalizers ?? []).length > 0;
}

/** What a write to the object itself can change besides metadata. */
function contentOf({ hasStatusPath }: Resource, manifest: Manifest): Record<string, unknown> {
  const { apiVersion: _, kind: _k, metadata: _m, ...content } = manifest;
  if (!hasStatusPath) return content;
  const { status: _s, ...rest } = content;
  return rest;
}

/** The metadata that clients decide on; what is empty is left out. */
function writable({ metadata }: Manifest, cleanup?: string) {
  const { labels = {}, annotations = {} } = metadata;
  const finalizers = [...(metadata.finalizers ?? []), ...(cleanup === undefined ? [] : [cleanup])];
  return {
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(finalizers.length > 0 && { finalizers }),
  };
}

function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
