import { Buffer } from 'node:buffer';
import type { ApiContact } from './api-contact.ts';
import { type Clock, sleep } from './clock.ts';
import { FairLine } from './fair-line.ts';
import type { ApiError } from './kubernetes/api-error.ts';
import type { ApiTransport } from './kubernetes/api-transport.ts';
import { isMissingRight } from './kubernetes/explain-api-error.ts';
import type { ResourceType } from './kubernetes/resource-type.ts';
import { collectionPath, objectPath } from './kubernetes/resource-type.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';
import { keyOf, objectKey } from './object.ts';
import type { Random } from './random.ts';
import { randomHex } from './random.ts';
import { RecentMap } from './recent-map.ts';
import { TokenBucket } from './token-bucket.ts';

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** Why, in UpperCamelCase, at most 128 characters. */
  readonly reason: string;
  /** What was done or tried, in UpperCamelCase, at most 128 characters. */
  readonly action: string;
  /** For people. At most 1024 bytes are kept. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly transport: ApiTransport;
  /** The controller as a qualified name, for example `example.com/operator`. */
  readonly reportingController: string;
  /** This process, for example the pod's name. At most 128 characters. */
  readonly reportingInstance: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly contact: ApiContact;
  readonly logger: Logger;
}

interface Recorded {
  readonly about: KubeObject;
  readonly event: EventNote;
  readonly at: number;
}

/** Identifies a pending event: the namespace it is written to, and its number. */
type PendingKey = `${string}/${number}`;

/** An Event object we made, and how often the same thing has happened. */
interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  lastAt: number;
}

const EVENTS: ResourceType = { group: 'events.k8s.io', version: 'v1', plural: 'events' };
const NOTE_MAX_BYTES = 1024;
const NAME_MAX_LENGTH = 253;
const SUFFIX_DIGITS = 16;
/** A repeat within this time belongs to the same series. */
const SERIES_WINDOW_MS = 6 * 60_000;
const BURST = 25;
const REFILL_MS = 5 * 60_000;
const OBJECTS_REMEMBERED = 4096;
const PENDING_MAX = 1000;
/** Events about cluster-scoped objects are written to this namespace. */
const DEFAULT_NAMESPACE = 'default';
const WRITE_DEADLINE_MS = 10_000;

/**
 * Tells people about an object through Events (events.k8s.io/v1).
 *
 * The same event again within six minutes counts up a series instead of making another object. Each object
 * may cause 25 writes at once and then one in five minutes; repeats that exceed it are counted and told with
 * the next write, other events are dropped. Whatever cannot be written is logged at debug and dropped; that the right to
 * write is missing is said once.
 *
 * Writes are serial and namespaces take turns, so an event waits for the write under way and at most one of each other
 * namespace. At most 1000 events are pending; beyond that the namespace with the most pending events loses its oldest one.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new RecentMap<string, Series>(OBJECTS_REMEMBERED);
  readonly #buckets = new RecentMap<string, TokenBucket>(OBJECTS_REMEMBERED);
  readonly #giveUp = new AbortController();
  /** Includes the one that is being written. */
  readonly #pending = new Map<PendingKey, Recorded>();
  readonly #line = new FairLine<PendingKey>();
  #recorded = 0;
  /** While events are pending. */
  #writing: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Returns at once and never fails. */
  record(about: KubeObject, event: EventNote): void {
    const { namespace = DEFAULT_NAMESPACE } = about.metadata;
    const key: PendingKey = `${namespace}/${this.#recorded}`;
    this.#recorded += 1;
    this.#pending.set(key, { about, event, at: this.#options.clock.now() });
    this.#line.add(key);
    if (this.#pending.size > PENDING_MAX) this.#evict();
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when no event is pending. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Writes what is pending, for `limitMs` at most; drops the rest and everything that is recorded later. */
  async close(limitMs: number): Promise<void> {
    const { clock, logger } = this.#options;
    const written = new AbortController();
    await Promise.race([this.flush(), sleep(clock, limitMs, written.signal)]);
    written.abort();
    if (this.#pending.size > 0)
      logger.warn(
        { events: this.#pending.size },
        'events were dropped: the API server did not take them in time',
      );
    this.#giveUp.abort();
  }

  async #writeAll(): Promise<void> {
    for (let key = this.#line.shift(); key !== undefined; key = this.#line.shift()) {
      const recorded = this.#pending.get(key);
      if (recorded !== undefined) await this.#writeOrDrop(recorded);
      this.#pending.delete(key);
    }
    this.#writing = undefined;
  }

  async #writeOrDrop(recorded: Recorded): Promise<void> {
    if (this.#giveUp.signal.aborted) this.#drop(recorded.about, recorded.event, 'the operator ends');
    else await this.#write(recorded);
  }

  /** The newest events of a flood are worth more than its oldest ones. */
  #evict(): void {
    const key = this.#line.shiftLongest();
    if (key === undefined) return;
    const evicted = this.#pending.get(key);
    this.#pending.delete(key);
    if (evicted !== undefined)
      this.#drop(evicted.about, evicted.event, 'too many events of its namespace are pending');
  }

  async #write(recorded: Recorded): Promise<void> {
    const { about, event, at } = recorded;
    const fingerprint = [about.metadata.uid, event.type, event.reason, event.action, event.note].join('\n');
    const series = this.#series.get(fingerprint);
    if (series === undefined || at - series.lastAt >= SERIES_WINDOW_MS) {
      await this.#create(recorded, fingerprint);
      return;
    }

    series.count += 1;
    series.lastAt = at;
    if (!this.#allowed(about)) return;
    const error = await this.#patch(series);
    // Events live for an hour by default; one that is gone is made anew.
    if (error?.kind === 'notFound') await this.#create(recorded, fingerprint);
    else if (error !== undefined) this.#fail(about, event, { verb: 'patch', error });
  }

  async #create({ about, event, at }: Recorded, fingerprint: string): Promise<void> {
    if (!this.#allowed(about)) {
      this.#drop(about, event, 'the object has had its share of events');
      return;
    }
    const { reportingController, reportingInstance, random, transport } = this.#options;
    const { namespace = DEFAULT_NAMESPACE, name: aboutName, uid, resourceVersion } = about.metadata;
    const name = `${beginningOf(aboutName)}-${randomHex(random, SUFFIX_DIGITS)}`;
    const answer = await transport.request({
      method: 'POST',
      path: collectionPath(EVENTS, namespace),
      deadlineMs: WRITE_DEADLINE_MS,
      signal: this.#giveUp.signal,
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace, name },
        eventTime: microTime(at),
        type: event.type,
        reason: event.reason,
        action: event.action,
        note: cutToBytes(event.note, NOTE_MAX_BYTES),
        regarding: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          ...(about.metadata.namespace === undefined ? {} : { namespace }),
          name: aboutName,
          uid,
          resourceVersion,
        },
        reportingController,
        reportingInstance,
      },
    });
    if (!answer.ok) {
      this.#fail(about, event, { verb: 'create', error: answer.error });
      return;
    }
    this.#options.contact.succeeded({ verb: 'create', type: EVENTS });
    this.#series.set(fingerprint, { namespace, name, count: 1, lastAt: at });
  }

  async #patch({ namespace, name, count, lastAt }: Series): Promise<ApiError | undefined> {
    const answer = await this.#options.transport.request({
      method: 'PATCH',
      path: objectPath(EVENTS, objectKey(namespace, name)),
      deadlineMs: WRITE_DEADLINE_MS,
      signal: this.#giveUp.signal,
      contentType: 'application/merge-patch+json',
      body: { series: { count, lastObservedTime: microTime(lastAt) } },
    });
    if (!answer.ok) return answer.error;
    this.#options.contact.succeeded({ verb: 'patch', type: EVENTS });
    return undefined;
  }

  #allowed({ metadata: { uid } }: KubeObject): boolean {
    const now = this.#options.clock.monotonic();
    const bucket = this.#buckets.get(uid) ?? new TokenBucket(BURST, REFILL_MS, now);
    this.#buckets.set(uid, bucket);
    return bucket.take(now);
  }

  #fail(
    about: KubeObject,
    event: EventNote,
    { verb, error }: { readonly verb: 'create' | 'patch'; readonly error: ApiError },
  ): void {
    // Of a lost connection, others tell who go on trying.
    if (isMissingRight(error))
      this.#options.contact.failed({ verb, type: EVENTS }, error, { object: keyOf(about) });
    this.#drop(about, event, error.message);
  }

  #drop(about: KubeObject, event: EventNote, why: string): void {
    this.#options.logger.debug(
      { object: keyOf(about), reason: event.reason, why },
      'an event was not written',
    );
  }
}

/** As much of a name as leaves room for the suffix. Each part between periods must end with a letter or a digit. */
function beginningOf(name: string): string {
  return name.slice(0, NAME_MAX_LENGTH - SUFFIX_DIGITS - 1).replace(/\.$/, '');
}

/** The API's MicroTime has six digits after the point. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** Cuts to a number of UTF-8 bytes without splitting a character. */
function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  // Bytes 10xxxxxx continue a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
