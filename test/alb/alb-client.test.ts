import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAlbApi } from '../../src/alb/alb-client.ts';
import type { AlbApi, CreateListenerParameters } from '../../src/alb/api.ts';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import { fixedCredentials } from '../../src/alb/credentials/provider.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { answering, startScriptedServer } from './scripted-server.ts';

const credentials = new Credentials('LTAIplantedid', 'planted-secret-0123');

function apiTo(endpoint: string): AlbApi {
  return createAlbApi({ endpoint, provider: fixedCredentials(credentials), timeoutMs: 5000 });
}

/** What every request carries besides its own parameters. */
const COMMON = new Set([
  'AccessKeyId',
  'Format',
  'Signature',
  'SignatureMethod',
  'SignatureNonce',
  'SignatureVersion',
  'Timestamp',
  'Version',
]);

const CREATE: CreateListenerParameters = {
  clientToken: 'token-1',
  loadBalancerId: 'alb-1',
  listenerProtocol: 'HTTPS',
  listenerPort: 443,
  listenerDescription: 'web/443',
  requestTimeout: 60,
  idleTimeout: 15,
  gzipEnabled: true,
  http2Enabled: false,
  securityPolicyId: 'tls_cipher_policy_1_2',
  caEnabled: true,
  xForwardedForConfig: {
    xForwardedForEnabled: true,
    xForwardedForProcessingMode: 'append',
    xForwardedForClientSourceIpsTrusted: '10.1.1.0/24;10.2.0.0/16',
    xForwardedForClientCertSubjectDNEnabled: true,
    xForwardedForClientCertSubjectDNAlias: 'subject-dn',
    xForwardedForSLBIdEnabled: false,
  },
  quicConfig: { quicUpgradeEnabled: true, quicListenerId: 'lsn-quic' },
  certificates: [{ certificateId: '1-cn-hangzhou' }],
  caCertificates: [{ certificateId: '2-cn-hangzhou' }],
  defaultActions: [
    { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-1' }] } },
  ],
  tags: [
    { key: 'env', value: 'prod' },
    { key: 'team', value: '' },
  ],
};

const CREATE_WIRE = {
  ClientToken: 'token-1',
  LoadBalancerId: 'alb-1',
  ListenerProtocol: 'HTTPS',
  ListenerPort: '443',
  ListenerDescription: 'web/443',
  RequestTimeout: '60',
  IdleTimeout: '15',
  GzipEnabled: 'true',
  Http2Enabled: 'false',
  SecurityPolicyId: 'tls_cipher_policy_1_2',
  CaEnabled: 'true',
  'XForwardedForConfig.XForwardedForEnabled': 'true',
  'XForwardedForConfig.XForwardedForProcessingMode': 'append',
  'XForwardedForConfig.XForwardedForClientSourceIpsTrusted': '10.1.1.0/24;10.2.0.0/16',
  'XForwardedForConfig.XForwardedForClientCertSubjectDNEnabled': 'true',
  'XForwardedForConfig.XForwardedForClientCertSubjectDNAlias': 'subject-dn',
  'XForwardedForConfig.XForwardedForSLBIdEnabled': 'false',
  'QuicConfig.QuicUpgradeEnabled': 'true',
  'QuicConfig.QuicListenerId': 'lsn-quic',
  'Certificates.1.CertificateId': '1-cn-hangzhou',
  'CaCertificates.1.CertificateId': '2-cn-hangzhou',
  'DefaultActions.1.Type': 'ForwardGroup',
  'DefaultActions.1.ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId': 'sgp-1',
  'Tag.1.Key': 'env',
  'Tag.1.Value': 'prod',
  'Tag.2.Key': 'team',
  'Tag.2.Value': '',
};

const LISTED = {
  ListenerId: 'lsn-1',
  LoadBalancerId: 'alb-1',
  ListenerProtocol: 'HTTPS',
  ListenerPort: 443,
  ListenerStatus: 'Running',
  ListenerDescription: '',
  RequestTimeout: 60,
  IdleTimeout: 15,
  GzipEnabled: true,
  Http2Enabled: true,
  SecurityPolicyId: 'tls_cipher_policy_1_0',
  XForwardedForConfig: {
    XForwardedForEnabled: true,
    XForwardedForProcessingMode: 'append',
    Nested: { New: 1 },
  },
  QuicConfig: { QuicUpgradeEnabled: false },
  DefaultActions: [
    {
      Type: 'ForwardGroup',
      ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId: 'sgp-1', Weight: 100 }] },
    },
    { Type: 'Redirect', RedirectConfig: { Host: 'example.com' } },
  ],
  LogConfig: {
    AccessLogRecordCustomizedHeadersEnabled: false,
    AccessLogTracingConfig: { TracingEnabled: true, TracingSample: 100, TracingType: 'Zipkin' },
  },
  Tags: [{ Key: 'env', Value: 'prod' }, { Key: 'flag' }],
};

const READ_LISTED = {
  listenerId: 'lsn-1',
  loadBalancerId: 'alb-1',
  listenerProtocol: 'HTTPS',
  listenerPort: 443,
  listenerStatus: 'Running',
  listenerDescription: '',
  requestTimeout: 60,
  idleTimeout: 15,
  gzipEnabled: true,
  http2Enabled: true,
  securityPolicyId: 'tls_cipher_policy_1_0',
  xForwardedForConfig: { xForwardedForEnabled: true, xForwardedForProcessingMode: 'append' },
  quicConfig: { quicUpgradeEnabled: false },
  defaultActions: [
    { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-1' }] } },
    { type: 'Redirect' },
  ],
  logConfig: {
    accessLogRecordCustomizedHeadersEnabled: false,
    accessLogTracingConfig: { tracingEnabled: true, tracingSample: 100, tracingType: 'Zipkin' },
  },
  tags: [
    { key: 'env', value: 'prod' },
    { key: 'flag', value: '' },
  ],
};

const JOB = { JobId: 'job-1', RequestId: 'R', NewField: { Of: ['tomorrow'] } };
const STARTED = { jobId: 'job-1' };

interface OperationCase {
  readonly action: string;
  readonly call: (api: AlbApi) => Promise<Outcome<unknown>>;
  readonly wire: Readonly<Record<string, string>>;
  readonly answer: Readonly<Record<string, unknown>>;
  readonly value: unknown;
  /** Fields of the answer that the operation promises. */
  readonly promised: readonly string[];
}

const OPERATIONS: readonly OperationCase[] = [
  {
    action: 'CreateListener',
    call: (api) => api.createListener(CREATE),
    wire: CREATE_WIRE,
    answer: { ...JOB, ListenerId: 'lsn-1' },
    value: { listenerId: 'lsn-1', jobId: 'job-1' },
    promised: ['ListenerId', 'JobId'],
  },
  {
    action: 'UpdateListenerAttribute',
    call: (api) =>
      api.updateListenerAttribute({ listenerId: 'lsn-1', gzipEnabled: false, listenerDescription: '' }),
    wire: { ListenerId: 'lsn-1', GzipEnabled: 'false', ListenerDescription: '' },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'DeleteListener',
    call: (api) => api.deleteListener('lsn-1'),
    wire: { ListenerId: 'lsn-1' },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'StartListener',
    call: (api) => api.startListener('lsn-1'),
    wire: { ListenerId: 'lsn-1' },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'StopListener',
    call: (api) => api.stopListener('lsn-1'),
    wire: { ListenerId: 'lsn-1' },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'GetLoadBalancerAttribute',
    call: (api) => api.getLoadBalancerAttribute('alb-1'),
    wire: { LoadBalancerId: 'alb-1' },
    answer: { RequestId: 'R', LoadBalancerId: 'alb-1', LoadBalancerStatus: 'Active' },
    value: { loadBalancerId: 'alb-1' },
    promised: ['LoadBalancerId'],
  },
  {
    action: 'GetListenerAttribute',
    call: (api) => api.getListenerAttribute('lsn-1'),
    wire: { ListenerId: 'lsn-1' },
    answer: {
      RequestId: 'R',
      ...LISTED,
      SecurityPolicyId: null,
      CaEnabled: false,
      Certificates: [{ CertificateId: '1-cn-hangzhou', Status: 'Associated' }],
      CaCertificates: [],
      AclConfig: { AclType: 'White', AclRelations: [{ AclId: 'acl-1', Status: 'Associated' }] },
      ServiceManagedEnabled: false,
    },
    value: {
      ...READ_LISTED,
      securityPolicyId: undefined,
      caEnabled: false,
      certificates: [{ certificateId: '1-cn-hangzhou' }],
      caCertificates: [],
      aclConfig: { aclType: 'White', aclRelations: [{ aclId: 'acl-1', status: 'Associated' }] },
    },
    promised: ['ListenerId', 'LoadBalancerId', 'ListenerProtocol', 'ListenerPort', 'ListenerStatus'],
  },
  {
    action: 'ListListeners',
    call: (api) => api.listListeners({ loadBalancerIds: ['alb-1', 'alb-2'] }),
    wire: { 'LoadBalancerIds.1': 'alb-1', 'LoadBalancerIds.2': 'alb-2', MaxResults: '100' },
    answer: { RequestId: 'R', Listeners: [LISTED], MaxResults: 100, TotalCount: 1 },
    value: [READ_LISTED],
    promised: ['Listeners'],
  },
  {
    action: 'ListListenerCertificates',
    call: (api) => api.listListenerCertificates('lsn-1'),
    wire: { ListenerId: 'lsn-1', CertificateType: 'Server', MaxResults: '100' },
    answer: {
      RequestId: 'R',
      Certificates: [
        { CertificateId: '1-cn-hangzhou', CertificateType: 'Server', IsDefault: true, Status: 'Associated' },
      ],
      NextToken: '',
    },
    value: [
      { certificateId: '1-cn-hangzhou', certificateType: 'Server', isDefault: true, status: 'Associated' },
    ],
    promised: ['Certificates'],
  },
  {
    action: 'ListAcls',
    call: (api) => api.listAcls(['acl-1', 'acl-2']),
    wire: { 'AclIds.1': 'acl-1', 'AclIds.2': 'acl-2', MaxResults: '100' },
    answer: {
      RequestId: 'R',
      Acls: [{ AclId: 'acl-1', AclName: 'office', AclStatus: 'Available', AddressIPVersion: 'IPv4' }],
      TotalCount: 1,
    },
    value: [{ aclId: 'acl-1', aclStatus: 'Available' }],
    promised: ['Acls'],
  },
  {
    action: 'AssociateAdditionalCertificatesWithListener',
    call: (api) => api.associateAdditionalCertificatesWithListener('lsn-1', [{ certificateId: '1' }]),
    wire: { ListenerId: 'lsn-1', 'Certificates.1.CertificateId': '1' },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'DissociateAdditionalCertificatesFromListener',
    call: (api) =>
      api.dissociateAdditionalCertificatesFromListener('lsn-1', [
        { certificateId: '1' },
        { certificateId: '2' },
      ]),
    wire: { ListenerId: 'lsn-1', 'Certificates.1.CertificateId': '1', 'Certificates.2.CertificateId': '2' },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'UpdateListenerLogConfig',
    call: (api) =>
      api.updateListenerLogConfig({
        listenerId: 'lsn-1',
        accessLogTracingConfig: { tracingEnabled: true, tracingSample: 100, tracingType: 'Zipkin' },
      }),
    wire: {
      ListenerId: 'lsn-1',
      'AccessLogTracingConfig.TracingEnabled': 'true',
      'AccessLogTracingConfig.TracingSample': '100',
      'AccessLogTracingConfig.TracingType': 'Zipkin',
    },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'AssociateAclsWithListener',
    call: (api) => api.associateAclsWithListener('lsn-1', 'White', ['acl-1', 'acl-2']),
    wire: { ListenerId: 'lsn-1', AclType: 'White', 'AclIds.1': 'acl-1', 'AclIds.2': 'acl-2' },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'DissociateAclsFromListener',
    call: (api) => api.dissociateAclsFromListener('lsn-1', ['acl-1']),
    wire: { ListenerId: 'lsn-1', 'AclIds.1': 'acl-1' },
    answer: JOB,
    value: STARTED,
    promised: ['JobId'],
  },
  {
    action: 'TagResources',
    call: (api) => api.tagListener('lsn-1', [{ key: 'env', value: 'prod' }]),
    wire: { ResourceType: 'listener', 'ResourceId.1': 'lsn-1', 'Tag.1.Key': 'env', 'Tag.1.Value': 'prod' },
    answer: { RequestId: 'R' },
    value: {},
    promised: ['RequestId'],
  },
  {
    action: 'UnTagResources',
    call: (api) => api.untagListener('lsn-1', ['env', 'team']),
    wire: { ResourceType: 'listener', 'ResourceId.1': 'lsn-1', 'TagKey.1': 'env', 'TagKey.2': 'team' },
    answer: { RequestId: 'R' },
    value: {},
    promised: ['RequestId'],
  },
  {
    action: 'ListAsynJobs',
    call: (api) => api.listAsynJobs({ jobIds: ['job-1', 'job-2'] }),
    wire: { 'JobIds.1': 'job-1', 'JobIds.2': 'job-2', MaxResults: '100' },
    answer: {
      RequestId: 'R',
      Jobs: [
        {
          Id: 'job-1',
          Status: 'Succeeded',
          ApiName: 'CreateListener',
          ErrorCode: '',
          CreateTime: 1_700_000_000_000,
        },
        {
          Id: 'job-2',
          Status: 'Failed',
          ApiName: 'CreateListener',
          ResourceId: 'lsn-1',
          ErrorCode: 'ResourceQuotaExceeded.ServerAddedNum',
          ErrorMessage: 'The quota of LTAIplantedid is exceeded.',
        },
        { Id: 'job-3', Status: 'Failed' },
      ],
    },
    value: [
      { id: 'job-1', status: 'Succeeded', apiName: 'CreateListener' },
      {
        id: 'job-2',
        status: 'Failed',
        apiName: 'CreateListener',
        resourceId: 'lsn-1',
        error: {
          class: 'quotaExceeded',
          operation: 'CreateListener',
          code: 'ResourceQuotaExceeded.ServerAddedNum',
          message: 'The quota of [redacted] is exceeded.',
        },
      },
      {
        id: 'job-3',
        status: 'Failed',
        error: {
          class: 'unclassified',
          operation: 'ListAsynJobs',
          code: 'JobFailed',
          message: 'The job failed and the cloud gave no reason.',
        },
      },
    ],
    promised: ['Jobs'],
  },
];

describe.each(OPERATIONS)('$action', ({ action, call, wire, answer, value, promised }) => {
  it('sends its parameters and nothing else, and reads its answer', async () => {
    await using server = await startScriptedServer(answering(200, answer));
    expect(await call(apiTo(server.endpoint))).toEqual({ outcome: 'yes', value, requestId: 'R' });
    const sent = server.requests.map(({ form }) =>
      Object.fromEntries(Object.entries(form).filter(([name]) => !COMMON.has(name))),
    );
    expect(sent).toEqual([{ Action: action, ...wire }]);
  });

  it.each([...promised, 'RequestId'])('takes no answer without %s for a success', async (field) => {
    await using server = await startScriptedServer(answering(200, { ...answer, [field]: undefined }));
    expect(await call(apiTo(server.endpoint))).toMatchObject({
      outcome: 'unknown',
      error: { class: 'unavailable', operation: action, code: 'UnexpectedAnswer' },
    });
  });

  it('passes a refusal on', async () => {
    await using server = await startScriptedServer(
      answering(403, { RequestId: 'R', Code: 'Forbidden.LoadBalancer' }),
    );
    expect(await call(apiTo(server.endpoint))).toMatchObject({
      outcome: 'no',
      error: { class: 'permission', operation: action },
    });
  });
});

describe('an answer of another shape', () => {
  const wrong: readonly { readonly reason: string; readonly change: object; readonly names: string }[] = [
    { reason: 'a port as text', change: { ListenerPort: '443' }, names: 'listenerPort' },
    { reason: 'a port beyond the exact integers', change: { ListenerPort: 1e300 }, names: 'listenerPort' },
    { reason: 'an empty id', change: { ListenerId: '' }, names: 'listenerId' },
    { reason: 'an action without a type', change: { DefaultActions: [{}] }, names: 'defaultActions.0.type' },
    { reason: 'tags that are no list', change: { Tags: { Key: 'a' } }, names: 'tags' },
  ];
  it.each(wrong)('names the field and shows no content: $reason', async ({ change, names }) => {
    await using server = await startScriptedServer(answering(200, { RequestId: 'R', ...LISTED, ...change }));
    const outcome = await apiTo(server.endpoint).getListenerAttribute('lsn-1');
    expect(outcome).toMatchObject({
      outcome: 'unknown',
      error: { code: 'UnexpectedAnswer', requestId: 'R' },
    });
    expect(outcome.outcome === 'yes' ? '' : outcome.error.message).toContain(names);
  });

  it('survives integers that only fit an object', async () => {
    const body = JSON.stringify({ RequestId: 'R', ...LISTED }).replace('{', '{"Big":123456789012345678901,');
    await using server = await startScriptedServer(answering(200, body));
    expect(await apiTo(server.endpoint).getListenerAttribute('lsn-1')).toMatchObject({ outcome: 'yes' });
  });

  it('whatever JSON comes, nothing is thrown and nothing but the shape is a success', async () => {
    let body = '';
    await using server = await startScriptedServer((...exchange) => answering(200, body)(...exchange));
    const api = apiTo(server.endpoint);
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        body = json;
        expect(await api.createListener(CREATE)).toMatchObject({ outcome: 'unknown' });
      }),
      { numRuns: 100 },
    );
  });
});

function listener(id: string): object {
  return { ...LISTED, ListenerId: id };
}

describe('a list', () => {
  it('follows every page, and shows a listener once though two pages have it', async () => {
    const pages: Readonly<Record<string, object>> = {
      '': { Listeners: [listener('lsn-1'), listener('lsn-2')], NextToken: 'two' },
      two: { Listeners: [listener('lsn-2'), listener('lsn-3')], NextToken: 'three' },
      three: { Listeners: [], NextToken: '' },
    };
    await using server = await startScriptedServer((request, response) => {
      response.end(JSON.stringify({ RequestId: 'R', ...pages[request.form['NextToken'] ?? ''] }));
    });
    const outcome = await apiTo(server.endpoint).listListeners({ loadBalancerIds: ['alb-1'] });
    expect(outcome.outcome === 'yes' && outcome.value.map(({ listenerId }) => listenerId)).toEqual([
      'lsn-1',
      'lsn-2',
      'lsn-3',
    ]);
    expect(server.requests.map(({ form }) => form['LoadBalancerIds.1'])).toEqual(['alb-1', 'alb-1', 'alb-1']);
  });

  it('is no list when one of its pages fails', async () => {
    await using server = await startScriptedServer((request, response, socket) => {
      if (request.form['NextToken'] === 'two') socket.destroy();
      else response.end(JSON.stringify({ RequestId: 'R', Listeners: [listener('lsn-1')], NextToken: 'two' }));
    });
    const outcome = await apiTo(server.endpoint).listListeners({ loadBalancerIds: ['alb-1'] });
    expect(outcome).toMatchObject({ outcome: 'unknown', error: { code: 'ConnectionReset' } });
  });

  it('ends when the pages go round in a circle', async () => {
    await using server = await startScriptedServer((request, response) => {
      const NextToken = request.form['NextToken'] === 'two' ? 'three' : 'two';
      response.end(JSON.stringify({ RequestId: 'R', Listeners: [], NextToken }));
    });
    const outcome = await apiTo(server.endpoint).listListeners({ loadBalancerIds: ['alb-1'] });
    expect(outcome).toMatchObject({
      outcome: 'unknown',
      error: { code: 'UnexpectedAnswer', requestId: 'R' },
    });
    expect(server.requests).toHaveLength(3);
  });
});

describe('what the wire cannot say is never sent', () => {
  const unsayable: readonly {
    reason: string;
    names: string;
    call: (api: AlbApi) => Promise<Outcome<unknown>>;
  }[] = [
    {
      reason: 'clearing a list would silently keep it',
      names: 'CaCertificates',
      call: (api) => api.updateListenerAttribute({ listenerId: 'lsn-1', caCertificates: [] }),
    },
    {
      reason: 'a filter for no listener would match every listener of the region',
      names: 'ListenerIds',
      call: (api) => api.listListeners({ listenerIds: [] }),
    },
    { reason: 'no jobs would be all jobs', names: 'JobIds', call: (api) => api.listAsynJobs({ jobIds: [] }) },
    { reason: 'no tags to set', names: 'Tag', call: (api) => api.tagListener('lsn-1', []) },
    {
      reason: 'no tags to remove might be all tags',
      names: 'TagKey',
      call: (api) => api.untagListener('lsn-1', []),
    },
  ];
  it.each(unsayable)('$reason', async ({ names, call }) => {
    await using server = await startScriptedServer(answering(200, JOB));
    const outcome = await call(apiTo(server.endpoint));
    expect(outcome).toMatchObject({ outcome: 'no', error: { class: 'invalidParameter', code: 'NotSent' } });
    expect(outcome.outcome === 'no' && outcome.error.message).toContain(`${names} is an empty list`);
    expect(server.requests).toEqual([]);
  });

  it('but a listener may be made without tags', async () => {
    await using server = await startScriptedServer(answering(200, { ...JOB, ListenerId: 'lsn-1' }));
    expect(await apiTo(server.endpoint).createListener({ ...CREATE, tags: [] })).toMatchObject({
      outcome: 'yes',
    });
    expect(Object.keys(server.requests[0]?.form ?? {}).filter((name) => name.startsWith('Tag'))).toEqual([]);
  });
});
