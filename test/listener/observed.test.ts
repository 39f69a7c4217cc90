import { describe, expect, it } from 'vitest';
import { observedOf } from '../../src/listener/observed.ts';
import type { SeenListener } from '../../src/listener/seen-listener.ts';
import { sampleListener } from './sample.ts';

describe('the effective values in the status', () => {
  it.each<{ reason: string; listener: Partial<SeenListener>; shown: object }>([
    {
      reason: 'ACLs by their ids, as a manifest would declare them, whatever order they come in',
      listener: {
        aclConfig: {
          aclType: 'White',
          aclRelations: [
            { aclId: 'acl-b', status: 'Associated' },
            { aclId: 'acl-a', status: 'Associated' },
          ],
        },
      },
      shown: { aclConfig: { aclType: 'White', aclIds: ['acl-a', 'acl-b'] } },
    },
    {
      reason: 'certificates without their way there',
      listener: { additionalCertificates: [{ certificateId: '1-cn-hangzhou', status: 'Associated' }] },
      shown: { additionalCertificates: [{ certificateId: '1-cn-hangzhou' }] },
    },
    {
      reason: 'that there are none, where the cloud was asked',
      listener: { additionalCertificates: [] },
      shown: { additionalCertificates: [] },
    },
  ])('show $reason', ({ listener, shown }) => {
    expect(observedOf(sampleListener(listener))).toMatchObject(shown);
  });

  it('do not speak of a type without an ACL, nor of certificates that nobody asked for', () => {
    const observed = observedOf(sampleListener({ aclConfig: { aclType: 'White', aclRelations: [] } }));
    expect(observed).not.toHaveProperty('aclConfig');
    expect(observed).not.toHaveProperty('additionalCertificates');
  });
});
