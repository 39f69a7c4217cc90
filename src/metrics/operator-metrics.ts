import { collectDefaultMetrics, Registry } from '@prometheus-io/client';
import type { CredentialsProvider } from '../alb/credentials/provider.ts';
import type { LanesLoad } from '../alb/lanes.ts';
import type { ObservedCall } from '../alb/observed-rpc.ts';
import type { CloudLoad } from '../cloud-sessions.ts';
import type { AuditRecord } from '../listener/audit.ts';
import type { Cluster } from '../listener/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ControllerObserver, Result } from '../runtime/controller.ts';
import type { Elector } from '../runtime/elector.ts';
import type { Priority, QueueDepth } from '../runtime/work-queue.ts';
import { BoundedLabel } from './bounded-label.ts';
import { Census } from './census.ts';
import { createInstruments } from './instruments.ts';
import { QueueTimes } from './queue-times.ts';
import { SiteBudgets } from './site-budgets.ts';
import { withTurningPoints } from './turning-points.ts';

export interface OperatorMetricsOptions {
  readonly clock: Clock;
  readonly version: string;
  /** Of the API server. */
  readonly host: string;
  readonly credentials: Pick<CredentialsProvider, 'expiresAt'>;
}

/** What is looked at when somebody scrapes. */
export interface MetricsSources {
  readonly workers: number;
  readonly queueDepth: () => QueueDepth;
  readonly cloudLoad: () => CloudLoad;
  readonly election: Pick<Elector, 'leaseName' | 'isLeading'> | undefined;
}

const CONTROLLER = { controller: 'alblistener' };
const QUEUE = { name: 'alblistener', ...CONTROLLER };
/** controller-runtime has numbers, and 0 and -100 for the same two. */
const PRIORITY = { high: '100', normal: '0', low: '-100' } as const satisfies Record<Priority, string>;
const LEVELS = ['high', 'normal', 'low'] as const satisfies readonly Priority[];
const RESULTS = ['success', 'requeue', 'requeue_after', 'error'] as const;
const BREAKERS = ['budget', 'lane', 'noAnswer', 'convergence', 'deletionGuard'] as const;
const MOST_CODES = 64;

/**
 * What the operator measures about itself. Everything else reports through small ports and knows nothing of Prometheus;
 * what can be looked at is looked at when somebody scrapes.
 */
export class OperatorMetrics {
  /** Follows the store of AlbListeners. */
  readonly census = new Census();
  readonly queue: QueueTimes;
  readonly controller: ControllerObserver;
  readonly #options: OperatorMetricsOptions;
  readonly #registry = new Registry();
  readonly #instruments = createInstruments(this.#registry);
  readonly #codes = new BoundedLabel(MOST_CODES);
  readonly #siteBudgets = new SiteBudgets();
  #sources: MetricsSources | undefined;

  constructor(options: OperatorMetricsOptions) {
    this.#options = options;
    const { queueAdds, queueSeconds, workSeconds, queueRetries, activeWorkers, build } = this.#instruments;
    this.queue = new QueueTimes(options.clock, {
      added: () => queueAdds.inc(QUEUE),
      waited: (seconds) => queueSeconds.observe(QUEUE, seconds),
      worked: (seconds) => workSeconds.observe(QUEUE, seconds),
      retried: () => queueRetries.inc(QUEUE),
    });
    this.controller = {
      began: () => activeWorkers.inc(CONTROLLER),
      ended: (run) => this.#reconciled(run),
    };
    build.set({ version: options.version }, 1);
    this.#startAtZero();
  }

  /** Shows the processor time, the memory and the like of this process, too. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Where scrapes look from now on. */
  watch(sources: MetricsSources): void {
    this.#sources = sources;
  }

  /** The page for Prometheus. */
  async scrape(): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#look();
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  readonly onApiRequest = (method: string, status: number | undefined): void => {
    const code = status === undefined ? '<error>' : String(status);
    this.#instruments.apiRequests.inc({ code, method, host: this.#options.host });
  };

  readonly onCall = ({ operation, outcome, tookMs }: ObservedCall): void => {
    const { calls, callSeconds, throttled } = this.#instruments;
    const code = outcome.outcome === 'yes' ? 'OK' : this.#codes.of(outcome.error.code);
    calls.inc({ operation, outcome: outcome.outcome, code });
    callSeconds.observe({ operation }, tookMs / 1000);
    // At zero, too: a counter that is not there until it first counts hides that from `rate`.
    throttled.inc({ operation }, outcome.outcome !== 'yes' && outcome.error.class === 'throttled' ? 1 : 0);
  };

  readonly onTrip = (breaker: (typeof BREAKERS)[number]): void => {
    this.#instruments.trips.inc({ breaker });
  };

  readonly onWrite = ({ operation, cause, outcome }: AuditRecord): void => {
    const { writes, drifts } = this.#instruments;
    writes.inc({ operation, cause, outcome });
    // Only the first write after others changed something has this cause.
    if (cause === 'drift') drifts.inc({ response: 'corrected' });
  };

  /** The same cluster, measured. */
  measured(cluster: Cluster): Cluster {
    const { toRunning, recovered, drifts } = this.#instruments;
    return withTurningPoints(cluster, {
      firstRunning: ({ createdAt }) => {
        // Clocks of different machines.
        const tookMs = Math.max(0, this.#options.clock.now() - Date.parse(createdAt));
        toRunning.observe(tookMs / 1000);
      },
      creationRecovered: () => recovered.inc(),
      driftReported: () => drifts.inc({ response: 'reported' }),
      convergenceGivenUp: () => this.onTrip('convergence'),
      deletionHeld: () => this.onTrip('deletionGuard'),
    });
  }

  #reconciled({ result, threw, tookMs }: Parameters<ControllerObserver['ended']>[0]): void {
    const { activeWorkers, reconciles, reconcileErrors, reconcilePanics, reconcileSeconds } =
      this.#instruments;
    activeWorkers.dec(CONTROLLER);
    reconcileSeconds.observe(CONTROLLER, tookMs / 1000);
    const label = resultOf(result);
    reconciles.inc({ ...CONTROLLER, result: label });
    if (label === 'error') reconcileErrors.inc(CONTROLLER);
    if (threw) reconcilePanics.inc(CONTROLLER);
  }

  /** Takes what is only looked at when somebody asks. */
  #look(): void {
    const { phases, reasons, drifted, unfinishedSeconds, longestRunningSeconds } = this.#instruments;
    for (const [phase, count] of this.census.phases) phases.set({ phase }, count);
    for (const { reason, stance, count } of this.census.reasons) reasons.set({ reason, stance }, count);
    drifted.set(this.census.drifted);

    const unfinished = this.queue.unfinished();
    unfinishedSeconds.set(
      QUEUE,
      unfinished.reduce((sum, seconds) => sum + seconds, 0),
    );
    longestRunningSeconds.set(QUEUE, Math.max(0, ...unfinished));
    if (this.#sources !== undefined) this.#lookAt(this.#sources);
  }

  #lookAt({ workers, queueDepth, cloudLoad, election }: MetricsSources): void {
    const instruments = this.#instruments;
    instruments.maxConcurrent.set(CONTROLLER, workers);
    const { ready } = queueDepth();
    for (const level of LEVELS) {
      instruments.queueDepth.set({ ...QUEUE, priority: PRIORITY[level] }, ready[level]);
    }
    const sites = cloudLoad();
    this.#setBudgets(sites);
    const lanes = sites.map((site) => site.lanes);
    instruments.lanes.set({ state: 'open' }, sumOf(lanes, 'open'));
    instruments.lanes.set({ state: 'closed' }, sumOf(lanes, 'closed'));
    instruments.laneInFlight.set(sumOf(lanes, 'inFlight'));
    instruments.laneDepth.set(Math.max(0, ...lanes.map(({ deepest }) => deepest)));
    if (election !== undefined) {
      instruments.isLeader.set({ name: election.leaseName }, election.isLeading ? 1 : 0);
    }
    const expireAt = this.#options.credentials.expiresAt;
    if (expireAt !== undefined) instruments.credentialsExpireAt.set({ source: 'oidcRole' }, expireAt / 1000);
  }

  #setBudgets(sites: CloudLoad): void {
    const { budgetLeft, budgetRate } = this.#instruments;
    // An account that nobody works in any more has no budget.
    budgetLeft.reset();
    budgetRate.reset();
    for (const { account, region, operation, left, callsPerMinute } of this.#siteBudgets.of(sites)) {
      budgetLeft.set({ account, region, operation }, left);
      budgetRate.set({ account, region, operation }, callsPerMinute);
    }
  }

  #startAtZero(): void {
    const { reconciles, activeWorkers, trips, drifts, ...rest } = this.#instruments;
    for (const result of RESULTS) reconciles.inc({ ...CONTROLLER, result }, 0);
    for (const counter of [
      rest.reconcileErrors,
      rest.terminalErrors,
      rest.reconcilePanics,
      rest.reconcileTimeouts,
    ]) {
      counter.inc(CONTROLLER, 0);
    }
    activeWorkers.set(CONTROLLER, 0);
    rest.reconcileSeconds.zero(CONTROLLER);
    rest.queueAdds.inc(QUEUE, 0);
    rest.queueRetries.inc(QUEUE, 0);
    rest.queueSeconds.zero(QUEUE);
    rest.workSeconds.zero(QUEUE);
    for (const breaker of BREAKERS) trips.inc({ breaker }, 0);
    for (const response of ['corrected', 'reported']) drifts.inc({ response }, 0);
  }
}

function sumOf(lanes: readonly LanesLoad[], count: 'open' | 'closed' | 'inFlight'): number {
  return lanes.reduce((sum, load) => sum + load[count], 0);
}

function resultOf(result: Result): (typeof RESULTS)[number] {
  switch (result.next) {
    case 'done':
      return 'success';
    case 'after':
      return 'requeue_after';
    case 'poll':
      return result.ms === 0 ? 'requeue' : 'requeue_after';
    case 'onward':
      return 'requeue';
    case 'retry':
      return 'error';
  }
}
