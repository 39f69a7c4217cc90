import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import { openSource } from './alb/credentials/open.ts';
import { AlbSessions } from './alb/sessions.ts';
import { CallerIdentities } from './alb/sts/caller-identities.ts';
import { readConfig } from './config.ts';
import { OperatorMetrics } from './metrics/operator-metrics.ts';
import { startMonitoring } from './monitoring.ts';
import { NAME, runOperator } from './operator.ts';
import { systemClock } from './runtime/clock.ts';
import { connectionFrom } from './runtime/kubernetes/connection.ts';
import { readKubeConfig } from './runtime/kubernetes/kube-config.ts';
import { Transport } from './runtime/kubernetes/transport.ts';
import { createLogger } from './runtime/logger.ts';
import { Probes } from './runtime/probes.ts';
import { systemRandom } from './runtime/random.ts';
import { helpText } from './settings/help.ts';

/** How soon a Secret that was missing is used once it is there. */
const SECRET_RETRY_MS = 15_000;
/** For closing connections at the end. */
const CLOSE_MS = 2000;

const reading = readConfig(process.env, process.argv.slice(2));
if (!reading.ok) {
  if (reading.asks !== undefined) answer(reading.asks === 'help' ? helpText() : `${packageJson.version}\n`);
  const problems = reading.problems.map((problem) => `\n  - ${problem}`).join('');
  fail(`The settings are incomplete or wrong:${problems}`);
}

const { config } = reading;
const { regions, stsEndpoint } = config;
const logger = createLogger(config.log, process.stdout);

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    logger.info({ signal }, 'stopping');
    stop.abort();
  });
}

const cluster = readKubeConfig();
if (!cluster.ok) fail(cluster.problem);
const { kubeConfig, server } = cluster;
const clock = systemClock;
const provider = openSource(config.credentials, { stsEndpoint, clock });
const metrics = new OperatorMetrics({
  clock,
  version: packageJson.version,
  host: new URL(server).host,
  credentials: provider,
});
metrics.watchProcess();
const transport = new Transport({
  connection: connectionFrom(kubeConfig),
  userAgent: NAME,
  clock,
  onRequest: metrics.onApiRequest,
});
logger.info({ server, endpoint: config.endpoint }, 'starting');
if (regions.doubt !== undefined) logger.warn({}, `ALIBABA_CLOUD_REGION_ID: ${regions.doubt}`);
const probes = new Probes();
const monitoring = await startMonitoring({
  config: config.monitoring,
  probes,
  metrics,
  transport,
  clock,
  logger,
});
if (!monitoring.ok) fail(monitoring.problem);
const ending = await runOperator(
  {
    config,
    transport,
    server,
    connectCloud: (parts) =>
      new AlbSessions({
        ...parts,
        regions,
        stsEndpoint,
        roleSessionName: config.roleSessionName,
        installation: config.installation,
        own: provider,
        identities: new CallerIdentities(stsEndpoint, clock),
        retryMs: Math.min(config.pace.slow, SECRET_RETRY_MS),
        clock,
      }).open,
    clock,
    random: systemRandom,
    logger,
    instance: hostname(),
    probes,
    metrics,
    // A pod that starts again keeps its name; it is another process all the same.
    leadership: config.lease && { lease: config.lease, identity: `${hostname()}_${randomUUID()}` },
  },
  stop.signal,
);
if (ending === 'leadershipLost') {
  // At once: whatever is still under way here is for the new leader to finish.
  logger.error('another replica leads, or the lease could not be renewed in time: this process ends');
  process.exit(1);
}
// Work that was abandoned, and connections that do not close, shall not keep the process alive.
setTimeout(() => process.exit(0), CLOSE_MS).unref();
await Promise.all([monitoring.close(), transport.close()]);
logger.info('stopped');

/** Ends with what was asked for. */
function answer(text: string): never {
  process.stdout.write(text);
  process.exit(0);
}

/** Ends at once with a message for the person who started it. */
function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
