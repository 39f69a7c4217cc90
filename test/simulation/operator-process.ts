import type { Logger } from 'pino';
import { AlbSessions } from '../../src/alb/sessions.ts';
import { OperatorMetrics } from '../../src/metrics/operator-metrics.ts';
import { type Ending, runOperator } from '../../src/operator.ts';
import type { ApiRequest } from '../../src/runtime/kubernetes/api-transport.ts';
import { describeThrown } from '../../src/runtime/log.ts';
import type { ObjectKey } from '../../src/runtime/object.ts';
import type { Reply } from '../../src/simulator/reply.ts';
import { parseScrape, type Scrape } from '../support/prometheus-text.ts';
import type { ApiServer } from './api-server/api-server.ts';
import type { ApiFaults } from './api-server/faults.ts';
import type { Chance } from './chance.ts';
import type { Cloud } from './cloud.ts';
import { cloudConnection, type Departure } from './cloud-connection.ts';
import { clusterConnection } from './cluster-connection.ts';
import type { FaultTally } from './fault-tally.ts';
import type { Gate, Gates, Traveller } from './gates.ts';
import { PACE } from './pace.ts';
import { ProcessClock } from './process-clock.ts';
import { REGIONS } from './regions.ts';
import type { Timeline } from './timeline.ts';

export interface OperatorProcessOptions {
  readonly name: string;
  readonly timeline: Timeline;
  readonly gates: Gates;
  readonly chance: Chance;
  readonly server: ApiServer;
  readonly apiFaults: ApiFaults;
  /** See `ClusterConnectionOptions`. */
  readonly isSilent: (request: ApiRequest) => boolean;
  readonly cloud: Cloud;
  readonly cloudFaultRate: number;
  readonly tally: FaultTally;
  readonly logger: Logger;
  /** How far its wall clock is ahead; milliseconds. */
  readonly aheadMs: number;
  /** What it must hold to lead; without, it just begins. */
  readonly lease: ObjectKey | undefined;
  readonly departs: (departure: Departure) => void;
  /** See `CloudConnectionOptions`. */
  readonly hears: (process: string, operation: string, reply: Reply) => void;
  /** Told when it ends itself because it does not lead any more. */
  readonly lost: () => void;
}

/** One running operator: all of production, from its transport to its workers. */
export class OperatorProcess implements Traveller {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly #metrics: OperatorMetrics;
  readonly #gates: Gates;
  readonly #chance: Chance;
  readonly #stop = new AbortController();
  #life: 'running' | 'ended' | 'dead' = 'running';
  #isPaused = false;
  /** What ended it although nobody wanted that. */
  #failure: string | undefined;

  constructor(options: OperatorProcessOptions) {
    const { name, timeline, gates, chance, server, apiFaults, cloud, tally, logger, aheadMs, lease } =
      options;
    this.name = name;
    this.#gates = gates;
    this.#chance = chance;
    this.clock = new ProcessClock(timeline, aheadMs);
    const { clock } = this;
    this.#metrics = new OperatorMetrics({
      clock,
      version: 'simulation',
      host: 'simulation',
      credentials: { expiresAt: undefined },
    });
    const connection = cloudConnection({
      cloud,
      gates,
      process: this,
      clock,
      chance: chance.fork(),
      tally,
      rate: options.cloudFaultRate,
      departs: options.departs,
      hears: options.hears,
    });
    const run = runOperator(
      {
        config: {
          pace: PACE,
          workers: 4,
          callsPerMinute: 160,
          adoptFrom: new Set(),
          namedRegions: [],
          installation: 'simulation',
          watch: { namespaces: [] },
          loadBalancerNamespaces: new Map<string, readonly string[]>(),
        },
        transport: clusterConnection({
          server,
          faults: apiFaults,
          gates,
          process: this,
          clock,
          isSilent: options.isSilent,
        }),
        server: 'https://api.example.com:6443',
        connectCloud: (parts) =>
          new AlbSessions({
            ...parts,
            clock,
            own: cloud.key,
            identities: cloud.key,
            regions: REGIONS,
            stsEndpoint: '',
            roleSessionName: name,
            installation: 'simulation',
            retryMs: PACE.slow,
            carrierOf: ({ target, credentials }) => connection(target.endpoint, credentials.accessKeyId()),
          }).open,
        clock,
        random: chance.fork(),
        logger,
        instance: name,
        leadership: lease && { lease, identity: name },
        metrics: this.#metrics,
      },
      this.#stop.signal,
    );
    void this.#untilEnd(run, options.lost);
  }

  get isAlive(): boolean {
    return this.#life === 'running';
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isStopping(): boolean {
    return this.isAlive && this.#stop.signal.aborted;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  /** What Prometheus is shown. */
  async scrape(): Promise<Scrape> {
    return parseScrape((await this.#metrics.scrape()).body);
  }

  /** SIGTERM. */
  terminate(): void {
    this.#stop.abort();
  }

  /** SIGKILL, or a node that goes: nothing reaches it any more. What has left it may still arrive. Gives the gates at which it died. */
  kill(): readonly DeathAt[] {
    const gates = this.#gates.of(this).map((gate) => ({ gate, hasLeft: this.#chance.happens(0.5) }));
    this.#life = 'dead';
    this.clock.die();
    this.#gates.close(
      gates.filter(({ gate, hasLeft }) => gate.stage !== 'request' || !hasLeft).map(({ gate }) => gate),
    );
    return gates;
  }

  /** Its machine sleeps. What has left it arrives; what it is told, and its timers, come when it wakes. */
  pause(): void {
    this.#isPaused = true;
    this.clock.sleep();
  }

  wake(): void {
    this.#isPaused = false;
    this.clock.wake();
  }

  async #untilEnd(run: Promise<Ending>, lost: () => void): Promise<void> {
    let ending: Ending = 'stopped';
    try {
      ending = await run;
    } catch (thrown) {
      this.#failure = describeThrown(thrown).message;
    }
    if (this.#life !== 'running') return;
    this.#life = 'ended';
    if (ending === 'leadershipLost') lost();
  }
}

export interface DeathAt {
  readonly gate: Gate;
  /** Whether what waited there had left the process and arrives all the same. */
  readonly hasLeft: boolean;
}
