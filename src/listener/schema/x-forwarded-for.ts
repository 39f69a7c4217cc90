import { z } from 'zod';
import { optional, type Protocol } from './documented.ts';
import { matches, withRules } from './rule.ts';
import { text } from './values.ts';

const HTTPS: readonly Protocol[] = ['HTTPS'];
const HTTP_AND_HTTPS: readonly Protocol[] = ['HTTP', 'HTTPS'];

/** Client certificate headers: the flag `<name>Enabled` turns one on, the alias `<name>Alias` renames it. */
export const CLIENT_CERTIFICATE_HEADERS = [
  'xForwardedForClientCertClientVerify',
  'xForwardedForClientCertFingerprint',
  'xForwardedForClientCertIssuerDN',
  'xForwardedForClientCertSubjectDN',
] as const;

export const xForwardedForConfig = z.strictObject({
  xForwardedForEnabled: optional(z.boolean(), {
    description:
      'Whether requests to the servers carry X-Forwarded-For, the addresses of client and proxies.',
    effectiveDefault: true,
    protocols: HTTP_AND_HTTPS,
  }),
  xForwardedForProcessingMode: optional(z.enum(['append', 'remove']), {
    description:
      'What happens to an X-Forwarded-For header that a request already has: append adds the last hop to it, remove takes it away. Not allowed while xForwardedForEnabled is false.',
    effectiveDefault: 'append',
    protocols: HTTP_AND_HTTPS,
  }),
  xForwardedForProtoEnabled: optional(z.boolean(), {
    description: 'Whether to add X-Forwarded-Proto, the protocol of the listener.',
    effectiveDefault: false,
  }),
  xForwardedForSLBIdEnabled: optional(z.boolean(), {
    description: 'Whether to add SLB-ID, the id of the load balancer.',
    effectiveDefault: false,
  }),
  xForwardedForSLBPortEnabled: optional(z.boolean(), {
    description: 'Whether to add X-Forwarded-Port, the port of the listener.',
    effectiveDefault: false,
  }),
  xForwardedForHostEnabled: optional(z.boolean(), {
    description: 'Whether to add X-Forwarded-Host, the host name the client asked for.',
    effectiveDefault: false,
  }),
  xForwardedForClientSrcPortEnabled: optional(z.boolean(), {
    description: 'Whether to add X-Forwarded-Client-srcport, the port the client sent from.',
    effectiveDefault: false,
    protocols: HTTP_AND_HTTPS,
  }),
  xForwardedForClientSourceIpsEnabled: optional(z.boolean(), {
    description:
      'Whether to find the real client address in X-Forwarded-For. Needs a load balancer of the Standard or WAF edition.',
    effectiveDefault: false,
    protocols: HTTP_AND_HTTPS,
  }),
  xForwardedForClientSourceIpsTrusted: optional(trustedProxies(), {
    description:
      'Addresses of trusted proxies: IP addresses or CIDR blocks, separated by semicolons, for example 10.1.1.0/24;192.168.1.1. The client is the last address in X-Forwarded-For that is not one of them; 0.0.0.0/0 takes the first address. Needs xForwardedForClientSourceIpsEnabled. The cloud has no way to clear it: removed here, the last one stays.',
    protocols: HTTP_AND_HTTPS,
  }),
  xForwardedForClientCertClientVerifyEnabled: clientCertificateFlag(
    'X-Forwarded-Clientcert-clientverify, the result of verifying the client certificate',
  ),
  xForwardedForClientCertClientVerifyAlias: headerAlias('xForwardedForClientCertClientVerify'),
  xForwardedForClientCertFingerprintEnabled: clientCertificateFlag(
    'X-Forwarded-Clientcert-fingerprint, the fingerprint of the client certificate',
  ),
  xForwardedForClientCertFingerprintAlias: headerAlias('xForwardedForClientCertFingerprint'),
  xForwardedForClientCertIssuerDNEnabled: clientCertificateFlag(
    'X-Forwarded-Clientcert-issuerdn, the issuer of the client certificate',
  ),
  xForwardedForClientCertIssuerDNAlias: headerAlias('xForwardedForClientCertIssuerDN'),
  xForwardedForClientCertSubjectDNEnabled: clientCertificateFlag(
    'X-Forwarded-Clientcert-subjectdn, the subject of the client certificate',
  ),
  xForwardedForClientCertSubjectDNAlias: headerAlias('xForwardedForClientCertSubjectDN'),
});

function clientCertificateFlag(header: string) {
  return optional(z.boolean(), {
    description: `Whether to add ${header}.`,
    effectiveDefault: false,
    protocols: HTTPS,
  });
}

function headerAlias(name: (typeof CLIENT_CERTIFICATE_HEADERS)[number]) {
  const alias = withRules(text({ max: 40 }), [
    matches(
      /^[a-z0-9_-]+$/,
      `${name}Alias is a header name of 1 to 40 lowercase letters, digits, hyphens and underscores: write for example x-client-cert, or remove the field`,
    ),
  ]);
  return optional(alias, {
    description: `Name of the header that ${name}Enabled adds, in place of its usual name: 1 to 40 lowercase letters, digits, hyphens and underscores. Needs ${name}Enabled.`,
    protocols: HTTPS,
  });
}

/** IPv4 is checked to the digit; of IPv6 only the alphabet, since the cloud documents none of it. */
function trustedProxies() {
  const octet = /(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/.source;
  const ipv4 = String.raw`${octet}(\.${octet}){3}(/(3[0-2]|[12]?[0-9]))?`;
  const ipv6 = '[0-9A-Fa-f]*:[0-9A-Fa-f:]+(/[0-9]{1,3})?';
  const block = `(${ipv4}|${ipv6})`;
  return withRules(text({ max: 1024 }), [
    matches(
      new RegExp(`^${block}(;${block})*$`),
      'xForwardedForClientSourceIpsTrusted is a list of IP addresses or CIDR blocks: separate them with semicolons and no spaces, for example 10.1.1.0/24;192.168.1.1',
    ),
  ]);
}
