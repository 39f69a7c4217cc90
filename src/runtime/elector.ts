import { isDeepStrictEqual } from 'node:util';
import type { ApiContact } from './api-contact.ts';
import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import type { ApiError } from './kubernetes/api-error.ts';
import type { ApiTransport } from './kubernetes/api-transport.ts';
import type { Asked } from './kubernetes/explain-api-error.ts';
import { describeLease, LEASES, type Lease, microTime, readLease } from './kubernetes/lease.ts';
import { collectionPath, objectPath } from './kubernetes/resource-type.ts';
import type { Logger } from './log.ts';
import { isOlder, type ObjectKey, splitKey } from './object.ts';
import type { Random } from './random.ts';

export interface ElectorOptions {
  readonly transport: ApiTransport;
  /** The Lease that all replicas compete for. */
  readonly lease: ObjectKey;
  /** This process and no other, not even its predecessor in the same pod. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly contact: ApiContact;
  readonly logger: Logger;
}

/** The times that Kubernetes' own controllers use. */
const LEASE_MS = 15_000;
const RENEW_WITHIN_MS = 10_000;
const RETRY_MS = 2000;
/** The attempts of those who stand by are spread over up to this much more. */
const JITTER = 1.2;
/** Share of the time left that each request gets: one that hangs leaves time for another connection. */
const PART_OF_TIME_LEFT = 0.5;
/** For giving the lease up, repeats included. */
const RELEASE_MS = 3000;

/** When something must be over, on the monotonic clock, and what ends it early. */
interface Limit {
  readonly endsAt: number;
  readonly signal?: AbortSignal;
}

/**
 * Leadership by a Lease, as client-go does it.
 *
 * Guarantee: while `isLeading` is true, no other elector that keeps to these rules leads. A leader counts its time from
 * before the request that renewed the lease, and stops after 10 s; others count from when they saw the renewal, and wait
 * for 15 s. Both count on their own monotonic clock, so that clocks that differ, or jump, do not matter; one that runs
 * more than a third too slow does.
 *
 * A lease that went back in time, or vanished, as after a restore of etcd, is no proof of who has led since. A leader
 * takes it again; an elector that stands by and notices waits for as long as the leader may lead. One that never saw the
 * newer lease cannot notice: the guarantee holds through a restore that takes the API server away for 10 s at least.
 *
 * What has left the process when its time ends may still take effect: this is no fence for what others do.
 */
export class Elector {
  readonly #options: ElectorOptions;
  /** The lease as it was seen last, and since when it has stood so. */
  #seen: { readonly lease: Lease; readonly since: number } | undefined;
  #leadsUntil = Number.NEGATIVE_INFINITY;
  /** Until then the leader of a history that is lost may lead. */
  #leftAloneUntil = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Whether a request of ours may have made us the holder since the lease was last given up. */
  #mayHold = false;

  constructor(options: ElectorOptions) {
    this.#options = options;
  }

  /** To be asked right before each act that only a leader may do: a process that slept hears of it here first. */
  get isLeading(): boolean {
    return this.#options.clock.monotonic() < this.#leadsUntil;
  }

  /** Of the Lease. */
  get leaseName(): string {
    return splitKey(this.#options.lease).name;
  }

  /** Whether it leads, or has lately read who does, and so would take over. */
  get takesPart(): boolean {
    return this.isLeading || this.#options.clock.monotonic() < this.#heardAt + LEASE_MS;
  }

  /** Waits until this process leads, or until the signal aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, random, logger, identity } = this.#options;
    let holder: string | undefined;
    while (!signal.aborted) {
      await this.#attempt({ endsAt: clock.monotonic() + RENEW_WITHIN_MS, signal });
      if (this.isLeading) {
        logger.info({ identity }, 'leading');
        return;
      }
      const seen = this.#seen?.lease.holder;
      if (seen !== undefined && seen !== holder) logger.info({ holder: seen }, 'standing by');
      holder = seen;
      await sleep(clock, RETRY_MS * (1 + JITTER * random.next()), signal);
    }
  }

  /**
   * Renews the lease until the signal aborts, which also gives up a renewal under way; ends as soon as this process does
   * not lead any more.
   */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let attemptedAt = clock.monotonic();
    while (!signal.aborted && this.isLeading) {
      // After a request that hung, the next attempt is due at once: there is less time left.
      const pauseMs = Math.max(0, attemptedAt + RETRY_MS - clock.monotonic());
      await sleep(clock, Math.min(pauseMs, this.#leftMs(this.#leadsUntil)), signal);
      if (signal.aborted || !this.isLeading) return;
      attemptedAt = clock.monotonic();
      await this.#renew({ endsAt: this.#leadsUntil, signal });
    }
  }

  /**
   * Gives the lease up, so that another replica may lead with its next attempt. Only when nothing that a leader does is
   * under way any more. Takes 3 s at most, whatever the API server does.
   */
  async release(): Promise<void> {
    const { clock } = this.#options;
    const limit = { endsAt: clock.monotonic() + RELEASE_MS };
    this.#leadsUntil = Number.NEGATIVE_INFINITY;
    // A renewal that was given up may arrive before this, and then its version is the one to write onto; a later one
    // is refused, because this has changed the version.
    let lease = this.#seen?.lease;
    while (this.#mayHold && this.#leftMs(limit.endsAt) > 0) {
      if (lease !== undefined && !this.#isHeldByAnother(lease) && (await this.#giveUp(lease, limit))) return;
      const found = await this.#read(limit);
      if (!found.read || found.lease === undefined || this.#isHeldByAnother(found.lease)) return;
      ({ lease } = found);
    }
  }

  /** Whether the lease has no holder now. */
  async #giveUp(lease: Lease, limit: Limit): Promise<boolean> {
    const now = microTime(this.#options.clock.now());
    // One second, as the shortest that the API server takes.
    const free = { ...lease, holder: undefined, durationMs: 1000, renewTime: now };
    if (await this.#put(free, limit)) this.#mayHold = false;
    return !this.#mayHold;
  }

  #leftMs(endsAt: number): number {
    return Math.max(0, endsAt - this.#options.clock.monotonic());
  }

  #deadlineOf({ endsAt, signal }: Limit): { readonly deadlineMs: number; readonly signal?: AbortSignal } {
    const deadlineMs = this.#leftMs(endsAt) * PART_OF_TIME_LEFT;
    return { deadlineMs, ...(signal !== undefined && { signal }) };
  }

  /** The holder writes at once onto the version it knows, in one request; only what fails is looked into. */
  async #renew(limit: Limit): Promise<void> {
    const startedAt = this.#options.clock.monotonic();
    const lease = this.#seen?.lease;
    if (lease?.holder === this.#options.identity && (await this.#take(lease, limit))) {
      this.#leadsUntil = startedAt + RENEW_WITHIN_MS;
      return;
    }
    if (!limit.signal?.aborted) await this.#attempt(limit);
  }

  /** One attempt to get or to renew the lease. */
  async #attempt(limit: Limit): Promise<void> {
    const { clock } = this.#options;
    const startedAt = clock.monotonic();
    const found = await this.#read(limit);
    if (!found.read) return;
    if (this.#isTaken(found.lease)) {
      this.#leadsUntil = Number.NEGATIVE_INFINITY;
      return;
    }
    if (this.#leftMs(limit.endsAt) <= 0) return;
    if (await this.#take(found.lease, limit)) this.#leadsUntil = startedAt + RENEW_WITHIN_MS;
  }

  async #read(
    limit: Limit,
  ): Promise<{ readonly read: true; readonly lease: Lease | undefined } | { readonly read: false }> {
    const { transport, lease: key, clock, contact } = this.#options;
    const path = objectPath(LEASES, key);
    const answer = await transport.request({ method: 'GET', path, ...this.#deadlineOf(limit) });
    if (!answer.ok && answer.error.kind !== 'notFound') {
      if (!limit.signal?.aborted) contact.failed(this.#asked('get'), answer.error, { lease: key });
      return { read: false };
    }
    contact.succeeded(this.#asked('get'));
    this.#heardAt = clock.monotonic();
    const lease = answer.ok ? readLease(answer.body) : undefined;
    if (lease === undefined) this.#seeNone();
    else this.#see(lease);
    return { read: true, lease };
  }

  #isHeldByAnother({ holder }: Lease): boolean {
    return holder !== undefined && holder !== this.#options.identity;
  }

  /** Whether another process holds it and its time is not over, or may lead without holding it. */
  #isTaken(lease: Lease | undefined): boolean {
    const now = this.#options.clock.monotonic();
    if (!this.isLeading && now < this.#leftAloneUntil) return true;
    if (lease === undefined || !this.#isHeldByAnother(lease) || this.#seen === undefined) return false;
    return now < this.#seen.since + lease.durationMs;
  }

  async #take(found: Lease | undefined, limit: Limit): Promise<boolean> {
    const { identity, clock } = this.#options;
    const now = microTime(clock.now());
    const isOurs = found?.holder === identity;
    const mine = {
      holder: identity,
      durationMs: LEASE_MS,
      renewTime: now,
      acquireTime: isOurs ? found.acquireTime : now,
      transitions: (found?.transitions ?? 0) + (found === undefined || isOurs ? 0 : 1),
    };
    this.#mayHold = true;
    return this.#put({ ...mine, ...(found && { stored: found.stored, version: found.version }) }, limit);
  }

  /** Onto exactly the version that was read; makes the lease where there is none. */
  async #put(lease: Lease, limit: Limit): Promise<boolean> {
    const { transport, lease: key, contact } = this.#options;
    const isNew = lease.version === undefined;
    const answer = await transport.request({
      method: isNew ? 'POST' : 'PUT',
      path: isNew ? collectionPath(LEASES, splitKey(key).namespace) : objectPath(LEASES, key),
      body: describeLease(key, lease),
      ...this.#deadlineOf(limit),
    });
    const asked = this.#asked(isNew ? 'create' : 'update');
    if (answer.ok) contact.succeeded(asked);
    // That another one was quicker is how it goes with several.
    else if (!isOvertaken(answer.error) && !limit.signal?.aborted)
      contact.failed(asked, answer.error, { lease: key });
    const stored = answer.ok ? readLease(answer.body) : undefined;
    if (stored !== undefined) this.#see(stored);
    return stored !== undefined;
  }

  #asked(verb: 'get' | 'create' | 'update'): Asked {
    return { verb, type: LEASES, where: { namespace: splitKey(this.#options.lease).namespace } };
  }

  /** Compares content: after a restore of etcd the same version can belong to another lease. */
  #see(lease: Lease): void {
    const before = this.#seen?.lease;
    if (isDeepStrictEqual(before, lease)) return;
    if (before !== undefined && isOfAnotherPast(lease, before)) this.#leaveAlone();
    this.#seen = { lease, since: this.#options.clock.monotonic() };
  }

  #seeNone(): void {
    if (this.#seen !== undefined) this.#leaveAlone();
    this.#seen = undefined;
  }

  #leaveAlone(): void {
    this.#options.logger.warn(
      { lease: this.#options.lease },
      'the lease went back to an earlier state, as after a restore of etcd',
    );
    this.#leftAloneUntil = this.#options.clock.monotonic() + LEASE_MS;
  }
}

function isOvertaken({ kind }: ApiError): boolean {
  return kind === 'conflict' || kind === 'alreadyExists';
}

/** Whether it cannot have come after the other one. */
function isOfAnotherPast({ version = '' }: Lease, { version: before = '' }: Lease): boolean {
  return version === before || isOlder(version, before);
}
