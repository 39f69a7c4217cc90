import { type BadManifest, numbered } from './bad-manifest.ts';

const additionalCertificates: BadManifest[] = [
  {
    reason: 'an HTTP listener has no use for certificates',
    on: 'HTTP',
    patch: { additionalCertificates: [] },
    field: 'spec.additionalCertificates',
    remedy: 'only on HTTPS and QUIC: remove it',
  },
  ...(['HTTPS', 'QUIC'] as const).map((on) => ({
    reason: 'the cloud refuses the default certificate as an additional one',
    on,
    patch: {
      additionalCertificates: [{ certificateId: '2-cn-hangzhou' }, { certificateId: '1-cn-hangzhou' }],
    },
    field: 'spec.additionalCertificates',
    remedy: 'remove it from additionalCertificates',
  })),
  {
    reason: 'a certificate is added once',
    on: 'HTTPS',
    patch: {
      additionalCertificates: [{ certificateId: '2-cn-hangzhou' }, { certificateId: '2-cn-hangzhou' }],
    },
    field: 'spec.additionalCertificates[1]',
    remedy: '2-cn-hangzhou',
  },
  {
    reason: 'the number alone, as in the documentation, is refused by the cloud here too',
    on: 'QUIC',
    patch: { additionalCertificates: [{ certificateId: '10370513' }] },
    field: 'spec.additionalCertificates[0].certificateId',
    remedy: '10370512-cn-hangzhou',
  },
  {
    reason: 'no quota goes beyond 300',
    on: 'HTTPS',
    patch: {
      additionalCertificates: numbered(301).map((number) => ({ certificateId: `9${number}-cn-hangzhou` })),
    },
    field: 'spec.additionalCertificates',
    remedy: 'at most 300',
  },
];

const accessControl: BadManifest[] = [
  {
    reason: 'to let in or to keep out is a question that must be answered',
    on: 'HTTP',
    patch: { aclConfig: { aclIds: ['acl-1'] } },
    field: 'spec.aclConfig.aclType',
    remedy: 'required',
  },
  {
    reason: 'no list at all is said with an empty list',
    on: 'HTTP',
    patch: { aclConfig: { aclType: 'White' } },
    field: 'spec.aclConfig.aclIds',
    remedy: 'required',
  },
  {
    reason: 'there are two types of lists',
    on: 'QUIC',
    patch: { aclConfig: { aclType: 'white', aclIds: ['acl-1'] } },
    field: 'spec.aclConfig.aclType',
    remedy: '"White"',
  },
  {
    reason: 'an address is no list of addresses',
    on: 'HTTP',
    patch: { aclConfig: { aclType: 'White', aclIds: ['10.0.0.0/8'] } },
    field: 'spec.aclConfig.aclIds[0]',
    remedy: 'write acl-',
  },
  {
    reason: 'the same list twice is a slip',
    on: 'HTTPS',
    patch: { aclConfig: { aclType: 'Black', aclIds: ['acl-1', 'acl-2', 'acl-1'] } },
    field: 'spec.aclConfig.aclIds[2]',
    remedy: 'acl-1',
  },
  {
    reason: 'one call takes 20 lists',
    on: 'HTTP',
    patch: { aclConfig: { aclType: 'Black', aclIds: numbered(21).map((number) => `acl-${number}`) } },
    field: 'spec.aclConfig.aclIds',
    remedy: 'at most 20',
  },
];

const tracing = (accessLogTracingConfig: object) => ({ logConfig: { accessLogTracingConfig } });

const accessLog: BadManifest[] = [
  {
    reason: 'the cloud traces HTTP and HTTPS',
    on: 'QUIC',
    patch: tracing({ tracingEnabled: false }),
    field: 'spec.logConfig.accessLogTracingConfig',
    remedy: 'only on HTTP and HTTPS: remove it',
  },
  {
    reason: 'the cloud wants to be told whether to trace',
    on: 'HTTP',
    patch: tracing({}),
    field: 'spec.logConfig.accessLogTracingConfig.tracingEnabled',
    remedy: 'required',
  },
  {
    reason: 'a sample of nothing is none',
    on: 'HTTP',
    patch: tracing({ tracingEnabled: false, tracingSample: 100 }),
    field: 'spec.logConfig.accessLogTracingConfig.tracingSample',
    remedy: 'set tracingEnabled to true',
  },
  {
    reason: 'what is not traced has no format',
    on: 'HTTPS',
    patch: tracing({ tracingEnabled: false, tracingType: 'Zipkin' }),
    field: 'spec.logConfig.accessLogTracingConfig.tracingType',
    remedy: 'or remove tracingType',
  },
  {
    reason: 'to trace no request is to turn tracing off',
    on: 'HTTP',
    patch: tracing({ tracingEnabled: true, tracingSample: 0 }),
    field: 'spec.logConfig.accessLogTracingConfig.tracingSample',
    remedy: '1',
  },
  {
    reason: 'there are no more than all requests',
    on: 'HTTP',
    patch: tracing({ tracingEnabled: true, tracingSample: 10_001 }),
    field: 'spec.logConfig.accessLogTracingConfig.tracingSample',
    remedy: '10000',
  },
  {
    reason: 'the cloud knows one format',
    on: 'HTTP',
    patch: tracing({ tracingEnabled: true, tracingType: 'Jaeger' }),
    field: 'spec.logConfig.accessLogTracingConfig.tracingType',
    remedy: '"Zipkin"',
  },
];

/** Manifests with errors in what is no parameter of CreateListener. */
export const badAttachments: readonly BadManifest[] = [
  ...additionalCertificates,
  ...accessControl,
  ...accessLog,
];
