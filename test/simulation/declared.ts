import { z } from 'zod';
import type { Listener } from '../../src/simulator/listener.ts';
import { HOME_REGION, REAL_REGIONS } from './regions.ts';

const tags = z.array(z.object({ key: z.string(), value: z.string() }));
const certificates = z.array(z.object({ certificateId: z.string() }));
const source = z.object({ configMapKeyRef: z.object({ key: z.string() }) });

/** The part of a spec that people change in the simulation, read anew and not by the operator's own means. */
const declaration = z.object({
  loadBalancerId: z.string().optional(),
  loadBalancerIdFrom: source.optional(),
  listenerProtocol: z.enum(['HTTP', 'HTTPS', 'QUIC']),
  listenerPort: z.number(),
  idleTimeout: z.number().default(15),
  requestTimeout: z.number().default(60),
  gzipEnabled: z.boolean().default(true),
  tags: tags.default([]),
  listenerState: z.enum(['Running', 'Stopped']).default('Running'),
  aclConfig: z.object({ aclType: z.string(), aclIds: z.array(z.string()) }).optional(),
  additionalCertificates: certificates.optional(),
  logConfig: z.object({ accessLogRecordCustomizedHeadersEnabled: z.boolean().default(false) }).optional(),
  quicConfig: z.object({ quicListenerRef: z.object({ name: z.string() }).optional() }).optional(),
  ignoreFields: z.array(z.string()).default([]),
  reconcilePolicy: z.enum(['Manage', 'Observe', 'DryRun']).default('Manage'),
  driftPolicy: z.enum(['Correct', 'Report']).default('Correct'),
  deletionPolicy: z.enum(['Delete', 'Retain']).default('Delete'),
  suspend: z.boolean().default(false),
  adopt: z.object({ listenerId: z.string() }).optional(),
  regionId: z.string().optional(),
  credentialsSecretRef: z.object({ name: z.string() }).optional(),
});

export type Declaration = z.infer<typeof declaration>;

export function readDeclaration(spec: unknown): Declaration {
  return declaration.parse(spec);
}

/** Nothing is written to the cloud under it. */
export function isReadOnly({ reconcilePolicy, suspend }: Declaration): boolean {
  return reconcilePolicy !== 'Manage' || suspend;
}

/** The listener stays when its resource goes. */
export function isRetained({ reconcilePolicy, deletionPolicy }: Declaration): boolean {
  return reconcilePolicy !== 'Manage' || deletionPolicy === 'Retain';
}

/** The port that it asks for, in one account and region, where the manifest alone says which. */
export function claimOf(spec: Declaration): string | undefined {
  const { loadBalancerId, listenerPort, listenerProtocol, regionId, credentialsSecretRef } = spec;
  if (loadBalancerId === undefined) return undefined;
  return `${credentialsSecretRef?.name ?? ''}@${regionId ?? HOME_REGION}/${loadBalancerId}:${listenerPort}/${listenerProtocol === 'QUIC' ? 'UDP' : 'TCP'}`;
}

/** Whether it may keep a port for itself before it has begun: one that cannot or will not create does not. */
export function canClaim(spec: Declaration): boolean {
  const hasPlace = spec.regionId === undefined || isReal(spec.regionId);
  const hasKey = spec.credentialsSecretRef === undefined || spec.credentialsSecretRef.name !== NO_SECRET;
  return !isReadOnly(spec) && hasPlace && hasKey && spec.adopt === undefined;
}

/** Whether nothing in the manifest keeps it from a creation. */
export function canCreate(spec: Declaration): boolean {
  return canClaim(spec) && spec.quicConfig === undefined;
}

export interface Leniency {
  /** What is attached that the manifest says nothing of: nobody may remember any more who attached it. */
  readonly surplus: boolean;
}

/** In what the listener is not as declared. */
export function deviations(spec: Declaration, listener: Listener, { surplus }: Leniency): readonly string[] {
  const { ignoreFields, aclConfig, logConfig } = spec;
  const ids = listener.AclConfig.AclRelations.map(({ AclId }) => AclId);
  const attached = listener.AdditionalCertificates.map(({ CertificateId }) => CertificateId);
  const declaredCertificates = spec.additionalCertificates?.map(({ certificateId }) => certificateId);
  const logs = listener.LogConfig.AccessLogRecordCustomizedHeadersEnabled ?? false;
  const isAs: Readonly<Record<string, boolean>> = {
    idleTimeout: listener.IdleTimeout === spec.idleTimeout,
    requestTimeout: listener.RequestTimeout === spec.requestTimeout,
    gzipEnabled: listener.GzipEnabled === spec.gzipEnabled,
    listenerState: listener.ListenerStatus === spec.listenerState,
    tags: spec.tags.every(({ key, value }) =>
      listener.Tags.some((tag) => tag.Key === key && tag.Value === value),
    ),
    aclConfig:
      aclConfig === undefined
        ? surplus || ids.length === 0
        : isSameSet(ids, aclConfig.aclIds) && listener.AclConfig.AclType === aclConfig.aclType,
    additionalCertificates:
      declaredCertificates === undefined
        ? surplus || attached.length === 0
        : isSameSet(attached, declaredCertificates),
    logConfig: logs === (logConfig?.accessLogRecordCustomizedHeadersEnabled ?? false),
  };
  return Object.entries(isAs)
    .filter(([field, isRight]) => !isRight && !ignoreFields.includes(field))
    .map(([field]) => field);
}

/** A Secret that is never there. */
export const NO_SECRET = 'nowhere';

function isReal(regionId: string): boolean {
  return REAL_REGIONS.some((real) => real === regionId);
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((item) => others.includes(item));
}
