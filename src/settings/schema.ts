import { z } from 'zod';
import {
  bindAddress,
  clusterList,
  count,
  duration,
  labelSelector,
  namespaceList,
  namespaceName,
  namespacesByLoadBalancer,
  oneOf,
  regionList,
  word,
} from './kinds.ts';

/** What people read about a setting, in `--help` and in `docs/settings.md`. */
export interface About {
  readonly group: 'Cloud' | 'Credentials' | 'Cluster' | 'Pace' | 'Monitoring' | 'Log';
  /** What stands for the value in `--help`, for example `DURATION`. */
  readonly value: string;
  /** Markdown, one line. */
  readonly meaning: string;
  /** Without: the variable in kebab case without its prefix. `none`: whoever lists processes would read the value. */
  readonly flag?: string;
}

/** Keyed by the schema itself, so no two settings may share one. */
export const about = z.registry<About>();

/**
 * Every setting there is. One is added here, in one place: its flag, `--help`, its check and its row in
 * `docs/settings.md` follow. The name is that of the environment variable.
 */
export const settingsSchema = z.object({
  ALIBABA_CLOUD_REGION_ID: z
    .string('set the region of the load balancers, for example cn-hangzhou')
    .trim()
    .register(about, {
      group: 'Cloud',
      value: 'REGION',
      meaning:
        'The region of the load balancers, for example `cn-hangzhou`, where a manifest names no other one in `spec.regionId`.',
    }),
  ALB_NETWORK: oneOf(['public', 'vpc'], 'public').register(about, {
    group: 'Cloud',
    value: 'public|vpc',
    meaning:
      '`public` calls `alb.REGION.aliyuncs.com`; `vpc` calls `alb-vpc.REGION.aliyuncs.com`, which can be reached from a VPC of the same region only, so that other regions are called by their public endpoints all the same. The same holds for STS.',
  }),
  ALB_ENDPOINT: z.string().optional().register(about, {
    group: 'Cloud',
    value: 'URL',
    meaning:
      'An `http` or `https` URL with host and port, in place of the endpoint of the region above: for the [simulator](simulator.md) or a proxy. For more than one region `REGION=URL`, with commas between them.',
  }),

  ALB_REGIONS: regionList().register(about, {
    group: 'Cloud',
    value: 'REGIONS',
    meaning:
      'Further regions that `spec.regionId` may name, with commas between them: those that Alibaba Cloud opened after this version. Known anyway: the regions that the API listed, the region above and those in `ALB_ENDPOINT`. See [credentials](credentials.md#regions).',
  }),

  LOAD_BALANCER_NAMESPACES: namespacesByLoadBalancer().register(about, {
    group: 'Cloud',
    value: 'MAP',
    meaning:
      'Which namespaces may use a load balancer with the operator’s own credentials: `alb-aaa=shop,web;alb-bbb=team-*;*=platform`. `*` in a name stands for any characters, `*` as a load balancer for all that are not named; without it, those serve every namespace. An AlbListener outside says `LoadBalancerNotAllowed`, without a call. See [credentials](credentials.md#who-may-use-which-load-balancer).',
  }),

  ALIBABA_CLOUD_ROLE_ARN: word().register(about, {
    group: 'Credentials',
    value: 'ARN',
    meaning:
      'RRSA: the RAM role to work as, with the next two. Alibaba Cloud’s webhook sets the three in a pod.',
  }),
  ALIBABA_CLOUD_OIDC_PROVIDER_ARN: word().register(about, {
    group: 'Credentials',
    value: 'ARN',
    meaning: 'RRSA: the identity provider of the cluster.',
  }),
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: z.string().optional().register(about, {
    group: 'Credentials',
    value: 'FILE',
    meaning: 'RRSA: the file with the token of the service account. It is read again for each new key.',
  }),
  ALIBABA_CLOUD_ROLE_SESSION_NAME: z
    .string()
    .regex(/^[\w.@-]{2,64}$/, 'write 2 to 64 letters, digits, periods, at signs, hyphens and underscores')
    .default('alb-listener-operator')
    .register(about, {
      group: 'Credentials',
      value: 'NAME',
      meaning: 'Names this operator in the audit log of Alibaba Cloud, whenever it works as a role.',
    }),
  ALIBABA_CLOUD_STS_ENDPOINT: z.string().optional().register(about, {
    group: 'Credentials',
    value: 'URL',
    meaning:
      'An `https` URL with host and port in place of the STS endpoint of the region; `http` only on the same machine. STS tells to which account a key belongs, and issues the keys of roles.',
  }),
  ALB_CREDENTIALS_DIR: z.string().optional().register(about, {
    group: 'Credentials',
    value: 'FOLDER',
    meaning:
      'A mounted Secret with the files `accessKeyId`, `accessKeySecret` and, for a temporary key, `securityToken`. A change is noticed at the next call.',
  }),
  ALIBABA_CLOUD_ACCESS_KEY_ID: word().register(about, {
    group: 'Credentials',
    value: 'ID',
    meaning:
      'An access key. White space around it is ignored, as in the next two. The three are read at the start only.',
    flag: 'none',
  }),
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: word().register(about, {
    group: 'Credentials',
    value: 'SECRET',
    meaning: 'Its secret.',
    flag: 'none',
  }),
  ALIBABA_CLOUD_SECURITY_TOKEN: word().register(about, {
    group: 'Credentials',
    value: 'TOKEN',
    meaning: 'The STS token of a temporary access key.',
    flag: 'none',
  }),

  ALB_POLL_INTERVAL: duration('2s').register(about, {
    group: 'Pace',
    value: 'DURATION',
    meaning: 'Between two looks at a listener on which the cloud is working.',
  }),
  ALB_BUSY_INTERVAL: duration('2s').register(about, {
    group: 'Pace',
    value: 'DURATION',
    meaning:
      'How long writes to a load balancer rest after it answered that it is busy. When each creation keeps it busy for longer, the operator learns for how long.',
  }),
  ALB_SLOW_INTERVAL: duration('5m').register(about, {
    group: 'Pace',
    value: 'DURATION',
    meaning:
      'Between attempts that wait for something outside the resource: a quota, a permission, a missing server group.',
  }),
  ALB_RESYNC_INTERVAL: duration('10m').register(about, {
    group: 'Pace',
    value: 'DURATION',
    meaning:
      'Between two looks at a listener that runs as declared. A change made in the console is noticed within twice this time, since a list that is half as old will do.',
  }),
  ALB_SETTLE_TIME: duration('2m').register(about, {
    group: 'Pace',
    value: 'DURATION',
    meaning: 'When what was sent to the cloud is over and visible; see [below](#alb_settle_time).',
  }),
  ALB_INSTALLATION: z
    .string()
    .regex(/^[\w./-]{1,128}$/, 'write 1 to 128 letters, digits, hyphens, underscores, periods and slashes')
    .default('alb-listener-operator')
    .register(about, {
      group: 'Pace',
      value: 'NAME',
      meaning:
        'Name of this installation, the same for all its replicas: 1 to 128 letters, digits, `-`, `_`, `.` and `/`. It stands in `status.installation` of every object it works on; two installations with different names on one object notice each other and say so in an event, `OtherInstallation`.',
    }),
  ALB_PATIENCE: duration('10m').register(about, {
    group: 'Pace',
    value: 'DURATION',
    meaning: 'How long an operation of the cloud may take before the resource says `OperationOverdue`.',
  }),
  ALB_CALLS_PER_MINUTE: count(160, 10_000).register(about, {
    group: 'Pace',
    value: 'NUMBER',
    meaning:
      'The most calls a minute of each operation of the ALB API; 1 to 10,000. Alibaba Cloud allows an account 200 in a region, to everyone who uses it together. The operator goes below this by itself as long as the cloud throttles.',
  }),
  ALB_WORKERS: count(10, 999).register(about, {
    group: 'Pace',
    value: 'NUMBER',
    meaning:
      'How many resources are worked on at once; 1 to 999. No namespace, and no account and region, gets more than seven tenths.',
  }),

  WATCH_NAMESPACES: namespaceList().register(about, {
    group: 'Cluster',
    value: 'NAMES',
    meaning:
      'Namespaces with commas between them, such as `shop,blog`. Only their AlbListeners and ConfigMaps are read; without it, those of all. See [sharding](design/high-availability.md#sharding).',
  }),
  WATCH_SELECTOR: labelSelector().register(about, {
    group: 'Cluster',
    value: 'SELECTOR',
    meaning:
      'A label selector, such as `shard=a`. Only AlbListeners with these labels are looked after; without it, all.',
  }),

  ADOPT_FROM_CLUSTERS: clusterList().register(about, {
    group: 'Cluster',
    value: 'UIDS',
    meaning:
      'Clusters whose listeners `spec.adopt` may take over here, if namespace and name are the same: UIDs of their namespace `kube-system` with commas between them, and `untagged` for listeners from before the cluster tag. Without it, only listeners of this cluster and listeners without ownership tags. See [ownership](design/ownership.md).',
  }),

  LEADER_ELECT: oneOf(['true', 'false'], 'false').register(about, {
    group: 'Cluster',
    value: 'true|false',
    meaning:
      'Whether replicas elect a leader, who alone works while the others stand by. `true` with more than one replica.',
  }),
  LEASE_NAME: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
      'write the name of an object: a-z, 0-9, hyphens and periods',
    )
    .default('alb-listener-operator')
    .register(about, {
      group: 'Cluster',
      value: 'NAME',
      meaning: 'The Lease that the replicas of one installation compete for.',
    }),
  LEASE_NAMESPACE: namespaceName().optional().register(about, {
    group: 'Cluster',
    value: 'NAME',
    meaning: 'Where the Lease is; without it, the namespace in `POD_NAMESPACE`.',
  }),
  POD_NAMESPACE: z.string().optional().register(about, {
    group: 'Cluster',
    value: 'NAME',
    meaning: 'The namespace of the pod, set by its manifest.',
    flag: 'none',
  }),

  HEALTH_PROBE_BIND_ADDRESS: bindAddress(':8081').register(about, {
    group: 'Monitoring',
    value: 'ADDRESS',
    meaning:
      'Where `/healthz` and `/readyz` are served, for example `:8081` or `127.0.0.1:8081`; `0` for nowhere.',
  }),
  METRICS_BIND_ADDRESS: bindAddress(':8080').register(about, {
    group: 'Monitoring',
    value: 'ADDRESS',
    meaning: 'Where `/metrics` is served; `0` for nowhere. [What is there](metrics.md).',
  }),
  METRICS_AUTH: oneOf(['none', 'token'], 'none').register(about, {
    group: 'Monitoring',
    value: 'none|token',
    meaning:
      'With `token`, `/metrics` needs a bearer token of the cluster that may `get` the non-resource URL `/metrics`; see below.',
  }),

  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'info').register(about, {
    group: 'Log',
    value: 'LEVEL',
    meaning:
      '`trace`, `debug`, `info`, `warn`, `error` or `fatal`. The log is one line per thing that happened, on standard output.',
  }),
  LOG_FORMAT: oneOf(['auto', 'json', 'text'], 'auto').register(about, {
    group: 'Log',
    value: 'auto|json|text',
    meaning:
      '`json`: an object a line, with the level as a word. `text`: a readable line, with the time in UTC. `auto`: `text` on a terminal, `json` elsewhere. There are colours on a terminal only, and none with `NO_COLOR`.',
  }),
});

export type Settings = z.infer<typeof settingsSchema>;
