import { z } from 'zod';
import { type Listener, listenerSchema, type Protocol } from '../listener.ts';
import { flag, id, integer, listOf } from './parameter-types.ts';
import { applies, forwardedFlags } from './protocol-parameters.ts';

const alias = z.string().regex(/^[a-z0-9_-]{1,40}$/);
const certificates = listOf(z.object({ CertificateId: id }), 1);

const xForwardedForConfig = z.object({
  XForwardedForEnabled: flag.optional(),
  XForwardedForProcessingMode: z.enum(['append', 'remove']).optional(),
  XForwardedForProtoEnabled: flag.optional(),
  XForwardedForSLBIdEnabled: flag.optional(),
  XForwardedForSLBPortEnabled: flag.optional(),
  XForwardedForHostEnabled: flag.optional(),
  XForwardedForClientSrcPortEnabled: flag.optional(),
  XForwardedForClientSourceIpsEnabled: flag.optional(),
  XForwardedForClientSourceIpsTrusted: z
    .string()
    .regex(/^[0-9a-fA-F.:/]+(;[0-9a-fA-F.:/]+)*$/)
    .optional(),
  XForwardedForClientCertClientVerifyEnabled: flag.optional(),
  XForwardedForClientCertClientVerifyAlias: alias.optional(),
  XForwardedForClientCertFingerprintEnabled: flag.optional(),
  XForwardedForClientCertFingerprintAlias: alias.optional(),
  XForwardedForClientCertIssuerDNEnabled: flag.optional(),
  XForwardedForClientCertIssuerDNAlias: alias.optional(),
  XForwardedForClientCertSubjectDNEnabled: flag.optional(),
  XForwardedForClientCertSubjectDNAlias: alias.optional(),
});

const serverGroupTuples = listOf(z.object({ ServerGroupId: id }), 20).refine(
  (tuples) => new Set(tuples.map((tuple) => tuple.ServerGroupId)).size === tuples.length,
  'a server group must not repeat',
);

export const defaultActions = listOf(
  z.object({
    Type: z.literal('ForwardGroup'),
    ForwardGroupConfig: z.object({ ServerGroupTuples: serverGroupTuples }),
  }),
  1,
);

/** What both CreateListener and UpdateListenerAttribute take. The upper end of the timeouts is a quota. */
export const listenerSettings = {
  RequestTimeout: integer(1, 3600).optional(),
  IdleTimeout: integer(1, 3600).optional(),
  GzipEnabled: flag.optional(),
  Http2Enabled: flag.optional(),
  SecurityPolicyId: id.optional(),
  CaEnabled: flag.optional(),
  XForwardedForConfig: xForwardedForConfig.optional(),
  QuicConfig: z.object({ QuicUpgradeEnabled: flag.optional(), QuicListenerId: id.optional() }).optional(),
  Certificates: certificates.optional(),
  CaCertificates: certificates.optional(),
};

const settingsObject = z.object({
  ...listenerSettings,
  ListenerDescription: z.string().optional(),
  DefaultActions: defaultActions.optional(),
});

export type ListenerSettings = z.output<typeof settingsObject>;

/** What a new listener has where its creator said nothing. */
export function defaultsOf(protocol: Protocol) {
  const flags = Object.entries(forwardedFlags).filter(([, { protocols }]) => protocols.includes(protocol));
  return {
    RequestTimeout: 60,
    IdleTimeout: 15,
    GzipEnabled: true,
    ...(protocol === 'HTTPS' && {
      Http2Enabled: true,
      SecurityPolicyId: 'tls_cipher_policy_1_0',
      CaEnabled: false,
      QuicConfig: { QuicUpgradeEnabled: false },
    }),
    XForwardedForConfig: {
      ...Object.fromEntries(flags.map(([name, { initially }]) => [name, initially])),
      ...(protocol !== 'QUIC' && { XForwardedForProcessingMode: 'append' }),
    },
  };
}

/** Names of the settings given that listeners of this protocol do not have, `XForwardedForConfig.X` for a part. */
export function inapplicable(given: ListenerSettings, protocol: Protocol): readonly string[] {
  const { XForwardedForConfig, ...plain } = given;
  const names = [
    ...Object.keys(plain),
    ...Object.keys(XForwardedForConfig ?? {}).map((part) => `XForwardedForConfig.${part}`),
  ];
  return names.filter((name) => !applies(name, protocol));
}

/**
 * The listener with the settings given, apart from those named in `except`. What is not given stays;
 * structures merge part by part, lists are replaced.
 */
export function withSettings(
  listener: Listener,
  given: ListenerSettings,
  except: readonly string[] = [],
): Listener {
  const { XForwardedForConfig, QuicConfig, ...plain } = given;
  const taken = (name: string) => applies(name, listener.ListenerProtocol) && !except.includes(name);
  const quic = QuicConfig !== undefined && taken('QuicConfig');
  return listenerSchema.parse({
    ...listener,
    ...pick(plain, taken),
    XForwardedForConfig: {
      ...listener.XForwardedForConfig,
      ...pick(XForwardedForConfig ?? {}, (part) => taken(`XForwardedForConfig.${part}`)),
    },
    ...(quic && { QuicConfig: { ...listener.QuicConfig, ...QuicConfig } }),
  });
}

function pick(values: object, taken: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => taken(name)));
}
