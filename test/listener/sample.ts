import type { AlbError, AlbErrorClass } from '../../src/alb/error.ts';
import type { Home } from '../../src/listener/adoption.ts';
import { ownershipTags } from '../../src/listener/ownership.ts';
import { type AlbListener, readAlbListener } from '../../src/listener/resource.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import type { SeenListener } from '../../src/listener/seen-listener.ts';

export const UID = '6a1f3a52-0b6e-4c39-9c73-0d4f5e0c8f11';
export const LISTENER_ID = 'lsn-mine';
export const CLUSTER_UID = '0b9b6f0e-6a43-4a0f-8f3b-1d2a5b6c7d8e';
export const HOME: Home = { clusterUid: CLUSTER_UID, adoptFrom: new Set() };

export const SPEC: ResolvedSpec = {
  loadBalancerId: 'alb-one',
  listenerProtocol: 'HTTP',
  listenerPort: 80,
  defaultActions: [
    { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
  ],
};

export interface SampleParts {
  readonly name?: string;
  readonly uid?: string;
  readonly createdAt?: string;
  readonly generation?: number;
  readonly beingDeleted?: boolean;
  readonly hasFinalizer?: boolean;
  /** Implies `beingDeleted`. */
  readonly deletedAt?: string;
  readonly spec?: unknown;
  readonly status?: Partial<AlbListenerStatus>;
}

/** An AlbListener as the API server would return it. */
export function sampleObject(parts: SampleParts = {}): AlbListener {
  return readAlbListener({
    apiVersion: 'alb.alibabacloud.com/v1alpha1',
    kind: 'AlbListener',
    metadata: {
      namespace: 'shop',
      name: parts.name ?? 'web',
      uid: parts.uid ?? UID,
      generation: parts.generation ?? 1,
      resourceVersion: '7',
      creationTimestamp: parts.createdAt ?? '2026-01-01T00:00:00Z',
      finalizers: parts.hasFinalizer === false ? [] : ['alb.alibabacloud.com/listener'],
      ...(parts.beingDeleted === true && { deletionTimestamp: '2026-01-02T00:00:00Z' }),
      ...(parts.deletedAt !== undefined && { deletionTimestamp: parts.deletedAt }),
    },
    spec: parts.spec ?? SPEC,
    status: parts.status,
  });
}

/** The listener of `sampleObject`, running as declared. */
export function sampleListener(parts: Partial<SeenListener> = {}): SeenListener {
  return {
    listenerId: LISTENER_ID,
    loadBalancerId: SPEC.loadBalancerId,
    listenerProtocol: SPEC.listenerProtocol,
    listenerPort: SPEC.listenerPort,
    listenerStatus: 'Running',
    requestTimeout: 60,
    idleTimeout: 15,
    gzipEnabled: true,
    defaultActions: SPEC.defaultActions,
    tags: ownershipTags({ uid: UID, namespace: 'shop', name: 'web', clusterUid: CLUSTER_UID }, 0),
    ...parts,
  };
}

export function sampleError(errorClass: AlbErrorClass, parts: Partial<AlbError> = {}): AlbError {
  return {
    class: errorClass,
    operation: 'CreateListener',
    code: 'Some.Code',
    message: 'Some message.',
    requestId: 'REQ-1',
    ...parts,
  };
}
