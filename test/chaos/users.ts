import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiException,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { z } from 'zod';
import { GROUP, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import type { Random } from '../../src/runtime/random.ts';
import { chance, pick, within } from './chance.ts';
import { CERTIFICATE, LOAD_BALANCERS, SERVER_GROUPS } from './world.ts';

const LISTENERS = 30;
export const NAMESPACE = 'default';
/** Between them, both included, lie the ports of all users. */
export const LOWEST_PORT = 8000;
export const HIGHEST_PORT = LOWEST_PORT + 3 * LISTENERS - 1;
const PROTOCOLS = ['HTTP', 'HTTP', 'HTTP', 'HTTPS', 'QUIC'] as const;
const RETRY_MS = 100;

/** A manifest as these users write them; what is absent has the default of the cloud. */
export interface Spec {
  readonly loadBalancerId: string;
  readonly listenerProtocol: (typeof PROTOCOLS)[number];
  readonly listenerPort: number;
  readonly defaultActions: readonly object[];
  readonly certificates?: readonly { readonly certificateId: string }[];
  readonly idleTimeout?: number;
  readonly requestTimeout?: number;
  readonly gzipEnabled?: boolean;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
  readonly listenerState?: 'Running' | 'Stopped';
}

const stored = z.object({ metadata: z.object({ deletionTimestamp: z.string().optional() }) });

/**
 * People who create, edit, delete and recreate AlbListeners, straight at the API server, and insist: what they wish is
 * stored sooner or later, whatever happens to their requests.
 */
export class Users {
  readonly #api: CustomObjectsApi;
  readonly #random: Random;
  readonly #wishes = new Map<string, Spec>();
  readonly #busy = new Map<string, Promise<void>>();
  #actions = 0;

  constructor(kubeconfigPath: string, random: Random) {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(kubeconfigPath);
    this.#api = kubeConfig.makeApiClient(CustomObjectsApi);
    this.#random = random;
  }

  /** What there shall be, by name. True of the API server once `settle` has resolved. */
  get wishes(): ReadonlyMap<string, Spec> {
    return this.#wishes;
  }

  get actions(): number {
    return this.#actions;
  }

  /** Begins one action on a listener that nobody is busy with. */
  act(): void {
    const index = Math.floor(this.#random.next() * LISTENERS);
    const name = `listener-${index}`;
    if (this.#busy.has(name)) return;
    this.#actions += 1;
    const present = this.#wishes.get(name);
    if (present === undefined) {
      this.#wish(name, newSpec(index, this.#random), { anew: false });
    } else if (chance(this.#random, 0.7)) {
      this.#wish(name, edited(present, this.#random), { anew: false });
    } else if (chance(this.#random, 0.5)) {
      this.#wish(name, undefined, { anew: false });
    } else {
      this.#wish(name, newSpec(index, this.#random), { anew: true });
    }
  }

  /** Has all listeners run, and waits until every wish is stored. */
  async settle(): Promise<void> {
    await Promise.all(this.#busy.values());
    for (const [name, { listenerState: _, ...spec }] of this.#wishes) this.#wish(name, spec, { anew: false });
    await Promise.all(this.#busy.values());
  }

  #wish(name: string, spec: Spec | undefined, { anew }: { readonly anew: boolean }): void {
    if (spec === undefined) this.#wishes.delete(name);
    else this.#wishes.set(name, spec);
    const bringing = this.#bring(name, spec, anew).finally(() => this.#busy.delete(name));
    this.#busy.set(name, bringing);
  }

  async #bring(name: string, spec: Spec | undefined, anew: boolean): Promise<void> {
    if (spec === undefined || anew) await this.#insist(() => this.#remove(name));
    if (spec === undefined) return;
    // One that is going cannot be made to stay.
    await this.#insist(async () => (await this.#read(name))?.metadata.deletionTimestamp === undefined);
    await this.#insist(() => this.#apply(name, spec));
  }

  /** Until it answers true; a request that fails is made again. */
  async #insist(request: () => Promise<boolean>): Promise<void> {
    for (;;) {
      try {
        if (await request()) return;
      } catch {
        // The API server is away; it comes back.
      }
      await sleep(RETRY_MS);
    }
  }

  async #apply(name: string, spec: Spec): Promise<boolean> {
    await this.#api.patchNamespacedCustomObject(
      {
        ...this.#named(name),
        fieldManager: 'users',
        force: true,
        body: { apiVersion: `${GROUP}/${VERSION}`, kind: 'AlbListener', metadata: { name }, spec },
      },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
    return true;
  }

  async #remove(name: string): Promise<boolean> {
    return (await orAbsent(this.#api.deleteNamespacedCustomObject(this.#named(name)))) !== 'failed';
  }

  async #read(name: string): Promise<z.infer<typeof stored> | undefined> {
    const object = await orAbsent(this.#api.getNamespacedCustomObject(this.#named(name)));
    return object === 'absent' ? undefined : stored.parse(object);
  }

  #named(name: string) {
    return { group: GROUP, version: VERSION, plural: PLURAL, namespace: NAMESPACE, name };
  }
}

async function orAbsent(request: Promise<unknown>): Promise<unknown> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return 'absent';
    throw error;
  }
}

/** Each name has ports of its own, so that users are never in each other's way. */
function newSpec(index: number, random: Random): Spec {
  const listenerProtocol = PROTOCOLS[index % PROTOCOLS.length] ?? 'HTTP';
  const plain = {
    loadBalancerId: pick(random, LOAD_BALANCERS),
    listenerProtocol,
    listenerPort: LOWEST_PORT + 3 * index + Math.floor(3 * random.next()),
    defaultActions: forwardTo(pick(random, SERVER_GROUPS)),
  };
  return listenerProtocol === 'HTTP' ? plain : { ...plain, certificates: [{ certificateId: CERTIFICATE }] };
}

function edited(spec: Spec, random: Random): Spec {
  const { idleTimeout, requestTimeout, gzipEnabled, tags, listenerState, ...rest } = spec;
  const maybe = <T extends object>(fields: T): Partial<T> => (chance(random, 0.5) ? fields : {});
  return {
    ...rest,
    ...maybe({ idleTimeout: within(random, 1, 60) }),
    ...maybe({ requestTimeout: within(random, 1, 180) }),
    ...maybe({ gzipEnabled: chance(random, 0.5) }),
    ...maybe({ tags: [{ key: 'team', value: `team-${within(random, 1, 9)}` }] }),
    ...(chance(random, 0.1) && { listenerState: 'Stopped' as const }),
    defaultActions: forwardTo(pick(random, SERVER_GROUPS)),
  };
}

function forwardTo(serverGroupId: string): readonly object[] {
  return [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } }];
}
