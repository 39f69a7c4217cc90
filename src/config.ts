import { type CredentialsSource, chooseSource } from './alb/credentials/source.ts';
import {
  type EndpointResult,
  endpointsFromText,
  type GivenEndpoints,
  type Regions,
  regionsOf,
} from './alb/endpoints.ts';
import { stsEndpointFromUrl, stsEndpointOf } from './alb/sts/endpoint.ts';
import type { Pace } from './listener/ports.ts';
import type { MonitoringConfig } from './monitoring.ts';
import type { LogOptions } from './runtime/logger.ts';
import { type ObjectKey, objectKey } from './runtime/object.ts';
import type { WatchScope } from './runtime/reflectors.ts';
import { describedSettings } from './settings/described.ts';
import { readFlags } from './settings/flags.ts';
import { type Settings, settingsSchema } from './settings/schema.ts';

export interface Config {
  /** Base URL of the ALB API in the operator's own region. */
  readonly endpoint: string;
  readonly regions: Regions;
  /** Base URL of STS. */
  readonly stsEndpoint: string;
  readonly credentials: CredentialsSource;
  /** Names this operator in the audit log of the accounts whose roles it assumes. */
  readonly roleSessionName: string;
  readonly pace: Pace;
  /** The most calls a minute of each operation of the ALB API. */
  readonly callsPerMinute: number;
  /** How many resources are worked on at once. */
  readonly workers: number;
  /** Names this installation; the same for all its replicas. */
  readonly installation: string;
  /** Regions that settings name, the operator's own one first. */
  readonly namedRegions: readonly string[];
  /** See `Home`. */
  readonly adoptFrom: ReadonlySet<string>;
  readonly log: LogOptions;
  /** Which namespaces may use a load balancer with the operator's own credentials. See `mayUseOf`. */
  readonly loadBalancerNamespaces: ReadonlyMap<string, readonly string[]>;
  /** The AlbListeners that this installation looks after. */
  readonly watch: WatchScope;
  /** The Lease that replicas compete for; `undefined` where there is no election. */
  readonly lease: ObjectKey | undefined;
  readonly monitoring: MonitoringConfig;
}

export type ConfigReading =
  | { readonly ok: true; readonly config: Config }
  /** The command line asks for something else than to run. */
  | { readonly ok: false; readonly asks: 'help' | 'version'; readonly problems: readonly [] }
  /** Everything that is wrong, not only the first thing. */
  | { readonly ok: false; readonly asks?: undefined; readonly problems: readonly string[] };

/** Reads all settings; a flag wins over its variable, and an empty variable counts as not set. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): ConfigReading {
  const flags = readFlags(args);
  if (flags.asks !== undefined) return { ok: false, asks: flags.asks, problems: [] };
  const set = Object.entries(environment).filter(([, value]) => value?.trim() !== '');
  const given = new Map([...set, ...flags.given]);
  const settings = settingsSchema.safeParse(Object.fromEntries(given));

  const problems = [
    ...flags.problems,
    ...(settings.error?.issues ?? []).map(
      ({ path, message }) => `${placeOf(path.join('.'), flags.given)}: ${message}`,
    ),
  ];
  if (!settings.success) {
    const named = chooseSource({ ALIBABA_CLOUD_ROLE_SESSION_NAME: '', ...Object.fromEntries(given) });
    return { ok: false, problems: named.ok ? problems : [...problems, named.problem] };
  }
  const source = chooseSource(settings.data);
  const endpoints = givenEndpoints(settings.data);
  const regions = regionsOf({
    home: settings.data.ALIBABA_CLOUD_REGION_ID,
    network: settings.data.ALB_NETWORK,
    given: endpoints.ok ? endpoints.endpoints : new Map<string, string>(),
    further: settings.data.ALB_REGIONS ?? [],
  });
  const endpoint = named('ALIBABA_CLOUD_REGION_ID', regions.endpointOf(regions.home));
  const stsEndpoint = stsEndpointFrom(settings.data);
  const lease = leaseFrom(settings.data);
  for (const result of [source, endpoints, endpoint, stsEndpoint, lease])
    if (!result.ok) problems.push(result.problem);
  if (!source.ok || !endpoint.ok || !stsEndpoint.ok || !lease.ok || problems.length > 0)
    return { ok: false, problems };
  return {
    ok: true,
    config: {
      endpoint: endpoint.endpoint,
      regions,
      stsEndpoint: stsEndpoint.endpoint,
      credentials: source.source,
      roleSessionName: settings.data.ALIBABA_CLOUD_ROLE_SESSION_NAME,
      pace: paceFrom(settings.data),
      callsPerMinute: settings.data.ALB_CALLS_PER_MINUTE,
      workers: settings.data.ALB_WORKERS,
      installation: settings.data.ALB_INSTALLATION,
      namedRegions: namedRegions(settings.data, endpoints),
      adoptFrom: new Set(settings.data.ADOPT_FROM_CLUSTERS ?? []),
      log: { level: settings.data.LOG_LEVEL, format: settings.data.LOG_FORMAT },
      loadBalancerNamespaces: settings.data.LOAD_BALANCER_NAMESPACES ?? new Map<string, readonly string[]>(),
      watch: {
        namespaces: settings.data.WATCH_NAMESPACES ?? [],
        labelSelector: settings.data.WATCH_SELECTOR,
      },
      lease: lease.lease,
      monitoring: {
        probes: settings.data.HEALTH_PROBE_BIND_ADDRESS,
        metrics: settings.data.METRICS_BIND_ADDRESS,
        metricsAuth: settings.data.METRICS_AUTH,
      },
    },
  };
}

/** Where a person put the value. */
function placeOf(variable: string, given: ReadonlyMap<string, string>): string {
  const flag = describedSettings.find((setting) => setting.variable === variable)?.flag;
  return given.has(variable) && flag !== undefined ? flag : variable;
}

function givenEndpoints({ ALB_ENDPOINT, ALIBABA_CLOUD_REGION_ID }: Settings): GivenEndpoints {
  if (ALB_ENDPOINT === undefined) return { ok: true, endpoints: new Map() };
  const result = endpointsFromText(ALB_ENDPOINT, ALIBABA_CLOUD_REGION_ID);
  return result.ok ? result : { ok: false, problem: `ALB_ENDPOINT: ${result.problem}` };
}

function namedRegions(
  { ALIBABA_CLOUD_REGION_ID, ALB_REGIONS = [] }: Settings,
  endpoints: GivenEndpoints,
): readonly string[] {
  const given = endpoints.ok ? endpoints.endpoints.keys() : [];
  return [...new Set([ALIBABA_CLOUD_REGION_ID, ...given, ...ALB_REGIONS])];
}

function named(variable: string, result: EndpointResult): EndpointResult {
  return result.ok ? result : { ok: false, problem: `${variable}: ${result.problem}` };
}

function stsEndpointFrom(settings: Settings): EndpointResult {
  const { ALIBABA_CLOUD_STS_ENDPOINT: url, ALIBABA_CLOUD_REGION_ID: region, ALB_NETWORK } = settings;
  return url === undefined
    ? { ok: true, endpoint: stsEndpointOf(region, ALB_NETWORK) }
    : named('ALIBABA_CLOUD_STS_ENDPOINT', stsEndpointFromUrl(url));
}

type LeaseResult =
  | { readonly ok: true; readonly lease: ObjectKey | undefined }
  | { readonly ok: false; readonly problem: string };

function leaseFrom({ LEADER_ELECT, LEASE_NAME, LEASE_NAMESPACE, POD_NAMESPACE }: Settings): LeaseResult {
  if (LEADER_ELECT === 'false') return { ok: true, lease: undefined };
  const namespace = LEASE_NAMESPACE ?? POD_NAMESPACE;
  if (namespace === undefined) {
    return {
      ok: false,
      problem:
        'LEASE_NAMESPACE: set the namespace of the Lease, or POD_NAMESPACE, where LEADER_ELECT is true.',
    };
  }
  return { ok: true, lease: objectKey(namespace, LEASE_NAME) };
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
