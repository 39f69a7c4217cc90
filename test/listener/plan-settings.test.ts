import { describe, expect, it } from 'vitest';
import type { ListenerAttribute } from '../../src/alb/api.ts';
import { settingsPlan } from '../../src/listener/plan-settings.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import { SPEC, sampleListener } from './sample.ts';

const HTTPS: ResolvedSpec = {
  ...SPEC,
  listenerProtocol: 'HTTPS',
  certificates: [{ certificateId: '1-cn-hangzhou' }],
};

function groups(...ids: string[]): ResolvedSpec['defaultActions'] {
  return [
    {
      type: 'ForwardGroup',
      forwardGroupConfig: { serverGroupTuples: ids.map((serverGroupId) => ({ serverGroupId })) },
    },
  ];
}

describe('the settings of a listener', () => {
  it.each<{ reason: string; spec: ResolvedSpec; listener: Partial<ListenerAttribute> }>([
    { reason: 'the cloud fills in its defaults where the manifest is silent', spec: SPEC, listener: {} },
    {
      reason: 'the order of server groups has no meaning',
      spec: { ...SPEC, defaultActions: groups('sgp-a', 'sgp-b') },
      listener: { defaultActions: groups('sgp-b', 'sgp-a') },
    },
    {
      reason: 'an absent nested object means its defaults',
      spec: { ...SPEC, xForwardedForConfig: { xForwardedForEnabled: true } },
      listener: {},
    },
    {
      reason: 'trusted addresses are a set, however they are spaced',
      spec: {
        ...SPEC,
        xForwardedForConfig: {
          xForwardedForClientSourceIpsEnabled: true,
          xForwardedForClientSourceIpsTrusted: '10.0.0.0/8;192.168.0.0/16',
        },
      },
      listener: {
        xForwardedForConfig: {
          xForwardedForClientSourceIpsEnabled: true,
          xForwardedForClientSourceIpsTrusted: '192.168.0.0/16; 10.0.0.0/8;',
        },
      },
    },
    {
      reason: 'the mode of a header that is off has no reliable value',
      spec: { ...SPEC, xForwardedForConfig: { xForwardedForEnabled: false } },
      listener: {
        xForwardedForConfig: { xForwardedForEnabled: false, xForwardedForProcessingMode: 'remove' },
      },
    },
    {
      reason: 'an empty list says as little as none',
      spec: HTTPS,
      listener: { certificates: [{ certificateId: '1-cn-hangzhou' }], caCertificates: [] },
    },
  ])('finds nothing where nothing differs: $reason', ({ spec, listener }) => {
    expect(settingsPlan(spec, sampleListener(listener)).differences).toEqual([]);
  });

  it.each<{ reason: string; spec: ResolvedSpec; listener: Partial<ListenerAttribute>; paths: string[] }>([
    {
      reason: 'a declared value',
      spec: { ...SPEC, idleTimeout: 30 },
      listener: {},
      paths: ['idleTimeout'],
    },
    {
      reason: 'a value that was removed from the manifest goes back to the default of the cloud',
      spec: SPEC,
      listener: { requestTimeout: 90, gzipEnabled: false },
      paths: ['requestTimeout', 'gzipEnabled'],
    },
    {
      reason: 'one header of many',
      spec: SPEC,
      listener: { xForwardedForConfig: { xForwardedForSLBIdEnabled: true } },
      paths: ['xForwardedForConfig.xForwardedForSLBIdEnabled'],
    },
    {
      reason: 'a server group more than declared',
      spec: SPEC,
      listener: { defaultActions: groups('sgp-web', 'sgp-other') },
      paths: ['defaultActions'],
    },
    {
      reason: 'HTTPS settings, which no HTTP listener has',
      spec: HTTPS,
      listener: { http2Enabled: false, certificates: [{ certificateId: '2-cn-hangzhou' }] },
      paths: ['http2Enabled', 'certificates'],
    },
  ])('names each field that differs: $reason', ({ spec, listener, paths }) => {
    expect(settingsPlan(spec, sampleListener(listener)).differences.map(({ path }) => path)).toEqual(paths);
  });
});

describe('the update', () => {
  const headersOf = (spec: ResolvedSpec, listener: Partial<ListenerAttribute>) =>
    settingsPlan(spec, sampleListener(listener)).steps.map((step) =>
      step.call === 'update' ? step.parameters.xForwardedForConfig : undefined,
    );

  it('holds the differing parameters and no other', () => {
    const spec = { ...SPEC, idleTimeout: 30, requestTimeout: 90 };
    expect(settingsPlan(spec, sampleListener({ requestTimeout: 90 })).steps).toEqual([
      { call: 'update', parameters: { idleTimeout: 30 } },
    ]);
  });

  it('sends a nested parameter whole, since the cloud may reset the parts that are left out', () => {
    const spec: ResolvedSpec = { ...SPEC, xForwardedForConfig: { xForwardedForSLBIdEnabled: true } };
    expect(headersOf(spec, {})).toEqual([
      {
        xForwardedForEnabled: true,
        xForwardedForProcessingMode: 'append',
        xForwardedForProtoEnabled: false,
        xForwardedForSLBIdEnabled: true,
        xForwardedForSLBPortEnabled: false,
        xForwardedForHostEnabled: false,
        xForwardedForClientSrcPortEnabled: false,
        xForwardedForClientSourceIpsEnabled: false,
      },
    ]);
  });

  it('sends the parts of it that are left to others as they are', () => {
    const spec: ResolvedSpec = {
      ...SPEC,
      xForwardedForConfig: { xForwardedForSLBIdEnabled: true, xForwardedForHostEnabled: false },
      ignoreFields: ['xForwardedForConfig.xForwardedForHostEnabled'],
    };
    const [headers] = headersOf(spec, { xForwardedForConfig: { xForwardedForHostEnabled: true } });
    expect(headers).toMatchObject({ xForwardedForSLBIdEnabled: true, xForwardedForHostEnabled: true });
  });

  it('gives a header its usual name back when its alias leaves the manifest', () => {
    const named = {
      xForwardedForClientCertIssuerDNEnabled: true,
      xForwardedForClientCertIssuerDNAlias: 'x-issuer',
    };
    const spec: ResolvedSpec = {
      ...HTTPS,
      xForwardedForConfig: { xForwardedForClientCertIssuerDNEnabled: true },
    };
    const certificates = HTTPS.certificates ?? [];
    const [headers] = headersOf(spec, { certificates, xForwardedForConfig: named });
    expect(headers).toMatchObject({
      xForwardedForClientCertIssuerDNAlias: 'x-forwarded-clientcert-issuerdn',
    });
    const back = { ...named, xForwardedForClientCertIssuerDNAlias: 'x-forwarded-clientcert-issuerdn' };
    expect(headersOf(spec, { certificates, xForwardedForConfig: back })).toEqual([]);
  });

  it('does not wait for a description or trusted proxies to be gone, which the API cannot say', () => {
    const spec: ResolvedSpec = {
      ...SPEC,
      xForwardedForConfig: { xForwardedForClientSourceIpsEnabled: true },
    };
    const listener = sampleListener({
      listenerDescription: 'once',
      xForwardedForConfig: {
        xForwardedForClientSourceIpsEnabled: true,
        xForwardedForClientSourceIpsTrusted: '10.0.0.0/8',
      },
    });
    expect(settingsPlan(spec, listener)).toEqual({ differences: [], steps: [] });
  });
});
