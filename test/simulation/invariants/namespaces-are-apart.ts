import { readStatus } from '../../../src/listener/schema/status.ts';
import type { KubeObject } from '../../../src/runtime/object.ts';
import { ALB_LISTENERS } from '../api-server/resources.ts';
import { type Cloud, type CloudCall, ownerOf } from '../cloud.ts';
import type { ClusterChange } from '../cluster.ts';
import { type Life, ownerIn, type Records } from '../records.ts';
import type { Invariant } from './invariant.ts';

/** Of tags behind a creation, and the way of the answer that does not show them. */
const LONGEST_LAG_MS = 40_000;

/**
 * The trust model: whatever a manifest, its metadata or its status says, no listener of another namespace is taken over,
 * referred to or read for it. There is no hindsight: an ownership tag is read right before each of these calls.
 */
export class NamespacesAreApart implements Invariant {
  readonly name = 'no listener is touched by another namespace';
  readonly #records: Records;
  readonly #cloud: Cloud;

  constructor(records: Records, cloud: Cloud) {
    this.#records = records;
    this.#cloud = cloud;
  }

  judgeCall(call: CloudCall): string | undefined {
    if (call.effect === null) return undefined;
    return call.operation === 'TagResources' ? this.#judgeTakeover(call) : this.#judgeReference(call);
  }

  /** What is read for one namespace is not written into an object of another. */
  judgeChange({ resource, type, object, before, by }: ClusterChange): string | undefined {
    if (resource !== ALB_LISTENERS || type !== 'MODIFIED' || by === 'user') return undefined;
    const status = readStatus(object['status']);
    const { listenerId, observed } = status;
    if (listenerId === undefined || observed === undefined) return undefined;
    if (JSON.stringify(observed) === observedIn(before)) return undefined;
    const owner = this.#ownerOf(listenerId);
    return owner === undefined || isSameNamespace(owner, object)
      ? undefined
      : `${nameOf(object)} is told how listener ${listenerId} of ${nameOf(owner.object)} is set`;
  }

  #judgeTakeover({ parameters, before }: CloudCall): string | undefined {
    const life = this.#records.lives.get(ownerIn(parameters) ?? '');
    if (life === undefined || before === undefined) return undefined;
    // As they are right now: in the same moment an owner may have given it up.
    const owner = this.#records.lives.get(ownerOf(before) ?? '') ?? this.#holderOf(before.ListenerId);
    if (owner?.wiped === true && this.#isNew(before.ListenerId)) return undefined;
    return owner === undefined || isSameNamespace(owner, life.object)
      ? undefined
      : `${nameOf(life.object)} takes over ${before.ListenerId} of ${nameOf(owner.object)}`;
  }

  #judgeReference({ parameters, before }: CloudCall): string | undefined {
    const target = parameters['QuicConfig.QuicListenerId'] ?? '';
    const owner = target === '' ? undefined : this.#ownerOf(target);
    const referrer = this.#records.lives.get(
      ownerIn(parameters) ?? (before === undefined ? '' : (ownerOf(before) ?? '')),
    );
    if (owner === undefined || referrer === undefined || isSameNamespace(owner, referrer.object))
      return undefined;
    return `${nameOf(referrer.object)} refers to ${target} of ${nameOf(owner.object)}`;
  }

  /** Whether reads may not show its tags yet; then only a status that nobody has wiped says whose it is. */
  #isNew(listenerId: string): boolean {
    const { creations, now } = this.#records;
    return creations.some((made) => made.listenerId === listenerId && now - made.at < LONGEST_LAG_MS);
  }

  /** By its tags, before this call. */
  #ownerOf(listenerId: string): Life | undefined {
    return this.#records.lives.get(this.#records.ownerSince(listenerId, this.#records.now) ?? '');
  }

  /** A living resource that has it as its own, although its tags are gone. */
  #holderOf(listenerId: string): Life | undefined {
    if (this.#cloud.listener(listenerId) === undefined) return undefined;
    return this.#records.living.find(
      (life) => !life.lied && readStatus(life.object['status']).listenerId === listenerId,
    );
  }
}

function observedIn(object: KubeObject | undefined): string {
  return JSON.stringify(readStatus(object?.['status']).observed);
}

function isSameNamespace({ object }: Life, other: KubeObject): boolean {
  return object.metadata.namespace === other.metadata.namespace;
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
