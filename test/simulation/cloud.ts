import { faultSchema } from '../../src/simulator/fault.ts';
import { HOME_ACCOUNT } from '../../src/simulator/home-account.ts';
import type { InventoryInput } from '../../src/simulator/inventory.ts';
import type { Job } from '../../src/simulator/job.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import {
  createForeignListener,
  editListener,
  removeListener,
  settleJob,
} from '../../src/simulator/out-of-band.ts';
import type { Reply } from '../../src/simulator/reply.ts';
import { mergeSettings, type SettingsInput } from '../../src/simulator/settings.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { asRead } from '../../src/simulator/state.ts';
import type { Chance } from './chance.ts';
import { KEYS_OF_ACCOUNTS, OperatorKey, PARTNER_ACCOUNT } from './keys.ts';
import { HOME_REGION, type RegionId } from './regions.ts';
import type { Timeline } from './timeline.ts';

/** A call that reached the cloud, with what it did there. */
export interface CloudCall {
  readonly process: string;
  readonly operation: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly at: number;
  /** `Success` or the code of the refusal. */
  readonly outcome: string;
  /** The listener that the call names, as it was before. */
  readonly before: Listener | undefined;
  /** The same, as a read shows it that lags behind. */
  readonly shown: Listener | undefined;
  readonly effect: {
    readonly kind: 'created' | 'changed' | 'deleted';
    readonly listenerIds: readonly string[];
  } | null;
}

export const LOAD_BALANCERS = ['alb-one', 'alb-two'] as const;
/** Behind a key of the partner's account. */
export const PARTNER_LOAD_BALANCER = 'alb-partner';
/** In the other region. */
export const FAR_LOAD_BALANCER = 'alb-far';
export type LoadBalancerId =
  | (typeof LOAD_BALANCERS)[number]
  | typeof PARTNER_LOAD_BALANCER
  | typeof FAR_LOAD_BALANCER;

export const INVENTORY = {
  loadBalancers: [
    ...LOAD_BALANCERS.map((id) => loadBalancer(id)),
    loadBalancer(PARTNER_LOAD_BALANCER, PARTNER_ACCOUNT),
  ],
  serverGroups: [
    ...['sgp-web', 'sgp-api'].map((id) => serverGroup(id)),
    serverGroup('sgp-partner', PARTNER_ACCOUNT),
  ],
  certificates: ['1001-cn', '1002-cn', '1003-cn'].map((CertificateId) => ({ CertificateId })),
  acls: [
    { AclId: 'acl-office', AclEntries: ['192.0.2.0/24'] },
    { AclId: 'acl-partners', AclEntries: ['198.51.100.0/24'] },
    { AclId: 'acl-north', AccountId: PARTNER_ACCOUNT, AclEntries: ['192.0.2.0/24'] },
    { AclId: 'acl-south', AccountId: PARTNER_ACCOUNT, AclEntries: ['198.51.100.0/24'] },
  ],
  credentials: [...KEYS_OF_ACCOUNTS],
} satisfies InventoryInput;

const FAR_INVENTORY = {
  ...INVENTORY,
  loadBalancers: [loadBalancer(FAR_LOAD_BALANCER)],
  serverGroups: [serverGroup('sgp-far')],
} satisfies InventoryInput;

function loadBalancer(LoadBalancerId: string, AccountId = HOME_ACCOUNT) {
  return {
    LoadBalancerId,
    AccountId,
    VpcId: 'vpc',
    AccessLogConfig: { LogProject: 'logs', LogStore: 'alb' },
  };
}

function serverGroup(ServerGroupId: string, AccountId = HOME_ACCOUNT) {
  return { ServerGroupId, AccountId, VpcId: 'vpc' };
}

/** The key that signs a call, and the region that it goes to. */
export interface CallRoute {
  readonly accessKeyId: string;
  readonly regionId: RegionId;
}

export function isRead(operation: string): boolean {
  return /^(Get|List)/.test(operation);
}

const UID_TAG = 'alb-listener-operator/uid';

/** The cloud: an ALB of the simulator for each region, on the time of the world, under settings that nobody could look up. */
export class Cloud {
  /** The one of the home region. */
  readonly simulator: Simulator;
  readonly key = new OperatorKey();
  /** Listeners that no AlbListener ever had to do with, as they were left by those who made them. */
  readonly strangers = new Map<string, Listener>();
  /** Load balancers that were deleted and do not come back. */
  readonly goneForGood = new Set<string>();
  /** Items of the inventory that were not there for a while. */
  readonly wereMissing = new Set<string>();
  /** Regions whose endpoint takes connections and never answers. */
  readonly silentRegions = new Set<RegionId>();
  /** Keys that were replaced by another one and no longer work, by their id. */
  readonly retiredKeys = new Set<string>();
  /** Listeners that nobody may delete. */
  readonly undeletable = new Set<string>();
  /** How long an answer takes; milliseconds. */
  latencyMs = 0;
  /** Strangers' listeners one of which goes before each further page of a list is shown. */
  readonly goingBetweenPages: string[] = [];
  /** When a process was last told that it may not list access control lists. */
  aclsHiddenAt = Number.NEGATIVE_INFINITY;
  /** Access control lists that are not there for now. */
  absentAcls: readonly { readonly aclId: string; readonly since: number }[] = [];
  readonly #timeline: Timeline;
  readonly #far: Simulator;
  readonly #simulators: readonly Simulator[];
  #watcher: (call: CloudCall) => void = () => {};

  constructor(timeline: Timeline, chance: Chance) {
    this.#timeline = timeline;
    const settings = unconfirmedSettings(chance);
    const simulatorWith = (inventory: InventoryInput) =>
      new Simulator({
        clock: () => timeline.now(),
        seed: String(chance.below(2 ** 31)),
        settings,
        inventory,
      });
    this.simulator = simulatorWith(INVENTORY);
    this.#far = simulatorWith(FAR_INVENTORY);
    this.#simulators = [this.simulator, this.#far];
  }

  /** Calls back with every call, when it has had its effect. */
  watch(watcher: (call: CloudCall) => void): void {
    this.#watcher = watcher;
  }

  /** A call arrives and takes effect. */
  receive(
    process: string,
    operation: string,
    parameters: Readonly<Record<string, string>>,
    { accessKeyId, regionId }: CallRoute,
  ): Reply {
    const simulator = regionId === HOME_REGION ? this.simulator : this.#far;
    const { state } = simulator;
    if (operation === 'ListListeners' && parameters['NextToken'] !== undefined) this.#goBetweenPages();
    simulator.saved();
    const id = parameters['ListenerId'] ?? parameters['ResourceId.1'] ?? '';
    const before = state.listeners.get(id);
    const shown = asRead(state, simulator.now(), state.settings.attributeLagMs).listeners.get(id);
    const reply = simulator.call(operation, parameters, accessKeyId);
    const record = state.calls.at(-1);
    this.#watcher({
      process,
      operation,
      parameters,
      at: this.#timeline.now(),
      outcome: record?.outcome ?? '',
      before,
      shown,
      effect: record?.effect ?? null,
    });
    return reply;
  }

  /** Ends the jobs whose time has come, as the simulator itself does when a call arrives. */
  catchUp(): void {
    for (const simulator of this.#simulators) simulator.saved();
  }

  listener(id: string): Listener | undefined {
    return this.#simulatorOf(id).state.listeners.get(id);
  }

  get listeners(): readonly Listener[] {
    return this.#simulators.flatMap(({ state }) => [...state.listeners.values()]);
  }

  jobsOf(listenerId: string): readonly Job[] {
    const { jobs } = this.#simulatorOf(listenerId).state;
    return [...jobs.values()].filter(({ ResourceId }) => ResourceId === listenerId);
  }

  /** Whether the load balancer exists, in whichever region. */
  hasLoadBalancer(id: string): boolean {
    return this.#simulators.some(({ state }) =>
      state.inventory.loadBalancers.some(({ LoadBalancerId }) => LoadBalancerId === id),
    );
  }

  #simulatorOf(listenerId: string): Simulator {
    return this.#far.state.listeners.has(listenerId) ? this.#far : this.simulator;
  }

  /** Those that carry the ownership tag of a resource. */
  listenersOf(uid: string): readonly Listener[] {
    return this.listeners.filter((listener) => ownerOf(listener) === uid);
  }

  /** Somebody makes a listener by hand. */
  make(loadBalancerId: LoadBalancerId, port: number): Listener {
    return createForeignListener(this.simulator, {
      LoadBalancerId: loadBalancerId,
      ListenerProtocol: 'HTTP',
      ListenerPort: port,
      DefaultActions: [
        { Type: 'ForwardGroup', ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId: 'sgp-web' }] } },
      ],
    });
  }

  makeStranger(loadBalancerId: LoadBalancerId, port: number): Listener {
    const stranger = this.make(loadBalancerId, port);
    this.strangers.set(stranger.ListenerId, stranger);
    return stranger;
  }

  edit(listenerId: string, patch: object): void {
    editListener(this.#simulatorOf(listenerId), listenerId, patch);
  }

  remove(listenerId: string): void {
    removeListener(this.#simulatorOf(listenerId), listenerId);
  }

  /** The next job that the operation starts fails, or never ends by itself. */
  spoilNextJob(operation: string, how: 'failJob' | 'hangJob'): void {
    const { faultRules } = this.simulator.state;
    const fault =
      how === 'failJob'
        ? { kind: how, operation, count: 1, code: 'ResourceQuotaExceeded.ServerAddedNum' }
        : { kind: how, operation, count: 1 };
    faultRules.push({
      id: `${how} ${faultRules.length}`,
      fault: faultSchema.parse(fault),
      fired: 0,
      matched: 0,
    });
  }

  /** Ends every job that hangs. */
  settleHangingJobs(failure: { readonly code: string; readonly message: string } | null): void {
    for (const simulator of this.#simulators) {
      for (const job of simulator.state.jobs.values()) {
        if (job.Status === 'Processing' && job.plan.endsAt === null) settleJob(simulator, job.Id, failure);
      }
    }
  }

  #goBetweenPages(): void {
    const id = this.goingBetweenPages.shift();
    if (id === undefined) return;
    this.strangers.delete(id);
    this.remove(id);
  }

  noteHiddenAcls(): void {
    this.aclsHiddenAt = this.#timeline.now();
  }

  /** Changes settings in every region. */
  set(settings: SettingsInput): void {
    for (const { state } of this.#simulators) state.settings = mergeSettings(state.settings, settings);
  }

  /** Whatever was planned to go wrong does not. */
  heal(): void {
    this.simulator.state.faultRules = [];
    this.settleHangingJobs(null);
  }
}

export function ownerOf({ Tags }: Pick<Listener, 'Tags'>): string | undefined {
  return Tags.find(({ Key }) => Key === UID_TAG)?.Value;
}

/** Every setting that no source confirms, drawn: the operator has to be right under each. */
function unconfirmedSettings(chance: Chance): SettingsInput {
  return {
    tokenLifetimeMs: chance.oneOf(86_400_000, 5000, 0),
    tokenProcessingMs: chance.oneOf(0, 0, 3000),
    replayAfterDelete: chance.oneOf('replay', 'create', 'refuse'),
    tokenMismatchCode: chance.oneOf(
      'IdempotentParameterMismatch',
      'IdempotenceSignatureMismatch',
      'IdempotenceParamNotMatch',
    ),
    replayFailures: chance.oneOf(false, true),
    createLocksLoadBalancer: chance.oneOf(true, false),
    listLagMs: chance.oneOf(0, 0, 3000, 20_000),
    attributeLagMs: chance.oneOf(0, 0, 0, 3000, 20_000),
    tagLagMs: chance.oneOf(0, 0, 0, 3000, 20_000),
    pageToken: chance.oneOf('cursor', 'offset'),
    // A list of more pages than the calls that a cut budget lets go at once would never end.
    pageSize: chance.oneOf(null, null, 5),
    afterFailedCreate: chance.oneOf('gone', 'provisioning'),
    afterFailedUpdate: chance.oneOf('old', 'new'),
    busyListenerCode: chance.oneOf('IncorrectStatus.Listener', 'ResourceInConfiguring.Listener'),
    updateOfStopped: chance.oneOf('allowed', 'refused'),
    aclsOfStopped: chance.oneOf('allowed', 'refused'),
    aclsOfProvisioning: chance.oneOf('allowed', 'refused'),
    inapplicableParameters: chance.oneOf('refused', 'ignored'),
    updateKeepsOldValue: chance.oneOf<readonly string[]>([], [], [], ['IdleTimeout']).slice(),
    provisioningMs: chance.oneOf(0, 3000, 15_000),
    configuringMs: chance.oneOf(0, 1000, 5000),
    deletingMs: chance.oneOf(0, 4000),
    jobRetentionMs: chance.oneOf(86_400_000, 10_000),
  };
}
