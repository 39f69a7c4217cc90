import { describe, expect, it } from 'vitest';
import { accessOf } from '../../src/listener/access.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { SPEC, sampleObject } from './sample.ts';

const RUNNING: Partial<AlbListenerStatus> = {
  listenerId: 'lsn-1',
  accountId: '1000000000000001',
  regionId: 'cn-hangzhou',
};

describe('as whom and where a resource is worked on', () => {
  it.each<{ reason: string; spec: unknown; status?: Partial<AlbListenerStatus>; access: object }>([
    {
      reason: 'nothing is said',
      spec: SPEC,
      access: { secret: undefined, regionId: undefined, accountId: undefined },
    },
    {
      reason: 'the Secret is one of the same namespace',
      spec: { ...SPEC, credentialsSecretRef: { name: 'alb' }, regionId: 'cn-beijing' },
      access: { secret: { namespace: 'shop', name: 'alb' }, regionId: 'cn-beijing' },
    },
    {
      reason: 'a listener that is there stays where it is, whatever the manifest says',
      spec: { ...SPEC, regionId: 'cn-beijing' },
      status: RUNNING,
      access: { regionId: 'cn-hangzhou', accountId: '1000000000000001' },
    },
    {
      reason: 'a creation of unknown outcome has to be found where it went',
      spec: SPEC,
      status: {
        accountId: '7',
        regionId: 'cn-hangzhou',
        creation: { incarnation: 0, startedAt: '2026-01-01T00:00:00Z', unsettledAt: '2026-01-01T00:00:00Z' },
      },
      access: { regionId: 'cn-hangzhou', accountId: '7' },
    },
    {
      reason: 'a creation that was refused binds nobody',
      spec: { ...SPEC, regionId: 'cn-beijing' },
      status: {
        accountId: '7',
        regionId: 'cn-hangzhou',
        creation: { incarnation: 1, startedAt: '2026-01-01T00:00:00Z' },
      },
      access: { regionId: 'cn-beijing', accountId: undefined },
    },
    {
      reason: 'a reference that says nothing readable must not end in the credentials of the operator',
      spec: { ...SPEC, credentialsSecretRef: 'alb' },
      access: { secret: { namespace: 'shop', name: '' } },
    },
    { reason: 'a spec that is none', spec: 'nonsense', access: { secret: undefined, regionId: undefined } },
  ])('$reason', ({ spec, status, access }) => {
    expect(accessOf(sampleObject({ spec, status: { observedGeneration: 1, ...status } }))).toMatchObject(
      access,
    );
  });
});
