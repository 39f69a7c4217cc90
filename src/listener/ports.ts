import type { Access, AlbApi, Caller, ListedListener, LoadBalancerAttribute, Site, Tag } from '../alb/api.ts';
import type { AlbError, Outcome } from '../alb/error.ts';
import type { Claim } from './claim.ts';
import type { MayUse } from './load-balancer-access.ts';
import type { EventReason } from './reason.ts';
import type { AlbListener, ObjectKey } from './resource.ts';
import type { AlbListenerStatus } from './schema/status.ts';

/**
 * What became of a write to the cluster.
 *
 * - `written`: confirmed; the object as it is now.
 * - `conflict`: the object changed since it was read; nothing was written. Read again.
 * - `gone`: the object with this UID no longer exists.
 * - `failed`: not confirmed; it may or may not have been written. May be repeated.
 */
export type WriteOutcome =
  | { readonly write: 'written'; readonly object: AlbListener }
  | { readonly write: 'conflict' }
  | { readonly write: 'gone' }
  | { readonly write: 'failed'; readonly message: string };

/**
 * The cluster as the domain needs it. Reads come from a cache that may be behind; every write carries a
 * precondition, so that a decision taken on an old copy cannot be written. Methods do not throw.
 */
export interface Cluster {
  /** From the cache; `undefined` when there is no such object. */
  read(key: ObjectKey): AlbListener | undefined;
  /** The value of one key of a ConfigMap, from the cache. The first question about any ConfigMap begins to watch them. */
  configMapValue(key: ObjectKey, dataKey: string): ConfigMapValue;
  /**
   * The resources in the cache that send their clients on to this QUIC listener: by name, by id, or because the
   * cloud was last seen to do so.
   */
  referrers(object: AlbListener): readonly AlbListener[];
  /**
   * Whether the deletion was aimed at the object, or at its namespace or the CRD and sweeps it along. Asks the API
   * server, not a cache.
   */
  sweep(object: AlbListener): Promise<Sweep>;
  /** The resources in the cache whose status has this listener id, the asking one included. */
  holders(listenerId: string): readonly AlbListener[];
  /** All resources in the cache that claim the same port, the asking one included. */
  claimants(claim: Claim): readonly AlbListener[];
  /**
   * Writes the parts of the status that differ from the stored ones (`object.stored`); with none, nothing is sent and the answer is
   * `written`.
   *
   * @param guard `version`: only onto exactly this version of the object. `incarnation`: onto any version of this
   *   object whose creation is still the same incarnation, for facts that must not be lost whatever a user edited
   *   meanwhile.
   */
  writeStatus(
    object: AlbListener,
    status: AlbListenerStatus,
    guard: 'version' | 'incarnation',
  ): Promise<WriteOutcome>;
  /** Adds our finalizer and leaves those of others alone. Does nothing when it is there. */
  addFinalizer(object: AlbListener): Promise<WriteOutcome>;
  /** Removes our finalizer and leaves those of others alone. `gone` is the usual answer to the last one. */
  removeFinalizer(object: AlbListener): Promise<WriteOutcome>;
  /** Fire and forget: an event that cannot be written is dropped. */
  recordEvent(object: AlbListener, event: ListenerEvent): void;
}

export type ConfigMapValue =
  | { readonly found: 'value'; readonly value: string }
  | { readonly found: 'noKey' }
  | { readonly found: 'noConfigMap' }
  /** The ConfigMaps have not been listed yet, or may not be. */
  | { readonly found: 'unread' };

export type Sweep =
  /** Somebody deleted the object itself, or said that a sweep may delete its listener. */
  | { readonly of: 'object' }
  | { readonly of: 'namespace' | 'definition' }
  /** The API server did not say. */
  | { readonly of: 'unknown'; readonly message: string };

export interface ListenerEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  /** What the operator did or saw, as a verb of the API where there is one. */
  readonly action: string;
  readonly note: string;
}

/** The way to the cloud as one account in one region, with the namespace and priority of one reconcile. */
export interface Session {
  /** Where it leads; `undefined` where it could not be opened. */
  readonly site: Site | undefined;
  /** Why it could not be opened; `undefined` for an open one. */
  readonly problem: AlbError | undefined;
  /** Only the status of the object names its region. */
  readonly isUnlisted: boolean;
  /**
   * The cloud on the lane of a load balancer. Where the session could not be opened, one that sends nothing and answers
   * every call with the reason.
   */
  readonly cloudFor: (loadBalancerId: string) => Cloud;
  /** To be called once, at the end of the reconcile. Until then the session counts against its site. */
  readonly close: () => void;
}

/**
 * The cloud as one reconcile needs it: the listener operations of one region, on the lane of one load balancer and
 * with the priority of that reconcile. A call that may not go yet is not sent, and is answered at once with the time
 * to come again.
 */
export interface Cloud extends Omit<CloudOperations, 'createListener'> {
  /**
   * One listener as a list showed it that was asked for `maxAgeMs` milliseconds ago at the most, and not before a write
   * of ours to that load balancer. Shared with all who look meanwhile. `undefined` when the list does not show it,
   * which proves nothing: a list may trail behind.
   */
  glance(wanted: {
    readonly listenerId: string;
    readonly loadBalancerId: string;
    readonly maxAgeMs: number;
  }): Promise<Outcome<ListedListener | undefined>>;
  /** All listeners of a load balancer, from a list that is asked for after this. Shared with all who ask now. */
  listenersOf(loadBalancerId: string): Promise<Outcome<readonly ListedListener[]>>;
  /**
   * The listeners with this tag: in the whole account and region, or on one load balancer. So few carry an ownership tag
   * that they fit into one page, so paging hides none of them; a tag may lag behind the listener. Never shared.
   */
  listenersTagged(tag: Tag, loadBalancerId: string | undefined): Promise<Outcome<readonly ListedListener[]>>;
  /**
   * The load balancer, if the account has it and these credentials may see it. One that was seen is not asked for again
   * while it is in use: it never moves to another account.
   */
  seeLoadBalancer(loadBalancerId: string): Promise<Outcome<LoadBalancerAttribute>>;
  /**
   * The answer that a creation on the load balancer would get now without being sent; `undefined` when it would be
   * sent. Promises nothing: others may come before.
   */
  obstacleToCreation(loadBalancerId: string): AlbError | undefined;
  /**
   * Runs `given` while a place is kept for one creation, so that something can be written ahead of a call that is sure to
   * be sent. The place ends with `given`, whatever that returns or throws. Without a place `refused` says what follows.
   */
  withTurnToCreate<Result>(
    given: (createListener: AlbApi['createListener']) => Promise<Result>,
    refused: (error: AlbError) => Result,
  ): Promise<Result>;
  /**
   * Runs `given` while a place is kept for one search by a tag.
   *
   * For a look that lists a load balancer first: without a place, the list would use up, at every attempt, the call that
   * the search was deferred for.
   */
  withTurnToSearch<Result>(
    given: (listenersTagged: Cloud['listenersTagged']) => Promise<Result>,
    refused: (error: AlbError) => Result,
  ): Promise<Result>;
  /** Writes that the cloud only judges: it would accept what it refuses with the class `dryRunPassed`. */
  readonly dryRun: CloudOperations;
}

/** How urgent a reconcile is. */
export type Priority = Caller['priority'];

/** What a resource is looked at with. */
export interface View {
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  /** The session of the resource, to which the cloud belongs. */
  readonly session: Pick<Session, 'site' | 'problem'>;
  /** Opens a session with the credentials of another resource. */
  readonly openSession: (access: Access) => Promise<Pick<Session, 'site' | 'problem'>>;
  readonly mayUse: MayUse;
  /** UID of this cluster, as ownership tags have it; `undefined` where it is not known. */
  readonly clusterUid: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly pace: Pace;
  /** Opens the regions in which a listener of an edited resource may be, with the same credentials. */
  readonly elsewhere: () => Promise<readonly Session[]>;
}

type CloudOperations = Pick<
  AlbApi,
  | 'createListener'
  | 'updateListenerAttribute'
  | 'updateListenerLogConfig'
  | 'associateAdditionalCertificatesWithListener'
  | 'dissociateAdditionalCertificatesFromListener'
  | 'associateAclsWithListener'
  | 'dissociateAclsFromListener'
  | 'listAcls'
  | 'deleteListener'
  | 'startListener'
  | 'stopListener'
  | 'getListenerAttribute'
  | 'listListenerCertificates'
  | 'tagListener'
  | 'untagListener'
  | 'listAsynJobs'
>;

/** Milliseconds since 1970, from the wall clock: it is compared with times that other processes wrote. */
export type Now = () => number;

/** One line per thing that happened. A `pino` logger fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How often and how long; milliseconds. */
export interface Pace {
  /** Between two looks at a listener the cloud is working on. */
  readonly poll: number;
  /** Before a call that met a busy load balancer is repeated. */
  readonly busy: number;
  /** Between attempts that wait for something outside the resource. */
  readonly slow: number;
  /** Between two looks at a listener that runs as declared. */
  readonly resync: number;
  /**
   * When a call that left is over and what it did is visible to every read. Absence counts as proven only after it.
   * A call leaves within a quarter of it, so it must exceed 4/3 of the longest call plus the longest delay of a
   * list behind a write, which is not documented for ALB.
   */
  readonly settle: number;
  /** How long an operation of the cloud may take before a person is told. */
  readonly patience: number;
}

/** What the controller does next with this key; an event on the object comes first in any case. */
export type NextStep =
  | { readonly next: 'done' }
  /** It is as it should be until then. */
  | { readonly next: 'after'; readonly ms: number }
  /** It is on its way: look again, and keep the count of failures. */
  | { readonly next: 'poll'; readonly ms: number }
  /** It got further: look again at once, and forget the count of failures. */
  | { readonly next: 'onward' }
  /** Exponential backoff with jitter. */
  | { readonly next: 'retry' };
