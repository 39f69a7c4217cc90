import { z } from 'zod';
import type { DeepReadonly } from './readonly.ts';

const certificate = z.strictObject({ CertificateId: z.string() });
const tag = z.strictObject({ Key: z.string(), Value: z.string() });

/** A listener as the cloud holds it: the attributes of GetListenerAttribute, and what the other reads tell of it. */
export const listenerSchema = z.strictObject({
  ListenerId: z.string(),
  LoadBalancerId: z.string(),
  ListenerProtocol: z.enum(['HTTP', 'HTTPS', 'QUIC']),
  ListenerPort: z.int().min(1).max(65535),
  ListenerStatus: z.enum(['Provisioning', 'Running', 'Configuring', 'Stopped', 'Deleting']),
  ListenerDescription: z.string().optional(),
  RequestTimeout: z.int(),
  IdleTimeout: z.int(),
  GzipEnabled: z.boolean(),
  Http2Enabled: z.boolean().optional(),
  SecurityPolicyId: z.string().optional(),
  CaEnabled: z.boolean().optional(),
  XForwardedForConfig: z.record(z.string(), z.union([z.boolean(), z.string()])),
  QuicConfig: z
    .strictObject({ QuicUpgradeEnabled: z.boolean().optional(), QuicListenerId: z.string().optional() })
    .optional(),
  /** The default server certificate. */
  Certificates: z.array(certificate).optional(),
  CaCertificates: z.array(certificate).optional(),
  AdditionalCertificates: z
    .array(
      z.strictObject({
        CertificateId: z.string(),
        // The third word is misspelt in the API.
        Status: z.enum(['Associating', 'Associated', 'Diassociating']),
      }),
    )
    .default([]),
  DefaultActions: z.array(
    z.strictObject({
      Type: z.string(),
      ForwardGroupConfig: z
        .strictObject({ ServerGroupTuples: z.array(z.strictObject({ ServerGroupId: z.string() })) })
        .optional(),
    }),
  ),
  LogConfig: z
    .strictObject({
      AccessLogRecordCustomizedHeadersEnabled: z.boolean().optional(),
      AccessLogTracingConfig: z
        .strictObject({
          TracingEnabled: z.boolean(),
          TracingSample: z.int().optional(),
          TracingType: z.literal('Zipkin').optional(),
        })
        .optional(),
    })
    .default({ AccessLogRecordCustomizedHeadersEnabled: false }),
  AclConfig: z
    .strictObject({
      AclType: z.enum(['White', 'Black']).optional(),
      AclRelations: z.array(
        z.strictObject({
          AclId: z.string(),
          Status: z.enum(['Associating', 'Associated', 'Dissociating']),
        }),
      ),
    })
    .default({ AclRelations: [] }),
  Tags: z.array(tag).default([]),
  /** Only to reach Forbidden.Listener: this listener may not be referred to. */
  AccessDenied: z.boolean().default(false),
});

export type Listener = DeepReadonly<z.infer<typeof listenerSchema>>;
export type Protocol = Listener['ListenerProtocol'];

/** HTTP and HTTPS listen on TCP, QUIC on UDP: a port can be taken once on each. */
export function transportOf(protocol: Protocol): 'TCP' | 'UDP' {
  return protocol === 'QUIC' ? 'UDP' : 'TCP';
}

export function serverGroupIdsOf(listener: Listener): readonly string[] {
  return listener.DefaultActions.flatMap(
    (action) => action.ForwardGroupConfig?.ServerGroupTuples.map((tuple) => tuple.ServerGroupId) ?? [],
  );
}

/** The QUIC listener that this HTTPS listener sends its clients on to. */
export function quicReferenceOf(listener: Listener): string | undefined {
  return listener.QuicConfig?.QuicUpgradeEnabled ? listener.QuicConfig.QuicListenerId : undefined;
}
