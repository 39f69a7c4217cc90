import { isDeepStrictEqual } from 'node:util';
import type { ConfigMapValue } from '../listener/ports.ts';
import type { ObjectKey as Name } from '../listener/resource.ts';
import type { ApiContact } from '../runtime/api-contact.ts';
import type { Clock } from '../runtime/clock.ts';
import { Controller, type Result } from '../runtime/controller.ts';
import type { ApiTransport } from '../runtime/kubernetes/api-transport.ts';
import type { Asked } from '../runtime/kubernetes/explain-api-error.ts';
import { ResourceClient } from '../runtime/kubernetes/resource-client.ts';
import type { Logger } from '../runtime/log.ts';
import { isOlder, type KubeObject, keyOf, type ObjectKey, objectKey, splitKey } from '../runtime/object.ts';
import type { Random } from '../runtime/random.ts';
import { Reflectors } from '../runtime/reflectors.ts';
import { Store, type StoreChange } from '../runtime/store.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { type TakenValues, valuesIn } from './config-map-values.ts';
import { configMapsOf, keysTakenFrom, type ListenerStore } from './relations.ts';

export interface ConfigMapsOptions {
  readonly transport: ApiTransport;
  /** Those that may take ids from ConfigMaps. */
  readonly listeners: ListenerStore;
  /** All unless given. */
  readonly namespaces?: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly contact: ApiContact;
  readonly logger: Logger;
}

const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps' };
/** A ConfigMap may hold 1 MiB, so this bounds what reading them takes at once. */
const READS_AT_ONCE = 2;
const RETRY_BACKOFF = { baseMs: 1000, maxMs: 60_000 };

/**
 * The values that AlbListeners take from ConfigMaps.
 *
 * Of all ConfigMaps of the cluster, or of chosen namespaces, only the metadata are listed and watched, from the first
 * reference on. One that is referred to is read by its name when its version changes, and only the keys that are taken
 * are kept: what else it holds, and how large others are, does not matter.
 */
export class ConfigMaps {
  readonly #options: ConfigMapsOptions;
  readonly #client: ResourceClient;
  /** The versions of all that there are. */
  readonly #versions: Store;
  readonly #reflectors: Reflectors<never>;
  /** Of those that are referred to. */
  readonly #values = new Map<ObjectKey, TakenValues>();
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #reader: Controller<ObjectKey>;
  readonly #subscribers = new Set<(key: ObjectKey) => void>();
  readonly #synced = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;
  #isSynced = false;

  /** Resolves when all that are referred to have been read; pending as long as one cannot be. */
  readonly synced: Promise<void> = this.#synced.promise;

  constructor(options: ConfigMapsOptions) {
    const { transport, listeners, namespaces = [], clock, random, contact, logger } = options;
    this.#options = options;
    this.#client = new ResourceClient(transport, CONFIG_MAPS);
    this.#versions = new Store({}, logger);
    this.#reflectors = new Reflectors({
      client: new ResourceClient(transport, CONFIG_MAPS, { form: 'metadata', keep: versionOf }),
      scope: { namespaces },
      store: this.#versions,
      onListed: () => this.#readAll(),
      clock,
      random,
      contact,
      logger,
    });
    this.#queue = new WorkQueue({ backoff: RETRY_BACKOFF, clock, random });
    this.#reader = new Controller({
      queue: this.#queue,
      workers: READS_AT_ONCE,
      reconcile: (key) => this.#read(key),
      clock,
      random,
      logger,
    });
    listeners.subscribe((change) => this.#onListener(change));
    this.#versions.subscribe((change) => this.#onConfigMap(change));
  }

  /** Whether any AlbListener refers to a ConfigMap, and so whether `synced` is worth waiting for. */
  get isNeeded(): boolean {
    return this.#watching !== undefined;
  }

  /** See `Reflector`. */
  get isStuck(): boolean {
    return this.#reflectors.isStuck;
  }

  /** See `Reflector`. */
  listAnew(): void {
    this.#reflectors.listAnew();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#watching, this.#reader.stop(0)]);
  }

  /** See `Cluster`. */
  configMapValue({ namespace, name }: Name, dataKey: string): ConfigMapValue {
    this.#start();
    if (!this.#reflectors.isSynced) return { found: 'unread' };
    const key = objectKey(namespace, name);
    const values = this.#versions.get(key) === undefined ? 'noConfigMap' : this.#values.get(key);
    if (values === 'noConfigMap') return { found: 'noConfigMap' };
    if (values?.has(dataKey) !== true) {
      this.#queue.add(key, 'high');
      return { found: 'unread' };
    }
    const value = values.get(dataKey);
    return value === undefined ? { found: 'noKey' } : { found: 'value', value };
  }

  /** Calls `subscriber` for each ConfigMap whose referenced values become known or change. */
  subscribe(subscriber: (key: ObjectKey) => void): void {
    this.#subscribers.add(subscriber);
  }

  /** May be repeated. */
  #start(): void {
    if (this.#watching !== undefined || this.#stop.signal.aborted) return;
    this.#watching = this.#reflectors.run(this.#stop.signal);
    this.#reader.start();
  }

  #onListener(change: StoreChange): void {
    const referred = change.type === 'deleted' ? [] : configMapsOf(change.object);
    for (const key of referred) {
      this.#start();
      if (this.#isToBeRead(key)) this.#queue.add(key, 'high');
    }
    const before = change.type === 'added' ? [] : configMapsOf(previousOf(change));
    for (const key of before) if (this.#keysOf(key).size === 0) this.#values.delete(key);
  }

  #onConfigMap(change: StoreChange): void {
    const key = keyOf(change.object);
    if (this.#keysOf(key).size === 0) return;
    if (change.type !== 'deleted') {
      this.#queue.add(key, 'high');
      return;
    }
    this.#values.delete(key);
    this.#tell(key);
  }

  /** Reads unchanged versions, too: after a restore of etcd they may have other content. */
  #readAll(): void {
    if (!this.#reflectors.isSynced) return;
    for (const key of this.#referred()) {
      if (this.#versions.get(key) === undefined) this.#tell(key);
      else this.#queue.add(key, 'high');
    }
    this.#settle();
  }

  async #read(key: ObjectKey): Promise<Result> {
    const keys = this.#keysOf(key);
    if (keys.size === 0) return { next: 'done' };
    const asked: Asked = { verb: 'list', type: CONFIG_MAPS, where: { namespace: splitKey(key).namespace } };
    const answer = await this.#client.find(key);
    if (answer.outcome === 'failed') {
      this.#options.contact.failed(asked, answer.error, { configMap: key });
      return { next: 'retry' };
    }
    this.#options.contact.succeeded(asked);
    const known = this.#versions.get(key)?.metadata.resourceVersion;
    if (answer.outcome === 'found' && known !== undefined) {
      if (isOlder(answer.object.metadata.resourceVersion, known)) return { next: 'retry' };
    }
    // The watch will report the deletion of one that is not found.
    this.#put(key, answer.outcome === 'found' ? valuesIn(answer.object, keys) : 'noConfigMap');
    return { next: 'done' };
  }

  #put(key: ObjectKey, values: TakenValues): void {
    const isNews = !isDeepStrictEqual(values, this.#values.get(key));
    if (this.#keysOf(key).size > 0) this.#values.set(key, values);
    if (isNews) this.#tell(key);
    this.#settle();
  }

  #tell(key: ObjectKey): void {
    for (const subscriber of this.#subscribers) subscriber(key);
  }

  #settle(): void {
    if (this.#isSynced || !this.#reflectors.isSynced) return;
    if (this.#referred().some((key) => this.#isToBeRead(key))) return;
    this.#isSynced = true;
    this.#synced.resolve();
  }

  #isToBeRead(key: ObjectKey): boolean {
    if (this.#versions.get(key) === undefined) return false;
    const values = this.#values.get(key);
    if (values === undefined) return true;
    return values !== 'noConfigMap' && [...this.#keysOf(key)].some((dataKey) => !values.has(dataKey));
  }

  #keysOf(key: ObjectKey): ReadonlySet<string> {
    return keysTakenFrom(this.#options.listeners, key);
  }

  #referred(): readonly ObjectKey[] {
    return [...new Set(this.#options.listeners.list().flatMap(configMapsOf))];
  }
}

function previousOf(change: Exclude<StoreChange, { type: 'added' }>): KubeObject {
  return change.type === 'updated' ? change.previous : change.object;
}

/** There may be very many. */
function versionOf({ metadata: { name, namespace = '', uid, resourceVersion } }: KubeObject): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, uid, resourceVersion } };
}
