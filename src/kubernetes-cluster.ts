import { formatClaim, readClaim } from './listener/claim.ts';
import type { Cluster, WriteOutcome } from './listener/ports.ts';
import { type AlbListener, FINALIZER, readAlbListener } from './listener/resource.ts';
import type { AlbListenerStatus } from './listener/schema/status.ts';
import type { EventRecorder } from './runtime/event-recorder.ts';
import type { WriteOutcome as ClientOutcome, ResourceClient } from './runtime/kubernetes/resource-client.ts';
import { type KubeObject, objectKey, parseObject } from './runtime/object.ts';
import type { IndexFunction, Store } from './runtime/store.ts';

/** The resources that claim one port of a load balancer are found together. */
export const CLAIM_INDEX: IndexFunction = ({ spec }) => {
  const claim = readClaim(spec);
  return claim === undefined ? [] : [formatClaim(claim)];
};

export interface KubernetesClusterParts {
  readonly store: Store<'claim'>;
  readonly client: ResourceClient;
  readonly events: EventRecorder;
}

/** The domain's cluster, on a real API server. */
export function kubernetesCluster({ store, client, events }: KubernetesClusterParts): Cluster {
  return {
    read(key) {
      const object = store.get(objectKey(key.namespace, key.name));
      return object === undefined ? undefined : readAlbListener(object);
    },
    claimants: (claim) => store.byIndex('claim', formatClaim(claim)).map(readAlbListener),
    async writeStatus(object, status, guard) {
      const stored = storedObject(object);
      return toOutcome(object, await WRITE_STATUS[guard](client, stored, status));
    },
    async addFinalizer(object) {
      return toOutcome(object, await client.addFinalizer(storedObject(object), FINALIZER));
    },
    async removeFinalizer(object) {
      return toOutcome(object, await client.removeFinalizer(storedObject(object), FINALIZER));
    },
    recordEvent(object, event) {
      events.record(storedObject(object), event);
    },
  };
}

const WRITE_STATUS = {
  version: (client: ResourceClient, stored: KubeObject, status: AlbListenerStatus) =>
    client.patchStatus(stored, status),
  uid: (client: ResourceClient, stored: KubeObject, status: AlbListenerStatus) =>
    client.mergeStatus(stored, status),
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
