import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import { type InventoryInput } from '../../src/simulator/inventory.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/server.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane/control-plane.ts';
import { type OperatorProcess, startOperatorProcess } from '../../tools/local/operator-process.ts';
import { manifest } from './full-manifests.ts';
import { PATIENCE_MS } from './patience.ts';
import { SecretSearch, secretsOfKubeconfig } from './secret-search.ts';
import { installShippedAccess, OPERATOR } from './shipped-access.ts';
import { statusProblems } from './status-invariants.ts';
import { type StatusWatch, watchStatuses } from './status-watch.ts';

/** Credentials of every operator under test. `close` looks for each of them in all that came out. */
export const PLANTED_SECRETS = {
  accessKeyId: 'LTAI5tPlantedKeyId00000',
  accessKeySecret: 'PlantedAccessKeySecret0000000',
  securityToken: 'CAISPlantedSecurityToken00000000000',
} as const;

const listenerSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    generation: z.number(),
    resourceVersion: z.string(),
    finalizers: z.array(z.string()).default([]),
  }),
  spec: z.looseObject({}),
  status: z.looseObject({
    observedGeneration: z.number().optional(),
    phase: z.string().optional(),
    listenerId: z.string().optional(),
    creation: z.looseObject({ incarnation: z.number(), unsettledAt: z.string().optional() }).optional(),
    conditions: z
      .array(
        z.looseObject({
          type: z.string(),
          status: z.string(),
          reason: z.string(),
          message: z.string(),
          observedGeneration: z.number(),
        }),
      )
      .default([]),
  }),
});

export type StoredListener = z.infer<typeof listenerSchema>;

/** An AlbListener as the API server returned it. */
export function parseListener(raw: unknown): StoredListener {
  return listenerSchema.parse(raw);
}

export interface OperatorWorldOptions {
  readonly inventory?: InventoryInput;
  readonly settings?: SettingsInput;
  /** Over the settings of the operator, which are fast here. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What must not come out either, beside everything secret that the cloud knows. */
  readonly secrets?: readonly string[];
  /** Where the operator finds the API server, when not as its own kubeconfig has it: for a proxy in between. */
  readonly kubeconfig?: (own: string, controlPlane: ControlPlane) => Promise<string>;
  /** Where the operator finds the cloud, when not at its own address: for a proxy in between. */
  readonly endpoint?: (simulated: string) => Promise<string>;
  /**
   * `close` also fails if any object ever said Running while the cloud did not run its listener. For worlds where
   * nobody else touches listeners that run.
   */
  readonly proveRunning?: boolean;
  /** The manifest that installs the CRD and the rights, when not that of this version. The caller starts the operator. */
  readonly install?: string;
  /** Whether somebody else writes the status of the object of this name, too: `close` does not judge what it says. */
  readonly isLiedAbout?: (name: string) => boolean;
}

interface StartOptions {
  readonly awaitWatching?: boolean;
  readonly main?: string | undefined;
}

/**
 * A control plane, a simulated cloud and the operator as a real process, all of one test file's own. The operator has
 * the rights that are shipped and no others.
 */
export class OperatorWorld implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  /** With the rights of the operator. */
  readonly operatorKubeconfig: string;
  readonly cloud: SimulatorControl;
  readonly #stateDirectory: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #printed: string[] = [];
  readonly #statuses: StatusWatch;
  readonly #strangers: readonly Listener[];
  readonly #secrets: string[];
  readonly #others: OperatorProcess[] = [];
  readonly #scrapes: string[] = [];
  #simulator: RunningSimulator;
  #operator: OperatorProcess | undefined;

  private constructor(parts: {
    controlPlane: ControlPlane;
    operatorKubeconfig: string;
    simulator: RunningSimulator;
    stateDirectory: string;
    environment: Readonly<Record<string, string>>;
    statuses: StatusWatch;
    strangers: readonly Listener[];
    secrets: readonly string[];
  }) {
    this.controlPlane = parts.controlPlane;
    this.operatorKubeconfig = parts.operatorKubeconfig;
    this.#simulator = parts.simulator;
    this.#stateDirectory = parts.stateDirectory;
    this.#environment = parts.environment;
    this.#statuses = parts.statuses;
    this.#strangers = parts.strangers;
    this.#secrets = [...parts.secrets];
    this.cloud = new SimulatorControl(parts.simulator.control);
  }

  static async start(options: OperatorWorldOptions = {}): Promise<OperatorWorld> {
    const controlPlane = await startControlPlane();
    const operatorKubeconfig = await installShippedAccess(controlPlane, options.install);

    const inventory = options.inventory ?? INVENTORY;
    const stateDirectory = await mkdtemp(join(tmpdir(), 'alb-simulator-'));
    const simulator = await startSimulator({
      stateFile: join(stateDirectory, 'state.json'),
      settings: { provisioningMs: 300, configuringMs: 200, ...options.settings },
      inventory: {
        ...inventory,
        loadBalancers: [...(inventory.loadBalancers ?? []), STRANGERS_LOAD_BALANCER],
        credentials: [PLANTED_SECRETS],
      },
    });
    const strangers = await plantStrangers(new SimulatorControl(simulator.control));
    const environment = {
      KUBECONFIG: (await options.kubeconfig?.(operatorKubeconfig, controlPlane)) ?? operatorKubeconfig,
      POD_NAMESPACE: OPERATOR,
      ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
      ALIBABA_CLOUD_ACCESS_KEY_ID: PLANTED_SECRETS.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: PLANTED_SECRETS.accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: PLANTED_SECRETS.securityToken,
      ALIBABA_CLOUD_STS_ENDPOINT: simulator.endpoint,
      ALB_ENDPOINT: (await options.endpoint?.(simulator.endpoint)) ?? simulator.endpoint,
      ALB_POLL_INTERVAL: '100ms',
      ALB_BUSY_INTERVAL: '200ms',
      ALB_SLOW_INTERVAL: '1s',
      ALB_CALLS_PER_MINUTE: '10000',
      ALB_RESYNC_INTERVAL: '2s',
      ALB_SETTLE_TIME: '3s',
      LOG_LEVEL: 'debug',
      ...options.environment,
    };
    const statuses = await watchStatuses(
      controlPlane.kubeconfigPath,
      (object) => (options.proveRunning === true ? unprovenRunning(object, simulator) : []),
      (object) => (options.isLiedAbout?.(object.metadata.name) === true ? [] : statusProblems(object)),
    );
    const world = new OperatorWorld({
      controlPlane,
      operatorKubeconfig,
      simulator,
      stateDirectory,
      environment,
      statuses,
      strangers,
      secrets: [...(options.secrets ?? []), ...(await secretsOfKubeconfig(environment.KUBECONFIG))],
    });
    if (options.install === undefined) await world.startOperator();
    return world;
  }

  get operator(): OperatorProcess {
    if (this.#operator === undefined) throw new Error('The operator does not run.');
    return this.#operator;
  }

  /** Resolves when it has seen the cluster, unless `awaitWatching` is false. `main` is that of another version. */
  async startOperator({ awaitWatching = true, main }: StartOptions = {}): Promise<void> {
    this.#operator = await startOperatorProcess(this.#environment, main);
    if (awaitWatching) await this.#operator.line('"msg":"watching"');
  }

  /** Another operator beside the first, with these settings over the same ones. The caller ends it. */
  async startAnother(environment: Readonly<Record<string, string>>): Promise<OperatorProcess> {
    const other = await startOperatorProcess({ ...this.#environment, ...environment });
    this.#others.push(other);
    return other;
  }

  /** From now on `close` looks for this one, too. */
  keepSecret(secret: string): void {
    this.#secrets.push(secret);
  }

  /** SIGKILL. */
  async killOperator(): Promise<void> {
    await this.operator.kill();
    this.#forgetOperator();
  }

  async stopOperator(): Promise<number | null> {
    this.#scrapes.push(await lastScrape(this.operator));
    const code = await this.operator.stop();
    this.#forgetOperator();
    return code;
  }

  /** Applies a manifest, given as its name and spec, with kubectl. */
  async apply(name: string, spec: object): Promise<void> {
    await this.applyAll({ [name]: spec });
  }

  /** Applies many manifests, specs by name, with one kubectl. */
  async applyAll(specs: Readonly<Record<string, object>>): Promise<void> {
    const input = Object.entries(specs).map(([name, spec]) => stringify(manifest(name, spec)));
    const { code, stderr } = await this.controlPlane.kubectl(['apply', '-f', '-'], {
      input: input.join('---\n'),
    });
    if (code !== 0) throw new Error(`kubectl apply: ${stderr}`);
  }

  async get(name: string): Promise<StoredListener | undefined> {
    const result = await this.controlPlane.kubectl(['get', 'alblistener', name, '-o', 'json']);
    if (result.code !== 0) return undefined;
    return listenerSchema.parse(JSON.parse(result.stdout));
  }

  /** The listeners in the cloud, without those that strangers had there before anything began. */
  async listeners(): Promise<readonly Listener[]> {
    return (await this.cloud.state()).listeners.filter((listener) => !isStranger(listener));
  }

  /** All there are, by name. */
  async list(): Promise<ReadonlyMap<string, StoredListener>> {
    const { stdout } = await this.controlPlane.kubectl(['get', 'alblisteners', '-o', 'json']);
    const { items } = z.object({ items: z.array(listenerSchema) }).parse(JSON.parse(stdout));
    return new Map(items.map((item) => [item.metadata.name, item]));
  }

  /** Waits until the object satisfies `holds`, and returns it. Fails with the object as it then is. */
  async until(
    name: string,
    holds: (listener: StoredListener) => boolean,
    timeoutMs = PATIENCE_MS,
  ): Promise<StoredListener> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const listener = await this.get(name);
      if (listener !== undefined && holds(listener)) return listener;
      if (performance.now() > deadline) {
        const log = this.#operator?.lines.slice(-15).join('\n') ?? '(not running)';
        throw new Error(
          `Not within ${timeoutMs} ms: ${holds.toString()}\n${JSON.stringify(listener?.status, null, 2)}\nOperator:\n${log}`,
        );
      }
      await sleep(50);
    }
  }

  untilReady(name: string): Promise<StoredListener> {
    return this.until(name, (listener) => isReady(listener));
  }

  untilReason(name: string, reason: string): Promise<StoredListener> {
    return this.until(name, (listener) => reasonOf(listener) === reason);
  }

  async untilGone(name: string, timeoutMs = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while ((await this.get(name)) !== undefined) {
      if (performance.now() > deadline) throw new Error(`${name} is still there after ${timeoutMs} ms.`);
      await sleep(50);
    }
  }

  /**
   * Ends everything, and fails if a planted secret came out anywhere (output, objects, events, metrics) in any form, if
   * any version of any object had a status that contradicts itself, or if anything about a stranger's listener is not as
   * it was.
   */
  async close(): Promise<void> {
    const problems = await this.#statuses.stop();
    const dump = (kinds: string) =>
      this.controlPlane.kubectl(['get', kinds, '-A', '-o', 'json', '--show-managed-fields']);
    const objects = await dump('alblisteners,leases');
    const events = await dump('events');
    if (this.#operator !== undefined) await this.stopOperator();
    const { listeners } = await this.cloud.state();
    const search = new SecretSearch([...this.#secrets, ...secretsOf(this.#simulator)]);
    await this.#simulator.close();
    await this.controlPlane.stop();
    await rm(this.#stateDirectory, { recursive: true, force: true });
    const others = this.#others.flatMap(({ lines }) => lines);
    const leaks = [
      ...search.leaksIn('output', [...this.#printed, ...others].join('\n')),
      ...search.leaksIn('objects', objects.stdout),
      ...search.leaksIn('events', events.stdout),
      ...search.leaksIn('metrics', this.#scrapes.join('\n')),
    ];
    expect(leaks).toEqual([]);
    expect(problems).toEqual([]);
    expect(listeners.filter(isStranger)).toEqual(this.#strangers);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #forgetOperator(): void {
    this.#printed.push(...this.operator.lines);
    this.#operator = undefined;
  }
}

/** What it tells Prometheus; nothing if it has ended by itself, hangs, or serves no metrics. */
async function lastScrape(operator: OperatorProcess): Promise<string> {
  if (!operator.lines.some((line) => line.includes('"/metrics"'))) return '';
  const page = await operator.page('/metrics', { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  return (await page?.text()) ?? '';
}

/** Every key the cloud accepts or accepted, issued ones included, and every token it takes for one. */
function secretsOf({ simulator }: RunningSimulator): readonly string[] {
  const { credentials, roles } = simulator.state.inventory;
  const keys = [PLANTED_SECRETS, ...credentials].flatMap((key) => [
    key.accessKeyId,
    key.accessKeySecret,
    key.securityToken ?? key.accessKeySecret,
  ]);
  return [...keys, ...roles.flatMap(({ OIDCToken }) => OIDCToken ?? [])];
}

const STRANGERS_LOAD_BALANCER = { LoadBalancerId: 'alb-strangers', VpcId: 'vpc-main' };

function isStranger({ LoadBalancerId }: Listener): boolean {
  return LoadBalancerId === STRANGERS_LOAD_BALANCER.LoadBalancerId;
}

/** One that nobody tagged, and one of another cluster's operator. */
async function plantStrangers(cloud: SimulatorControl): Promise<readonly Listener[]> {
  const Tags = [{ Key: 'alb-listener-operator/uid', Value: '99999999-9999-4999-8999-999999999999' }];
  const { LoadBalancerId } = STRANGERS_LOAD_BALANCER;
  const on = { LoadBalancerId, ListenerProtocol: 'HTTP' } as const;
  return [
    await cloud.createListener({ ...on, ListenerPort: 80 }),
    await cloud.createListener({ ...on, ListenerPort: 81, Tags }),
  ];
}

function unprovenRunning(object: unknown, { simulator }: RunningSimulator): readonly string[] {
  const { metadata, status } = listenerSchema.parse(object);
  if (status.phase !== 'Running') return [];
  const listener = simulator.state.listeners.get(status.listenerId ?? '');
  if (listener?.ListenerStatus === 'Running') return [];
  return [`${metadata.name} says Running, its listener is ${listener?.ListenerStatus ?? 'not there'}`];
}

export function reasonOf(listener: StoredListener): string | undefined {
  return listener.status.conditions.find(({ type }) => type === 'Ready')?.reason;
}

/** Ready for the spec as it is now, not for an earlier one. */
export function isReady(listener: StoredListener): boolean {
  const ready = listener.status.conditions.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === listener.metadata.generation;
}

export const INVENTORY: InventoryInput = {
  loadBalancers: [
    {
      LoadBalancerId: 'alb-one',
      VpcId: 'vpc-main',
      AccessLogConfig: { LogProject: 'alb-logs', LogStore: 'alb-one' },
    },
    { LoadBalancerId: 'alb-two', VpcId: 'vpc-main' },
  ],
  serverGroups: [
    { ServerGroupId: 'sgp-web', VpcId: 'vpc-main', Servers: ['10.0.0.1:8080'] },
    { ServerGroupId: 'sgp-api', VpcId: 'vpc-main', Servers: ['10.0.0.2:8080'] },
    { ServerGroupId: 'sgp-grpc', VpcId: 'vpc-main', Protocol: 'gRPC', Servers: ['10.0.0.3:9090'] },
    { ServerGroupId: 'sgp-elsewhere', VpcId: 'vpc-other', Servers: ['172.16.0.1:8080'] },
  ],
  certificates: [
    { CertificateId: '1001-cn-hangzhou' },
    { CertificateId: '1002-cn-hangzhou' },
    { CertificateId: '2001-cn-hangzhou', CertificateType: 'Ca' },
  ],
  securityPolicies: [{ SecurityPolicyId: 'spl-custom' }],
  acls: [{ AclId: 'acl-office', AclEntries: ['192.0.2.0/24'] }],
};

/** The smallest HTTP spec, with changes. */
export function httpSpec(changes: object = {}): object {
  return {
    loadBalancerId: 'alb-one',
    listenerProtocol: 'HTTP',
    listenerPort: 80,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
    ...changes,
  };
}
