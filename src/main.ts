import { hostname } from 'node:os';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { readConfig } from './config.ts';
import { runOperator } from './operator.ts';

const reading = readConfig(process.env);
if (!reading.ok) {
  const problems = reading.problems.map((problem) => `\n  - ${problem}`).join('');
  fail(`The settings are incomplete or wrong:${problems}`);
}

const { config } = reading;
// Synchronous, so that the last lines before an exit are not lost.
const logger = pino(
  { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
  pino.destination({ dest: 1, sync: true }),
);

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    logger.info({ signal }, 'stopping');
    stop.abort();
  });
}

const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const server = kubeConfig.getCurrentCluster()?.server;
// The place where kubectl looked a decade ago is what client-node falls back to when it finds nothing.
if (server === undefined || server === 'http://localhost:8080') {
  fail('No cluster is known: set KUBECONFIG, write ~/.kube/config, or run in a pod with a service account.');
}
await runOperator({ config, kubeConfig, logger, instance: hostname() }, stop.signal);

/** Ends at once with a message for the person who started it. */
function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
