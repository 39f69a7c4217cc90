import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import type { ApiError } from './kubernetes/api-error.ts';
import { DEFAULT_DEADLINE_MS } from './kubernetes/api-transport.ts';
import { type ResourceClient, WATCH_SLACK_SECONDS } from './kubernetes/resource-client.ts';
import type { Logger } from './log.ts';
import { describeThrown } from './log.ts';
import type { KubeObject } from './object.ts';
import type { Random } from './random.ts';
import type { Store } from './store.ts';

export interface ReflectorOptions<IndexName extends string> {
  readonly client: ResourceClient;
  readonly store: Store<IndexName>;
  /** One namespace; the whole cluster unless given. */
  readonly namespace?: string | undefined;
  /** Only objects with these labels; one that loses them counts as deleted. */
  readonly labelSelector?: string | undefined;
  /** Takes from each object what need not be kept, before it is; all of it is kept unless given. */
  readonly transform?: (object: KubeObject) => KubeObject;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Where the reflector is. Every state leads to another one; only the abort signal ends it. */
type State =
  /** Collecting a consistent list, page by page. The store shows nothing of it before the last page. */
  | { readonly name: 'listing'; readonly objects: readonly KubeObject[]; readonly continueToken?: string }
  /** The store shows everything up to this resourceVersion and follows what comes after it. */
  | { readonly name: 'watching'; readonly resourceVersion: string }
  | { readonly name: 'waiting'; readonly delayMs: number; readonly next: State };

const LIST_ANEW: State = { name: 'listing', objects: [] };

const PAGE_SIZE = 500;
const BACKOFF = { baseMs: 800, maxMs: 30_000 };
/** A watch that lived this long makes earlier failures forgotten. */
const HEALTHY_AFTER_MS = 120_000;
/** The server ends a watch after a random time in this range, so that the watches of many clients spread out. */
const WATCH_SECONDS = { min: 300, max: 600 };
/** How far a step may overrun its own deadline on a busy machine before something must be wrong with it. */
const OVERRUN_MS = 60_000;

/**
 * Keeps a store equal to one resource of the API server.
 *
 * Guarantees: once `synced` has resolved, every change reaches the store in order, through any outage. After
 * a short one the watch resumes where it stopped; when the server no longer knows that place, a new list
 * brings what was missed, deletions too. Of several changes to one object during a gap only the last may be
 * seen. It retries for ever, with backoff, and ends only by the signal.
 */
export class Reflector<IndexName extends string> {
  readonly #options: ReflectorOptions<IndexName>;
  readonly #transform: (object: KubeObject) => KubeObject;
  readonly #backoff: Backoff;
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  /** When the step under way must be over; monotonic. */
  #stepEndsBy = Number.POSITIVE_INFINITY;

  /** Resolves when the store holds the first complete list. Pending as long as none was to be had. */
  readonly synced: Promise<void> = this.#synced.promise;

  constructor(options: ReflectorOptions<IndexName>) {
    this.#options = options;
    this.#transform = options.transform ?? ((object) => object);
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
      return { name: 'waiting', delayMs: this.#backoff.next(), next: LIST_ANEW };
    }
  }

  async #step(state: State, signal: AbortSignal): Promise<State> {
    if (state.name === 'listing') return this.#list(state, signal);
    if (state.name === 'watching') return this.#watch(state, signal);
    await sleep(this.#options.clock, state.delayMs, signal);
    return state.next;
  }

  async #list(state: Extract<State, { name: 'listing' }>, signal: AbortSignal): Promise<State> {
    const { client, store, namespace, labelSelector } = this.#options;
    const { continueToken } = state;
    const answer = await client.listPage({
      limit: PAGE_SIZE,
      signal,
      namespace,
      labelSelector,
      continueToken,
    });
    if (answer.outcome === 'failed') return this.#afterFailure(answer.error, state);

    const objects = [...state.objects, ...answer.objects.map(this.#transform)];
    if (answer.continueToken !== undefined) {
      return { name: 'listing', objects, continueToken: answer.continueToken };
    }
    store.replace(objects, namespace);
    this.#isSynced = true;
    this.#synced.resolve();
    return { name: 'watching', resourceVersion: answer.resourceVersion };
  }

  async #watch(state: Extract<State, { name: 'watching' }>, signal: AbortSignal): Promise<State> {
    const { client, store, namespace, labelSelector, clock, random } = this.#options;
    const startedAt = clock.monotonic();
    const { min, max } = WATCH_SECONDS;
    const events = client.watch({
      resourceVersion: state.resourceVersion,
      timeoutSeconds: min + Math.floor(random.next() * (max - min + 1)),
      signal,
      namespace,
      labelSelector,
    });

    let { resourceVersion } = state;
    let error: ApiError | undefined;
    for await (const event of events) {
      switch (event.type) {
        case 'applied':
          store.apply(this.#transform(event.object));
          ({ resourceVersion } = event.object.metadata);
          break;
        case 'deleted':
          store.remove(this.#transform(event.object));
          ({ resourceVersion } = event.object.metadata);
          break;
        case 'bookmark':
          ({ resourceVersion } = event);
          break;
        case 'failed':
          ({ error } = event);
          break;
      }
    }

    const healthy = clock.monotonic() - startedAt >= HEALTHY_AFTER_MS;
    if (healthy) this.#backoff.reset();
    const resume: State = { name: 'watching', resourceVersion };
    if (error !== undefined) return this.#afterFailure(error, resume);
    // The ordinary end is the timeout asked for. A server that ends young watches is shutting down or ill.
    return healthy ? resume : { name: 'waiting', delayMs: this.#backoff.next(), next: resume };
  }

  #afterFailure(error: ApiError, state: State): State {
    if (error.kind === 'aborted') return state;
    const askedFor = 'retryAfterMs' in error ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(this.#backoff.next(), askedFor);
    const next = CAN_RESUME[error.kind] ? state : LIST_ANEW;
    const { logger, namespace } = this.#options;
    logger.warn(
      { state: state.name, namespace, error, delayMs: Math.round(delayMs), next: next.name },
      'lost touch with the API server; trying again',
    );
    return { name: 'waiting', delayMs, next };
  }
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

/**
 * Whether to go on from the same place later. Where it is not sure that the place is still good, a new list
 * is: it costs more and misses nothing.
 */
const CAN_RESUME = {
  throttled: true,
  timeout: true,
  connection: true,
  credentials: true,
  unauthorized: true,
  aborted: true,
  unavailable: false,
  expired: false,
  malformed: false,
  invalid: false,
  forbidden: false,
  notFound: false,
  conflict: false,
  alreadyExists: false,
} as const satisfies Record<ApiError['kind'], boolean>;
