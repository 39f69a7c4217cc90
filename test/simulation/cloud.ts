import { faultSchema } from '../../src/simulator/fault.ts';
import type { InventoryInput } from '../../src/simulator/inventory.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import {
  createForeignListener,
  editListener,
  removeListener,
  settleJob,
} from '../../src/simulator/out-of-band.ts';
import type { Reply } from '../../src/simulator/reply.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import type { Chance } from './chance.ts';
import { KEYS_OF_ACCOUNTS, OperatorKey } from './operator-key.ts';
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
  readonly effect: {
    readonly kind: 'created' | 'changed' | 'deleted';
    readonly listenerIds: readonly string[];
  } | null;
}

export const LOAD_BALANCERS = ['alb-one', 'alb-two'] as const;
export type LoadBalancerId = (typeof LOAD_BALANCERS)[number];

export const INVENTORY = {
  loadBalancers: LOAD_BALANCERS.map((LoadBalancerId) => ({
    LoadBalancerId,
    VpcId: 'vpc',
    AccessLogConfig: { LogProject: 'logs', LogStore: 'alb' },
  })),
  serverGroups: ['sgp-web', 'sgp-api'].map((ServerGroupId) => ({ ServerGroupId, VpcId: 'vpc' })),
  certificates: ['1001-cn', '1002-cn', '1003-cn'].map((CertificateId) => ({ CertificateId })),
  acls: [
    { AclId: 'acl-office', AclEntries: ['192.0.2.0/24'] },
    { AclId: 'acl-partners', AclEntries: ['198.51.100.0/24'] },
  ],
  credentials: [...KEYS_OF_ACCOUNTS],
} satisfies InventoryInput;

const UID_TAG = 'alb-listener-operator/uid';

/** The cloud: the ALB of the simulator on the time of the world, under settings that nobody could look up. */
export class Cloud {
  readonly simulator: Simulator;
  readonly key = new OperatorKey();
  /** Listeners that no AlbListener ever had to do with, as they were left by those who made them. */
  readonly strangers = new Map<string, Listener>();
  readonly #timeline: Timeline;
  #watcher: (call: CloudCall) => void = () => {};

  constructor(timeline: Timeline, chance: Chance) {
    this.#timeline = timeline;
    this.simulator = new Simulator({
      clock: () => timeline.now(),
      seed: String(chance.below(2 ** 31)),
      settings: unconfirmedSettings(chance),
      inventory: INVENTORY,
    });
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
    accessKeyId: string,
  ): Reply {
    const { simulator } = this;
    this.catchUp();
    const before = this.listener(parameters['ListenerId'] ?? parameters['ResourceId.1'] ?? '');
    const reply = simulator.call(operation, parameters, accessKeyId);
    const record = simulator.state.calls.at(-1);
    this.#watcher({
      process,
      operation,
      parameters,
      at: this.#timeline.now(),
      outcome: record?.outcome ?? '',
      before,
      effect: record?.effect ?? null,
    });
    return reply;
  }

  /** Ends the jobs whose time has come, as the simulator itself does when a call arrives. */
  catchUp(): void {
    this.simulator.saved();
  }

  listener(id: string): Listener | undefined {
    return this.simulator.state.listeners.get(id);
  }

  get listeners(): readonly Listener[] {
    return [...this.simulator.state.listeners.values()];
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
    editListener(this.simulator, listenerId, patch);
  }

  remove(listenerId: string): void {
    removeListener(this.simulator, listenerId);
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
    for (const job of this.simulator.state.jobs.values()) {
      if (job.Status === 'Processing' && job.plan.endsAt === null) settleJob(this.simulator, job.Id, failure);
    }
  }

  /** Whatever was planned to go wrong does not. */
  heal(): void {
    this.simulator.state.faultRules = [];
    this.settleHangingJobs(null);
  }
}

export function ownerOf({ Tags }: Listener): string | undefined {
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
