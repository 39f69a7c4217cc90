import type { Clock } from '../../../src/runtime/clock.ts';
import { type ApiAnswer, failure } from '../../../src/runtime/kubernetes/api-answer.ts';
import type {
  ApiRequest,
  ApiTransport,
  WatchRequest,
} from '../../../src/runtime/kubernetes/api-transport.ts';
import { type KubeObject, type ObjectKey, objectKey } from '../../../src/runtime/object.ts';
import { type Random, randomHex } from '../../../src/runtime/random.ts';
import { EventLog, type RecordedEvent } from './event-log.ts';
import { type Backup, type Change, History } from './history.ts';
import { list } from './list.ts';
import { inForm } from './presentation.ts';
import { answerOf, type Refusal } from './refusal.ts';
import type { Resource } from './resources.ts';
import { type Route, routeOf } from './route.ts';
import { watchStream } from './watch-stream.ts';
import { create, patch, remove, replace, type World, type Written } from './writes.ts';

export interface ApiServerOptions {
  readonly clock: Clock;
  /** For uids. */
  readonly random: Random;
}

/**
 * What kube-apiserver does with AlbListeners, ConfigMaps, namespaces, the CRD and Events, in this process and on
 * virtual time. test/e2e/api-server-model.test.ts holds it against the real one.
 *
 * It is the transport that nothing ever happens to: a request takes effect, whole, when it is made. It knows no
 * schemas: specs that the real one would refuse must not be sent. It plays no controller: what a deleted namespace or
 * CRD holds is for others to delete, and then their last finalizer is for others to remove.
 */
export class ApiServer implements ApiTransport {
  readonly #clock: Clock;
  readonly #world: World;
  readonly #history = new History();
  readonly #events = new EventLog();
  #starts = 1;

  constructor({ clock, random }: ApiServerOptions) {
    this.#clock = clock;
    this.#world = { history: this.#history, now: () => clock.now(), newUid: () => uuid(random) };
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    return request.signal?.aborted ? failure('aborted', 'the request was given up') : this.handle(request);
  }

  /** The effect and the answer of a request, at once. */
  handle(request: ApiRequest): ApiAnswer {
    const outcome = this.#outcomeOf({ ...request, body: overTheWire(request.body) });
    if ('refusal' in outcome) return answerOf(outcome.refusal);
    return { ok: true, body: inForm(outcome.body, request.accept) };
  }

  async *watch(request: WatchRequest): AsyncGenerator<ApiAnswer, void> {
    const route = routeOf(request.path);
    if (route === undefined) yield answerOf(UNKNOWN_PATH);
    else yield* watchStream(this.#history, this.#clock, route, request);
  }

  /** The versions of which it still knows the state, the last one being the newest. */
  get versions(): { readonly oldest: number; readonly newest: number } {
    return { oldest: this.#history.oldest, newest: this.#history.version };
  }

  /** Forgets the states before this version: a watch or a list from there is answered with 410. */
  compact(version: number): void {
    this.#history.compact(version);
  }

  /** All that there is, to go back to. */
  backup(): Backup {
    return this.#history.backup();
  }

  /**
   * etcd is restored from a backup, and the API server started anew on it: everybody is cut off, resourceVersions go back,
   * and come again for other states. Who follows is not told.
   */
  restore(backup: Backup): void {
    this.#history.restore(backup);
    this.#starts += 1;
  }

  /** How often it was started: no connection outlives a start. */
  get starts(): number {
    return this.#starts;
  }

  /** What there is right now, past every fault. */
  read(resource: Resource, key: ObjectKey): KubeObject | undefined {
    return this.#history.get(resource, key);
  }

  /** Calls back with every change of any object, while it is made. */
  follow(watcher: (change: Change) => void): void {
    this.#history.follow(watcher);
  }

  /** The newest Events, oldest first. */
  get events(): readonly RecordedEvent[] {
    return this.#events.events;
  }

  #outcomeOf(request: ApiRequest): Written {
    if (EventLog.serves(request.path)) return this.#recordEvent(request);
    const route = routeOf(request.path);
    if (route === undefined) return { refusal: UNKNOWN_PATH };
    const { resource, namespace, name } = route;
    if (name === undefined) return this.#onCollection(route, request);

    const object = this.#history.get(resource, objectKey(namespace, name));
    if (object === undefined) {
      return { refusal: { reason: 'NotFound', message: `${resource.type.plural} "${name}" not found` } };
    }
    return this.#onObject(route, object, request);
  }

  #onCollection(route: Route, { method, query, body }: ApiRequest): Written {
    if (method === 'GET') return list(this.#history, route, query);
    if (method === 'POST') return create(this.#world, route, body);
    return { refusal: NOT_MODELLED };
  }

  #onObject(route: Route, object: KubeObject, request: ApiRequest): Written {
    switch (request.method) {
      case 'GET':
        return { body: object };
      case 'PUT':
        return replace(this.#world, route, object, request.body);
      case 'PATCH':
        return patch(this.#world, route, object, request);
      case 'DELETE':
        return remove(this.#world, route, object, request.body);
      case 'POST':
        return { refusal: NOT_MODELLED };
    }
  }

  #recordEvent({ method, path, body }: ApiRequest): Written {
    const isKnown = method === 'POST' ? this.#events.add(body) : this.#events.count(path, body);
    if (!isKnown) return { refusal: { reason: 'NotFound', message: 'the event is not there' } };
    const resourceVersion = String(this.#history.skip());
    return { body: { kind: 'Event', metadata: { resourceVersion } } };
  }
}

const UNKNOWN_PATH: Refusal = {
  reason: 'NotFound',
  message: 'the server could not find the requested resource',
};
const NOT_MODELLED: Refusal = { reason: 'BadRequest', message: 'this method is not modelled here' };

/** JSON knows no undefined fields, and nobody keeps hold of what the server stores. */
function overTheWire(body: unknown): unknown {
  if (body === undefined) return undefined;
  const copy: unknown = JSON.parse(JSON.stringify(body));
  return copy;
}

/** Version 4, variant 1. */
function uuid(random: Random): string {
  const part = (digits: number) => randomHex(random, digits);
  return `${part(8)}-${part(4)}-4${part(3)}-8${part(3)}-${part(12)}`;
}
