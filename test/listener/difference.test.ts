import { describe, expect, it } from 'vitest';
import type { ListenerAttribute } from '../../src/alb/api.ts';
import { differingSettings, missingTags, updateParameters } from '../../src/listener/difference.ts';
import type { AlbListenerSpec } from '../../src/listener/schema/spec.ts';
import { SPEC, sampleListener } from './sample.ts';

const HTTPS: AlbListenerSpec = {
  ...SPEC,
  listenerProtocol: 'HTTPS',
  certificates: [{ certificateId: '1-cn-hangzhou' }],
};

function groups(...ids: string[]): AlbListenerSpec['defaultActions'] {
  return [
    {
      type: 'ForwardGroup',
      forwardGroupConfig: { serverGroupTuples: ids.map((serverGroupId) => ({ serverGroupId })) },
    },
  ];
}

describe('differingSettings', () => {
  it.each<{ reason: string; spec: AlbListenerSpec; listener: Partial<ListenerAttribute> }>([
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
    expect(differingSettings(spec, sampleListener(listener))).toEqual([]);
  });

  it.each<{ reason: string; spec: AlbListenerSpec; listener: Partial<ListenerAttribute>; paths: string[] }>([
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
    expect(differingSettings(spec, sampleListener(listener)).map(({ path }) => path)).toEqual(paths);
  });
});

describe('updateParameters', () => {
  it('holds the differing parameters and no other', () => {
    const spec = { ...SPEC, idleTimeout: 30, requestTimeout: 90 };
    const differences = differingSettings(spec, sampleListener({ requestTimeout: 90 }));
    expect(updateParameters(spec, differences)).toEqual({ idleTimeout: 30 });
  });

  it('sends a nested parameter whole, since the cloud may reset the parts that are left out', () => {
    const spec: AlbListenerSpec = { ...SPEC, xForwardedForConfig: { xForwardedForSLBIdEnabled: true } };
    const parameters = updateParameters(spec, differingSettings(spec, sampleListener()));
    expect(parameters).toEqual({
      xForwardedForConfig: {
        xForwardedForEnabled: true,
        xForwardedForProcessingMode: 'append',
        xForwardedForProtoEnabled: false,
        xForwardedForSLBIdEnabled: true,
        xForwardedForSLBPortEnabled: false,
        xForwardedForHostEnabled: false,
        xForwardedForClientSrcPortEnabled: false,
        xForwardedForClientSourceIpsEnabled: false,
      },
    });
  });
});

describe('missingTags', () => {
  it('are those that lack or differ; tags of others are left alone', () => {
    const declared = [
      { key: 'env', value: 'prod' },
      { key: 'team', value: 'web' },
    ];
    const actual = [
      { key: 'env', value: 'test' },
      { key: 'team', value: 'web' },
      { key: 'cost-centre', value: '42' },
    ];
    expect(missingTags(declared, actual)).toEqual([{ key: 'env', value: 'prod' }]);
  });
});
