import type { AlbError, Outcome } from './error.ts';

/** The account and the region that something in the cloud belongs to. */
export interface Site {
  /** Digits. */
  readonly accountId: string;
  /** For example `cn-hangzhou`. */
  readonly regionId: string;
}

/** As whom and where somebody wants to work. */
export interface Access {
  /** The operator's own region where none is named. */
  readonly regionId: string | undefined;
  /** The Secret with the credentials; the operator's own ones where none is named, and only then. */
  readonly secret: { readonly namespace: string; readonly name: string } | undefined;
  /** The account that it has to be; `undefined` as long as any is good. */
  readonly accountId: string | undefined;
  /** The region was recorded with a listener, so it is served even if it is not a known one. */
  readonly isRecorded: boolean;
  /** Only to clean up: if the Secret is gone, what it held last is good enough. */
  readonly isLeaving: boolean;
}

/** For whom a call is made: calls are shared among namespaces, and within one by priority. */
export interface Caller {
  readonly namespace: string;
  /** `high`: a user edited and waits. `normal`: work that goes on. `low`: a routine look. */
  readonly priority: 'high' | 'normal' | 'low';
}

/**
 * The listener operations of Alibaba Cloud's Application Load Balancer, OpenAPI 2020-06-16, in one region.
 *
 * Every parameter and every answer field is the API's own name in lowerCamelCase (`XForwardedForSLBIdEnabled`
 * is `xForwardedForSLBIdEnabled`); the one exception is `Tag`, which is `tags` as every read returns it.
 *
 * Guarantees of every method:
 * - It never throws and never rejects: what went wrong is in the outcome.
 * - `yes` means the answer had the shape the operation promises. Nothing else is a success.
 * - No secret is in an outcome.
 * - One call is one request (a list that follows pages: one for each page): nothing is retried here. Reads may be
 *   repeated freely. Writes are safe to repeat only as said on each.
 * - A parameter that the wire cannot say is refused before anything is sent, as `no` with class `invalidParameter`
 *   and code `NotSent`. Above all an empty list: the API has no way to clear one, and an empty filter would match
 *   everything.
 */
export interface AlbApi {
  /**
   * Starts the creation of a listener. Asynchronous: success means a listener id exists, not that it runs.
   * May be repeated with the same `clientToken` and the same parameters; the cloud then answers with the first
   * result for as long as it remembers the token, and nobody documents how long that is.
   */
  createListener(parameters: CreateListenerParameters): Promise<Outcome<CreatedListener>>;
  /**
   * Changes only what is given; the listener goes to Configuring and back. May be repeated. `listenerNotFound` may
   * mean the QUIC listener that the call names: only a read proves that the listener itself is gone.
   */
  updateListenerAttribute(parameters: UpdateListenerAttributeParameters): Promise<Outcome<StartedJob>>;
  /** May be repeated: a listener that is gone answers `listenerNotFound`. */
  deleteListener(listenerId: string): Promise<Outcome<StartedJob>>;
  /** Stopped → Configuring → Running. */
  startListener(listenerId: string): Promise<Outcome<StartedJob>>;
  /** Running → Configuring → Stopped. */
  stopListener(listenerId: string): Promise<Outcome<StartedJob>>;
  /** The load balancer, if the account has it and the caller may see it; else `loadBalancerNotFound` or `permission`. */
  getLoadBalancerAttribute(loadBalancerId: string): Promise<Outcome<LoadBalancerAttribute>>;
  /** The whole listener; `listenerNotFound` when there is none. */
  getListenerAttribute(listenerId: string): Promise<Outcome<ListenerAttribute>>;
  /** All listeners that match, following every page. They lack certificates, CA certificates, the CA flag and ACLs. */
  listListeners(filter: ListListenersFilter): Promise<Outcome<readonly ListedListener[]>>;
  /** Default and additional certificates of one HTTPS or QUIC listener, following every page. */
  listListenerCertificates(listenerId: string): Promise<Outcome<readonly ListenerCertificate[]>>;
  /** At most 15 certificates a call. */
  associateAdditionalCertificatesWithListener(
    listenerId: string,
    certificates: readonly CertificateReference[],
  ): Promise<Outcome<StartedJob>>;
  /** At most 15 certificates a call. */
  dissociateAdditionalCertificatesFromListener(
    listenerId: string,
    certificates: readonly CertificateReference[],
  ): Promise<Outcome<StartedJob>>;
  updateListenerLogConfig(parameters: UpdateListenerLogConfigParameters): Promise<Outcome<StartedJob>>;
  associateAclsWithListener(
    listenerId: string,
    aclType: AclType,
    aclIds: readonly string[],
  ): Promise<Outcome<StartedJob>>;
  dissociateAclsFromListener(listenerId: string, aclIds: readonly string[]): Promise<Outcome<StartedJob>>;
  /** The access control lists with these ids, at most 20; an id that does not exist is missing. */
  listAcls(aclIds: readonly string[]): Promise<Outcome<readonly ListedAcl[]>>;
  /** Sets tags of a listener; tags with other keys stay. At most 20 a call. May be repeated. */
  tagListener(listenerId: string, tags: readonly Tag[]): Promise<Outcome<Done>>;
  /** Removes tags of a listener by key. At most 20 a call. May be repeated. */
  untagListener(listenerId: string, keys: readonly string[]): Promise<Outcome<Done>>;
  /** Asynchronous jobs, by id or by what they work on. A job the cloud has forgotten is missing from the answer. */
  listAsynJobs(filter: ListAsynJobsFilter): Promise<Outcome<readonly AsynJob[]>>;
}

export type ListenerProtocol = 'HTTP' | 'HTTPS' | 'QUIC';
export type AclType = 'White' | 'Black';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface CertificateReference {
  /** `<CAS number>-<CAS region>`, for example `123-cn-hangzhou`. */
  readonly certificateId: string;
}

export interface ForwardAction {
  readonly type: 'ForwardGroup';
  readonly forwardGroupConfig: {
    readonly serverGroupTuples: readonly { readonly serverGroupId: string }[];
  };
}

export interface XForwardedForConfig {
  readonly xForwardedForEnabled?: boolean;
  readonly xForwardedForProcessingMode?: 'append' | 'remove';
  readonly xForwardedForProtoEnabled?: boolean;
  readonly xForwardedForSLBIdEnabled?: boolean;
  readonly xForwardedForSLBPortEnabled?: boolean;
  readonly xForwardedForHostEnabled?: boolean;
  readonly xForwardedForClientSrcPortEnabled?: boolean;
  readonly xForwardedForClientSourceIpsEnabled?: boolean;
  readonly xForwardedForClientSourceIpsTrusted?: string;
  readonly xForwardedForClientCertClientVerifyEnabled?: boolean;
  readonly xForwardedForClientCertClientVerifyAlias?: string;
  readonly xForwardedForClientCertFingerprintEnabled?: boolean;
  readonly xForwardedForClientCertFingerprintAlias?: string;
  readonly xForwardedForClientCertIssuerDNEnabled?: boolean;
  readonly xForwardedForClientCertIssuerDNAlias?: string;
  readonly xForwardedForClientCertSubjectDNEnabled?: boolean;
  readonly xForwardedForClientCertSubjectDNAlias?: string;
}

export interface QuicConfig {
  readonly quicUpgradeEnabled?: boolean;
  readonly quicListenerId?: string;
}

/** What CreateListener sets and UpdateListenerAttribute can change. */
export interface ListenerSettings {
  /** 2–256 characters. */
  readonly listenerDescription?: string;
  /** Seconds, 1–600 (3600 with a raised quota). */
  readonly requestTimeout?: number;
  /** Seconds, 1–600 (3600 with a raised quota). */
  readonly idleTimeout?: number;
  readonly gzipEnabled?: boolean;
  readonly http2Enabled?: boolean;
  readonly securityPolicyId?: string;
  readonly caEnabled?: boolean;
  readonly xForwardedForConfig?: XForwardedForConfig;
  readonly quicConfig?: QuicConfig;
  readonly certificates?: readonly CertificateReference[];
  readonly caCertificates?: readonly CertificateReference[];
  readonly defaultActions?: readonly ForwardAction[];
}

export interface CreateListenerParameters extends ListenerSettings {
  readonly clientToken: string;
  readonly loadBalancerId: string;
  readonly listenerProtocol: ListenerProtocol;
  readonly listenerPort: number;
  readonly defaultActions: readonly ForwardAction[];
  /** May be empty: a new listener without tags. */
  readonly tags: readonly Tag[];
}

export interface UpdateListenerAttributeParameters extends ListenerSettings {
  readonly listenerId: string;
}

export interface UpdateListenerLogConfigParameters {
  readonly listenerId: string;
  readonly accessLogRecordCustomizedHeadersEnabled?: boolean;
  readonly accessLogTracingConfig?: AccessLogTracingConfig;
}

export interface AccessLogTracingConfig {
  readonly tracingEnabled: boolean;
  /** 1–10000. */
  readonly tracingSample?: number;
  readonly tracingType?: 'Zipkin';
}

/** At most 20 ids in each list. */
export interface ListListenersFilter {
  readonly loadBalancerIds?: readonly string[];
  readonly listenerIds?: readonly string[];
  /** Listeners that carry all of them. */
  readonly tags?: readonly Tag[];
}

/** At most 10 ids in each list. */
export interface ListAsynJobsFilter {
  readonly jobIds?: readonly string[];
  readonly resourceIds?: readonly string[];
  /** The operation that started the job, for example `CreateListener`. */
  readonly apiName?: string;
}

/** That it is there is all that matters here. */
export interface LoadBalancerAttribute {
  readonly loadBalancerId: string;
}

export interface CreatedListener {
  readonly listenerId: string;
  /** The asynchronous job that tells a failed creation from a slow one. */
  readonly jobId: string;
}

export interface StartedJob {
  readonly jobId: string;
}

/** A synchronous write that answers with nothing but its RequestId. */
export type Done = Readonly<Record<string, never>>;

/** What both reads of a listener tell. Enumerations are open: a value we do not know is kept as it came. */
export interface ListedListener {
  readonly listenerId: string;
  readonly loadBalancerId: string;
  readonly listenerProtocol: string;
  readonly listenerPort: number;
  /** Provisioning, Running, Configuring, Stopped; Deleting has been seen but is not documented. */
  readonly listenerStatus: string;
  readonly listenerDescription?: string;
  readonly requestTimeout?: number;
  readonly idleTimeout?: number;
  readonly gzipEnabled?: boolean;
  readonly http2Enabled?: boolean;
  readonly securityPolicyId?: string;
  readonly xForwardedForConfig?: Readonly<Record<string, string | number | boolean>>;
  readonly quicConfig?: QuicConfig;
  readonly defaultActions?: readonly ObservedAction[];
  readonly logConfig?: ListenerLogConfig;
  readonly tags: readonly Tag[];
}

interface ListenerLogConfig {
  readonly accessLogRecordCustomizedHeadersEnabled?: boolean;
  readonly accessLogTracingConfig?: {
    readonly tracingEnabled?: boolean;
    readonly tracingSample?: number;
    readonly tracingType?: string;
  };
}

export interface ListenerAttribute extends ListedListener {
  readonly caEnabled?: boolean;
  readonly certificates?: readonly CertificateReference[];
  readonly caCertificates?: readonly CertificateReference[];
  readonly aclConfig?: ListenerAclConfig;
}

interface ListenerAclConfig {
  readonly aclType?: string;
  /** `status` is Associating, Associated or Dissociating. */
  readonly aclRelations: readonly { readonly aclId: string; readonly status: string }[];
}

/** A default action as read; an action of another type than ForwardGroup can only have been made elsewhere. */
export interface ObservedAction {
  readonly type: string;
  readonly forwardGroupConfig?: {
    readonly serverGroupTuples: readonly { readonly serverGroupId: string }[];
  };
}

export interface ListenerCertificate {
  readonly certificateId: string;
  readonly certificateType: string;
  readonly isDefault: boolean;
  readonly status: string;
}

export interface ListedAcl {
  readonly aclId: string;
  /** Creating, Available or Configuring. */
  readonly aclStatus: string;
}

export interface AsynJob {
  readonly id: string;
  /** Succeeded, Failed or Processing. */
  readonly status: string;
  readonly apiName?: string;
  readonly resourceId?: string;
  /** Why the job failed; there exactly when `status` is Failed. Its `operation` is the one that started the job. */
  readonly error?: AlbError;
}
