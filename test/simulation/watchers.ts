import { ALB_LISTENERS } from './api-server/resources.ts';
import { type CloudCall, isRead } from './cloud.ts';
import type { Departure } from './cloud-connection.ts';
import type { ClusterChange } from './cluster.ts';
import { AtMostOneListener } from './invariants/at-most-one-listener.ts';
import { BoundedCalls } from './invariants/bounded-calls.ts';
import { ConditionsHold } from './invariants/conditions-hold.ts';
import { FinalizerLeavesLast } from './invariants/finalizer-leaves-last.ts';
import type { Invariant } from './invariants/invariant.ts';
import { KeysStayHome } from './invariants/keys-stay-home.ts';
import { ListsEnd } from './invariants/lists-end.ts';
import { NamespacesAreApart } from './invariants/namespaces-are-apart.ts';
import { NoSecrets } from './invariants/no-secrets.ts';
import { NoWriteAgainAndAgain } from './invariants/no-write-again-and-again.ts';
import { NotOpenToEveryone } from './invariants/not-open-to-everyone.ts';
import { OneLeaderWrites } from './invariants/one-leader-writes.ts';
import { OnlyOurOwn } from './invariants/only-our-own.ts';
import { PoliciesAreKept } from './invariants/policies-are-kept.ts';
import { RivalsAreRespected } from './invariants/rivals-are-respected.ts';
import { RunningIsProven } from './invariants/running-is-proven.ts';
import { SweepsDeleteNothing } from './invariants/sweeps-delete-nothing.ts';
import type { World } from './world.ts';

export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

type Watched = Pick<World, 'records' | 'cloud' | 'cluster' | 'tell' | 'processes'>;

/** See everything that happens, keep the records, and say at once when a promise is broken. */
export class Watchers {
  readonly #world: Watched;
  readonly #invariants: readonly Invariant[];
  readonly #noSecrets: NoSecrets;
  #writes = 0;
  #refusedWrites = 0;
  #violation: Violation | undefined;

  constructor(world: Watched) {
    const { records, cloud, cluster } = world;
    this.#world = world;
    this.#noSecrets = new NoSecrets(cluster);
    this.#invariants = [
      new AtMostOneListener(records, cloud),
      new OneLeaderWrites(cluster),
      new OnlyOurOwn(records, cloud),
      new NamespacesAreApart(records, cloud),
      new RivalsAreRespected(records, cloud),
      new KeysStayHome(),
      new ListsEnd(),
      new NotOpenToEveryone(records, cloud),
      new PoliciesAreKept(records),
      new RunningIsProven(records),
      new FinalizerLeavesLast(records, cloud),
      new SweepsDeleteNothing(records, cluster),
      new ConditionsHold(records),
      new BoundedCalls(() => records.living.length),
      new NoWriteAgainAndAgain(),
      this.#noSecrets,
    ];
    cloud.watch((call) => this.#seeCall(call));
    cluster.follow((change) => this.#seeChange(change));
  }

  /** The first one. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  get hasFailed(): boolean {
    return this.#violation !== undefined;
  }

  /** What the operator has written, to the cluster and to the cloud. */
  get writes(): number {
    return this.#writes + this.#world.cluster.server.events.length;
  }

  /** Writes that the cloud refused. They changed nothing, and they are no quiet either. */
  get refusedWrites(): number {
    return this.#refusedWrites;
  }

  /** For judgements that are not made at every moment. */
  fail(invariant: string, what: string): void {
    if (this.hasFailed) return;
    this.#violation = { invariant, what };
    this.#world.tell(() => `BROKEN: ${invariant}: ${what}`);
  }

  seeLine(process: string, line: string): void {
    this.#noSecrets.judgeLine(line);
    this.#world.tell(() => `${process} logs ${line.trimEnd()}`);
  }

  /** A call to the cloud leaves its process. */
  seeDeparture(departure: Departure): void {
    for (const invariant of this.#invariants) this.#note(invariant, invariant.judgeDeparture?.(departure));
  }

  /** To be called after every step. */
  seeWorld(): void {
    this.#world.records.noteOwners();
    for (const invariant of this.#invariants) this.#note(invariant, invariant.judgeWorld?.());
    for (const failure of this.#world.processes.failures) this.fail('no process ends by itself', failure);
  }

  #seeChange(change: ClusterChange): void {
    const { resource, type, object, by } = change;
    this.#world.records.noteChange(change);
    if (by === 'operator' && resource === ALB_LISTENERS) this.#writes += 1;
    this.#world.tell(
      () => `  ${by} ${type} ${object.metadata.name}@${object.metadata.resourceVersion} ${summaryOf(change)}`,
    );
    for (const invariant of this.#invariants) this.#note(invariant, invariant.judgeChange?.(change));
  }

  #seeCall(call: CloudCall): void {
    const { process, operation, parameters, outcome, effect } = call;
    this.#world.records.noteCall(call);
    if (effect !== null) this.#writes += 1;
    else if (!isRead(operation) && parameters['DryRun'] !== 'true') this.#refusedWrites += 1;
    this.#world.tell(() => {
      const about =
        parameters['ListenerId'] ?? parameters['LoadBalancerIds.1'] ?? parameters['LoadBalancerId'] ?? '';
      return `  cloud: ${operation} ${about} of ${process}: ${outcome} ${effect === null ? '' : JSON.stringify(effect)}`;
    });
    for (const invariant of this.#invariants) this.#note(invariant, invariant.judgeCall?.(call));
  }

  #note({ name }: Invariant, problem: string | undefined): void {
    if (problem !== undefined) this.fail(name, problem);
  }
}

function summaryOf({ object }: ClusterChange): string {
  const { generation, deletionTimestamp } = object.metadata;
  return `generation ${generation}${deletionTimestamp === undefined ? '' : ', being deleted'} ${JSON.stringify(object['status'] ?? {})}`;
}
