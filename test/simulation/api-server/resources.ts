import { GROUP, PLURAL, VERSION } from '../../../src/listener/schema/resource.ts';
import { LEASES } from '../../../src/runtime/kubernetes/lease.ts';
import type { ResourceType } from '../../../src/runtime/kubernetes/resource-type.ts';

/** One resource that the model serves, and in what its kind differs from others. */
export interface Resource {
  readonly type: ResourceType;
  readonly kind: string;
  readonly isNamespaced: boolean;
  /** Whether the status is written through a path of its own, and nowhere else. */
  readonly hasStatusPath: boolean;
  /** Whether edits of the spec and the deletion are counted in metadata.generation. */
  readonly countsGenerations: boolean;
  /** Whether PUT must name the resourceVersion it was made for. */
  readonly putNeedsVersion: boolean;
  /** What the schema puts into a status, and in the place of one that is not there. */
  readonly statusDefaults?: Readonly<Record<string, unknown>>;
  /** Holds the deletion until a part of Kubernetes that is not modelled has deleted what the object contains. */
  readonly cleanup?: string;
}

export const ALB_LISTENERS: Resource = {
  type: { group: GROUP, version: VERSION, plural: PLURAL },
  kind: 'AlbListener',
  isNamespaced: true,
  hasStatusPath: true,
  countsGenerations: true,
  putNeedsVersion: true,
  statusDefaults: { observedGeneration: -1 },
};

export const CONFIG_MAPS: Resource = {
  type: { group: '', version: 'v1', plural: 'configmaps' },
  kind: 'ConfigMap',
  isNamespaced: true,
  hasStatusPath: false,
  countsGenerations: false,
  putNeedsVersion: false,
};

export const SECRETS: Resource = {
  type: { group: '', version: 'v1', plural: 'secrets' },
  kind: 'Secret',
  isNamespaced: true,
  hasStatusPath: false,
  countsGenerations: false,
  putNeedsVersion: false,
};

export const NAMESPACES: Resource = {
  type: { group: '', version: 'v1', plural: 'namespaces' },
  kind: 'Namespace',
  isNamespaced: false,
  hasStatusPath: true,
  countsGenerations: false,
  putNeedsVersion: false,
  // The real one stands in the spec. To its readers a namespace shows the same: a time of deletion, until it is empty.
  cleanup: 'kubernetes',
};

export const DEFINITIONS: Resource = {
  type: { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' },
  kind: 'CustomResourceDefinition',
  isNamespaced: false,
  hasStatusPath: true,
  countsGenerations: true,
  putNeedsVersion: true,
  cleanup: 'customresourcecleanup.apiextensions.k8s.io',
};

export const LEASE_OBJECTS: Resource = {
  type: LEASES,
  kind: 'Lease',
  isNamespaced: true,
  hasStatusPath: false,
  countsGenerations: false,
  putNeedsVersion: true,
};

export const RESOURCES = [
  ALB_LISTENERS,
  CONFIG_MAPS,
  SECRETS,
  NAMESPACES,
  DEFINITIONS,
  LEASE_OBJECTS,
] as const;

export function apiVersionOf({ type }: Resource): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}
