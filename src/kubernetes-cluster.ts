import type { ConfigMaps } from './cluster/config-maps.ts';
import type { DeletionGuard } from './cluster/deletion-guard.ts';
import type { ListenerStore, Relations } from './cluster/relations.ts';
import type { StaleCache } from './cluster/stale-cache.ts';
import type { Cluster, WriteOutcome } from './listener/ports.ts';
import { hasBegun } from './listener/references.ts';
import { type AlbListener, FINALIZER, formatKey, readAlbListener } from './listener/resource.ts';
import type { AlbListenerStatus } from './listener/schema/status.ts';
import type { ApiContact } from './runtime/api-contact.ts';
import type { EventRecorder } from './runtime/event-recorder.ts';
import { type Asked, concernsOneObject } from './runtime/kubernetes/explain-api-error.ts';
import type { WriteOutcome as ClientOutcome, ResourceClient } from './runtime/kubernetes/resource-client.ts';
import type { Logger } from './runtime/log.ts';
import { type KubeObject, objectKey, parseObject } from './runtime/object.ts';

export interface KubernetesClusterParts {
  readonly store: ListenerStore;
  readonly relations: Relations;
  readonly configMaps: Pick<ConfigMaps, 'configMapValue'>;
  readonly deletionGuard: DeletionGuard;
  readonly client: ResourceClient;
  readonly staleCache: Pick<StaleCache, 'onConflict'>;
  readonly events: EventRecorder;
  readonly contact: ApiContact;
  readonly logger: Logger;
}

/** The domain's cluster, on a real API server. */
export function kubernetesCluster(parts: KubernetesClusterParts): Cluster {
  const { store, relations, configMaps, deletionGuard, client, staleCache, events, contact, logger } = parts;
  const outcomeOf = (
    object: AlbListener,
    what: 'status' | 'finalizer',
    outcome: ClientOutcome,
  ): WriteOutcome => {
    const asked: Asked = {
      verb: 'patch',
      type: client.type,
      ...(what === 'status' && { subresource: what }),
    };
    if (outcome.outcome === 'failed') {
      const { error } = outcome;
      const fields = { key: formatKey(object.key), what };
      if (concernsOneObject(error)) logger.warn({ ...fields, error }, 'the API server refused a write');
      else contact.failed(asked, error, fields);
    }
    if (outcome.outcome === 'written') contact.succeeded(asked);
    if (outcome.outcome === 'conflict') staleCache.onConflict(storedObject(object), outcome);
    return toOutcome(object, outcome);
  };
  return {
    read(key) {
      const object = store.get(objectKey(key.namespace, key.name));
      return object === undefined ? undefined : readAlbListener(object);
    },
    configMapValue: (key, dataKey) => configMaps.configMapValue(key, dataKey),
    referrers: (object) =>
      relations
        .referrers(storedObject(object))
        .map(readAlbListener)
        .filter(({ status }) => hasBegun(status)),
    sweep: (object) => deletionGuard.sweep(storedObject(object)),
    holders: (listenerId) => relations.holders(listenerId).map(readAlbListener),
    claimants: (claim) => relations.claimants(claim).map(readAlbListener),
    async writeStatus(object, status, guard) {
      const stored = storedObject(object);
      return outcomeOf(object, 'status', await WRITE_STATUS[guard](client, stored, status));
    },
    async addFinalizer(object) {
      return outcomeOf(object, 'finalizer', await client.addFinalizer(storedObject(object), FINALIZER));
    },
    async removeFinalizer(object) {
      return outcomeOf(object, 'finalizer', await client.removeFinalizer(storedObject(object), FINALIZER));
    },
    recordEvent(object, event) {
      events.record(storedObject(object), event);
    },
  };
}

const WRITE_STATUS = {
  version: (client: ResourceClient, stored: KubeObject, status: AlbListenerStatus) =>
    client.patchStatus(stored, status),
  incarnation: (client: ResourceClient, stored: KubeObject, status: AlbListenerStatus) =>
    client.mergeStatus(stored, status, [['creation', 'incarnation']]),
} as const;

function toOutcome(object: AlbListener, outcome: ClientOutcome): WriteOutcome {
  switch (outcome.outcome) {
    case 'written':
      return { write: 'written', object: readAlbListener(outcome.object) };
    case 'unchanged':
      return { write: 'written', object };
    case 'conflict':
      return { write: 'conflict' };
    case 'gone':
      return { write: 'gone' };
    case 'failed':
      return { write: 'failed', message: outcome.error.message };
  }
}

/** Whatever the domain holds came out of the store or out of an answer of the API server. */
function storedObject(object: AlbListener): KubeObject {
  const stored = parseObject(object.stored);
  if (stored === undefined)
    throw new Error(`${object.key.namespace}/${object.key.name} is not a stored object`);
  return stored;
}
