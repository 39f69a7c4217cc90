import { Buffer } from 'node:buffer';
import type { KubeObject } from './object.ts';

/** What is read of the objects of a resource. */
export interface Kept {
  /** Names of annotations, and how much of the value at most, in UTF-16 units. */
  readonly annotations: ReadonlyMap<string, number>;
  readonly finalizer: string;
  /** Beside the metadata. */
  readonly fields: readonly string[];
}

/** A longer list of finalizers is no honest one, and is not kept whole. */
const MOST_FINALIZERS = 32;

/**
 * Takes from an object all that is not read, so that what users may put into metadata without end (annotations, labels,
 * owners, finalizers) takes no memory.
 */
export function slimObject(object: KubeObject, kept: Kept): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } =
    metadata;
  const annotations = kept.annotations.entries().flatMap(([annotation, longest]) => {
    const value = metadata.annotations?.[annotation];
    return value === undefined ? [] : [[annotation, beginningOf(value, longest)] as const];
  });
  return {
    ...Object.fromEntries(kept.fields.flatMap((field) => (field in object ? [[field, object[field]]] : []))),
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      resourceVersion,
      ...(generation !== undefined && { generation }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(metadata.annotations !== undefined && { annotations: Object.fromEntries(annotations) }),
      ...finalizersOf(object, kept.finalizer),
    },
  };
}

function finalizersOf({ metadata: { finalizers } }: KubeObject, finalizer: string) {
  if (finalizers === undefined) return {};
  if (finalizers.length <= MOST_FINALIZERS) return { finalizers };
  const own = finalizers.filter((one) => one === finalizer);
  return { finalizers: own, finalizersLeftOut: finalizers.length - own.length };
}

/** As a copy: to V8 a part of a text is a view of it that keeps all of it. */
function beginningOf(text: string, longest: number): string {
  return text.length <= longest ? text : Buffer.from(text.slice(0, longest)).toString();
}
