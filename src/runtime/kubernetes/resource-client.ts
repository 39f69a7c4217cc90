import { z } from 'zod';
import type { KubeObject, ObjectKey } from '../object.ts';
import { keyOf, parseObject } from '../object.ts';
import type { ApiError } from './api-error.ts';
import type { ApiTransport } from './api-transport.ts';
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
  /** `object` is the state the server answered with. */
  | { readonly outcome: 'written'; readonly object: KubeObject }
  /** It is already as wanted, by what the caller has seen; no request was made. */
  | { readonly outcome: 'unchanged' }
  /** The object changed since the caller saw it; nothing was written. Read it again and decide again. */
  | { readonly outcome: 'conflict' }
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
    }
  | { readonly outcome: 'failed'; readonly error: ApiError };

export interface ListRequest {
  /** The whole cluster unless given. */
  readonly namespace?: string | undefined;
  /** All objects unless given. */
  readonly labelSelector?: string | undefined;
  /** The most objects on a page. */
  readonly limit: number;
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

/** How much later than asked for a server may end a watch. */
export const WATCH_SLACK_SECONDS = 30;
const MERGE_PATCH = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';

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

  constructor(transport: ApiTransport, type: ResourceType) {
    this.#transport = transport;
    this.#type = type;
  }

  /** Reads past every cache. */
  async get(key: ObjectKey): Promise<ReadOutcome> {
    const answer = await this.#transport.request({ method: 'GET', path: objectPath(this.#type, key) });
    if (answer.ok) return toRead(answer.body);
    return answer.error.kind === 'notFound'
      ? { outcome: 'notFound' }
      : { outcome: 'failed', error: answer.error };
  }

  /** One page of a consistent list. */
  async listPage({
    namespace,
    labelSelector,
    limit,
    continueToken,
    signal,
  }: ListRequest): Promise<ListOutcome> {
    const answer = await this.#transport.request({
      method: 'GET',
      path: collectionPath(this.#type, namespace),
      query: {
        limit: String(limit),
        ...(labelSelector !== undefined && { labelSelector }),
        ...(continueToken !== undefined && { continue: continueToken }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
    return answer.ok ? toPage(answer.body) : { outcome: 'failed', error: answer.error };
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
      limitMs: (request.timeoutSeconds + WATCH_SLACK_SECONDS) * 1000,
      signal: request.signal,
    });
    for await (const answer of answers) {
      const event: WatchEvent = answer.ok
        ? parseWatchEvent(answer.body)
        : { type: 'failed', error: answer.error };
      yield event;
      if (event.type === 'failed') return;
    }
  }

  /**
   * Makes the status equal to `status`, all of it: fields that `status` lacks are removed. Sends only the
   * differences to `object.status`, and nothing when there are none.
   *
   * Precondition: the resourceVersion of `object`, which no recreated object can have again. A conflict means
   * that somebody wrote in between, or that `object` came from a cache that lags.
   */
  async patchStatus(object: KubeObject, status: object): Promise<WriteOutcome> {
    const patch = mergePatch(toJsonObject(object['status']), toJsonObject(status));
    if (patch === undefined) return { outcome: 'unchanged' };
    const { resourceVersion } = object.metadata;
    return this.#patch(object, 'status', MERGE_PATCH, { metadata: { resourceVersion }, status: patch });
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
    return this.#patch(object, 'status', JSON_PATCH, [sameObject(object), ...operations]);
  }

  /**
   * Adds the finalizer, if the list is still as in `object`: a finalizer that somebody else added or removed
   * meanwhile is a conflict, never overwritten.
   */
  async addFinalizer(object: KubeObject, finalizer: string): Promise<WriteOutcome> {
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
    return this.#patch(object, '', JSON_PATCH, [sameObject(object), ...add]);
  }

  /** Removes this finalizer and no other; a conflict if it is no longer in the place where `object` has it. */
  async removeFinalizer(object: KubeObject, finalizer: string): Promise<WriteOutcome> {
    const place = object.metadata.finalizers?.indexOf(finalizer) ?? -1;
    if (place === -1) return { outcome: 'unchanged' };
    const path = `/metadata/finalizers/${place}`;
    return this.#patch(object, '', JSON_PATCH, [
      sameObject(object),
      { op: 'test', path, value: finalizer },
      { op: 'remove', path },
    ]);
  }

  async #patch(
    object: KubeObject,
    subresource: 'status' | '',
    contentType: string,
    body: unknown,
  ): Promise<WriteOutcome> {
    const path = objectPath(this.#type, keyOf(object)) + (subresource === '' ? '' : `/${subresource}`);
    const answer = await this.#transport.request({ method: 'PATCH', path, contentType, body });
    if (answer.ok) return toWritten(answer.body);
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

    const now = await this.get(keyOf(object));
    if (now.outcome === 'notFound') return { outcome: 'gone' };
    if (now.outcome === 'failed')
      return error.kind === 'conflict' ? { outcome: 'conflict' } : { outcome: 'failed', error };
    const { uid, resourceVersion } = now.object.metadata;
    if (uid !== object.metadata.uid) return { outcome: 'gone' };
    const asSeen = resourceVersion === object.metadata.resourceVersion;
    return error.kind === 'invalid' && asSeen ? { outcome: 'failed', error } : { outcome: 'conflict' };
  }
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

function toWritten(body: unknown): WriteOutcome {
  const object = parseObject(body);
  return object === undefined ? notAnObject() : { outcome: 'written', object };
}

function toPage(body: unknown): ListOutcome {
  const list = listBody.safeParse(body);
  if (!list.success)
    return { outcome: 'failed', error: { kind: 'malformed', message: 'the answer is not a list' } };
  const { apiVersion, metadata, items } = list.data;
  // Items of built-in resources come without the two fields that every watched object has.
  const kind = list.data.kind.replace(/List$/, '');
  const objects = (items ?? []).map((item) => parseObject({ apiVersion, kind, ...item }));
  if (!objects.every((object) => object !== undefined)) return notAnObject();
  const page = { outcome: 'page', objects, resourceVersion: metadata.resourceVersion } as const;
  return metadata.continue ? { ...page, continueToken: metadata.continue } : page;
}

function notAnObject(): { outcome: 'failed'; error: ApiError } {
  const message = 'the answer holds an object without a name, uid or resourceVersion';
  return { outcome: 'failed', error: { kind: 'malformed', message } };
}
