import type { OperatorMetrics } from './metrics/operator-metrics.ts';
import { type BindAddress, type Route, type RunningServer, startHttpServer } from './runtime/http-server.ts';
import { type Admission, TokenGuard, type TokenGuardOptions } from './runtime/kubernetes/token-guard.ts';
import type { Logger } from './runtime/log.ts';
import type { Probes } from './runtime/probes.ts';

export interface MonitoringConfig {
  /** `undefined`: not served. */
  readonly probes: BindAddress | undefined;
  readonly metrics: BindAddress | undefined;
  readonly metricsAuth: 'none' | 'token';
}

export interface MonitoringParts extends Pick<TokenGuardOptions, 'transport' | 'clock'> {
  readonly config: MonitoringConfig;
  readonly probes: Probes;
  readonly metrics: OperatorMetrics;
  readonly logger: Logger;
}

export type Monitoring =
  | { readonly ok: true; close(): Promise<void> }
  /** An address that cannot be listened on, in words for a person. */
  | { readonly ok: false; readonly problem: string };

const METRICS = '/metrics';

/** Serves `/healthz`, `/readyz` and `/metrics`. */
export async function startMonitoring(parts: MonitoringParts): Promise<Monitoring> {
  const { config, probes, logger } = parts;
  const servers: RunningServer[] = [];
  const pages = [
    { setting: 'HEALTH_PROBE_BIND_ADDRESS', address: config.probes, routes: probes.routes },
    { setting: 'METRICS_BIND_ADDRESS', address: config.metrics, routes: new Map([[METRICS, scrape(parts)]]) },
  ];
  for (const { setting, address, routes } of pages) {
    if (address === undefined) continue;
    try {
      const server = await startHttpServer(address, routes, logger);
      servers.push(server);
      logger.info({ pages: [...routes.keys()], port: server.port }, 'serving');
    } catch (thrown) {
      await closeAll(servers);
      return {
        ok: false,
        problem: `${setting}: cannot listen on ${formatAddress(address)} (${codeOf(thrown)})`,
      };
    }
  }
  return { ok: true, close: () => closeAll(servers) };
}

function scrape({ config, metrics, transport, clock }: MonitoringParts): Route {
  const guard = new TokenGuard({ transport, clock, path: METRICS });
  return async ({ authorization }) => {
    const admission = config.metricsAuth === 'none' ? 'allowed' : await guard.admit(authorization);
    if (admission !== 'allowed') return REFUSALS[admission];
    return { status: 200, ...(await metrics.scrape()) };
  };
}

const REFUSALS = {
  unknown: {
    status: 401,
    body: 'a bearer token of this cluster is needed\n',
    headers: { 'www-authenticate': 'Bearer' },
  },
  denied: { status: 403, body: `the token gives no right to get ${METRICS}\n` },
  unsure: { status: 503, body: 'the API server cannot be asked about the token now\n' },
} as const satisfies Record<Exclude<Admission, 'allowed'>, object>;

async function closeAll(servers: readonly RunningServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()));
}

function formatAddress({ host = '', port }: BindAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';
}
