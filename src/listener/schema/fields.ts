import { z } from 'zod';
import { aclConfig } from './acl-config.ts';
import { defaultActions } from './default-actions.ts';
import { ALL_PROTOCOLS, optional, type Protocol, required } from './documented.ts';
import { logConfig } from './log-config.ts';
import { quicConfig } from './quic-config.ts';
import { configMapSource } from './references.ts';
import { matches, withRules } from './rule.ts';
import { tags } from './tags.ts';
import { atomicList, mapList, text } from './values.ts';
import { xForwardedForConfig } from './x-forwarded-for.ts';

const HTTPS: readonly Protocol[] = ['HTTPS'];

const loadBalancerId = withRules(text({ max: 64 }), [
  matches(
    /^alb-[a-z0-9]+$/,
    'loadBalancerId is the id of an Application Load Balancer: write alb- and its lowercase letters and digits, for example alb-n5qw04uq8vavfe1a2b',
  ),
]);

const listenerProtocol = z.enum(ALL_PROTOCOLS);

const listenerPort = z.int32().min(1).max(65_535);

/** The cloud's page gives 1–600; a raised quota reaches 3600, and the quota is not ours to know. */
const timeout = z.int32().min(1).max(3600);

const listenerDescription = withRules(text({ min: 2, max: 256 }), [
  matches(
    /^[a-zA-Z0-9\u4e00-\u9fff/._-]*$/,
    'listenerDescription may hold letters, digits, Chinese characters, hyphens, slashes, periods and underscores only: replace or remove spaces and anything else',
  ),
]);

const securityPolicyId = withRules(text({ max: 128 }), [
  matches(
    /^(tls_[a-z0-9_]+|spl-[a-z0-9]+)$/,
    'securityPolicyId is the name of a system policy or the id of your own: write for example tls_cipher_policy_1_2, or spl- and its lowercase letters and digits',
  ),
]);

const serverCertificate = z.strictObject({
  certificateId: required(
    withRules(text({ max: 128 }), [
      matches(
        /^[0-9]+-[a-z0-9]+(-[a-z0-9]+)*$/,
        'certificateId is the number of a certificate and its region: write for example 10370512-cn-hangzhou (10370512-ap-southeast-1 on the international site), not the number alone',
      ),
    ]),
    {
      description:
        'Id of a server certificate in Certificate Management Service: its number, a hyphen and the region of the service, for example 10370512-cn-hangzhou (China) or 10370512-ap-southeast-1 (international).',
    },
  ),
});

const caCertificate = z.strictObject({
  certificateId: required(
    withRules(text({ max: 128 }), [
      matches(
        /^[a-zA-Z0-9_-]+$/,
        'certificateId of a CA certificate holds letters, digits, hyphens and underscores only: copy it from Certificate Management Service',
      ),
    ]),
    { description: 'Id of a CA certificate in Certificate Management Service.' },
  ),
});

/** What a listener is from its creation to its end. */
const identityFields = z.strictObject({
  loadBalancerId: optional(loadBalancerId, {
    description:
      'Id of the Application Load Balancer that gets the listener, for example alb-n5qw04uq8vavfe1a2b. Cannot be changed once the creation has begun. Required unless loadBalancerIdFrom is given.',
  }),
  loadBalancerIdFrom: optional(configMapSource, {
    description:
      'Where the id of the load balancer is read from, in place of loadBalancerId. A listener cannot move: when the id changes there after the listener was created, that is reported and not followed.',
  }),
  listenerProtocol: required(listenerProtocol, {
    description:
      'Protocol the listener speaks to clients: HTTP, HTTPS or QUIC. Cannot be changed once the creation has begun.',
  }),
  listenerPort: required(listenerPort, {
    description:
      'Port clients connect to, 1 to 65535. HTTP and HTTPS listeners of one load balancer cannot share a port; a QUIC listener (UDP) can have the port of either. Cannot be changed once the creation has begun.',
  }),
});

/** What can be changed while a listener exists. */
export const settingFields = z.strictObject({
  listenerDescription: optional(listenerDescription, {
    description:
      'Name shown in the console: 2 to 256 letters, digits, Chinese characters, hyphens, slashes, periods and underscores. The cloud has no way to clear it: removed here, the last one stays.',
    effectiveDefault: 'empty',
  }),
  requestTimeout: optional(timeout, {
    description:
      'How long a server may take to answer before the client gets 504. 1 to 600 seconds, up to 3600 with a raised quota.',
    effectiveDefault: 60,
  }),
  idleTimeout: optional(timeout, {
    description:
      'How long a connection may lie idle before it is closed. 1 to 600 seconds, up to 3600 with a raised quota. On HTTP listeners it does not govern HTTP/2 connections.',
    effectiveDefault: 15,
  }),
  gzipEnabled: optional(z.boolean(), {
    description: 'Whether answers of suitable file types are compressed.',
    effectiveDefault: true,
  }),
  http2Enabled: optional(z.boolean(), {
    description: 'Whether clients may use HTTP/2. gRPC server groups need it.',
    effectiveDefault: true,
    protocols: HTTPS,
  }),
  securityPolicyId: optional(securityPolicyId, {
    description:
      'TLS versions and ciphers offered: a system policy, for example tls_cipher_policy_1_2, or the id of a custom policy, spl-….',
    effectiveDefault: 'tls_cipher_policy_1_0',
    protocols: HTTPS,
  }),
  caEnabled: optional(z.boolean(), {
    description:
      'Whether clients must show a certificate (mutual TLS). Needs caCertificates when true, and a load balancer of the Standard or WAF edition.',
    effectiveDefault: false,
    protocols: HTTPS,
  }),
  xForwardedForConfig: optional(xForwardedForConfig, {
    description: 'Headers that tell the servers about the client.',
  }),
  quicConfig: optional(quicConfig, {
    description: 'Upgrade of clients to QUIC.',
    protocols: HTTPS,
  }),
  certificates: optional(atomicList(serverCertificate, { min: 1, max: 1 }), {
    description: 'The default server certificate: exactly one. Required for HTTPS and QUIC.',
    protocols: ['HTTPS', 'QUIC'],
  }),
  caCertificates: optional(atomicList(caCertificate, { min: 1, max: 1 }), {
    description: 'The CA that client certificates are verified against: exactly one. Needs caEnabled: true.',
    protocols: HTTPS,
  }),
  defaultActions: required(defaultActions, {
    description: 'What happens to a request that no rule takes: exactly one action.',
  }),
  tags: optional(tags, {
    description:
      'Tags of the listener: at most 16, each key once. The cloud allows 20; four are kept for the ownership tags of the operator. A fifth one, which names the cluster, is set where there is room.',
  }),
});

/** The parameters of CreateListener, and the references that can stand in their place. */
export const parameterFields = z.strictObject({ ...identityFields.shape, ...settingFields.shape });

/** What is no parameter of CreateListener: operations of their own set it, once the listener runs. */
export const attachmentFields = z.strictObject({
  additionalCertificates: optional(mapList(serverCertificate, 'certificateId', { min: 0, max: 300 }), {
    description:
      'Server certificates besides the default one, chosen by the host name that clients ask for (SNI), each once. While never given, additional certificates are left to others; when removed again, or empty, the listener keeps none. Set by AssociateAdditionalCertificatesWithListener and DissociateAdditionalCertificatesFromListener.',
    protocols: ['HTTPS', 'QUIC'],
  }),
  aclConfig: optional(aclConfig, {
    description:
      'Who may reach the listener. While never given, access control is left to others; when removed again, or with empty aclIds, the listener keeps no list and everyone may reach it. CreateListener cannot set it: the lists are attached with the first call after the creation, so that a new listener may be open for as long as that takes. Set by AssociateAclsWithListener and DissociateAclsFromListener.',
  }),
  logConfig: optional(logConfig, {
    description:
      'What the access log of the load balancer records of this listener in addition to its usual fields. Needs the access log of the load balancer enabled. Set by UpdateListenerLogConfig.',
  }),
});

/**
 * What a manifest says of the listener itself, each field with the rules it has by itself. What fields demand of
 * each other is in `rules.ts`.
 */
export const listenerFields = z.strictObject({
  ...parameterFields.shape,
  ...attachmentFields.shape,
});

export type ListenerFields = z.infer<typeof listenerFields>;
