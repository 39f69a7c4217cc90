import type { Clock } from '../runtime/clock.ts';
import type { AlbApi, ListedListener } from './api.ts';
import type { AlbError, AlbErrorClass, Outcome } from './error.ts';
import { aroundWrites } from './writes.ts';

type Listeners = Outcome<readonly ListedListener[]>;

/** The API's limit for one ListListeners. */
const LOAD_BALANCERS_PER_CALL = 20;
const GATHER_MS = 20;
const FORGET_AFTER_MS = 3_600_000;

/** A refusal of one of these classes is about the caller, not about one of the load balancers asked for. */
const ABOUT_EVERYONE: ReadonlySet<AlbErrorClass> = new Set(['throttled', 'authentication']);

/** One request for the listeners of a load balancer, on its way or answered. */
interface Look {
  /** Looks are numbered in the order they leave. */
  readonly number: number;
  readonly leftAt: number;
}

interface Flight extends Look {
  readonly landing: PromiseWithResolvers<Listeners>;
}

interface Snapshot extends Look {
  readonly answer: Extract<Listeners, { outcome: 'yes' }>;
}

/** What is known of one load balancer. */
interface Entry {
  readonly loadBalancerId: string;
  lastReadAt: number;
  /** Smoothed over the last reads. */
  usualMaxAgeMs: number;
  /** Looks up to this number are no use to readers who come now. */
  invalidUpTo: number;
  /** It spoilt a common request, so it is asked for by itself until that works. */
  alone: boolean;
  snapshot?: Snapshot;
  flight?: Flight;
  /** What those wait for whom neither of the two serves: the next flight. */
  next?: PromiseWithResolvers<Listeners>;
  /** The namespaces of those. */
  readonly waiting: Set<string>;
}

export interface BulkReaderOptions {
  readonly api: Pick<AlbApi, 'listListeners'>;
  readonly clock: Clock;
}

/**
 * Reads listeners for all who want to know at once: whoever asks within a short time shares one ListListeners, and
 * whoever can do with an older answer gets it. Load balancers that will soon be asked for ride along, so that their
 * readers fall into step.
 *
 * Guarantees:
 * - A reader gets an answer whose request left at most `maxAgeMs` before the read, and after every write to that
 *   load balancer that was over by then (see `invalidate`).
 * - At most one request for a load balancer is on its way at a time.
 * - When a common request is refused because of one load balancer, only its own readers learn of it. Any other
 *   failure goes to all who wait for that request.
 * - Of several requests that leave together, the first one, which is sent if any is, has load balancers of every
 *   namespace that asks.
 * - When a request is throttled, the next one leaves no sooner than it was told. Until then readers get the same answer
 *   at once; then they share one request again.
 *
 * A list may lag behind the cloud's own state: that a listener is missing proves nothing. Confirm it by
 * GetListenerAttribute before acting on it.
 */
export class BulkReader {
  readonly #api: Pick<AlbApi, 'listListeners'>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  #departures = 0;
  #gathering = false;
  #throttled: { readonly until: number; readonly error: AlbError } | undefined;

  constructor({ api, clock }: BulkReaderOptions) {
    this.#api = api;
    this.#clock = clock;
  }

  /** One listener by its id; `undefined` when the list does not show it, which is no proof of absence. */
  async read(wanted: {
    readonly listenerId: string;
    readonly loadBalancerId: string;
    /** Milliseconds. */
    readonly maxAgeMs: number;
    /** Who asks. */
    readonly namespace: string;
  }): Promise<Outcome<ListedListener | undefined>> {
    const answer = await this.listOf(wanted.loadBalancerId, wanted.maxAgeMs, wanted.namespace);
    if (answer.outcome !== 'yes') return answer;
    return { ...answer, value: answer.value.find(({ listenerId }) => listenerId === wanted.listenerId) };
  }

  /** All listeners of a load balancer; none when there is no such load balancer. */
  async listOf(loadBalancerId: string, maxAgeMs: number, namespace: string): Promise<Listeners> {
    const now = this.#clock.monotonic();
    const entry = this.#noteRead(loadBalancerId, maxAgeMs, now);
    const serves = (look: Look) => look.number > entry.invalidUpTo && look.leftAt >= now - maxAgeMs;

    if (entry.snapshot !== undefined && serves(entry.snapshot)) return entry.snapshot.answer;
    if (entry.flight !== undefined && serves(entry.flight)) return entry.flight.landing.promise;
    if (this.#throttled !== undefined && now < this.#throttled.until) return heldBackBy(this.#throttled, now);
    entry.next ??= Promise.withResolvers();
    entry.waiting.add(namespace);
    this.#gather();
    return entry.next.promise;
  }

  /** To be called when a write to the load balancer is over: what was asked for before is no use to later readers. */
  invalidate(loadBalancerId: string): void {
    const entry = this.#entries.get(loadBalancerId);
    if (entry !== undefined) entry.invalidUpTo = this.#departures;
  }

  #noteRead(loadBalancerId: string, maxAgeMs: number, now: number): Entry {
    const known = this.#entries.get(loadBalancerId);
    if (known !== undefined) {
      known.lastReadAt = now;
      known.usualMaxAgeMs += (maxAgeMs - known.usualMaxAgeMs) / 8;
      return known;
    }
    const entry = {
      loadBalancerId,
      lastReadAt: now,
      usualMaxAgeMs: maxAgeMs,
      invalidUpTo: 0,
      alone: false,
      waiting: new Set<string>(),
    };
    this.#entries.set(loadBalancerId, entry);
    return entry;
  }

  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#clock.schedule(GATHER_MS, () => {
      this.#gathering = false;
      this.#depart();
    });
  }

  #depart(): void {
    const now = this.#clock.monotonic();
    this.#forgetUnread(now);
    const grounded = [...this.#entries.values()].filter(({ flight }) => flight === undefined);
    const asked = grounded.filter(({ next }) => next !== undefined);
    if (asked.length === 0) return;

    const together = inTurn(asked.filter(({ alone }) => !alone));
    const groups = chunksOf(together, LOAD_BALANCERS_PER_CALL);
    groups.at(-1)?.push(...dueSoon(grounded, LOAD_BALANCERS_PER_CALL - (groups.at(-1)?.length ?? 0), now));
    for (const entry of asked) if (entry.alone) groups.push([entry]);
    for (const group of groups) void this.#fly(group, now);
  }

  async #fly(entries: readonly Entry[], now: number): Promise<void> {
    this.#departures += 1;
    const look: Look = { number: this.#departures, leftAt: now };
    for (const entry of entries) {
      entry.flight = { ...look, landing: entry.next ?? Promise.withResolvers() };
      delete entry.next;
      entry.waiting.clear();
    }
    await this.#ask(entries, look);
  }

  /** Asks for all at once. A refusal that may be about one of them is traced by asking for halves. */
  async #ask(entries: readonly Entry[], look: Look): Promise<void> {
    const loadBalancerIds = entries.map(({ loadBalancerId }) => loadBalancerId);
    const answer = await this.#api.listListeners({ loadBalancerIds });
    this.#noteThrottling(answer);
    if (entries.length > 1 && isAboutOne(answer)) {
      const middle = Math.ceil(entries.length / 2);
      await this.#ask(entries.slice(0, middle), look);
      await this.#ask(entries.slice(middle), look);
      return;
    }
    for (const entry of entries) this.#land(entry, ofLoadBalancer(answer, entry.loadBalancerId), look);
  }

  #noteThrottling(answer: Listeners): void {
    if (answer.outcome === 'yes' || answer.error.class !== 'throttled') return;
    const { error } = answer;
    if (error.retryAfterMs === undefined) return;
    this.#throttled = { until: this.#clock.monotonic() + error.retryAfterMs, error };
  }

  #land(entry: Entry, answer: Listeners, look: Look): void {
    if (isAboutOne(answer)) entry.alone = true;
    if (answer.outcome === 'yes') {
      entry.alone = false;
      entry.snapshot = { ...look, answer };
    }
    entry.flight?.landing.resolve(answer);
    delete entry.flight;
    if (entry.next !== undefined) this.#gather();
  }

  #forgetUnread(now: number): void {
    for (const { loadBalancerId, lastReadAt, flight, next } of this.#entries.values()) {
      const inUse = flight !== undefined || next !== undefined;
      if (!inUse && now - lastReadAt > FORGET_AFTER_MS) this.#entries.delete(loadBalancerId);
    }
  }
}

/**
 * The same API with every write that may have changed something making older reads of its load balancer useless.
 * A refusal changes nothing.
 */
export function withInvalidation(api: AlbApi, reader: BulkReader, loadBalancerId: string): AlbApi {
  return aroundWrites(api, async (_operation, call) => {
    const answer = await call();
    if (answer.outcome !== 'no') reader.invalidate(loadBalancerId);
    return answer;
  });
}

function heldBackBy(throttled: { readonly until: number; readonly error: AlbError }, now: number): Listeners {
  const retryAfterMs = Math.ceil(throttled.until - now);
  return { outcome: 'no', error: { ...throttled.error, retryAfterMs, notSent: true } };
}

/** One load balancer of each namespace, then the second of each, and so on. */
function inTurn(asked: readonly Entry[]): readonly Entry[] {
  const lines = Map.groupBy(
    asked.flatMap((entry) => [...entry.waiting].map((namespace) => ({ namespace, entry }))),
    ({ namespace }) => namespace,
  );
  const longest = Math.max(0, ...[...lines.values()].map(({ length }) => length));
  const places = Array.from({ length: longest }, (_, place) => place);
  const order = places.flatMap((place) => [...lines.values()].flatMap((line) => line[place]?.entry ?? []));
  return [...new Set(order)];
}

/** Those whose snapshot has used up half of the age that their readers accept, the oldest first. */
function dueSoon(grounded: readonly Entry[], seats: number, now: number): readonly Entry[] {
  return grounded
    .flatMap((entry) => {
      const { snapshot, next, alone, usualMaxAgeMs } = entry;
      if (snapshot === undefined || next !== undefined || alone) return [];
      const age = now - snapshot.leftAt;
      return age > usualMaxAgeMs / 2 ? [{ entry, age }] : [];
    })
    .sort((a, b) => b.age - a.age)
    .slice(0, seats)
    .map(({ entry }) => entry);
}

function isAboutOne(answer: Listeners): boolean {
  return answer.outcome === 'no' && !ABOUT_EVERYONE.has(answer.error.class);
}

function ofLoadBalancer(answer: Listeners, loadBalancerId: string): Listeners {
  if (answer.outcome !== 'yes') return answer;
  return { ...answer, value: answer.value.filter((listener) => listener.loadBalancerId === loadBalancerId) };
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
