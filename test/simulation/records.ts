import { isDeepStrictEqual } from 'node:util';
import { FINALIZER } from '../../src/listener/resource.ts';
import { readStatus } from '../../src/listener/schema/status.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../../src/runtime/object.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import type { Reply } from '../../src/simulator/reply.ts';
import { ALB_LISTENERS } from './api-server/resources.ts';
import { type Cloud, type CloudCall, ownerOf } from './cloud.ts';
import type { ClusterChange } from './cluster.ts';
import { type Declaration, readDeclaration } from './declared.ts';
import { HINDSIGHT_MS } from './invariants/hindsight.ts';
import type { Timeline } from './timeline.ts';

/** What is known of one AlbListener, from its creation on and past its end. */
export interface Life {
  object: KubeObject;
  readonly generations: { readonly generation: number; readonly since: number; readonly spec: Declaration }[];
  readonly bornAt: number;
  /** Every id of a listener that its status ever had. */
  readonly listenerIds: Set<string>;
  /** Somebody emptied its status: what it remembered is lost. */
  wiped: boolean;
  /** Since when its status says that the outcome of a creation is unknown. */
  unsettledSince: number | undefined;
  /** Until when its status has said that the cloud does not let it create. */
  forbiddenUntil: number | undefined;
  /** The cluster went back to a state of it: resourceVersions came again, so what was meant for another state fits. */
  restored: boolean;
  /** When the cluster went back to a state of it in which nobody had deleted it yet. */
  undeletedAt: number | undefined;
  /** A user wrote a status of their own making. */
  lied: boolean;
  /** Its finalizer was removed by force, or is missing in the backup to which the cluster went back. */
  tornOut: boolean;
  isGone: boolean;
}

export interface Creation {
  readonly uid: string;
  readonly listenerId: string;
  readonly at: number;
}

/** A listener as a process has read it alone. */
export interface CloseLook {
  readonly listener: Listener;
  readonly at: number;
}

/** All that happened, as somebody would know who sees the cluster and the cloud at once. Invariants are judged on it. */
export class Records {
  /** When the cluster last went back. */
  restoredAt: number | undefined;
  readonly lives = new Map<string, Life>();
  /** Listeners that were made by a call of the operator. */
  readonly creations: Creation[] = [];
  readonly closeLooks: CloseLook[] = [];
  /** Listeners that a manifest wants to be taken over, or to be watched. */
  readonly adopted = new Set<string>();
  /** By listener, the process that has received its id in the answer to the creation. */
  readonly receivers = new Map<string, string>();
  /** Listeners that somebody took the tags off. */
  readonly untagged = new Set<string>();
  /** Of a listener, the last owner by its tags, and until when it had it. */
  readonly #owners = new Map<string, { readonly uid: string; readonly until: number }>();
  readonly #timeline: Timeline;
  readonly #cloud: Cloud;

  constructor(timeline: Timeline, cloud: Cloud) {
    this.#timeline = timeline;
    this.#cloud = cloud;
  }

  get now(): number {
    return this.#timeline.now();
  }

  noteChange({ resource, type, object, before, by }: ClusterChange): void {
    if (resource !== ALB_LISTENERS) return;
    const { uid, generation = 0 } = object.metadata;
    const life = this.lives.get(uid) ?? newLife(object, this.now);
    this.lives.set(uid, life);
    life.object = object;
    if (life.generations.at(-1)?.generation !== generation) {
      const spec = readDeclaration(object['spec']);
      life.generations.push({ generation, since: this.now, spec });
      if (spec.adopt !== undefined) this.#giveAway(spec.adopt.listenerId);
    }
    const { listenerId, creation } = readStatus(object['status']);
    life.unsettledSince = creation?.unsettledAt === undefined ? undefined : (life.unsettledSince ?? this.now);
    if (saysForbidden(object) || (before !== undefined && saysForbidden(before)))
      life.forbiddenUntil = this.now;
    if (listenerId !== undefined) life.listenerIds.add(listenerId);
    if (type === 'DELETED') life.isGone = true;
    if (by === 'user') {
      const had = before !== undefined && hasFinalizer(before);
      if (had && (type === 'DELETED' || !hasFinalizer(object))) life.tornOut = true;
      if (before !== undefined && isBare(object) && !isBare(before)) life.wiped = true;
      if (before !== undefined && !isBare(object) && !isDeepStrictEqual(object['status'], before['status']))
        life.lied = true;
    }
  }

  noteCall({ operation, parameters, outcome, effect, shown }: CloudCall): void {
    if (operation === 'GetListenerAttribute' && outcome === 'Success' && shown !== undefined) {
      this.closeLooks.push({ listener: shown, at: this.now });
    }
    const [listenerId] = effect?.listenerIds ?? [];
    if (effect?.kind === 'created' && listenerId !== undefined) {
      this.creations.push({ uid: ownerIn(parameters) ?? '', listenerId, at: this.now });
    }
  }

  noteAnswer(process: string, operation: string, reply: Reply): void {
    if (operation !== 'CreateListener' || reply.kind !== 'answer' || !reply.answer.ok) return;
    const { ListenerId } = reply.answer.body;
    if (typeof ListenerId === 'string') this.receivers.set(ListenerId, process);
  }

  /** The cluster has gone back: what was made since is gone, what was deleted since is there again, and what was remembered since is forgotten. */
  noteRestore(read: (key: ObjectKey) => KubeObject | undefined): void {
    this.restoredAt = this.now;
    for (const life of this.lives.values()) {
      const { uid } = life.object.metadata;
      const object = read(keyOf(life.object));
      if (object?.metadata.uid !== uid) {
        // Nobody knows any more of what it had, if it was there a moment ago.
        if (!life.isGone) life.tornOut = true;
        life.isGone = true;
        for (const creation of this.creations)
          if (creation.uid === uid) life.listenerIds.add(creation.listenerId);
        continue;
      }
      // With no finalizer it goes at once, whatever was created for it since.
      if (hasFinalizer(life.object) && !hasFinalizer(object)) life.tornOut = true;
      const { generation = 0 } = object.metadata;
      const known = life.generations.findIndex((one) => one.generation > generation);
      if (known !== -1) life.generations.splice(known);
      const isUndeleted = object.metadata.deletionTimestamp === undefined;
      if (life.object.metadata.deletionTimestamp !== undefined && isUndeleted) life.undeletedAt = this.now;
      life.object = object;
      life.isGone = false;
      life.wiped = true;
      life.restored = true;
    }
  }

  /** To be called after every step. */
  noteOwners(): void {
    this.#cloud.catchUp();
    for (const listener of this.#cloud.listeners) {
      const uid = ownerOf(listener);
      if (uid !== undefined) this.#owners.set(listener.ListenerId, { uid, until: this.now });
      else if (this.#owners.has(listener.ListenerId)) this.untagged.add(listener.ListenerId);
    }
  }

  /** The resource to which the listener belonged at some time since then; by its tags, else by who made it. */
  ownerSince(listenerId: string, since: number): string | undefined {
    const owner = this.#owners.get(listenerId);
    return owner !== undefined && owner.until >= since ? owner.uid : undefined;
  }

  /** Whether a process may still take it for deleted: the cluster has gone back to before that. */
  mayTakeForDeleted({ undeletedAt }: Life): boolean {
    return undeletedAt !== undefined && this.now - undeletedAt < HINDSIGHT_MS;
  }

  /** Whether a process may still act on specs that the cluster has forgotten by going back. */
  mayRecallLostSpecs({ restored }: Life): boolean {
    return restored && this.restoredAt !== undefined && this.now - this.restoredAt < HINDSIGHT_MS;
  }

  /** The specs that were in force at some time since then. */
  specsSince({ generations }: Life, since: number): readonly Declaration[] {
    return generations
      .filter((_, index) => (generations[index + 1]?.since ?? Number.POSITIVE_INFINITY) >= since)
      .map(({ spec }) => spec);
  }

  /**
   * Whether people have made two mistakes at once after which nobody can know: the status is wiped, and its listener lost
   * its tags, or is looked for where it is not because a ConfigMap names another load balancer by now, or is the second
   * one of its life: a trailing list gave the first one back, and the key of another account has shown that that is gone.
   */
  hasLostTrack({ wiped, object, generations }: Life): boolean {
    const isSourced = generations.some(({ spec }) => spec.loadBalancerIdFrom !== undefined);
    const isUntagged = this.creations.some(
      ({ uid, listenerId }) => uid === object.metadata.uid && this.untagged.has(listenerId),
    );
    const made = this.creations.filter(({ uid }) => uid === object.metadata.uid).length;
    return wiped && (isSourced || isUntagged || (made > 1 && this.#cloud.key.wasWrong));
  }

  /** Whether its status has said at some time since then that the cloud does not let it create. */
  wasForbidden({ object, forbiddenUntil }: Life, since: number): boolean {
    return saysForbidden(object) || (forbiddenUntil !== undefined && forbiddenUntil >= since);
  }

  get living(): readonly Life[] {
    return [...this.lives.values()].filter(({ isGone }) => !isGone);
  }

  #giveAway(listenerId: string): void {
    this.adopted.add(listenerId);
    this.#cloud.strangers.delete(listenerId);
  }
}

/** The resource that a creation is made for. */
export function ownerIn(parameters: Readonly<Record<string, string>>): string | undefined {
  return tagIn(parameters, 'alb-listener-operator/uid');
}

export function tagIn(parameters: Readonly<Record<string, string>>, key: string): string | undefined {
  const place = Object.entries(parameters).find(
    ([name, value]) => /^Tag\.\d+\.Key$/.test(name) && value === key,
  );
  return place && parameters[place[0].replace(/Key$/, 'Value')];
}

function newLife(object: KubeObject, bornAt: number): Life {
  return {
    object,
    generations: [],
    bornAt,
    listenerIds: new Set(),
    wiped: false,
    unsettledSince: undefined,
    forbiddenUntil: undefined,
    restored: false,
    undeletedAt: undefined,
    lied: false,
    tornOut: false,
    isGone: false,
  };
}

/** Whether the operator has not written anything into it yet, or not any more. */
function isBare({ status }: KubeObject): boolean {
  return JSON.stringify(status ?? {}).length < 30;
}

function hasFinalizer({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}

function saysForbidden({ status }: KubeObject): boolean {
  const { conditions = [] } = readStatus(status);
  return conditions.some(({ type, reason }) => type === 'Ready' && reason === 'Forbidden');
}
