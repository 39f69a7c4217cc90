import { type MetricsSources, OperatorMetrics } from '../../src/metrics/operator-metrics.ts';
import { parseScrape, type Scrape } from '../support/prometheus-text.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export interface PlayedMetrics {
  readonly clock: VirtualClock;
  readonly metrics: OperatorMetrics;
  /** What Prometheus would be shown now. */
  readonly scrape: () => Promise<Scrape>;
}

/** The metrics of an operator that the test plays. */
export function playedMetrics(): PlayedMetrics {
  const clock = new VirtualClock();
  const metrics = new OperatorMetrics({
    clock,
    version: '1.2.3',
    host: 'cluster.example:6443',
    credentials: { expiresAt: undefined },
  });
  return { clock, metrics, scrape: async () => parseScrape((await metrics.scrape()).body) };
}

/** Where scrapes look while nothing is going on. */
export const IDLE: MetricsSources = {
  workers: 10,
  queueDepth: () => ({ ready: { high: 0, normal: 0, low: 0 }, delayed: 0, processing: 0 }),
  cloudLoad: () => [],
  election: undefined,
};

/** The samples of a series that are not zero, by the values of their labels in the order of the names given. */
export function countsOf({ samples }: Scrape, name: string, ...labels: readonly string[]) {
  return Object.fromEntries(
    samples
      .filter((sample) => sample.name === name && sample.value !== 0)
      .map((sample) => [labels.map((label) => sample.labels[label]).join(' '), sample.value]),
  );
}
