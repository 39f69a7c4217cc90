import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { ListenerSettings } from '../../../src/alb/api.ts';
import { ALL_PROTOCOLS } from '../../../src/listener/schema/documented.ts';
import { parameterFields } from '../../../src/listener/schema/fields.ts';
import { IGNORABLE_PATHS } from '../../../src/listener/schema/ignorable-paths.ts';
import {
  type AlbListenerSpec,
  type ApiParameters,
  apiParameters,
  readSpec,
} from '../../../src/listener/schema/spec.ts';
import { xForwardedForConfig } from '../../../src/listener/schema/x-forwarded-for.ts';
import { fullManifests, fullSpecs } from '../../support/full-manifests.ts';
import { badManifests, badSpec, minimalSpecs } from './bad-manifests.ts';

describe('a good spec', () => {
  it.each(ALL_PROTOCOLS)('of %s is read as it is, with the required fields alone', (protocol) => {
    expect(readSpec(minimalSpecs[protocol])).toEqual({ ok: true, spec: minimalSpecs[protocol] });
  });

  it.each(ALL_PROTOCOLS)('of %s is read as it is, with every field', (protocol) => {
    const { spec } = fullManifests[protocol];
    expect(readSpec(spec)).toEqual({ ok: true, spec });
  });

  it.each(ALL_PROTOCOLS)('of %s in the full samples leaves no applicable parameter out', (protocol) => {
    const applicable = (fields: Readonly<Record<string, z.ZodType>>) =>
      Object.entries(fields)
        .filter(([, field]) => (field.meta()?.protocols ?? ALL_PROTOCOLS).includes(protocol))
        .map(([name]) => name)
        .toSorted();
    const spec = fullSpecs[protocol];
    expect(Object.keys(spec).toSorted()).toEqual(applicable(parameterFields.shape));
    expect(Object.keys(spec.xForwardedForConfig ?? {}).toSorted()).toEqual(
      applicable(xForwardedForConfig.shape),
    );
  });

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
      patch: { tags: null, gzipEnabled: null },
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
    expectTypeOf<AlbListenerSpec>().toExtend<ApiParameters>();
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
