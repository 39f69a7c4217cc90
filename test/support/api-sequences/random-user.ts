import type { ApiError } from '../../../src/runtime/kubernetes/api-error.ts';
import type { ApiRequest, ApiTransport } from '../../../src/runtime/kubernetes/api-transport.ts';
import { ResourceClient, type WriteOutcome } from '../../../src/runtime/kubernetes/resource-client.ts';
import { collectionPath, objectPath } from '../../../src/runtime/kubernetes/resource-type.ts';
import { type KubeObject, objectKey, parseObject } from '../../../src/runtime/object.ts';
import { ALB_LISTENERS, CONFIG_MAPS, type Resource } from '../../simulation/api-server/resources.ts';
import { Anonymous } from './anonymous.ts';
import {
  FINALIZERS,
  randomDeleteOptions,
  randomJsonPatch,
  randomManifest,
  randomMergePatch,
  randomReplacement,
  randomStatus,
} from './bodies.ts';
import { Dice } from './dice.ts';

const NAMES = ['left', 'right'] as const;
const MARKER = 'marker';
const MERGE_PATCH = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';

export interface Entry {
  readonly did: string;
  readonly sent?: unknown;
  readonly got: unknown;
}

/**
 * Does at random what the operator and its users do to objects in one namespace, often starting from a state that is
 * out of date, and writes down what came of it. The same seed does the same on two servers as long as both answer alike.
 */
export class RandomUser {
  readonly transcript: Entry[] = [];
  readonly #transport: ApiTransport;
  readonly #namespace: string;
  readonly #dice: Dice;
  readonly #anonymous = new Anonymous();
  /** Every state it was ever shown, oldest first. */
  readonly #seen: { readonly resource: Resource; readonly object: KubeObject }[] = [];
  /** A list of which pages are left. */
  #unfinished: { readonly resource: Resource; readonly continueToken: string } | undefined;

  constructor(transport: ApiTransport, namespace: string, seed: number) {
    this.#transport = transport;
    this.#namespace = namespace;
    this.#dice = new Dice(seed);
  }

  async step(): Promise<void> {
    const seen = this.#pickSeen();
    if (seen === undefined || this.#dice.chance(0.15)) return this.#create();
    const { resource, object } = seen;
    switch (this.#dice.below(12)) {
      case 0:
        return this.#send(resource, { method: 'GET', path: this.#path(resource, this.#dice.pick(NAMES)) });
      case 1:
      case 2:
        return this.#list(resource);
      case 3:
        return this.#listAt(resource, object.metadata.resourceVersion);
      case 4:
        return this.#delete(resource, object);
      case 5:
      case 6:
      case 7:
        return this.#write(resource, object);
      default:
        return this.#writeAsOperator(resource, object);
    }
  }

  /** Deletes everything, whatever holds it, and writes down all that a watch tells from a moment drawn by chance on. */
  async finish(): Promise<void> {
    for (const resource of [ALB_LISTENERS, CONFIG_MAPS]) {
      const from = this.#pickSeen()?.object.metadata.resourceVersion;
      for (const name of NAMES) {
        const path = this.#path(resource, name);
        const body = { metadata: { finalizers: null } };
        await this.#transport.request({ method: 'PATCH', path, contentType: MERGE_PATCH, body });
        await this.#transport.request({ method: 'DELETE', path });
      }
      if (from !== undefined) await this.#watch(resource, from);
    }
    this.#note('order of versions', this.#anonymous.versionsInOrder());
  }

  async #create(): Promise<void> {
    const resource = this.#dice.chance(0.75) ? ALB_LISTENERS : CONFIG_MAPS;
    const body = randomManifest(this.#dice, resource, this.#dice.pick(NAMES));
    await this.#send(resource, { method: 'POST', path: this.#path(resource), body });
  }

  async #write(resource: Resource, seen: KubeObject): Promise<void> {
    const isStatus = resource.hasStatusPath && this.#dice.chance(0.4);
    const path = this.#path(resource, seen.metadata.name) + (isStatus ? '/status' : '');
    switch (this.#dice.below(3)) {
      case 0: {
        const body = randomReplacement(this.#dice, resource, seen);
        return this.#send(resource, { method: 'PUT', path, body });
      }
      case 1: {
        const body = randomMergePatch(this.#dice, resource, seen);
        return this.#send(resource, { method: 'PATCH', path, contentType: MERGE_PATCH, body });
      }
      default: {
        const body = randomJsonPatch(this.#dice, resource, seen);
        return this.#send(resource, { method: 'PATCH', path, contentType: JSON_PATCH, body });
      }
    }
  }

  async #delete(resource: Resource, seen: KubeObject): Promise<void> {
    const path = this.#path(resource, seen.metadata.name);
    const body = this.#dice.chance(0.8) ? { body: randomDeleteOptions(this.#dice, seen) } : {};
    await this.#send(resource, { method: 'DELETE', path, ...body });
  }

  async #writeAsOperator(resource: Resource, seen: KubeObject): Promise<void> {
    const client = new ResourceClient(this.#transport, resource.type);
    const present = seen.metadata.finalizers ?? [];
    const finalizer = this.#dice.pick([this.#dice.pick(FINALIZERS), ...present]);
    const status = randomStatus(this.#dice);
    switch (this.#dice.below(resource.hasStatusPath ? 4 : 2)) {
      case 0:
        return this.#noteWrite(resource, 'addFinalizer', await client.addFinalizer(seen, finalizer));
      case 1:
        return this.#noteWrite(resource, 'removeFinalizer', await client.removeFinalizer(seen, finalizer));
      case 2:
        return this.#noteWrite(resource, 'patchStatus', await client.patchStatus(seen, status));
      default:
        return this.#noteWrite(resource, 'mergeStatus', await client.mergeStatus(seen, status));
    }
  }

  /** The first page, or the next one of the list before, whatever was written between them. */
  async #list(of: Resource): Promise<void> {
    const { resource, ...continued } = this.#unfinished ?? { resource: of };
    this.#unfinished = undefined;
    const limit = this.#dice.chance(0.7) ? 1 : 500;
    const page = await new ResourceClient(this.#transport, resource.type).listPage({
      namespace: this.#namespace,
      limit,
      ...continued,
    });
    if (page.outcome === 'failed') return this.#noteError('list', page.error);

    const { objects, continueToken, resourceVersion } = page;
    if (continueToken !== undefined) this.#unfinished = { resource, continueToken };
    // The version itself counts what happens in other namespaces too.
    const isUpToDate = objects.every(
      ({ metadata }) => Number(metadata.resourceVersion) <= Number(resourceVersion),
    );
    const items = objects.map((object) => this.#anonymous.object(object));
    this.#note(`list ${resource.kind} by ${limit}`, {
      items,
      isUpToDate,
      hasMore: continueToken !== undefined,
    });
  }

  async #listAt({ type, kind }: Resource, resourceVersion: string): Promise<void> {
    const exactly = { resourceVersion, resourceVersionMatch: 'Exact' };
    const page = await new ResourceClient(
      {
        request: async (request) =>
          this.#transport.request({ ...request, query: { ...request.query, ...exactly } }),
        watch: (request) => this.#transport.watch(request),
      },
      type,
    ).listPage({ namespace: this.#namespace, limit: 500 });
    if (page.outcome === 'failed') return this.#noteError('list', page.error);
    const items = page.objects.map((object) => this.#anonymous.object(object));
    this.#note(`list ${kind} as it was`, items);
  }

  async #watch(resource: Resource, resourceVersion: string): Promise<void> {
    // After everything else something comes and goes, so that the end of the watch can be known.
    const marker = randomManifest(new Dice(0), resource, MARKER);
    await this.#transport.request({ method: 'POST', path: this.#path(resource), body: marker });
    await this.#transport.request({ method: 'DELETE', path: this.#path(resource, MARKER) });

    const { signal } = new AbortController();
    const request = { resourceVersion, timeoutSeconds: 30, namespace: this.#namespace, signal };
    const events: object[] = [];
    for await (const event of new ResourceClient(this.#transport, resource.type).watch(request)) {
      if (event.type === 'bookmark') continue;
      if (event.type === 'failed') {
        events.push(this.#anonymous.error(event.error));
        break;
      }
      events.push({ type: event.type, object: this.#anonymous.object(event.object) });
      if (event.type === 'deleted' && event.object.metadata.name === MARKER) break;
    }
    this.#note(`watch ${resource.kind}`, events);
  }

  async #send(resource: Resource, request: ApiRequest): Promise<void> {
    const answer = await this.#transport.request(request);
    const object = parseObject(answer.ok ? answer.body : undefined);
    if (object !== undefined) this.#seen.push({ resource, object });
    const { method, path, body } = request;
    this.#note(`${method} ${path}`, this.#anonymous.answer(answer), body);
  }

  #noteWrite(resource: Resource, did: string, written: WriteOutcome): void {
    switch (written.outcome) {
      case 'written':
        this.#seen.push({ resource, object: written.object });
        return this.#note(did, this.#anonymous.object(written.object));
      case 'failed':
        return this.#noteError(did, written.error);
      case 'unchanged':
      case 'conflict':
      case 'gone':
        return this.#note(did, written.outcome);
    }
  }

  #noteError(did: string, error: ApiError): void {
    this.#note(did, this.#anonymous.error(error));
  }

  #note(did: string, got: unknown, sent?: unknown): void {
    this.transcript.push({ did, got, sent });
  }

  #path({ type }: Resource, name?: string): string {
    return name === undefined
      ? collectionPath(type, this.#namespace)
      : objectPath(type, objectKey(this.#namespace, name));
  }

  /** Something it was shown: the newest as often as anything before it. */
  #pickSeen() {
    const { length } = this.#seen;
    return this.#seen[this.#dice.chance(0.5) ? length - 1 : this.#dice.below(length)];
  }
}
