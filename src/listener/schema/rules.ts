import type { z } from 'zod';
import { ALL_PROTOCOLS, type Protocol } from './documented.ts';
import { type ListenerFields, listenerFields } from './fields.ts';
import { logConfig } from './log-config.ts';
import { valueOrSource } from './references.ts';
import type { ValueRule } from './rule.ts';
import { CLIENT_CERTIFICATE_HEADERS, xForwardedForConfig } from './x-forwarded-for.ts';

type SpecRule = ValueRule<ListenerFields>;

/** What the fields of a spec demand of each other. */
export const specRules: readonly SpecRule[] = [
  ...protocolRules(listenerFields.shape),
  ...protocolRules(xForwardedForConfig.shape, 'xForwardedForConfig'),
  ...protocolRules(logConfig.shape, 'logConfig'),
  ...valueOrSource('loadBalancerId', 'loadBalancerIdFrom'),
  {
    field: ['certificates'],
    reason: 'FieldValueRequired',
    cel: `self.listenerProtocol == 'HTTP' || has(self.certificates)`,
    holds: (spec) => spec.listenerProtocol === 'HTTP' || spec.certificates !== undefined,
    message:
      'certificates is required for HTTPS and QUIC: add the server certificate, for example certificates: [{certificateId: 10370512-cn-hangzhou}]',
  },
  // The rules from here on are about fields of HTTPS listeners. On other listeners the field itself is what is
  // wrong, and the protocol rules have said so: advice to complete it would mislead.
  onHttps({
    field: ['caCertificates'],
    reason: 'FieldValueRequired',
    cel: `!self.?caEnabled.orValue(false) || has(self.caCertificates)`,
    holds: (spec) => spec.caEnabled !== true || spec.caCertificates !== undefined,
    message:
      'caCertificates is required when caEnabled is true: add the CA certificate, or set caEnabled to false',
  }),
  onHttps({
    field: ['caCertificates'],
    reason: 'FieldValueForbidden',
    cel: `!has(self.caCertificates) || self.?caEnabled.orValue(false)`,
    holds: (spec) => spec.caCertificates === undefined || spec.caEnabled === true,
    message:
      'caCertificates has no effect unless caEnabled is true: set caEnabled to true, or remove caCertificates',
  }),
  onHttps({
    field: ['quicConfig', 'quicListenerId'],
    reason: 'FieldValueRequired',
    cel: `!self.?quicConfig.?quicUpgradeEnabled.orValue(false) || has(self.quicConfig.quicListenerId) || has(self.quicConfig.quicListenerRef)`,
    holds: ({ quicConfig }) =>
      quicConfig?.quicUpgradeEnabled !== true ||
      quicConfig.quicListenerId !== undefined ||
      quicConfig.quicListenerRef !== undefined,
    message:
      'quicListenerId is required when quicUpgradeEnabled is true: add the id of the QUIC listener, or name its AlbListener in quicListenerRef, or set quicUpgradeEnabled to false',
  }),
  onHttps(needsQuicUpgrade('quicListenerId')),
  onHttps(needsQuicUpgrade('quicListenerRef')),
  {
    field: ['additionalCertificates'],
    reason: 'FieldValueForbidden',
    cel: `!has(self.additionalCertificates) || !has(self.certificates) || self.additionalCertificates.all(additional, additional.certificateId != self.certificates[0].certificateId)`,
    holds: ({ additionalCertificates = [], certificates: [standard] = [] }) =>
      additionalCertificates.every(({ certificateId }) => certificateId !== standard?.certificateId),
    message:
      'the default certificate is in certificates already and cannot be an additional one: remove it from additionalCertificates',
  },
  ...CLIENT_CERTIFICATE_HEADERS.map((header) => onHttps(needsFlag(`${header}Alias`, `${header}Enabled`))),
  onHttpAndHttps(needsFlag('xForwardedForClientSourceIpsTrusted', 'xForwardedForClientSourceIpsEnabled')),
  onHttpAndHttps({
    field: ['xForwardedForConfig', 'xForwardedForProcessingMode'],
    reason: 'FieldValueForbidden',
    cel: `!self.?xForwardedForConfig.?xForwardedForProcessingMode.hasValue() || self.?xForwardedForConfig.?xForwardedForEnabled.orValue(true)`,
    holds: ({ xForwardedForConfig: config }) =>
      config?.xForwardedForProcessingMode === undefined || config.xForwardedForEnabled !== false,
    message:
      'xForwardedForProcessingMode has no effect while xForwardedForEnabled is false: set xForwardedForEnabled to true, or remove xForwardedForProcessingMode',
  }),
];

/** Fields documented for some protocols are refused on the others: the cloud does not say what it does with them. */
function protocolRules(
  fields: Readonly<Record<string, z.ZodType>>,
  parent?: 'xForwardedForConfig' | 'logConfig',
): SpecRule[] {
  const holder = parent === undefined ? 'self' : `self.?${parent}`;
  return Object.entries(fields).flatMap(([name, field]): SpecRule[] => {
    const protocols = field.meta()?.protocols;
    if (protocols === undefined) return [];
    const elsewhere = ALL_PROTOCOLS.filter((protocol) => !protocols.includes(protocol));
    return [
      {
        field: parent === undefined ? [name] : [parent, name],
        reason: 'FieldValueForbidden',
        cel: `!${holder}.?${name}.hasValue() || self.listenerProtocol in ${celList(protocols)}`,
        holds: (spec) => {
          const object = parent === undefined ? spec : spec[parent];
          return object === undefined || !(name in object) || protocols.includes(spec.listenerProtocol);
        },
        message: `${name} is not available on ${orList(elsewhere)} listeners, only on ${orList(protocols)}: remove it, or use another listenerProtocol`,
      },
    ];
  });
}

type XForwardedForField = keyof typeof xForwardedForConfig.shape;

/** A field that only works while its flag is on. */
function needsFlag(field: XForwardedForField, flag: XForwardedForField): SpecRule {
  return {
    field: ['xForwardedForConfig', field],
    reason: 'FieldValueForbidden',
    cel: `!self.?xForwardedForConfig.?${field}.hasValue() || self.?xForwardedForConfig.?${flag}.orValue(false)`,
    holds: ({ xForwardedForConfig: config }) => config?.[field] === undefined || config[flag] === true,
    message: `${field} has no effect unless ${flag} is true: set ${flag} to true, or remove ${field}`,
  };
}

function needsQuicUpgrade(field: 'quicListenerId' | 'quicListenerRef'): SpecRule {
  return {
    field: ['quicConfig', field],
    reason: 'FieldValueForbidden',
    cel: `!self.?quicConfig.?${field}.hasValue() || self.?quicConfig.?quicUpgradeEnabled.orValue(false)`,
    holds: ({ quicConfig }) => quicConfig?.[field] === undefined || quicConfig.quicUpgradeEnabled === true,
    message: `${field} has no effect unless quicUpgradeEnabled is true: set quicUpgradeEnabled to true, or remove ${field}`,
  };
}

function onHttps(rule: SpecRule): SpecRule {
  return onlyOn(['HTTPS'], rule);
}

function onHttpAndHttps(rule: SpecRule): SpecRule {
  return onlyOn(['HTTP', 'HTTPS'], rule);
}

function onlyOn(protocols: readonly Protocol[], rule: SpecRule): SpecRule {
  return {
    ...rule,
    cel: `!(self.listenerProtocol in ${celList(protocols)}) || ${rule.cel}`,
    holds: (spec) => !protocols.includes(spec.listenerProtocol) || rule.holds(spec),
  };
}

function celList(protocols: readonly Protocol[]): string {
  return `[${protocols.map((protocol) => `'${protocol}'`).join(', ')}]`;
}

function orList(protocols: readonly Protocol[]): string {
  return protocols.join(' and ');
}
