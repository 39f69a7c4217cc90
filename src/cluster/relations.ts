import { z } from 'zod';
import { type Claim, formatClaim, readClaim } from '../listener/claim.ts';
import { compareTexts } from '../listener/compare-texts.ts';
import { type Links, linksOf } from '../listener/links.ts';
import type { Cluster } from '../listener/ports.ts';
import { sourcedLoadBalancer } from '../listener/references.ts';
import type { Logger } from '../runtime/log.ts';
import { type KubeObject, keyOf, type ObjectKey, objectKey, splitKey } from '../runtime/object.ts';
import { type IndexFunction, Store } from '../runtime/store.ts';

/** In the place of a load balancer that only a ConfigMap names: it is looked up when somebody asks. */
const SOMEWHERE = '?';

const INDEXES = {
  claim: claimsOf,
  listenerId: (object) => present(links(object).listenerId),
  configMap: configMapsOf,
  secret: (object) => present(links(object).secretName).map((name) => beside(object, name)),
  quicListenerName: quicListenerNames,
  quicListenerId: (object) => links(object).quicListenerIds,
} as const satisfies Readonly<Record<string, IndexFunction>>;

export type ListenerStore = Store<keyof typeof INDEXES>;

export function listenerStore(logger: Logger): ListenerStore {
  return new Store(INDEXES, logger);
}

/** Who has to do with whom, among the AlbListeners in the cache. */
export class Relations {
  readonly #store: ListenerStore;
  readonly #configMaps: Pick<Cluster, 'configMapValue'>;

  constructor(store: ListenerStore, configMaps: Pick<Cluster, 'configMapValue'>) {
    this.#store = store;
    this.#configMaps = configMaps;
  }

  /** Those that claim the port. */
  claimants(claim: Claim): readonly KubeObject[] {
    const somewhere = this.#store.byIndex('claim', formatClaim({ ...claim, loadBalancerId: SOMEWHERE }));
    return [
      ...this.#store.byIndex('claim', formatClaim(claim)),
      ...somewhere.filter((object) => this.#sourcedLoadBalancer(object) === claim.loadBalancerId),
    ];
  }

  /** Those that claim the same port as this one; itself included while it is in the cache. */
  rivals(object: KubeObject): readonly KubeObject[] {
    const { spec } = object;
    const claim = readClaim(spec, links(object).standingOn ?? this.#sourcedLoadBalancer(object));
    return claim === undefined ? [] : this.claimants(claim);
  }

  /** Those whose status has this listener id. */
  holders(listenerId: string): readonly KubeObject[] {
    return this.#store.byIndex('listenerId', listenerId);
  }

  /**
   * The first of the objects that wait for the port of this one.
   *
   * The others wait for that one now, and its own changes enqueue the next. Enqueueing all would cost a reconcile of every
   * claimant for each change of one.
   */
  nextWaitingFor(object: KubeObject): readonly KubeObject[] {
    return this.rivals(object)
      .filter((other) => other.metadata.uid !== object.metadata.uid && readyReason(other) === 'PortClaimed')
      .toSorted(comparePrecedence)
      .slice(0, 1);
  }

  /** Objects of its namespace that refer to the listener of this one. Others do not hold its deletion. */
  referrers(object: KubeObject): readonly KubeObject[] {
    const { listenerId } = links(object);
    const found = [
      ...this.#store.byIndex('quicListenerName', keyOf(object)),
      ...(listenerId === undefined ? [] : this.#store.byIndex('quicListenerId', listenerId)),
    ];
    return [...new Set(found)].filter(
      (other) => other.metadata.uid !== object.metadata.uid && isBeside(other, object),
    );
  }

  /** Those of its namespace to whose listeners this one sends its clients on. */
  referred(object: KubeObject): readonly KubeObject[] {
    const named = quicListenerNames(object).map((key) => this.#store.get(key));
    const byId = links(object).quicListenerIds.flatMap((id) => this.#store.byIndex('listenerId', id));
    const found = [...new Set([...named, ...byId])].filter((other) => other !== undefined);
    return found.filter((other) => isBeside(other, object));
  }

  /** Those that take an id from the ConfigMap. */
  usersOf(configMap: ObjectKey): readonly KubeObject[] {
    return this.#store.byIndex('configMap', configMap);
  }

  /** Whether one of them names the Secret as its credentials. */
  isReferred(secret: string): boolean {
    return this.#store.byIndex('secret', secret).length > 0;
  }

  #sourcedLoadBalancer(object: KubeObject): string | undefined {
    const { spec } = object;
    return sourcedLoadBalancer({ key: splitKey(keyOf(object)), spec }, this.#configMaps);
  }
}

/** The older one first, as `comingBefore` has it for those that have not begun. */
function comparePrecedence({ metadata: a }: KubeObject, { metadata: b }: KubeObject): number {
  return compareTexts(a.creationTimestamp ?? '', b.creationTimestamp ?? '') || compareTexts(a.uid, b.uid);
}

/** The ConfigMaps that an object takes ids from. */
export function configMapsOf(object: KubeObject): readonly ObjectKey[] {
  return links(object).configMaps.map((name) => beside(object, name));
}

/** The keys that objects take from a ConfigMap. */
export function keysTakenFrom(store: ListenerStore, configMap: ObjectKey): ReadonlySet<string> {
  const { name } = splitKey(configMap);
  const users = store.byIndex('configMap', configMap);
  const taken = users.flatMap((user) => links(user).configMapKeys.filter((source) => source.name === name));
  return new Set(taken.map(({ key }) => key));
}

const statusOfReady = z.object({
  conditions: z.array(z.object({ type: z.string(), reason: z.string() }).nullable().catch(null)).catch([]),
});

/** The reason of the Ready condition. */
export function readyReason({ status }: KubeObject): string | undefined {
  const { data } = statusOfReady.safeParse(status);
  return data?.conditions.find((condition) => condition?.type === 'Ready')?.reason;
}

/** The port of the load balancer it stands on; else of the one it names; else of one that a ConfigMap names. */
function claimsOf(object: KubeObject): readonly string[] {
  const { spec } = object;
  const claim = readClaim(spec, links(object).standingOn) ?? readClaim(spec, SOMEWHERE);
  return claim === undefined ? [] : [formatClaim(claim)];
}

function links({ spec, status }: KubeObject): Links {
  return linksOf(spec, status);
}

function quicListenerNames(object: KubeObject): readonly ObjectKey[] {
  return present(links(object).quicListenerName).map((name) => beside(object, name));
}

function isBeside(one: KubeObject, other: KubeObject): boolean {
  return one.metadata.namespace === other.metadata.namespace;
}

/** The key of an object in the same namespace. */
function beside({ metadata }: KubeObject, name: string): ObjectKey {
  return objectKey(metadata.namespace, name);
}

function present(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}
