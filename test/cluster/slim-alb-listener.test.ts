import { describe, expect, it } from 'vitest';
import { LONGEST_STATUS, slimAlbListener } from '../../src/cluster/slim-alb-listener.ts';
import { driftOf } from '../../src/listener/observed.ts';
import { isRequested, requestOf } from '../../src/listener/request.ts';
import { ALLOW_SWEEP, FINALIZER, RECONCILE_REQUEST, readAlbListener } from '../../src/listener/resource.ts';
import { CONDITION_TYPES, MAX_MANAGED_TAG_KEYS } from '../../src/listener/schema/status.ts';
import { parseObject } from '../../src/runtime/object.ts';
import { fullStatus } from '../support/full-status.ts';

const LONG = 'x'.repeat(1024);
const certificates = Array.from({ length: 64 }, () => ({ certificateId: LONG }));
const tuples = certificates.map(() => ({ serverGroupId: LONG }));

/** The largest of each kind that the schema takes; an API server takes 1.5 MB of it. */
const LARGE = [
  { kind: 'observed', value: { ...fullStatus.observed, certificates, caCertificates: certificates } },
  {
    kind: 'observed',
    value: {
      ...fullStatus.observed,
      defaultActions: tuples
        .slice(0, 16)
        .map(() => ({ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: tuples } })),
    },
  },
  {
    kind: 'plan',
    value: {
      ...fullStatus.plan,
      calls: tuples.slice(0, 32).map(() => ({
        operation: 'x'.repeat(64),
        fields: tuples.map(() => 'x'.repeat(128)),
      })),
    },
  },
  {
    kind: 'conditions',
    value: Array.from({ length: 16 }, (_, place) => ({
      ...fullStatus.conditions[0],
      type: `${place}`.padStart(316, 'T'),
      message: '\u0000'.repeat(2048),
    })),
  },
  { kind: 'creation', value: { incarnation: 1, startedAt: `2026-11-01T08:00:00.${'0'.repeat(1_000_000)}Z` } },
];

const TAG_KEYS = Array.from({ length: MAX_MANAGED_TAG_KEYS }, (_, place) => `${place}`.padStart(128, 'x'));
const CONDITIONS = [...CONDITION_TYPES].map((type) => ({
  ...fullStatus.conditions[0],
  type,
  message: 'x'.repeat(2048),
}));

function stored(annotations: Readonly<Record<string, string>>, handled?: string) {
  const object = parseObject({
    apiVersion: 'alb.alibabacloud.com/v1alpha1',
    kind: 'AlbListener',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'uid-of-web',
      resourceVersion: '7',
      generation: 2,
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: [FINALIZER],
      labels: { team: 'shop' },
      annotations: { note: 'x'.repeat(1000), ...annotations },
    },
    spec: { loadBalancerId: 'alb-one' },
    status: { observedGeneration: 2, listenerId: 'lsn-1', handledReconcileAt: handled },
  });
  if (object === undefined) throw new Error('it is an object');
  return object;
}

describe('what is kept of an AlbListener', () => {
  it.each([
    { reason: 'without annotations that mean anything', annotations: {} },
    { reason: 'with a request', annotations: { [RECONCILE_REQUEST]: 'now' } },
    { reason: 'with permission to sweep', annotations: { [ALLOW_SWEEP]: 'true' } },
  ])('reads as all of it does, $reason', ({ annotations }) => {
    const full = stored(annotations);
    const { stored: _, ...read } = readAlbListener(full);
    expect(readAlbListener(slimAlbListener(full))).toMatchObject(read);
    expect(slimAlbListener(full).metadata.annotations).toEqual(annotations);
  });

  it.each([
    { reason: 'longer than what is remembered', value: 'x'.repeat(250_000) },
    { reason: 'cut inside a character', value: `${'x'.repeat(63)}😀${'y'.repeat(100)}` },
  ])('asks for the same, and is handled alike, by a request that is $reason', ({ value }) => {
    const full = readAlbListener(stored({ [RECONCILE_REQUEST]: value }));
    const handled = stored({ [RECONCILE_REQUEST]: value }, requestOf(full));
    expect(requestOf(readAlbListener(slimAlbListener(handled)))).toBe(requestOf(full));
    expect(isRequested(readAlbListener(slimAlbListener(handled)))).toBe(false);
  });

  it.each(['true ', 'truely', `true${'x'.repeat(1000)}`])('permits nothing by %j', (value) => {
    expect(slimAlbListener(stored({ [ALLOW_SWEEP]: value })).metadata.annotations?.[ALLOW_SWEEP]).not.toBe(
      'true',
    );
  });

  it.each(LARGE)('takes little, however large $kind of the status is', ({ kind, value }) => {
    const full = { ...stored({}), status: { ...fullStatus, [kind]: value } };
    const slim = slimAlbListener(full);
    expect(JSON.stringify(full).length).toBeGreaterThan(LONGEST_STATUS);
    expect(JSON.stringify(slim).length).toBeLessThan(4096);
    expect(slim.metadata.statusLeftOut).toBe(true);
  });

  it('keeps of a status that is too large all that decisions rest on, be it as long as it may be', () => {
    const { plan, drift, observed, ...decisive } = fullStatus;
    const status = {
      ...decisive,
      managedTagKeys: TAG_KEYS,
      conditions: CONDITIONS,
      observed: { listenerStatus: 'Running', quicConfig: { quicListenerId: 'lsn-quic' } },
    };
    const large = { ...status, observed: { ...status.observed, certificates, caCertificates: certificates } };
    const slim = slimAlbListener({ ...stored({}), status: { ...large, plan, drift } });
    expect(slim.metadata.statusLeftOut).toBe(true);
    expect(readAlbListener(slim).status).toEqual(status);
    expect(JSON.stringify(slim['status']).length).toBeLessThan(LONGEST_STATUS / 2);
  });

  it('keeps all of the longest status that the operator writes', () => {
    const value = 'x'.repeat(1024);
    const differences = Array.from({ length: 100 }, () => ({
      path: 'xForwardedForConfig.xForwardedForClientCertClientVerifyAlias',
      declared: value,
      actual: value,
    }));
    const ids = Array.from({ length: 64 }, (_, place) => ({ certificateId: `${place}`.padStart(32, '1') }));
    const observed = {
      ...fullStatus.observed,
      certificates: ids,
      additionalCertificates: ids,
      tags: Array.from({ length: 20 }, () => ({ key: 'k'.repeat(128), value: 'v'.repeat(128) })),
    };
    const drift = driftOf(differences);
    const status = { ...fullStatus, managedTagKeys: TAG_KEYS, conditions: CONDITIONS, observed, drift };
    const slim = slimAlbListener({ ...stored({}), status });
    expect(slim['status']).toEqual(status);
    expect(slim.metadata.statusLeftOut).toBeUndefined();
  });
});
