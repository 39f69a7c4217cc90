import { expect, it } from 'vitest';
import { isManaged, type Memory, memoryOf, remembering } from '../../src/listener/memory.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import { SPEC } from './sample.ts';

const ACLS: Partial<ResolvedSpec> = { aclConfig: { aclType: 'White', aclIds: ['acl-office'] } };

it.each<{ reason: string; before?: Memory; spec?: Partial<ResolvedSpec>; after: Memory }>([
  { reason: 'a manifest that sets nothing leaves nothing to remember', after: {} },
  {
    reason: 'tags by their keys, attachments by their names',
    spec: { ...ACLS, tags: [{ key: 'env', value: 'prod' }] },
    after: { managedTagKeys: ['env'], managedAttachments: ['aclConfig'] },
  },
  {
    reason: 'an empty list is said, too: from now on it is for the manifest to say',
    spec: { additionalCertificates: [] },
    after: { managedAttachments: ['additionalCertificates'] },
  },
  {
    reason: 'what earlier manifests have set is still to be taken back',
    before: { managedTagKeys: ['team'], managedAttachments: ['additionalCertificates'] },
    spec: { ...ACLS, tags: [{ key: 'env', value: 'prod' }] },
    after: {
      managedTagKeys: ['env', 'team'],
      managedAttachments: ['aclConfig', 'additionalCertificates'],
    },
  },
  {
    reason: 'no more than the API server takes, the own ones first',
    before: { managedTagKeys: Array.from({ length: 128 }, (_, place) => `of-nobody-${place + 100}`) },
    spec: { tags: [{ key: 'env', value: 'prod' }] },
    after: {
      managedTagKeys: ['env', ...Array.from({ length: 127 }, (_, place) => `of-nobody-${place + 100}`)],
    },
  },
  {
    reason: 'what is left to others is never set',
    spec: { ...ACLS, ignoreFields: ['aclConfig'] },
    after: {},
  },
])('remembers: $reason', ({ before = {}, spec = {}, after }) => {
  expect(remembering(before, { ...SPEC, ...spec })).toEqual(after);
});

it('forgets what was taken back as soon as the listener is as declared', () => {
  const before: Memory = { managedAttachments: ['aclConfig'] };
  expect(isManaged('aclConfig', SPEC, before)).toBe(true);
  expect(isManaged('aclConfig', SPEC, memoryOf(SPEC))).toBe(false);
});
