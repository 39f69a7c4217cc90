import { z } from 'zod';
import { optional, required } from './documented.ts';
import { atomicList, text } from './values.ts';
import { xForwardedForConfig } from './x-forwarded-for.ts';

/** The cloud may report more than a status can take: whoever writes it cuts every text and every list to these. */
export const OBSERVED_CHARACTERS = 1024;
export const OBSERVED_ITEMS = 64;

/** Enumerations are open too: a word the spec does not know can only have been set elsewhere, and is shown. */
const anyText = text({ max: OBSERVED_CHARACTERS });
const anySeconds = z.int().min(0);

const certificates = observedList(
  z.object({ certificateId: required(anyText, { description: 'Id of the certificate.' }) }),
);

const headers = z.object({
  ...xForwardedForConfig.shape,
  xForwardedForProcessingMode: header('xForwardedForProcessingMode'),
  xForwardedForClientSourceIpsTrusted: header('xForwardedForClientSourceIpsTrusted'),
  xForwardedForClientCertClientVerifyAlias: header('xForwardedForClientCertClientVerifyAlias'),
  xForwardedForClientCertFingerprintAlias: header('xForwardedForClientCertFingerprintAlias'),
  xForwardedForClientCertIssuerDNAlias: header('xForwardedForClientCertIssuerDNAlias'),
  xForwardedForClientCertSubjectDNAlias: header('xForwardedForClientCertSubjectDNAlias'),
});

const quicConfig = z.object({
  quicUpgradeEnabled: effective('quicConfig.quicUpgradeEnabled', z.boolean()),
  quicListenerId: effective('quicConfig.quicListenerId', anyText),
});

const defaultActions = observedList(
  z.object({
    type: required(anyText, { description: 'Kind of action.' }),
    forwardGroupConfig: optional(
      z.object({
        serverGroupTuples: required(
          observedList(
            z.object({ serverGroupId: required(anyText, { description: 'Id of the server group.' }) }),
          ),
          { description: 'Server groups that are forwarded to.' },
        ),
      }),
      { description: 'Where requests are forwarded to; absent for an action of another type.' },
    ),
  }),
);

const tags = observedList(
  z.object({
    key: required(anyText, { description: 'Key of the tag.' }),
    value: required(anyText, { description: 'Value of the tag.' }),
  }),
);

const logConfig = z.object({
  accessLogRecordCustomizedHeadersEnabled: effective(
    'logConfig.accessLogRecordCustomizedHeadersEnabled',
    z.boolean(),
  ),
  accessLogTracingConfig: effective(
    'logConfig.accessLogTracingConfig',
    z.object({
      tracingEnabled: effective('logConfig.accessLogTracingConfig.tracingEnabled', z.boolean()),
      tracingSample: effective('logConfig.accessLogTracingConfig.tracingSample', z.int().min(0)),
      tracingType: effective('logConfig.accessLogTracingConfig.tracingType', anyText),
    }),
  ),
});

const aclConfig = z.object({
  aclType: effective('aclConfig.aclType', anyText),
  aclIds: effective('aclConfig.aclIds', observedList(anyText)),
});

/** What the cloud reports, under the names of the spec. Bounded, and otherwise open to whatever may come. */
export const observedSchema = z.object({
  listenerStatus: required(anyText, {
    description: 'State in the words of the cloud: Provisioning, Running, Configuring, Stopped.',
  }),
  listenerDescription: effective('listenerDescription', anyText),
  requestTimeout: effective('requestTimeout', anySeconds),
  idleTimeout: effective('idleTimeout', anySeconds),
  gzipEnabled: effective('gzipEnabled', z.boolean()),
  http2Enabled: effective('http2Enabled', z.boolean()),
  securityPolicyId: effective('securityPolicyId', anyText),
  caEnabled: effective('caEnabled', z.boolean()),
  certificates: effective('certificates', certificates),
  caCertificates: effective('caCertificates', certificates),
  xForwardedForConfig: effective('xForwardedForConfig', headers),
  quicConfig: effective('quicConfig', quicConfig),
  defaultActions: effective('defaultActions', defaultActions),
  tags: effective('tags', tags),
  logConfig: effective('logConfig', logConfig),
  aclConfig: effective('aclConfig', aclConfig),
  additionalCertificates: effective('additionalCertificates', certificates),
});

export type Observed = z.infer<typeof observedSchema>;

function effective<S extends z.ZodType>(path: string, schema: S) {
  return optional(schema, { description: `Effective value of spec.${path}.` });
}

function header(name: keyof typeof xForwardedForConfig.shape) {
  return effective(`xForwardedForConfig.${name}`, anyText);
}

function observedList<S extends z.ZodType>(item: S) {
  return atomicList(item, { min: 0, max: OBSERVED_ITEMS });
}
