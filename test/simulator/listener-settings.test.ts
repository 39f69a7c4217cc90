import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Cloud, forwardTo, http, https, quic, text } from './cloud.ts';

describe('what is read of a listener', () => {
  it('is what was given, and the default of the API for the rest: HTTP', () => {
    const cloud = new Cloud();
    const id = cloud.running({ ...http, 'Tag.1.Key': 'owner', 'Tag.1.Value': 'uid-1' });
    expect(cloud.ok('GetListenerAttribute', { ListenerId: id })).toEqual({
      ListenerId: id,
      LoadBalancerId: 'alb-standard',
      ListenerProtocol: 'HTTP',
      ListenerPort: 80,
      ListenerStatus: 'Running',
      RequestTimeout: 60,
      IdleTimeout: 15,
      GzipEnabled: true,
      XForwardedForConfig: {
        XForwardedForEnabled: true,
        XForwardedForProcessingMode: 'append',
        XForwardedForProtoEnabled: false,
        XForwardedForSLBIdEnabled: false,
        XForwardedForSLBPortEnabled: false,
        XForwardedForHostEnabled: false,
        XForwardedForClientSrcPortEnabled: false,
        XForwardedForClientSourceIpsEnabled: false,
      },
      DefaultActions: [
        { Type: 'ForwardGroup', ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId: 'sgp-http' }] } },
      ],
      LogConfig: { AccessLogRecordCustomizedHeadersEnabled: false },
      AclConfig: { AclRelations: [] },
      Tags: [{ Key: 'owner', Value: 'uid-1' }],
    });
  });

  it('HTTPS has TLS settings with their defaults, QUIC has none of them', () => {
    const cloud = new Cloud();
    expect(cloud.read(cloud.running(https))).toMatchObject({
      Http2Enabled: true,
      SecurityPolicyId: 'tls_cipher_policy_1_0',
      CaEnabled: false,
      QuicConfig: { QuicUpgradeEnabled: false },
      Certificates: [{ CertificateId: '1001-cn-hangzhou' }],
    });
    const { XForwardedForConfig, ...listener } = cloud.read(cloud.running(quic));
    expect(listener).not.toHaveProperty('Http2Enabled');
    expect(listener).not.toHaveProperty('SecurityPolicyId');
    expect(Object.keys(XForwardedForConfig).sort()).toEqual([
      'XForwardedForHostEnabled',
      'XForwardedForProtoEnabled',
      'XForwardedForSLBIdEnabled',
      'XForwardedForSLBPortEnabled',
    ]);
  });

  it('leaves certificates, the CA flag and ACLs out of the list', () => {
    const cloud = new Cloud();
    cloud.running(https);
    const { Listeners } = cloud.ok('ListListeners');
    const [listed] = z.array(z.unknown()).parse(Listeners);
    expect(listed).toMatchObject({
      ListenerStatus: 'Running',
      SecurityPolicyId: 'tls_cipher_policy_1_0',
      Tags: [],
    });
    for (const absent of ['Certificates', 'CaCertificates', 'CaEnabled', 'AclConfig']) {
      expect(listed).not.toHaveProperty(absent);
    }
  });
});

describe('an update', () => {
  it('changes what it names and nothing else, structures part by part', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running({
      ...https,
      GzipEnabled: 'false',
      'XForwardedForConfig.XForwardedForProtoEnabled': 'true',
    });
    const before = cloud.read(ListenerId);
    cloud.ok('UpdateListenerAttribute', {
      ListenerId,
      ListenerDescription: 'web,main;@shop',
      'XForwardedForConfig.XForwardedForHostEnabled': 'true',
      'Certificates.1.CertificateId': '1002-cn-hangzhou',
      ...forwardTo('sgp-http-2', 'sgp-grpc'),
    });
    cloud.wait(60_000);
    expect(cloud.read(ListenerId)).toEqual({
      ...before,
      ListenerDescription: 'web,main;@shop',
      XForwardedForConfig: { ...before.XForwardedForConfig, XForwardedForHostEnabled: true },
      Certificates: [{ CertificateId: '1002-cn-hangzhou' }],
      DefaultActions: [
        {
          Type: 'ForwardGroup',
          ForwardGroupConfig: {
            ServerGroupTuples: [{ ServerGroupId: 'sgp-http-2' }, { ServerGroupId: 'sgp-grpc' }],
          },
        },
      ],
    });
  });

  it('is judged by the listener as it would be: a gRPC group stays, HTTP/2 cannot go', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running({ ...https, ...forwardTo('sgp-grpc') });
    expect(cloud.code('UpdateListenerAttribute', { ListenerId, Http2Enabled: 'false' })).toBe(
      '400 OperationDenied.GRPCServerGroup',
    );
    expect(cloud.read(ListenerId).ListenerStatus).toBe('Running');
  });

  it('can say it changed a parameter and keep the old value', () => {
    const cloud = new Cloud({
      updateKeepsOldValue: ['GzipEnabled', 'XForwardedForConfig.XForwardedForHostEnabled'],
    });
    const ListenerId = cloud.running(http);
    cloud.ok('UpdateListenerAttribute', {
      ListenerId,
      GzipEnabled: 'false',
      IdleTimeout: '20',
      'XForwardedForConfig.XForwardedForHostEnabled': 'true',
    });
    expect(cloud.read(ListenerId)).toMatchObject({
      GzipEnabled: true,
      IdleTimeout: 20,
      XForwardedForConfig: { XForwardedForHostEnabled: false },
    });
  });

  it('cannot move a listener: the API drops the parameter, the call log tells', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(http);
    cloud.ok('UpdateListenerAttribute', { ListenerId, ListenerPort: '8080' });
    expect(cloud.read(ListenerId).ListenerPort).toBe(80);
    const update = cloud.simulator.state.calls.find((call) => call.action === 'UpdateListenerAttribute');
    expect(update?.ignoredParameters).toEqual(['ListenerPort']);
  });

  it('has a quota on timeouts', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(http);
    expect(cloud.code('UpdateListenerAttribute', { ListenerId, RequestTimeout: '601' })).toBe(
      '400 InvalidParameter',
    );
    const raised = new Cloud({ quotas: { timeoutSeconds: 3600 } });
    expect(raised.code('CreateListener', { ...http, RequestTimeout: '3600' })).toBe('Success');
  });
});

describe('a parameter that the protocol does not have', () => {
  it.each([
    { inapplicableParameters: 'refused' as const, code: '400 InvalidParameter' },
    { inapplicableParameters: 'ignored' as const, code: 'Success' },
  ])('is $inapplicableParameters', ({ code, ...settings }) => {
    const cloud = new Cloud(settings);
    const foreign = {
      Http2Enabled: 'true',
      'XForwardedForConfig.XForwardedForClientCertSubjectDNEnabled': 'true',
    };
    expect(cloud.code('CreateListener', { ...http, ...foreign })).toBe(code);
    for (const listener of cloud.listeners()) {
      expect(listener).not.toHaveProperty('Http2Enabled');
      expect(listener.XForwardedForConfig).not.toHaveProperty('XForwardedForClientCertSubjectDNEnabled');
    }
  });
});

describe('the log configuration', () => {
  it('needs access logs on the load balancer', () => {
    const cloud = new Cloud();
    const on = {
      'AccessLogTracingConfig.TracingEnabled': 'true',
      'AccessLogTracingConfig.TracingSample': '100',
    };
    const standard = cloud.running(http);
    const basic = cloud.running({ ...http, LoadBalancerId: 'alb-basic' });
    expect(cloud.code('UpdateListenerLogConfig', { ListenerId: basic, ...on })).toBe(
      '400 OperationDenied.AccessLogDisabled',
    );
    cloud.ok('UpdateListenerLogConfig', { ListenerId: standard, ...on });
    expect(cloud.read(standard).LogConfig).toEqual({
      AccessLogRecordCustomizedHeadersEnabled: false,
      AccessLogTracingConfig: { TracingEnabled: true, TracingSample: 100 },
    });
  });

  it('has no sample without tracing', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(http);
    const off = {
      'AccessLogTracingConfig.TracingEnabled': 'false',
      'AccessLogTracingConfig.TracingSample': '100',
    };
    expect(cloud.code('UpdateListenerLogConfig', { ListenerId, ...off })).toBe('400 InvalidParameter');
  });
});

it('gives every listener, job and request an id of its own', () => {
  const cloud = new Cloud({ createLocksLoadBalancer: false });
  const ids = Array.from({ length: 40 }, (_, index) => {
    const answer = cloud.answer('CreateListener', { ...http, ListenerPort: String(1000 + index) });
    if (!answer.ok) throw new Error(answer.refusal.code);
    return [text(answer.body['ListenerId']), text(answer.body['JobId']), answer.requestId];
  }).flat();
  expect(new Set(ids).size).toBe(120);
});
