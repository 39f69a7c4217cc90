import { describe, expect, it } from 'vitest';
import type { Tag } from '../../src/alb/api.ts';
import { decideAtRest } from '../../src/listener/decide-at-rest.ts';
import { OWNERSHIP_TAG_KEYS, ownershipTags } from '../../src/listener/ownership.ts';
import { planFor } from '../../src/listener/plan.ts';
import { CLUSTER_UID, HOME, SPEC, sampleListener, sampleObject } from './sample.ts';

const CLUSTER_KEY = 'alb-listener-operator/cluster';
const OWNER = { uid: 'u', namespace: 'shop', name: 'web', clusterUid: CLUSTER_UID };
const FOUR = ownershipTags({ ...OWNER, clusterUid: undefined }, 0);
const FIVE = ownershipTags(OWNER, 0);

const userTags = (count: number): Tag[] =>
  Array.from({ length: count }, (_, index) => ({ key: `key-${index}`, value: 'v' }));

/** The first tag write that a manifest with these tags leads to. */
function firstStep(declared: readonly Tag[], actual: readonly Tag[], clusterUid?: string) {
  const decision = decideAtRest(
    sampleObject(),
    { ...SPEC, tags: [...declared] },
    sampleListener({ tags: actual }),
    { acls: undefined, circumstances: { now: 0, settle: 1, patience: 1, home: { ...HOME, clusterUid } } },
  );
  return decision.do === 'apply' ? decision.step : undefined;
}

describe('the cluster tag', () => {
  it('is one of the tags that a release takes off', () => {
    expect(OWNERSHIP_TAG_KEYS).toEqual(FIVE.map(({ key }) => key));
  });

  it.each([
    { others: 15, present: true, reason: 'the last place is free' },
    { others: 16, present: false, reason: 'the tags of the user fill the 20 that the cloud takes' },
  ])('of a new listener with $others other tags: $reason', ({ others, present }) => {
    const keys = ownershipTags(OWNER, 0, others).map(({ key }) => key);
    expect(keys.includes(CLUSTER_KEY)).toBe(present);
    expect(keys.length + others).toBe(20);
  });

  it('is absent where the UID of the cluster is not known', () => {
    expect(FOUR.map(({ key }) => key)).not.toContain(CLUSTER_KEY);
  });

  it('alone is no reason for a write', () => {
    expect(firstStep([], FOUR, CLUSTER_UID)).toBeUndefined();
    expect(planFor(SPEC, sampleListener({ tags: FOUR }), {}).steps).toEqual([]);
  });

  it('goes along with a tag write that happens anyway', () => {
    const tags = [...userTags(1), { key: CLUSTER_KEY, value: CLUSTER_UID }];
    expect(firstStep(userTags(1), FOUR, CLUSTER_UID)).toEqual({ call: 'tag', tags });
  });

  it.each([
    { reason: 'the listener has it', actual: FIVE, declared: 1, clusterUid: CLUSTER_UID },
    { reason: 'it would be the 21st', actual: FOUR, declared: 16, clusterUid: CLUSTER_UID },
    { reason: 'the cluster is not known', actual: FOUR, declared: 1, clusterUid: undefined },
  ])('does not where $reason', ({ actual, declared, clusterUid }) => {
    expect(firstStep(userTags(declared), actual, clusterUid)).toEqual({
      call: 'tag',
      tags: userTags(declared),
    });
  });

  it('makes room for a tag of the user', () => {
    const actual = [...FIVE, ...userTags(15)];
    expect(firstStep(userTags(16), actual, CLUSTER_UID)).toEqual({ call: 'untag', keys: [CLUSTER_KEY] });
  });
});
