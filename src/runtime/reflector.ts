import type { ApiContact } from './api-contact.ts';
import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import type { ApiError } from './kubernetes/api-error.ts';
import { DEFAULT_DEADLINE_MS } from './kubernetes/api-transport.ts';
import { type Asked, describeAsked } from './kubernetes/explain-api-error.ts';
import { type ListOutcome, type ResourceClient, WATCH_SLACK_SECONDS } from './kubernetes/resource-client.ts';
import type { Logger } from './log.ts';
import { describeThrown } from './log.ts';
import { isOlder, type KubeObject, keyOf } from './object.ts';
import { FIRST_PAGE_SIZE, MAX_PAGE_BYTES, nextPageSize, smallerPageSize } from './page-size.ts';
import type { Random } from './random.ts';
import type { Store } from './store.ts';

export interface ReflectorOptions<IndexName extends string> {
  readonly client: ResourceClient;
  readonly store: Store<IndexName>;
  /** One namespace; the whole cluster unless given. */
  readonly namespace?: string | undefined;
  /** Only objects with these labels; one that loses them counts as deleted. */
  readonly labelSelector?: string | undefined;
  /** Hears of each complete list, after the store shows it. Must not throw. */
  readonly onListed?: (() => void) | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly contact: ApiContact;
  readonly logger: Logger;
}

/** Where the reflector is. Every state leads to another one; only the abort signal ends it. */
type State =
  /** Collecting a consistent list, page by page. The store shows nothing of it before the last page. */
  | { readonly name: 'listing'; readonly objects: readonly KubeObject[]; readonly continueToken?: string }
  /** The store shows everything up to this resourceVersion and follows what comes after it. */
  | { readonly name: 'watching'; readonly resourceVersion: string }
  /** Then it lists anew. */
  | { readonly name: 'waiting'; readonly delayMs: number };

const LIST_ANEW: State = { name: 'listing', objects: [] };

/** After an outage nothing is seen for as long as this and one list more. */
const BACKOFF = { baseMs: 800, maxMs: 10_000 };
/** A watch that lived this long makes earlier failures forgotten. */
const HEALTHY_AFTER_MS = 120_000;
/** The server ends a watch after a random time in this range, so that the watches of many clients spread out. */
const WATCH_SECONDS = { min: 300, max: 600 };
/** How much later than asked for the end of a watch may come and still be the ordinary one. */
const ON_TIME_MS = 5000;
/** How far a step may overrun its own deadline on a busy machine before something must be wrong with it. */
const OVERRUN_MS = 60_000;

/**
 * Keeps a store equal to one resource of the API server.
 *
 * Guarantees: once `synced` has resolved, every change reaches the store in order, through any outage. A watch that
 * ends in order at the time asked for goes on where it stopped. After any other end a new list brings what was missed,
 * deletions too, and takes the place of all that was known: while there was no contact the API server may have gone back
 * to an earlier state, and then the place of the watch means nothing. Of several changes to one object during a gap only
 * the last may be seen. It retries for ever, with backoff, and ends only by the signal.
 */
export class Reflector<IndexName extends string> {
  readonly #options: ReflectorOptions<IndexName>;
  readonly #backoff: Backoff;
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  /** As small as the objects met so far make it. */
  #pageSize = FIRST_PAGE_SIZE;
  /** The newest version of a list or event. */
  #reached: string | undefined;
  #listAnew = (): void => {};
  /** When the step under way must be over; monotonic. */
  #stepEndsBy = Number.POSITIVE_INFINITY;

  /** Resolves when the store holds the first complete list. Pending as long as none was to be had. */
  readonly synced: Promise<void> = this.#synced.promise;

  constructor(options: ReflectorOptions<IndexName>) {
    this.#options = options;
    this.#backoff = new Backoff(BACKOFF, options.random);
  }

  /** Whether `synced` has resolved. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /**
   * Whether a list, a watch or a pause lasts far longer than it can by its own deadline: it will not come back. However
   * long the API server is away this stays false, since each attempt has an end.
   */
  get isStuck(): boolean {
    return this.#options.clock.monotonic() > this.#stepEndsBy;
  }

  /** The store has turned out to be wrong: ends the watch, and a list brings the truth. */
  listAnew(): void {
    this.#listAnew();
  }

  /** Runs until the signal aborts, then resolves. Run it once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let state = LIST_ANEW;
    while (!signal.aborted) {
      this.#stepEndsBy = clock.monotonic() + longestOf(state) + OVERRUN_MS;
      state = await this.#contain(state, signal);
    }
    this.#stepEndsBy = Number.POSITIVE_INFINITY;
  }

  /** A step that throws is a bug, here or in an index function; it must not end the reflector. */
  async #contain(state: State, signal: AbortSignal): Promise<State> {
    try {
      return await this.#step(state, signal);
    } catch (thrown) {
      this.#options.logger.error({ state: state.name, error: describeThrown(thrown) }, 'the reflector threw');
      return { name: 'waiting', delayMs: this.#backoff.next() };
    }
  }

  async #step(state: State, signal: AbortSignal): Promise<State> {
    if (state.name === 'listing') return this.#list(state, signal);
    if (state.name === 'watching') return this.#watch(state, signal);
    await sleep(this.#options.clock, state.delayMs, signal);
    return LIST_ANEW;
  }

  async #list(state: Extract<State, { name: 'listing' }>, signal: AbortSignal): Promise<State> {
    const { client, namespace, labelSelector } = this.#options;
    const { continueToken } = state;
    const limit = this.#pageSize;
    const answer = await client.listPage({
      limit,
      // One object alone is taken however long it is.
      maxBytes: limit === 1 ? undefined : MAX_PAGE_BYTES,
      signal,
      namespace,
      labelSelector,
      continueToken,
    });
    if (answer.outcome === 'failed') {
      if (answer.error.kind !== 'tooLarge') return this.#afterFailure(answer.error, 'list');
      this.#pageSize = smallerPageSize(limit);
      return state;
    }
    this.#options.contact.succeeded(this.#asked('list'));

    this.#pageSize = nextPageSize(limit, { objects: answer.objects.length, bytes: answer.bytes });
    const objects = [...state.objects, ...answer.objects];
    if (answer.continueToken !== undefined) {
      return { name: 'listing', objects, continueToken: answer.continueToken };
    }
    return this.#take(objects, answer);
  }

  /** The whole list is in: from now on it is the truth, also where the store shows something newer. */
  #take(
    objects: readonly KubeObject[],
    { resourceVersion }: Extract<ListOutcome, { outcome: 'page' }>,
  ): State {
    const { store, namespace, logger, onListed } = this.#options;
    const reached = this.#reached;
    const wentBack =
      (reached !== undefined && isOlder(resourceVersion, reached)) ||
      objects.some((object) => isOlderThanIn(store, object));
    if (wentBack) {
      logger.warn(
        { namespace, reached, resourceVersion },
        'the API server went back to an earlier state, as after a restore of etcd; its list replaces the cache',
      );
    }
    store.replace(objects, namespace);
    this.#reached = resourceVersion;
    this.#isSynced = true;
    this.#synced.resolve();
    onListed?.();
    return { name: 'watching', resourceVersion };
  }

  async #watch(state: Extract<State, { name: 'watching' }>, signal: AbortSignal): Promise<State> {
    const { client, store, namespace, labelSelector, clock, random } = this.#options;
    const startedAt = clock.monotonic();
    const { min, max } = WATCH_SECONDS;
    const timeoutSeconds = min + Math.floor(random.next() * (max - min + 1));
    const doubt = new AbortController();
    this.#listAnew = () => doubt.abort();
    const events = client.watch({
      resourceVersion: state.resourceVersion,
      timeoutSeconds,
      signal: AbortSignal.any([signal, doubt.signal]),
      namespace,
      labelSelector,
    });

    let { resourceVersion } = state;
    let error: ApiError | undefined;
    for await (const event of events) {
      if (event.type === 'failed') {
        ({ error } = event);
        break;
      }
      this.#options.contact.succeeded(this.#asked('watch'));
      const version =
        event.type === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
      // Events come in the order of versions. This one is of another history.
      if (isOlder(version, resourceVersion)) return LIST_ANEW;
      if (event.type === 'applied') store.apply(event.object);
      if (event.type === 'deleted') store.remove(event.object);
      resourceVersion = version;
      this.#reached = version;
    }

    const lastedMs = clock.monotonic() - startedAt;
    if (lastedMs >= HEALTHY_AFTER_MS) this.#backoff.reset();
    if (doubt.signal.aborted) return LIST_ANEW;
    if (error !== undefined) return this.#afterFailure(error, 'watch');
    const lateMs = lastedMs - timeoutSeconds * 1000;
    if (lateMs >= 0 && lateMs <= ON_TIME_MS) return { name: 'watching', resourceVersion };
    // A server that ends watches early is shutting down or ill, and the one that comes after it may be another.
    return lastedMs >= HEALTHY_AFTER_MS ? LIST_ANEW : { name: 'waiting', delayMs: this.#backoff.next() };
  }

  #afterFailure(error: ApiError, verb: 'list' | 'watch'): State {
    if (error.kind === 'aborted') return LIST_ANEW;
    const askedFor = 'retryAfterMs' in error ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(this.#backoff.next(), askedFor);
    this.#report(error, verb, { delayMs: Math.round(delayMs) });
    return { name: 'waiting', delayMs };
  }

  #report(error: ApiError, verb: 'list' | 'watch', fields: object): void {
    const { logger, contact } = this.#options;
    const asked = this.#asked(verb);
    if (error.kind === 'expired') {
      logger.info(
        { error },
        `the API server has forgotten where to go on: ${describeAsked(asked)}; listing anew`,
      );
      return;
    }
    contact.failed(asked, error, fields);
  }

  #asked(verb: 'list' | 'watch'): Asked {
    const { client, namespace } = this.#options;
    return { verb, type: client.type, where: namespace === undefined ? 'all' : { namespace } };
  }
}

/** Whether the store shows a newer version of this very object. */
function isOlderThanIn<IndexName extends string>(store: Store<IndexName>, object: KubeObject): boolean {
  const known = store.get(keyOf(object))?.metadata;
  const { uid, resourceVersion } = object.metadata;
  return known !== undefined && known.uid === uid && isOlder(resourceVersion, known.resourceVersion);
}

/** Milliseconds. */
function longestOf(state: State): number {
  switch (state.name) {
    case 'listing':
      return DEFAULT_DEADLINE_MS;
    case 'watching':
      return (WATCH_SECONDS.max + WATCH_SLACK_SECONDS) * 1000;
    case 'waiting':
      return state.delayMs;
  }
}
