import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectAlb, createAlbApi } from '../../src/alb/alb-client.ts';
import type { AlbApi, CreateListenerParameters, ListenerAttribute } from '../../src/alb/api.ts';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import { fixedCredentials } from '../../src/alb/credentials/provider.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { AlbSite } from '../../src/alb-site.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { SimulatorControl } from '../../src/simulator/control-client.ts';
import { defaultInventory } from '../../src/simulator/default-inventory.ts';
import type { FaultInput } from '../../src/simulator/fault.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';

const LASTING = new Credentials('simulator', 'simulator-secret');
const TEMPORARY = new Credentials('STS.simulator', 'simulator-sts-secret', 'simulator-security-token');

const HTTP: CreateListenerParameters = {
  clientToken: 'http',
  loadBalancerId: 'alb-standard',
  listenerProtocol: 'HTTP',
  listenerPort: 80,
  defaultActions: forwardTo('sgp-http'),
  tags: [{ key: 'owner', value: 'uid-1' }],
};

const QUIC: CreateListenerParameters = {
  clientToken: 'quic',
  loadBalancerId: 'alb-standard',
  listenerProtocol: 'QUIC',
  listenerPort: 443,
  certificates: [{ certificateId: '1001-cn-hangzhou' }],
  defaultActions: forwardTo('sgp-http'),
  tags: [],
};

function forwardTo(serverGroupId: string): CreateListenerParameters['defaultActions'] {
  return [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } }];
}

interface Cloud {
  readonly endpoint: string;
  readonly control: SimulatorControl;
  api(credentials?: Credentials, timeoutMs?: number): AlbApi;
  /** Lets simulated time pass until every job has ended. */
  settle(): Promise<void>;
}

async function startCloud(settings: SettingsInput = {}): Promise<Cloud> {
  const running = await startSimulator({ inventory: defaultInventory, settings });
  onTestFinished(() => running.close());
  const control = new SimulatorControl(running.control);
  return {
    endpoint: running.endpoint,
    control,
    api: (credentials = LASTING, timeoutMs = 5000) =>
      createAlbApi({ endpoint: running.endpoint, provider: fixedCredentials(credentials), timeoutMs }),
    settle: () => control.advanceTime(60_000),
  };
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.outcome !== 'yes') throw new Error(inspect(outcome));
  return outcome.value;
}

async function running(cloud: Cloud, parameters: CreateListenerParameters): Promise<string> {
  const { listenerId } = valueOf(await cloud.api().createListener(parameters));
  await cloud.settle();
  return listenerId;
}

describe('every operation against the simulator', () => {
  it('creates each protocol with every field it has, and reads all of them back', async () => {
    const cloud = await startCloud();
    const api = cloud.api();
    const quic = await running(cloud, QUIC);
    const parameters: CreateListenerParameters = {
      clientToken: 'https',
      loadBalancerId: 'alb-standard',
      listenerProtocol: 'HTTPS',
      listenerPort: 443,
      listenerDescription: 'web/443_门户',
      requestTimeout: 120,
      idleTimeout: 30,
      gzipEnabled: false,
      http2Enabled: true,
      securityPolicyId: 'spl-custom',
      caEnabled: true,
      certificates: [{ certificateId: '1001-cn-hangzhou' }],
      caCertificates: [{ certificateId: '2001-cn-hangzhou' }],
      quicConfig: { quicUpgradeEnabled: true, quicListenerId: quic },
      xForwardedForConfig: {
        xForwardedForEnabled: true,
        xForwardedForProcessingMode: 'remove',
        xForwardedForProtoEnabled: true,
        xForwardedForSLBIdEnabled: true,
        xForwardedForSLBPortEnabled: true,
        xForwardedForHostEnabled: true,
        xForwardedForClientSrcPortEnabled: true,
        xForwardedForClientSourceIpsEnabled: true,
        xForwardedForClientSourceIpsTrusted: '10.1.1.0/24',
        xForwardedForClientCertClientVerifyEnabled: true,
        xForwardedForClientCertClientVerifyAlias: 'verify',
        xForwardedForClientCertFingerprintEnabled: true,
        xForwardedForClientCertFingerprintAlias: 'finger-print',
        xForwardedForClientCertIssuerDNEnabled: true,
        xForwardedForClientCertIssuerDNAlias: 'issuer_dn',
        xForwardedForClientCertSubjectDNEnabled: true,
        xForwardedForClientCertSubjectDNAlias: 'subject_dn',
      },
      defaultActions: forwardTo('sgp-grpc'),
      tags: [{ key: 'owner', value: 'uid-1' }],
    };
    const { listenerId, jobId } = valueOf(await api.createListener(parameters));

    expect(valueOf(await api.getListenerAttribute(listenerId)).listenerStatus).toBe('Provisioning');
    expect(valueOf(await api.listAsynJobs({ jobIds: [jobId] }))).toEqual([
      { id: jobId, status: 'Processing', apiName: 'CreateListener', resourceId: listenerId },
    ]);
    await cloud.settle();
    const { clientToken: _sent, ...held } = parameters;
    const read = valueOf(await api.getListenerAttribute(listenerId));
    expect(read).toMatchObject({ ...held, listenerId, listenerStatus: 'Running' });
    expect(valueOf(await api.listAsynJobs({ jobIds: [jobId] }))).toMatchObject([{ status: 'Succeeded' }]);
    expect((await cloud.control.calls()).flatMap(({ ignoredParameters }) => ignoredParameters)).toEqual([]);
  });

  it('updates what is given, stops, starts and deletes', async () => {
    const cloud = await startCloud();
    const api = cloud.api();
    const listenerId = await running(cloud, HTTP);

    valueOf(
      await api.updateListenerAttribute({
        listenerId,
        idleTimeout: 44,
        defaultActions: forwardTo('sgp-https'),
      }),
    );
    expect(await api.updateListenerAttribute({ listenerId, idleTimeout: 45 })).toMatchObject({
      outcome: 'no',
      error: { class: 'listenerBusy', code: 'ResourceInConfiguring.Listener' },
    });
    await cloud.settle();
    const read: ListenerAttribute = valueOf(await api.getListenerAttribute(listenerId));
    expect(read).toMatchObject({
      idleTimeout: 44,
      requestTimeout: 60,
      defaultActions: forwardTo('sgp-https'),
    });

    valueOf(await api.stopListener(listenerId));
    await cloud.settle();
    expect(valueOf(await api.getListenerAttribute(listenerId)).listenerStatus).toBe('Stopped');
    valueOf(await api.startListener(listenerId));
    await cloud.settle();
    expect(valueOf(await api.getListenerAttribute(listenerId)).listenerStatus).toBe('Running');

    valueOf(await api.deleteListener(listenerId));
    await cloud.settle();
    const gone = { outcome: 'no', error: { class: 'listenerNotFound', httpStatus: 404 } };
    expect(await api.getListenerAttribute(listenerId)).toMatchObject(gone);
    expect(await api.deleteListener(listenerId)).toMatchObject(gone);
  });

  it('attaches and detaches certificates, ACLs, tags and log settings', async () => {
    const cloud = await startCloud();
    const api = cloud.api();
    const listenerId = await running(cloud, QUIC);
    const extra = [{ certificateId: '1002-cn-hangzhou' }, { certificateId: '1003-cn-hangzhou' }];

    valueOf(await api.associateAdditionalCertificatesWithListener(listenerId, extra));
    await cloud.settle();
    expect(valueOf(await api.listListenerCertificates(listenerId))).toEqual([
      { certificateId: '1001-cn-hangzhou', certificateType: 'Server', isDefault: true, status: 'Associated' },
      {
        certificateId: '1002-cn-hangzhou',
        certificateType: 'Server',
        isDefault: false,
        status: 'Associated',
      },
      {
        certificateId: '1003-cn-hangzhou',
        certificateType: 'Server',
        isDefault: false,
        status: 'Associated',
      },
    ]);
    valueOf(await api.dissociateAdditionalCertificatesFromListener(listenerId, extra));
    await cloud.settle();
    expect(valueOf(await api.listListenerCertificates(listenerId))).toHaveLength(1);
    expect(await api.dissociateAdditionalCertificatesFromListener(listenerId, extra)).toMatchObject({
      error: { class: 'notAssociated' },
    });

    valueOf(await api.associateAclsWithListener(listenerId, 'White', ['acl-office', 'acl-partners']));
    await cloud.settle();
    expect(valueOf(await api.getListenerAttribute(listenerId)).aclConfig).toEqual({
      aclType: 'White',
      aclRelations: [
        { aclId: 'acl-office', status: 'Associated' },
        { aclId: 'acl-partners', status: 'Associated' },
      ],
    });
    valueOf(await api.dissociateAclsFromListener(listenerId, ['acl-office', 'acl-partners']));
    await cloud.settle();
    expect(valueOf(await api.getListenerAttribute(listenerId)).aclConfig?.aclRelations ?? []).toEqual([]);

    valueOf(
      await api.tagListener(listenerId, [
        { key: 'env', value: 'prod' },
        { key: 'team', value: '' },
      ]),
    );
    valueOf(await api.untagListener(listenerId, ['env']));
    expect(valueOf(await api.getListenerAttribute(listenerId)).tags).toEqual([{ key: 'team', value: '' }]);

    valueOf(
      await api.updateListenerLogConfig({
        listenerId,
        accessLogRecordCustomizedHeadersEnabled: true,
        accessLogTracingConfig: { tracingEnabled: true, tracingSample: 200, tracingType: 'Zipkin' },
      }),
    );
    await cloud.settle();
    expect(valueOf(await api.getListenerAttribute(listenerId)).logConfig).toEqual({
      accessLogRecordCustomizedHeadersEnabled: true,
      accessLogTracingConfig: { tracingEnabled: true, tracingSample: 200, tracingType: 'Zipkin' },
    });
  });

  it('lists more listeners than a page holds', async () => {
    const cloud = await startCloud({
      quotas: { listenersPerLoadBalancer: 300, listenersPerServerGroup: 300 },
    });
    const ports = Array.from({ length: 205 }, (_, index) => 1000 + index);
    for (const ListenerPort of ports) {
      await cloud.control.createListener({
        LoadBalancerId: 'alb-basic',
        ListenerProtocol: 'HTTP',
        ListenerPort,
      });
    }
    await running(cloud, HTTP);
    const listed = valueOf(await cloud.api().listListeners({ loadBalancerIds: ['alb-basic'] }));
    expect(listed.map(({ listenerPort }) => listenerPort).sort((a, b) => a - b)).toEqual(ports);
    expect(valueOf(await cloud.api().listListeners({}))).toHaveLength(206);
    const [first] = listed;
    expect(valueOf(await cloud.api().listListeners({ listenerIds: [first?.listenerId ?? ''] }))).toEqual([
      first,
    ]);
  });

  it('tells why a job failed', async () => {
    const cloud = await startCloud();
    await cloud.control.addFault({
      kind: 'failJob',
      operation: 'CreateListener',
      code: 'ResourceQuotaExceeded.ServerAddedNum',
      message: 'The quota is exceeded, says simulator-secret.',
    });
    const { jobId } = valueOf(await cloud.api().createListener(HTTP));
    await cloud.settle();
    expect(valueOf(await cloud.api().listAsynJobs({ jobIds: [jobId] }))).toMatchObject([
      {
        status: 'Failed',
        error: {
          class: 'quotaExceeded',
          operation: 'CreateListener',
          message: 'The quota is exceeded, says [redacted].',
        },
      },
    ]);
  });
});

describe('credentials', () => {
  it('a temporary key works with its token', async () => {
    const cloud = await startCloud();
    expect(await cloud.api(TEMPORARY).listListeners({})).toMatchObject({ outcome: 'yes', value: [] });
  });

  const refused = [
    {
      reason: 'a wrong secret; the cloud answers with the string it signed, id and token in it',
      credentials: new Credentials('STS.simulator', 'wrong-secret', 'simulator-security-token'),
      code: 'SignatureDoesNotMatch',
    },
    {
      reason: 'an unknown key',
      credentials: new Credentials('nobody', 'simulator-secret'),
      code: 'InvalidAccessKeyId.NotFound',
    },
    {
      reason: 'a temporary key without its token',
      credentials: new Credentials('STS.simulator', 'simulator-sts-secret'),
      code: 'MissingSecurityToken',
    },
    {
      reason: 'a token of somebody else',
      credentials: new Credentials('STS.simulator', 'simulator-sts-secret', 'other-token'),
      code: 'InvalidSecurityToken.Malformed',
    },
  ];
  it.each(refused)('$reason', async ({ credentials, code }) => {
    const cloud = await startCloud();
    const outcome = await cloud.api(credentials).createListener(HTTP);
    expect(outcome).toMatchObject({ outcome: 'no', error: { class: 'authentication', code } });
    const shown = inspect(outcome, { depth: null });
    for (const secret of [
      credentials.accessKeyId(),
      credentials.accessKeySecret(),
      credentials.securityToken(),
    ]) {
      expect(shown).not.toContain(secret ?? credentials.accessKeySecret());
    }
    expect((await cloud.control.state()).listeners).toEqual([]);
  });
});

describe('a create whose answer is lost', () => {
  const after = { operation: 'CreateListener', effect: 'after', count: 1 } as const;
  const lost: readonly { readonly reason: string; readonly fault: FaultInput; readonly code: string }[] = [
    { reason: 'the connection is cut', fault: { ...after, kind: 'cut' }, code: 'ConnectionReset' },
    { reason: 'no answer comes', fault: { ...after, kind: 'hang' }, code: 'Timeout' },
    {
      reason: 'an HTML page under 503',
      fault: { ...after, kind: 'body', status: 503, text: '<h1>Service Unavailable</h1>' },
      code: 'UnreadableAnswer',
    },
    {
      reason: 'JSON that ends too early',
      fault: { ...after, kind: 'body', status: 200, text: '{"RequestId":"R","Listene' },
      code: 'UnreadableAnswer',
    },
    {
      reason: '500 without a code',
      fault: { ...after, kind: 'body', status: 500, text: '{}' },
      code: 'UnexpectedStatus',
    },
    {
      reason: 'an empty body',
      fault: { ...after, kind: 'body', status: 200, text: '' },
      code: 'UnreadableAnswer',
    },
    {
      reason: 'an internal error',
      fault: { ...after, kind: 'error', status: 500, code: 'InternalError' },
      code: 'InternalError',
    },
  ];
  it.each(lost)(
    '$reason: unknown, and the same call again finds the listener it made',
    async ({ fault, code }) => {
      const cloud = await startCloud();
      await cloud.control.addFault(fault);
      const api = cloud.api(LASTING, 500);
      expect(await api.createListener(HTTP)).toMatchObject({
        outcome: 'unknown',
        error: { class: 'unavailable', code },
      });
      const { listeners } = await cloud.control.state();
      expect(listeners).toHaveLength(1);
      expect(valueOf(await api.createListener(HTTP)).listenerId).toBe(listeners[0]?.ListenerId);
      expect((await cloud.control.state()).listeners).toHaveLength(1);
    },
  );

  it('a token that comes back with other parameters proves an earlier call', async () => {
    const cloud = await startCloud();
    valueOf(await cloud.api().createListener(HTTP));
    expect(await cloud.api().createListener({ ...HTTP, listenerPort: 81 })).toMatchObject({
      outcome: 'unknown',
      error: { class: 'tokenMismatch' },
    });
  });

  it('a second call while the first is held is told so', async () => {
    const cloud = await startCloud();
    await cloud.control.addFault({ kind: 'hold', operation: 'CreateListener', effect: 'before', count: 1 });
    const first = cloud.api().createListener(HTTP);
    const { sequence } = await cloud.control.heldCall('CreateListener');
    expect(await cloud.api().createListener(HTTP)).toMatchObject({
      outcome: 'unknown',
      error: { class: 'tokenInProgress' },
    });
    await cloud.control.release(sequence);
    expect(await first).toMatchObject({ outcome: 'yes' });
  });
});

it('throttling is a refusal that says how long to wait', async () => {
  const cloud = await startCloud();
  await cloud.control.addFault({ kind: 'error', code: 'Throttling.User', retryAfterMs: 1234 });
  expect(await cloud.api().createListener(HTTP)).toMatchObject({
    outcome: 'no',
    error: { class: 'throttled', retryAfterMs: 1234, httpStatus: 400 },
  });
  expect((await cloud.control.state()).listeners).toEqual([]);
});

it('after throttling, clouds that share a budget send nothing for as long as the cloud asked', async () => {
  const cloud = await startCloud();
  await cloud.control.addFault({
    kind: 'error',
    operation: 'StopListener',
    code: 'Throttling.User',
    retryAfterMs: 60_000,
  });
  const site = new AlbSite({
    callsPerMinute: 160,
    busyDelayMs: 1000,
    clock: systemClock,
    random: seededRandom(1),
  });
  const cloudFor = site.cloudOver(
    connectAlb({ endpoint: cloud.endpoint, provider: fixedCredentials(LASTING) }),
    '',
  );
  const throttled = await cloudFor('alb-one', { namespace: 'shop', priority: 'low' }).stopListener('lsn-any');
  expect(throttled).toMatchObject({ outcome: 'no', error: { code: 'Throttling.User' } });
  expect(throttled.outcome === 'no' && throttled.error.retryAfterMs).toBeGreaterThan(60_000);
  expect(
    await cloudFor('alb-two', { namespace: 'shop', priority: 'high' }).stopListener('lsn-any'),
  ).toMatchObject({
    outcome: 'no',
    error: { class: 'throttled', code: 'BudgetExhausted', notSent: true },
  });
  expect(
    await cloudFor('alb-two', { namespace: 'shop', priority: 'high' }).listenersOf('alb-one'),
  ).toMatchObject({
    outcome: 'yes',
    value: [],
  });
  expect((await cloud.control.calls()).map(({ action }) => action)).toEqual([
    'StopListener',
    'ListListeners',
  ]);
});
