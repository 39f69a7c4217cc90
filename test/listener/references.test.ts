import { describe, expect, it } from 'vitest';
import type { ConfigMapValue } from '../../src/listener/ports.ts';
import { type Lookup, resolveReferences, type Unresolved } from '../../src/listener/references.ts';
import type { AlbListener } from '../../src/listener/resource.ts';
import { type AlbListenerSpec, readSpec } from '../../src/listener/schema/spec.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { matching } from '../support/matchers.ts';
import { SPEC, sampleObject } from './sample.ts';

const STARTED = { incarnation: 0, startedAt: '2026-01-01T00:00:00.000Z' };
const { loadBalancerId: _, ...unplaced } = SPEC;
const CERTIFICATES = [{ certificateId: '1001-cn-hangzhou' }];

const from = (name: string, key = 'id') => ({ configMapKeyRef: { name, key } });
const onSourced = { ...unplaced, loadBalancerIdFrom: from('lb') };
const toSourced = {
  ...SPEC,
  defaultActions: [
    {
      type: 'ForwardGroup',
      forwardGroupConfig: { serverGroupTuples: [{ serverGroupIdFrom: from('group') }] },
    },
  ],
};
const toQuic = {
  ...SPEC,
  listenerProtocol: 'HTTPS',
  certificates: CERTIFICATES,
  quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'quic' } },
};

describe('resolveReferences', () => {
  it.each<{ reason: string; spec: object; configMaps: Record<string, string>; resolved: object }>([
    {
      reason: 'a spec without references stands as it is',
      spec: SPEC,
      configMaps: {},
      resolved: SPEC,
    },
    {
      reason: 'the id of a load balancer takes the place of its source',
      spec: onSourced,
      configMaps: { lb: 'alb-sourced' },
      resolved: { ...SPEC, loadBalancerId: 'alb-sourced' },
    },
    {
      reason: 'the line break at the end of a file is no part of the id',
      spec: toSourced,
      configMaps: { group: 'sgp-web\n' },
      resolved: SPEC,
    },
  ])('$reason', ({ spec, configMaps, resolved }) => {
    const values = new Map(
      Object.entries(configMaps).map(([name, value]) => [name, { found: 'value', value } as const]),
    );
    const resolution = resolveReferences(sampleObject({ spec }), parsed(spec), lookup({ values }));
    expect(resolution).toEqual({ resolved: true, spec: resolved });
  });

  it.each<{ reason: string; reading: ConfigMapValue; unresolved: Partial<Unresolved> }>([
    {
      reason: 'a ConfigMap that is not there may be made by somebody',
      reading: { found: 'noConfigMap' },
      unresolved: { problem: 'there is no ConfigMap shop/group', passes: false },
    },
    {
      reason: 'a key that is not there is named',
      reading: { found: 'noKey' },
      unresolved: { problem: 'ConfigMap shop/group has no key id', passes: false },
    },
    {
      reason: 'that the ConfigMaps are not read yet passes by itself',
      reading: { found: 'unread' },
      unresolved: { problem: 'ConfigMap shop/group has not been read yet', passes: true },
    },
    {
      reason: 'a value that is no id is not shown: it may be anything',
      reading: { found: 'value', value: 'sgp-web,sgp-api' },
      unresolved: {
        problem: 'key id of ConfigMap shop/group does not hold the id of a server group (sgp-…)',
        passes: false,
      },
    },
    {
      reason: 'the id of another kind of thing is no id',
      reading: { found: 'value', value: 'alb-one' },
      unresolved: { passes: false },
    },
  ])('$reason', ({ reading, unresolved }) => {
    const values = new Map([['group', reading]]);
    const resolution = resolveReferences(sampleObject(), parsed(toSourced), lookup({ values }));
    const path = 'defaultActions[0].forwardGroupConfig.serverGroupTuples[0].serverGroupIdFrom';
    expect(resolution).toMatchObject({ resolved: false, unresolved: [{ path, ...unresolved }] });
  });

  it('tells everything that is wrong at once', () => {
    const { loadBalancerId, ...spec } = { ...toSourced, loadBalancerIdFrom: from('lb') };
    const resolution = resolveReferences(sampleObject(), parsed(spec), lookup({}));
    expect(resolution).toMatchObject({
      unresolved: [{ path: 'loadBalancerIdFrom' }, { path: matching(/serverGroupIdFrom/) }],
    });
  });

  it.each<{ reason: string; status: Partial<AlbListenerStatus>; moves: boolean }>([
    {
      reason: 'a listener cannot move to another load balancer',
      status: { listenerId: 'lsn-mine', loadBalancerId: 'alb-one' },
      moves: false,
    },
    {
      reason: 'nor can one that a call of unknown outcome may have made',
      status: { loadBalancerId: 'alb-one', creation: { ...STARTED, unsettledAt: STARTED.startedAt } },
      moves: false,
    },
    {
      reason: 'a creation that was refused leaves nothing that would have to move',
      status: { loadBalancerId: 'alb-one', creation: STARTED },
      moves: true,
    },
  ])('$reason', ({ status, moves }) => {
    const values = new Map([['lb', { found: 'value', value: 'alb-two' } as const]]);
    const object = sampleObject({ spec: onSourced, status });
    const resolution = resolveReferences(object, parsed(onSourced), lookup({ values }));
    expect(resolution).toMatchObject(
      moves
        ? { resolved: true, spec: { loadBalancerId: 'alb-two' } }
        : { unresolved: [{ problem: 'names alb-two, but the listener stands on alb-one and cannot move' }] },
    );
  });

  const quic = (parts: Parameters<typeof sampleObject>[0] = {}) =>
    sampleObject({
      name: 'quic',
      spec: { ...SPEC, listenerProtocol: 'QUIC', certificates: CERTIFICATES },
      status: { listenerId: 'lsn-quic', observed: { listenerStatus: 'Running' } },
      ...parts,
    });
  it.each<{
    reason: string;
    other?: AlbListener;
    status?: Partial<AlbListenerStatus>;
    outcome: string | Partial<Unresolved>;
  }>([
    {
      reason: 'a QUIC listener that was seen to run is referred to by its id',
      other: quic(),
      outcome: 'lsn-quic',
    },
    {
      reason: 'an AlbListener that is not there may be applied later',
      outcome: { problem: 'there is no AlbListener shop/quic', passes: false },
    },
    {
      reason: 'one that has an id and was never seen to run may still fail',
      other: quic({ status: { listenerId: 'lsn-quic' } }),
      outcome: { problem: 'AlbListener shop/quic does not run yet', passes: true },
    },
    {
      reason: 'clients cannot be sent on to a listener of another protocol, itself included',
      other: quic({ spec: toQuic }),
      outcome: { problem: 'AlbListener shop/quic is no QUIC listener', passes: false },
    },
    {
      reason: 'nobody shall begin to hold up a deletion',
      other: quic({ beingDeleted: true }),
      outcome: { problem: 'AlbListener shop/quic is being deleted', passes: false },
    },
    {
      reason: 'whoever has begun goes on, since the deletion waits for it',
      other: quic({ beingDeleted: true }),
      status: { creation: STARTED },
      outcome: 'lsn-quic',
    },
  ])('$reason', ({ other, status, outcome }) => {
    const object = sampleObject({ spec: toQuic, ...(status !== undefined && { status }) });
    const resolution = resolveReferences(object, parsed(toQuic), lookup({ other }));
    expect(resolution).toMatchObject(
      typeof outcome === 'string'
        ? { spec: { quicConfig: { quicUpgradeEnabled: true, quicListenerId: outcome } } }
        : { unresolved: [{ path: 'quicConfig.quicListenerRef', ...outcome }] },
    );
  });
});

function parsed(raw: object): AlbListenerSpec {
  const reading = readSpec(raw);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.spec;
}

/** The namespace `shop`: ConfigMaps by name, whatever the key, and the AlbListener `quic`. */
function lookup(parts: {
  readonly values?: ReadonlyMap<string, ConfigMapValue>;
  readonly other?: AlbListener | undefined;
}): Lookup {
  return {
    configMapValue: ({ name }) => parts.values?.get(name) ?? { found: 'noConfigMap' },
    read: ({ namespace, name }) => (`${namespace}/${name}` === 'shop/quic' ? parts.other : undefined),
  };
}
