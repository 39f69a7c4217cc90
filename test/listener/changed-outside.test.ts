import { describe, expect, it } from 'vitest';
import { changedOutside } from '../../src/listener/changed-outside.ts';
import { observedOf } from '../../src/listener/observed.ts';
import { planFor } from '../../src/listener/plan.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import type { SeenListener } from '../../src/listener/seen-listener.ts';
import { SPEC, sampleListener, sampleObject } from './sample.ts';

const CERTIFICATES = Array.from({ length: 20 }, (_, place) => `${1000 + place}-cn-hangzhou`);
const attached = (ids: readonly string[]) =>
  ids.map((certificateId) => ({ certificateId, status: 'Associated' }));
const acls = (...ids: readonly string[]) => ({
  aclType: 'White',
  aclRelations: ids.map((aclId) => ({ aclId, status: 'Associated' })),
});

describe('what others have changed', () => {
  it.each<{
    reason: string;
    spec?: Partial<ResolvedSpec>;
    before?: Partial<SeenListener>;
    now?: Partial<SeenListener>;
    outside: readonly string[];
  }>([
    { reason: 'a setting that was as declared', now: { idleTimeout: 77 }, outside: ['idleTimeout'] },
    { reason: 'nothing after an edit: the listener is as it was', spec: { idleTimeout: 30 }, outside: [] },
    {
      reason: 'only what was not edited as well',
      spec: { idleTimeout: 30 },
      now: { gzipEnabled: false },
      outside: ['gzipEnabled'],
    },
    {
      reason: 'nothing where an edit concerns the same field: the author of the manifest has the last word',
      spec: { idleTimeout: 30 },
      now: { idleTimeout: 77 },
      outside: [],
    },
    { reason: 'the run state', now: { listenerStatus: 'Stopped' }, outside: ['listenerState'] },
    {
      reason: 'a tag',
      spec: { tags: [{ key: 'team', value: 'shop' }] },
      before: { tags: [{ key: 'team', value: 'shop' }] },
      now: { tags: [{ key: 'team', value: 'lab' }] },
      outside: ['tags'],
    },
    {
      reason: 'access control lists',
      spec: { aclConfig: { aclType: 'White', aclIds: ['acl-one'] } },
      before: { aclConfig: acls('acl-one') },
      now: { aclConfig: acls() },
      outside: ['aclConfig.aclIds'],
    },
    {
      reason: 'certificates',
      spec: {
        listenerProtocol: 'HTTPS',
        additionalCertificates: CERTIFICATES.map((certificateId) => ({ certificateId })),
      },
      before: { listenerProtocol: 'HTTPS', additionalCertificates: attached(CERTIFICATES) },
      now: { listenerProtocol: 'HTTPS', additionalCertificates: attached(CERTIFICATES.slice(1)) },
      outside: ['additionalCertificates'],
    },
  ])('is $reason', ({ spec: changes = {}, before = {}, now = {}, outside }) => {
    const spec = { ...SPEC, ...changes };
    const observed = observedOf(sampleListener(before));
    const object = sampleObject({ spec, status: { observedGeneration: 1, observed } });
    const { differences } = planFor(spec, sampleListener({ ...before, ...now }), object.status);
    expect(changedOutside(object, spec, differences).map(({ path }) => path)).toEqual(outside);
  });

  it('is nothing where nobody knows how the listener was', () => {
    const { differences } = planFor(SPEC, sampleListener({ idleTimeout: 77 }), {});
    expect(changedOutside(sampleObject(), SPEC, differences)).toEqual([]);
  });
});
