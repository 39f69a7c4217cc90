import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { ListenerSettings } from '../../../src/alb/api.ts';
import { ALL_PROTOCOLS } from '../../../src/listener/schema/documented.ts';
import { attachmentFields, parameterFields } from '../../../src/listener/schema/fields.ts';
import { IGNORABLE_PATHS } from '../../../src/listener/schema/ignorable-paths.ts';
import { logConfig } from '../../../src/listener/schema/log-config.ts';
import {
  type AlbListenerSpec,
  type ApiParameters,
  apiParameters,
  type ResolvedSpec,
  readSpec,
} from '../../../src/listener/schema/spec.ts';
import { xForwardedForConfig } from '../../../src/listener/schema/x-forwarded-for.ts';
import {
  fullAttachments,
  fullManifests,
  fullSpecs,
  referringManifest,
} from '../../support/full-manifests.ts';
import { minimalSpecs } from './bad-manifest.ts';
import { badManifests, badSpec } from './bad-manifests.ts';

describe('a good spec', () => {
  it.each(ALL_PROTOCOLS)('of %s is read as it is, with the required fields alone', (protocol) => {
    expect(readSpec(minimalSpecs[protocol])).toEqual({ ok: true, spec: minimalSpecs[protocol] });
  });

  it.each(ALL_PROTOCOLS)('of %s is read as it is, with every field', (protocol) => {
    const { spec } = fullManifests[protocol];
    expect(readSpec(spec)).toEqual({ ok: true, spec });
  });

  it('is read as it is, with references in the place of ids', () => {
    const { spec } = referringManifest;
    expect(readSpec(spec)).toEqual({ ok: true, spec });
  });

  it.each(ALL_PROTOCOLS)('of %s in the full samples leaves no applicable field out', (protocol) => {
    const applicable = (fields: Readonly<Record<string, z.ZodType>>) =>
      Object.entries(fields)
        .filter(([, field]) => (field.meta()?.protocols ?? ALL_PROTOCOLS).includes(protocol))
        .map(([name]) => name)
        .toSorted();
    const spec = fullSpecs[protocol];
    const { loadBalancerIdFrom, ...parameters } = parameterFields.shape;
    expect(Object.keys(spec).toSorted()).toEqual(applicable(parameters));
    expect(Object.keys(fullAttachments[protocol]).toSorted()).toEqual(applicable(attachmentFields.shape));
    expect(Object.keys(fullAttachments[protocol].logConfig ?? {}).toSorted()).toEqual(
      applicable(logConfig.shape),
    );
    expect(Object.keys(spec.xForwardedForConfig ?? {}).toSorted()).toEqual(
      applicable(xForwardedForConfig.shape),
    );
  });

  it('of HTTPS may have an object for the upgrade to QUIC with nothing in it', () => {
    expect(readSpec({ ...minimalSpecs.HTTPS, quicConfig: {} })).toMatchObject({ ok: true });
  });

  it.each(['HTTPS', 'QUIC'] as const)(
    'of %s may have 300 additional certificates, the highest quota',
    (protocol) => {
      const additionalCertificates = Array.from({ length: 300 }, (_, index) => ({
        certificateId: `${index + 2}-cn-hangzhou`,
      }));
      expect(readSpec({ ...minimalSpecs[protocol], additionalCertificates })).toMatchObject({ ok: true });
      expect(readSpec({ ...minimalSpecs[protocol], additionalCertificates: [] })).toMatchObject({ ok: true });
    },
  );

  it.each([
    { reason: 'the longest timeout a quota reaches', patch: { requestTimeout: 3600, idleTimeout: 3600 } },
    { reason: 'the last port', patch: { listenerPort: 65_535 } },
    {
      reason: 'a processing mode while the header is on by default',
      patch: headers({ xForwardedForProcessingMode: 'remove' }),
    },
    {
      reason: 'IPv6 among trusted proxies',
      patch: headers({
        xForwardedForClientSourceIpsEnabled: true,
        xForwardedForClientSourceIpsTrusted: '::1;2001:db8::/32;0.0.0.0/0',
      }),
    },
    { reason: 'the shortest interval', patch: { syncInterval: '30s' } },
    { reason: 'the longest interval, in other units', patch: { syncInterval: '23h59m60s' } },
    { reason: 'every setting left to others', patch: { ignoreFields: IGNORABLE_PATHS } },
    { reason: 'nothing left to others, said with an empty list', patch: { ignoreFields: [] } },
    { reason: 'a listener to adopt', patch: { adopt: { listenerId: 'lsn-1' } } },
    {
      reason: 'a field that is null is absent for the API server too',
      patch: { tags: null, gzipEnabled: null, logConfig: { accessLogTracingConfig: null } },
    },
    {
      reason: 'a null beside the reference that is in its place',
      patch: { loadBalancerId: null, loadBalancerIdFrom: configMapKey('a') },
    },
    { reason: 'an access log with nothing in addition', patch: { logConfig: {} } },
    {
      reason: 'tracing that is off',
      patch: { logConfig: { accessLogTracingConfig: { tracingEnabled: false } } },
    },
    {
      reason: 'no access control list, said with an empty list',
      patch: { aclConfig: { aclType: 'Black', aclIds: [] } },
    },
    {
      reason: 'server groups from several places, in any order',
      patch: forwardingTo(
        { serverGroupIdFrom: configMapKey('a') },
        { serverGroupId: 'sgp-1' },
        { serverGroupIdFrom: configMapKey('b') },
        { serverGroupIdFrom: configMapKey('a', 'other') },
      ),
    },
    {
      reason: 'length is counted in characters, not in UTF-16 units',
      patch: { tags: [{ key: '🐼'.repeat(128), value: '' }] },
    },
  ])('may have $reason', ({ patch }) => {
    expect(readSpec({ ...minimalSpecs.HTTP, ...patch })).toMatchObject({ ok: true });
  });
});

function headers(xForwardedForConfig: object) {
  return { xForwardedForConfig };
}

function configMapKey(key: string, name = 'ids') {
  return { configMapKeyRef: { name, key } };
}

function forwardingTo(...serverGroupTuples: readonly object[]) {
  return { defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }] };
}

describe('apiParameters', () => {
  it.each(ALL_PROTOCOLS)(
    'leaves the parameters of %s, and none of the fields of the operator',
    (protocol) => {
      const spec = { ...fullManifests[protocol].spec, adopt: { listenerId: 'lsn-1' } };
      expect(apiParameters(spec)).toEqual(fullSpecs[protocol]);
    },
  );

  it('has the names and types of the ALB port', () => {
    expectTypeOf<ApiParameters>().toExtend<ListenerSettings>();
    expectTypeOf<ResolvedSpec>().toExtend<ApiParameters & AlbListenerSpec>();
  });
});

describe('a bad spec', () => {
  it.each(badManifests)('is refused, since $reason: $field', (bad) => {
    const reading = readSpec(badSpec(bad));
    if (reading.ok) expect.fail('was accepted');
    const named = reading.problems.filter(({ path }) => path.startsWith(bad.field));
    expect(named.map(({ message }) => message.toLowerCase())).toContainEqual(
      expect.stringContaining(bad.remedy.toLowerCase()),
    );
  });

  it('is refused for one thing at a time, so that the advice is to the point', () => {
    const manyProblems = badManifests.filter((bad) => {
      const reading = readSpec(badSpec(bad));
      return !reading.ok && new Set(reading.problems.map(({ path }) => path)).size > 1;
    });
    expect(manyProblems.map(({ reason }) => reason)).toEqual([]);
  });

  it.each([undefined, null, 5, 'spec', [], () => 0])('that is not even an object is refused: %s', (raw) => {
    expect(readSpec(raw)).toMatchObject({ ok: false, problems: [{ path: 'spec' }] });
  });
});
