import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import type { ApiTransport } from './kubernetes/api-transport.ts';
import { describeLease, LEASES, type Lease, microTime, readLease } from './kubernetes/lease.ts';
import { collectionPath, objectPath } from './kubernetes/resource-type.ts';
import type { Logger } from './log.ts';
import { type ObjectKey, splitKey } from './object.ts';
import type { Random } from './random.ts';

export interface ElectorOptions {
  readonly transport: ApiTransport;
  /** The Lease that all replicas compete for. */
  readonly lease: ObjectKey;
  /** This process and no other, not even its predecessor in the same pod. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The times that Kubernetes' own controllers use. */
const LEASE_MS = 15_000;
const RENEW_WITHIN_MS = 10_000;
const RETRY_MS = 2000;
/** The attempts of those who stand by are spread over up to this much more. */
const JITTER = 1.2;

/**
 * Leadership by a Lease, as client-go does it.
 *
 * Guarantee: while `isLeading` is true, no other elector that keeps to these rules leads. A leader counts its time from
 * before the request that renewed the lease, and stops after 10 s; others count from when they saw the renewal, and wait
 * for 15 s. Both count on their own monotonic clock, so that clocks that differ, or jump, do not matter; one that runs
 * more than a third too slow does.
 *
 * What has left the process when its time ends may still take effect: this is no fence for what others do.
 */
export class Elector {
  readonly #options: ElectorOptions;
  /** The lease as it was seen last, and since when it has stood so. */
  #seen: { readonly lease: Lease; readonly since: number } | undefined;
  #leadsUntil = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;

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
      await this.#attempt(RENEW_WITHIN_MS);
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

  /** Renews the lease until the signal aborts; ends as soon as this process does not lead any more. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted && this.isLeading) {
      await sleep(clock, Math.min(RETRY_MS, this.#leftMs()), signal);
      if (!signal.aborted && this.isLeading) await this.#attempt(this.#leftMs());
    }
  }

  /**
   * Gives the lease up, so that another replica may lead with its next attempt. Only when nothing that a leader does is
   * under way any more.
   */
  async release(): Promise<void> {
    if (!this.isLeading || this.#seen === undefined) return;
    const { lease } = this.#seen;
    const deadlineMs = this.#leftMs();
    this.#leadsUntil = Number.NEGATIVE_INFINITY;
    const now = microTime(this.#options.clock.now());
    // One second, as the shortest that the API server takes.
    await this.#put({ ...lease, holder: undefined, durationMs: 1000, renewTime: now }, deadlineMs);
  }

  #leftMs(): number {
    return Math.max(0, this.#leadsUntil - this.#options.clock.monotonic());
  }

  /** One attempt to get or to renew the lease. */
  async #attempt(deadlineMs: number): Promise<void> {
    const { transport, lease: key, clock, logger } = this.#options;
    const startedAt = clock.monotonic();
    const answer = await transport.request({ method: 'GET', path: objectPath(LEASES, key), deadlineMs });
    if (!answer.ok && answer.error.kind !== 'notFound') {
      logger.warn({ error: answer.error.message }, 'the lease cannot be read');
      return;
    }
    this.#heardAt = clock.monotonic();
    const found = answer.ok ? readLease(answer.body) : undefined;
    if (found !== undefined) this.#see(found);
    if (found !== undefined && this.#isTaken(found)) {
      this.#leadsUntil = Number.NEGATIVE_INFINITY;
      return;
    }
    const leftMs = deadlineMs - (clock.monotonic() - startedAt);
    if (leftMs <= 0) return;
    if (await this.#take(found, leftMs)) this.#leadsUntil = startedAt + RENEW_WITHIN_MS;
  }

  /** Whether another process holds it, and has not let it stand for the time it was taken for. */
  #isTaken({ holder, durationMs }: Lease): boolean {
    const { identity, clock } = this.#options;
    if (holder === undefined || holder === identity || this.#seen === undefined) return false;
    return clock.monotonic() < this.#seen.since + durationMs;
  }

  async #take(found: Lease | undefined, deadlineMs: number): Promise<boolean> {
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
    return this.#put({ ...mine, ...(found && { stored: found.stored, version: found.version }) }, deadlineMs);
  }

  /** Onto exactly the version that was read; makes the lease where there is none. */
  async #put(lease: Lease, deadlineMs: number): Promise<boolean> {
    const { transport, lease: key, logger } = this.#options;
    const isNew = lease.version === undefined;
    const answer = await transport.request({
      method: isNew ? 'POST' : 'PUT',
      path: isNew ? collectionPath(LEASES, splitKey(key).namespace) : objectPath(LEASES, key),
      body: describeLease(key, lease),
      deadlineMs,
    });
    // That another one was quicker is how it goes with several.
    if (!answer.ok && answer.error.kind !== 'conflict')
      logger.warn({ error: answer.error.message }, 'the lease cannot be written');
    const stored = answer.ok ? readLease(answer.body) : undefined;
    if (stored !== undefined) this.#see(stored);
    return stored !== undefined;
  }

  #see(lease: Lease): void {
    if (this.#seen?.lease.version === lease.version) return;
    this.#seen = { lease, since: this.#options.clock.monotonic() };
  }
}
