import type {
  ListenerAttribute,
  ListenerProtocol,
  ListenerSettings,
  XForwardedForConfig,
} from '../alb/api.ts';
import { withPartsOfOthers } from './parts-of-others.ts';
import { apiParameters, type ResolvedSpec } from './schema/spec.ts';
import type { CLIENT_CERTIFICATE_HEADERS } from './schema/x-forwarded-for.ts';

/**
 * What the cloud fills in where a manifest is silent, by protocol (CreateListener API page and the field table).
 * A field removed from a manifest goes back to this value.
 */
export function cloudDefaults(protocol: ListenerProtocol): ListenerSettings {
  const everywhere = { requestTimeout: 60, idleTimeout: 15, gzipEnabled: true } as const;
  switch (protocol) {
    case 'QUIC':
      return { ...everywhere, xForwardedForConfig: COMMON_HEADERS };
    case 'HTTP':
      return { ...everywhere, xForwardedForConfig: { ...COMMON_HEADERS, ...TCP_HEADERS } };
    case 'HTTPS':
      return {
        ...everywhere,
        http2Enabled: true,
        securityPolicyId: 'tls_cipher_policy_1_0',
        caEnabled: false,
        quicConfig: { quicUpgradeEnabled: false },
        xForwardedForConfig: { ...COMMON_HEADERS, ...TCP_HEADERS, ...CERTIFICATE_FLAGS },
      };
  }
}

const COMMON_HEADERS: XForwardedForConfig = {
  xForwardedForProtoEnabled: false,
  xForwardedForSLBIdEnabled: false,
  xForwardedForSLBPortEnabled: false,
  xForwardedForHostEnabled: false,
};

const TCP_HEADERS: XForwardedForConfig = {
  xForwardedForEnabled: true,
  xForwardedForProcessingMode: 'append',
  xForwardedForClientSrcPortEnabled: false,
  xForwardedForClientSourceIpsEnabled: false,
};

const CERTIFICATE_FLAGS: XForwardedForConfig = {
  xForwardedForClientCertClientVerifyEnabled: false,
  xForwardedForClientCertFingerprintEnabled: false,
  xForwardedForClientCertIssuerDNEnabled: false,
  xForwardedForClientCertSubjectDNEnabled: false,
};

/** The client certificate headers by their settings, without `Enabled` and `Alias`. */
const USUAL_NAMES = {
  xForwardedForClientCertClientVerify: 'x-forwarded-clientcert-clientverify',
  xForwardedForClientCertFingerprint: 'x-forwarded-clientcert-fingerprint',
  xForwardedForClientCertIssuerDN: 'x-forwarded-clientcert-issuerdn',
  xForwardedForClientCertSubjectDN: 'x-forwarded-clientcert-subjectdn',
} as const satisfies Readonly<Record<(typeof CLIENT_CERTIFICATE_HEADERS)[number], string>>;

/**
 * The settings a manifest asks for on this listener, said and unsaid: the declared values over the cloud's defaults.
 * What is left to others is not among them. A description or a list of trusted proxies that left the manifest stays as
 * it is: the API has no way to clear either.
 */
export function desiredSettings(spec: ResolvedSpec, listener: ListenerAttribute): ListenerSettings {
  const {
    loadBalancerId,
    listenerProtocol,
    listenerPort,
    tags,
    xForwardedForConfig,
    quicConfig,
    ...declared
  } = apiParameters(spec);
  const { ignoreFields = [] } = spec;
  const defaults = cloudDefaults(listenerProtocol);
  const headers = {
    ...defaults.xForwardedForConfig,
    ...usualNames(listener.xForwardedForConfig),
    ...xForwardedForConfig,
  };
  const whole = (parameter: 'xForwardedForConfig' | 'quicConfig', desired: object) =>
    withPartsOfOthers(parameter, desired, listener[parameter], ignoreFields);
  const settings = Object.entries({ ...defaults, ...declared }).filter(
    ([parameter]) => !ignoreFields.includes(parameter),
  );
  return {
    ...Object.fromEntries(settings),
    xForwardedForConfig: meaningful(whole('xForwardedForConfig', headers)),
    ...(defaults.quicConfig !== undefined && {
      quicConfig: whole('quicConfig', { ...defaults.quicConfig, ...quicConfig }),
    }),
  };
}

/** A header that was renamed is renamed to its usual name: the API cannot clear an alias. */
function usualNames(actual: Readonly<Record<string, unknown>> = {}): XForwardedForConfig {
  const renamed = Object.entries(USUAL_NAMES).filter(([header]) => (actual[`${header}Alias`] ?? '') !== '');
  return Object.fromEntries(renamed.map(([header, name]) => [`${header}Alias`, name]));
}

/** What depends on a flag has no meaning, and no reliable value, while the flag is off. */
function meaningful(headers: Readonly<Record<string, unknown>>): XForwardedForConfig {
  const meaningless = Object.keys(USUAL_NAMES)
    .filter((header) => headers[`${header}Enabled`] !== true)
    .map((header) => `${header}Alias`);
  if (headers['xForwardedForEnabled'] === false) meaningless.push('xForwardedForProcessingMode');
  return Object.fromEntries(Object.entries(headers).filter(([part]) => !meaningless.includes(part)));
}
