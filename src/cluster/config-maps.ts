import { isDeepStrictEqual } from 'node:util';
import type { ConfigMapValue } from '../listener/ports.ts';
import type { ObjectKey as Name } from '../listener/resource.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ApiTransport } from '../runtime/kubernetes/api-transport.ts';
import { ResourceClient } from '../runtime/kubernetes/resource-client.ts';
import type { Logger } from '../runtime/log.ts';
import { keyOf, type ObjectKey, objectKey } from '../runtime/object.ts';
import type { Random } from '../runtime/random.ts';
import { Reflectors } from '../runtime/reflectors.ts';
import { Store, type StoreChange } from '../runtime/store.ts';
import { slimConfigMap, valueIn } from './slim-config-map.ts';

export interface ConfigMapsOptions {
  readonly transport: ApiTransport;
  /** All unless given. */
  readonly namespaces?: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * The ConfigMaps of the cluster, or of chosen namespaces, as far as they may hold ids. They are listed and watched from
 * the first question on: an installation without references never reads one.
 */
export class ConfigMaps {
  readonly #store: Store;
  readonly #reflectors: Reflectors<never>;
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;
  #isComplete = false;

  /** Resolves when all of them are known; pending before the first question, and as long as listing is refused. */
  readonly synced: Promise<void>;

  constructor({ transport, namespaces = [], clock, random, logger }: ConfigMapsOptions) {
    const client = new ResourceClient(transport, { group: '', version: 'v1', plural: 'configmaps' });
    this.#store = new Store({}, logger);
    this.#reflectors = new Reflectors({
      client,
      scope: { namespaces },
      store: this.#store,
      transform: slimConfigMap,
      clock,
      random,
      logger,
    });
    this.synced = this.#untilComplete();
  }

  /** Begins to watch. May be repeated. */
  start(): void {
    this.#watching ??= this.#reflectors.run(this.#stop.signal);
  }

  /** See `Reflector`. */
  get isStuck(): boolean {
    return this.#reflectors.isStuck;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  /** See `Cluster`. */
  configMapValue({ namespace, name }: Name, dataKey: string): ConfigMapValue {
    this.start();
    if (!this.#isComplete) return { found: 'unread' };
    const configMap = this.#store.get(objectKey(namespace, name));
    if (configMap === undefined) return { found: 'noConfigMap' };
    const value = valueIn(configMap, dataKey);
    return value === undefined ? { found: 'noKey' } : { found: 'value', value };
  }

  /** Tells of each ConfigMap that comes, goes or changes its data once all are known. */
  subscribe(listener: (key: ObjectKey) => void): void {
    this.#store.subscribe((change) => {
      if (change.cause === 'live' && changesData(change)) listener(keyOf(change.object));
    });
  }

  async #untilComplete(): Promise<void> {
    await this.#reflectors.synced;
    this.#isComplete = true;
  }
}

/** Annotations of a ConfigMap change all the time where it serves as a lock. */
function changesData(change: StoreChange): boolean {
  return change.type !== 'updated' || !isDeepStrictEqual(change.object['data'], change.previous['data']);
}
