import { z } from 'zod';
import type { KubeObject, ObjectKey } from '../object.ts';
import { isOlder, keyOf, parseObject, splitKey } from '../object.ts';
import type { ApiError } from './api-error.ts';
import type { ApiRequest, ApiTransport } from './api-transport.ts';
import { mergePatch, toJsonObject } from './merge-patch.ts';
import type { ResourceType } from './resource-type.ts';
import { collectionPath, objectPath } from './resource-type.ts';
import type { WatchEvent } from './watch-event.ts';
import { parseWatchEvent } from './watch-event.ts';

export type ReadOutcome =
  | { readonly outcome: 'found'; readonly object: KubeObject }
  | { readonly outcome: 'notFound' }
  | { readonly outcome: 'failed'; readonly error: ApiError };

export type WriteOutcome =
  /** `object` is the state after the write. */
  | { readonly outcome: 'written'; readonly object: KubeObject }
  /** It is already as wanted, by what the caller has seen; no request was made. */
  | { readonly outcome: 'unchanged' }
  /**
   * The object is not as the caller saw it; nothing was written. Read it again and decide again. `serverIsBehind`: the
   * server holds an older version than the caller, as after etcd was restored from a backup.
   */
  | { readonly outcome: 'conflict'; readonly serverIsBehind: boolean }
  /** This object is no more. One with the same name may be there; it was not touched. */
  | { readonly outcome: 'gone' }
  /** Look at the error's kind: some leave it unknown whether the write took effect. */
  | { readonly outcome: 'failed'; readonly error: ApiError };

export type ListOutcome =
  | {
      readonly outcome: 'page';
      readonly objects: readonly KubeObject[];
      /** Of the whole list, the same on every page: a watch goes on from here. */
      readonly resourceVersion: string;
      /** Absent on the last page. */
      readonly continueToken?: string;
      /** The length of the page; absent where the transport does not tell. */
      readonly bytes?: number;
    }
  | { readonly outcome: 'failed'; readonly error: ApiError };

export interface ListRequest {
  /** The whole cluster unless given. */
  readonly namespace?: string | undefined;
  /** All objects unless given. */
  readonly labelSelector?: string | undefined;
  /** The most objects on a page. */
  readonly limit: number;
  /** A longer page fails with `tooLarge`. */
  readonly maxBytes?: number | undefined;
  /** From the page before; it expires after about five minutes. */
  readonly continueToken?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface WatchFromRequest {
  /** The whole cluster unless given. */
  readonly namespace?: string | undefined;
  /** All objects unless given. */
  readonly labelSelector?: string | undefined;
  readonly resourceVersion: string;
  /** After this time the server ends the watch. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface ResourceClientOptions {
  /** What is asked for of an object that is read: all of it, or its metadata alone. All unless given. */
  readonly form?: 'whole' | 'metadata';
  /** Takes from each object what need not be kept, before anybody sees it; all of it is kept unless given. */
  readonly keep?: (object: KubeObject) => KubeObject;
}

/** How much later than asked for a server may end a watch. */
export const WATCH_SLACK_SECONDS = 30;
const MERGE_PATCH = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

const listBody = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.looseObject({})).nullish(),
});

/** Reads and careful writes of one resource. No method throws or rejects; none repeats a write. */
export class ResourceClient {
  readonly #transport: ApiTransport;
  readonly #type: ResourceType;
  readonly #form: 'whole' | 'metadata';
  readonly #keep: (object: KubeObject) => KubeObject;

  constructor(transport: ApiTransport, type: ResourceType, options: ResourceClientOptions = {}) {
    this.#transport = transport;
    this.#type = type;
    this.#form = options.form ?? 'whole';
    this.#keep = options.keep ?? ((object) => object);
  }

  get type(): ResourceType {
    return this.#type;
  }

  /** Reads past every cache. */
  async get(key: ObjectKey): Promise<ReadOutcome> {
    const read = await this.#read(key, this.#form);
    return read.outcome === 'found' ? { ...read, object: this.#keep(read.object) } : read;
  }

  /** Reads past every cache as `get` does, by the right to list. */
  async find(key: ObjectKey): Promise<ReadOutcome> {
    const { namespace, name } = splitKey(key);
    const page = await this.#list({ limit: '1', fieldSelector: `metadata.name=${name}` }, { namespace });
    if (page.outcome === 'failed') return page;
    const [object] = page.objects;
    return object === undefined ? { outcome: 'notFound' } : { outcome: 'found', object };
  }

  /** One page of a consistent list. */
  async listPage({ labelSelector, limit, continueToken, ...request }: ListRequest): Promise<ListOutcome> {
    const query = {
      limit: String(limit),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(continueToken !== undefined && { continue: continueToken }),
    };
    return this.#list(query, request);
  }

  async #list(
    query: NonNullable<ApiRequest['query']>,
    { namespace, maxBytes, signal }: Pick<ListRequest, 'namespace' | 'maxBytes' | 'signal'>,
  ): Promise<ListOutcome> {
    const answer = await this.#transport.request({
      method: 'GET',
      path: collectionPath(this.#type, namespace),
      query,
      ...(this.#form === 'metadata' && { accept: METADATA_LIST }),
      ...(maxBytes !== undefined && { maxBytes }),
      ...(signal !== undefined && { signal }),
    });
    if (!answer.ok) return { outcome: 'failed', error: answer.error };
    const page = toPage(answer.body, this.#keep);
    return page.outcome === 'page' && answer.bytes !== undefined ? { ...page, bytes: answer.bytes } : page;
  }

  async #read(key: ObjectKey, form: 'whole' | 'metadata'): Promise<ReadOutcome> {
    const answer = await this.#transport.request({
      method: 'GET',
      path: objectPath(this.#type, key),
      ...(form === 'metadata' && { accept: METADATA }),
    });
    if (answer.ok) return toRead(answer.body);
    return answer.error.kind === 'notFound'
      ? { outcome: 'notFound' }
      : { outcome: 'failed', error: answer.error };
  }

  /** Changes after a resourceVersion, with bookmarks. Ends without `failed` when the server ended it in order. */
  async *watch(request: WatchFromRequest): AsyncGenerator<WatchEvent, void> {
    const answers = this.#transport.watch({
      path: collectionPath(this.#type, request.namespace),
      query: {
        watch: 'true',
        ...(request.labelSelector !== undefined && { labelSelector: request.labelSelector }),
        allowWatchBookmarks: 'true',
        resourceVersion: request.resourceVersion,
        timeoutSeconds: String(request.timeoutSeconds),
      },
      ...(this.#form === 'metadata' && { accept: METADATA }),
      limitMs: (request.timeoutSeconds + WATCH_SLACK_SECONDS) * 1000,
      signal: request.signal,
    });
    for await (const answer of answers) {
      const event: WatchEvent = answer.ok
        ? parseWatchEvent(answer.body)
        : { type: 'failed', error: answer.error };
      yield 'object' in event ? { ...event, object: this.#keep(event.object) } : event;
      if (event.type === 'failed') return;
    }
  }

  /**
   * Makes the status equal to `status`, all of it: fields that `status` lacks are removed. Sends only the
   * differences to `object.status`, and nothing when there are none; all of it where `object.status` was not kept whole.
   *
   * Precondition: the resourceVersion of `object`, which no recreated object can have again. A conflict means
   * that somebody wrote in between, or that `object` came from a cache that lags. What comes back is `object` with
   * this status and the metadata that the server answers with: by the precondition nothing else can have changed.
   */
  async patchStatus(object: KubeObject, status: object): Promise<WriteOutcome> {
    const wanted = toJsonObject(status);
    const patch = statusPatch(object, wanted);
    if (patch === undefined) return { outcome: 'unchanged' };
    const written = await this.#patch(object, 'status', { ...patch, accept: METADATA });
    if (written.outcome !== 'written') return written;
    const { metadata } = written.object;
    if (metadata.generation !== object.metadata.generation)
      return { outcome: 'conflict', serverIsBehind: false };
    return { outcome: 'written', object: { ...object, metadata, status: wanted } };
  }

  /**
   * Sets the given top-level status fields to exactly these values, over whatever they hold now, and keeps all
   * others. For facts that must not be lost to somebody else's write. May be repeated. A conflict happens
   * only when the whole status appeared or vanished since `object` was read, or one of `unchanged` did change.
   *
   * Precondition: the uid of `object`. It is a JSON patch test because the API server ignores a uid in a
   * merge patch to the status of a custom resource.
   *
   * @param unchanged paths below `status`, such as `['creation', 'incarnation']`, that must hold what they hold in
   *   `object`; one that holds nothing there is not looked at
   */
  async mergeStatus(
    object: KubeObject,
    fields: object,
    unchanged: readonly (readonly string[])[] = [],
  ): Promise<WriteOutcome> {
    const json = toJsonObject(fields);
    const operations =
      object['status'] === undefined
        ? [
            { op: 'test', path: '/status', value: null },
            { op: 'add', path: '/status', value: json },
          ]
        : [
            ...unchanged.flatMap((path) => sameField(object, ['status', ...path])),
            ...Object.entries(json).map(([field, value]) => ({
              op: 'add',
              path: pointer(['status', field]),
              value,
            })),
          ];
    // It may land on a version that nobody here has seen: only the whole answer tells what the object is now.
    const body = [sameObject(object), ...operations];
    return this.#patch(object, 'status', { contentType: JSON_PATCH, body });
  }

  /**
   * Adds the finalizer, if the list is still as in `object`: a finalizer that somebody else added or removed
   * meanwhile is a conflict, never overwritten.
   */
  async addFinalizer(seen: KubeObject, finalizer: string): Promise<WriteOutcome> {
    const read = await this.#withAllFinalizers(seen);
    if (read.outcome !== 'found') return read;
    const { object } = read;
    const present = object.metadata.finalizers ?? [];
    if (present.includes(finalizer)) return { outcome: 'unchanged' };
    // An absent list tests equal to null. Adding to it has to make the list as well.
    const add =
      present.length === 0
        ? [
            { op: 'test', path: '/metadata/finalizers', value: null },
            { op: 'add', path: '/metadata/finalizers', value: [finalizer] },
          ]
        : [
            { op: 'test', path: '/metadata/finalizers', value: present },
            { op: 'add', path: '/metadata/finalizers/-', value: finalizer },
          ];
    // As in mergeStatus, the whole answer: the rest of the object may have changed meanwhile.
    return this.#patch(object, '', { contentType: JSON_PATCH, body: [sameObject(object), ...add] });
  }

  /**
   * Removes this finalizer and no other; a conflict if it is no longer in the place where `seen` has it. Of what comes
   * back only the metadata are news.
   */
  async removeFinalizer(seen: KubeObject, finalizer: string): Promise<WriteOutcome> {
    const read = await this.#withAllFinalizers(seen);
    if (read.outcome !== 'found') return read;
    const { object } = read;
    const place = object.metadata.finalizers?.indexOf(finalizer) ?? -1;
    if (place === -1) return { outcome: 'unchanged' };
    const path = `/metadata/finalizers/${place}`;
    const body = [sameObject(object), { op: 'test', path, value: finalizer }, { op: 'remove', path }];
    const written = await this.#patch(object, '', { contentType: JSON_PATCH, accept: METADATA, body });
    return written.outcome === 'written'
      ? { ...written, object: { ...seen, metadata: { ...written.object.metadata, ...leftOut(seen) } } }
      : written;
  }

  /** Patches of the list name places in it, so a list that was not kept whole is read again. */
  async #withAllFinalizers(object: KubeObject) {
    if (object.metadata.finalizersLeftOut === undefined) return { outcome: 'found', object } as const;
    const now = await this.#read(keyOf(object), 'metadata');
    if (now.outcome === 'failed') return now;
    const isSame = now.outcome === 'found' && now.object.metadata.uid === object.metadata.uid;
    return isSame ? now : ({ outcome: 'gone' } as const);
  }

  async #patch(
    object: KubeObject,
    subresource: 'status' | '',
    patch: Pick<ApiRequest, 'contentType' | 'accept' | 'body'>,
  ): Promise<WriteOutcome> {
    const path = objectPath(this.#type, keyOf(object)) + (subresource === '' ? '' : `/${subresource}`);
    const answer = await this.#transport.request({ method: 'PATCH', path, ...patch });
    if (answer.ok) return toWritten(answer.body, this.#keep);
    return this.#explainRefusal(object, answer.error);
  }

  /**
   * The API server answers a failed precondition, a failed JSON patch test and a failed validation much alike.
   * What is there now tells them apart: nothing was written, so if the object is as it was seen, it was the
   * content that was refused.
   */
  async #explainRefusal(object: KubeObject, error: ApiError): Promise<WriteOutcome> {
    if (error.kind === 'notFound') return { outcome: 'gone' };
    if (error.kind !== 'conflict' && error.kind !== 'invalid') return { outcome: 'failed', error };

    const now = await this.#read(keyOf(object), 'metadata');
    if (now.outcome === 'notFound') return { outcome: 'gone' };
    if (now.outcome === 'failed') {
      return error.kind === 'conflict'
        ? { outcome: 'conflict', serverIsBehind: false }
        : { outcome: 'failed', error };
    }
    const { uid, resourceVersion } = now.object.metadata;
    if (uid !== object.metadata.uid) return { outcome: 'gone' };
    const seen = object.metadata.resourceVersion;
    if (error.kind === 'invalid' && resourceVersion === seen) return { outcome: 'failed', error };
    return { outcome: 'conflict', serverIsBehind: isOlder(resourceVersion, seen) };
  }
}

/** Makes the status `wanted`, on the version of `object`. One that was not kept whole is replaced. */
function statusPatch(
  object: KubeObject,
  wanted: Readonly<Record<string, unknown>>,
): Pick<ApiRequest, 'contentType' | 'body'> | undefined {
  const { resourceVersion, statusLeftOut } = object.metadata;
  if (statusLeftOut) {
    const body = [
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'add', path: '/status', value: wanted },
    ];
    return { contentType: JSON_PATCH, body };
  }
  const status = mergePatch(toJsonObject(object['status']), wanted);
  return status && { contentType: MERGE_PATCH, body: { metadata: { resourceVersion }, status } };
}

/** An answer of metadata alone does not tell of the status. */
function leftOut({ metadata: { statusLeftOut } }: KubeObject): Pick<KubeObject['metadata'], 'statusLeftOut'> {
  return statusLeftOut === undefined ? {} : { statusLeftOut };
}

function sameObject(object: KubeObject): object {
  return { op: 'test', path: '/metadata/uid', value: object.metadata.uid };
}

/** The test that a field holds what it holds in the object; none where it holds nothing. */
function sameField(object: KubeObject, path: readonly string[]): readonly object[] {
  const value = path.reduce<unknown>((inner, field) => toJsonObject(inner)[field], object);
  return value === undefined ? [] : [{ op: 'test', path: pointer(path), value }];
}

/** A path of field names as a JSON pointer (RFC 6901). */
function pointer(path: readonly string[]): string {
  return path.map((field) => `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function toRead(
  body: unknown,
): { outcome: 'found'; object: KubeObject } | { outcome: 'failed'; error: ApiError } {
  const object = parseObject(body);
  return object === undefined ? notAnObject() : { outcome: 'found', object };
}

function toWritten(body: unknown, keep: (object: KubeObject) => KubeObject): WriteOutcome {
  const object = parseObject(body);
  return object === undefined ? notAnObject() : { outcome: 'written', object: keep(object) };
}

function toPage(body: unknown, keep: (object: KubeObject) => KubeObject): ListOutcome {
  const list = listBody.safeParse(body);
  if (!list.success)
    return { outcome: 'failed', error: { kind: 'malformed', message: 'the answer is not a list' } };
  const { apiVersion, metadata, items } = list.data;
  // Items of built-in resources come without the two fields that every watched object has.
  const kind = list.data.kind.replace(/List$/, '');
  const objects = (items ?? []).map((item) => parseObject({ apiVersion, kind, ...item }));
  if (!objects.every((object) => object !== undefined)) return notAnObject();
  const page = {
    outcome: 'page',
    objects: objects.map(keep),
    resourceVersion: metadata.resourceVersion,
  } as const;
  return metadata.continue ? { ...page, continueToken: metadata.continue } : page;
}

function notAnObject(): { outcome: 'failed'; error: ApiError } {
  const message = 'the answer holds an object without a name, uid or resourceVersion';
  return { outcome: 'failed', error: { kind: 'malformed', message } };
}
