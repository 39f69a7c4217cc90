import { z } from 'zod';
import { type Credentials, credentialsFromEnvironment } from './alb/credentials.ts';
import { type EndpointResult, endpointFromUrl, endpointOf } from './alb/endpoints.ts';
import type { Pace } from './listener/ports.ts';

export interface Config {
  /** Base URL of the ALB API. */
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly pace: Pace;
  /** The most calls a minute of each operation of the ALB API. */
  readonly callsPerMinute: number;
  /** How many resources are worked on at once. */
  readonly workers: number;
  /** Names this installation; the same for all its replicas. */
  readonly installation: string;
  readonly logLevel: string;
}

export type ConfigReading =
  | { readonly ok: true; readonly config: Config }
  /** Everything that is wrong, not only the first thing. */
  | { readonly ok: false; readonly problems: readonly string[] };

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,6}(ms|s|m|h)$/, 'write a duration like 500ms, 30s, 10m or 1h')
  .transform((text) => {
    const unit = z.enum(['ms', 's', 'm', 'h']).parse(text.replace(/^[0-9]+/, ''));
    return Number.parseInt(text, 10) * UNITS[unit];
  });

const environmentSchema = z.object({
  ALIBABA_CLOUD_REGION_ID: z.string('set the region of the load balancers, for example cn-hangzhou').trim(),
  ALB_NETWORK: z.enum(['public', 'vpc'], 'write public or vpc').default('public'),
  ALB_ENDPOINT: z.string().optional(),
  ALB_POLL_INTERVAL: duration.prefault('2s'),
  ALB_BUSY_INTERVAL: duration.prefault('2s'),
  ALB_SLOW_INTERVAL: duration.prefault('5m'),
  ALB_RESYNC_INTERVAL: duration.prefault('10m'),
  ALB_SETTLE_TIME: duration.prefault('2m'),
  ALB_PATIENCE: duration.prefault('10m'),
  ALB_CALLS_PER_MINUTE: z
    .string()
    .regex(/^([1-9][0-9]{0,3}|10000)$/, 'write a number from 1 to 10000')
    .prefault('160')
    .transform(Number),
  ALB_WORKERS: z
    .string()
    .regex(/^[1-9][0-9]{0,2}$/, 'write a number from 1 to 999')
    .prefault('10')
    .transform(Number),
  ALB_INSTALLATION: z
    .string()
    .regex(/^[\w./-]{1,128}$/, 'write 1 to 128 letters, digits, hyphens, underscores, periods and slashes')
    .default('alb-listener-operator'),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
      'write trace, debug, info, warn, error or fatal',
    )
    .default('info'),
});

/** Reads all settings; `docs/settings.md` explains each. An empty variable counts as not set. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): ConfigReading {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const settings = environmentSchema.safeParse(given);
  const credentials = credentialsFromEnvironment(environment);
  const endpoint = settings.success ? endpointFrom(settings.data) : undefined;

  const problems = [
    ...(settings.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...(credentials.ok ? [] : [credentials.problem]),
    ...(endpoint === undefined || endpoint.ok ? [] : [endpoint.problem]),
  ];
  if (!settings.success || !credentials.ok || endpoint === undefined || !endpoint.ok)
    return { ok: false, problems };
  return {
    ok: true,
    config: {
      endpoint: endpoint.endpoint,
      credentials: credentials.credentials,
      pace: paceFrom(settings.data),
      callsPerMinute: settings.data.ALB_CALLS_PER_MINUTE,
      workers: settings.data.ALB_WORKERS,
      installation: settings.data.ALB_INSTALLATION,
      logLevel: settings.data.LOG_LEVEL,
    },
  };
}

type Settings = z.infer<typeof environmentSchema>;

function endpointFrom({ ALB_ENDPOINT, ALB_NETWORK, ALIBABA_CLOUD_REGION_ID }: Settings): EndpointResult {
  return ALB_ENDPOINT === undefined
    ? named('ALIBABA_CLOUD_REGION_ID', endpointOf(ALIBABA_CLOUD_REGION_ID, ALB_NETWORK))
    : named('ALB_ENDPOINT', endpointFromUrl(ALB_ENDPOINT));
}

function named(variable: string, result: EndpointResult): EndpointResult {
  return result.ok ? result : { ok: false, problem: `${variable}: ${result.problem}` };
}

function paceFrom(settings: Settings): Pace {
  return {
    poll: settings.ALB_POLL_INTERVAL,
    busy: settings.ALB_BUSY_INTERVAL,
    slow: settings.ALB_SLOW_INTERVAL,
    resync: settings.ALB_RESYNC_INTERVAL,
    settle: settings.ALB_SETTLE_TIME,
    patience: settings.ALB_PATIENCE,
  };
}
