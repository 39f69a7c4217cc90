import { hostname } from 'node:os';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { readConfig } from './config.ts';
import { runOperator } from './operator.ts';

const reading = readConfig(process.env);
if (!reading.ok) {
  process.stderr.write(
    `The settings are incomplete or wrong:\n${reading.problems.map((problem) => `  - ${problem}\n`).join('')}`,
  );
  process.exit(2);
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
await runOperator({ config, kubeConfig, logger, instance: hostname() }, stop.signal);
