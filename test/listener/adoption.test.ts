import { describe, expect, it } from 'vitest';
import {
  describeOwner,
  type Home,
  mayAdopt,
  remedyForTakenPort,
  whatAdoptionLacks,
} from '../../src/listener/adoption.ts';
import type { TaggedOwner } from '../../src/listener/ownership.ts';
import { CLUSTER_UID } from './sample.ts';

const OTHER_CLUSTER = '9c1d2e3f-0000-4000-8000-000000000000';
const KEY = { namespace: 'shop', name: 'web' };
const HOME: Home = { clusterUid: CLUSTER_UID, adoptFrom: new Set() };

const owner = (parts: Partial<TaggedOwner> = {}): TaggedOwner => ({
  uid: 'uid-of-owner',
  namespace: 'shop',
  name: 'web',
  clusterUid: CLUSTER_UID,
  ...parts,
});
const listing = (...adoptFrom: string[]): Home => ({ ...HOME, adoptFrom: new Set(adoptFrom) });
const LONG = 'x'.repeat(128);

describe('a listener with the ownership tag of another UID may be adopted', () => {
  it.each<{ reason: string; owner: TaggedOwner; home?: Home; key?: typeof KEY; may: boolean }>([
    { reason: 'an earlier life of this very object', owner: owner(), may: true },
    { reason: 'of this cluster, but of another name', owner: owner({ name: 'api' }), may: false },
    { reason: 'of this cluster, but of another namespace', owner: owner({ namespace: 'lab' }), may: false },
    {
      reason: 'of a cluster that nobody has listed',
      owner: owner({ clusterUid: OTHER_CLUSTER }),
      may: false,
    },
    {
      reason: 'of a listed cluster, with the same namespace and name',
      owner: owner({ clusterUid: OTHER_CLUSTER }),
      home: listing(OTHER_CLUSTER),
      may: true,
    },
    {
      reason: 'of a listed cluster, with another name',
      owner: owner({ clusterUid: OTHER_CLUSTER, name: 'api' }),
      home: listing(OTHER_CLUSTER),
      may: false,
    },
    {
      reason: 'without a cluster tag it may be of any cluster',
      owner: owner({ clusterUid: undefined }),
      may: false,
    },
    {
      reason: 'without a cluster tag, where that is listed',
      owner: owner({ clusterUid: undefined }),
      home: listing('untagged'),
      may: true,
    },
    {
      reason: 'without a cluster tag is not of a listed cluster',
      owner: owner({ clusterUid: undefined }),
      home: listing(OTHER_CLUSTER),
      may: false,
    },
    {
      reason: 'with a cluster tag is not one without, although these are listed',
      owner: owner({ clusterUid: OTHER_CLUSTER }),
      home: listing('untagged'),
      may: false,
    },
    {
      reason: 'an operator that does not know its own cluster cannot tell an earlier life',
      owner: owner(),
      home: { ...HOME, clusterUid: undefined },
      may: false,
    },
    {
      reason: 'two unknown clusters are not the same one',
      owner: owner({ clusterUid: undefined }),
      home: { ...HOME, clusterUid: undefined },
      may: false,
    },
    {
      reason: 'a tag of full length may be the beginning of another long name',
      owner: owner({ name: LONG }),
      key: { namespace: 'shop', name: LONG },
      may: false,
    },
    {
      reason: 'the longest name that a tag holds without doubt',
      owner: owner({ name: LONG.slice(1) }),
      key: { namespace: 'shop', name: LONG.slice(1) },
      may: true,
    },
    {
      reason: 'tags without namespace and name',
      owner: owner({ namespace: undefined, name: undefined }),
      may: false,
    },
  ])('$reason: $may', ({ owner, home = HOME, key = KEY, may }) => {
    expect(mayAdopt(owner, key, home)).toBe(may);
  });
});

describe('what people read about a listener of another UID', () => {
  it.each<{ reason: string; owner: TaggedOwner; home?: Home; says: RegExp; lacks: RegExp; remedy: RegExp }>([
    {
      reason: 'an earlier life explains its own name, and how to go on',
      owner: owner(),
      says: /^belongs to an earlier AlbListener shop\/web of this cluster \(UID uid-of-owner\), which no longer exists$/,
      lacks: /^Nothing/,
      // Where it may not be adopted, since it is there in another way than declared.
      remedy: /^Delete that listener if nobody needs it/,
    },
    {
      reason: 'a namesake in another cluster is named with its cluster, and is never to be deleted',
      owner: owner({ clusterUid: OTHER_CLUSTER }),
      says: new RegExp(
        `of another cluster \\(cluster UID ${OTHER_CLUSTER}\\), which has the name of this object`,
      ),
      lacks: new RegExp(`platform admin adds ${OTHER_CLUSTER} to ADOPT_FROM_CLUSTERS.*its owner gives it up`),
      remedy: new RegExp(
        `^If that object still exists, declare another port.*${OTHER_CLUSTER} to ADOPT_FROM_CLUSTERS`,
      ),
    },
    {
      reason: 'without a cluster tag both are possible',
      owner: owner({ clusterUid: undefined }),
      says: /an earlier life of this object, or an object of another cluster$/,
      lacks: /platform admin adds untagged to ADOPT_FROM_CLUSTERS/,
      remedy: /add untagged to ADOPT_FROM_CLUSTERS/,
    },
    {
      reason: 'what the platform admin has listed already is not asked for again',
      owner: owner({ clusterUid: OTHER_CLUSTER }),
      home: listing(OTHER_CLUSTER),
      says: /of another cluster/,
      lacks: /platform admin adds/,
      remedy: /^Delete that listener if nobody needs it/,
    },
    {
      reason: 'an operator that may not read kube-system says that this is why',
      owner: owner(),
      home: { ...HOME, clusterUid: undefined },
      says: /earlier life of this object, or an object of another cluster$/,
      lacks: /may not read the namespace kube-system/,
      remedy: /ADOPT_FROM_CLUSTERS/,
    },
    {
      reason: 'only the owner can give up a listener of another name',
      owner: owner({ name: 'api' }),
      says: /^belongs to AlbListener shop\/api$/,
      lacks:
        /only after its owner gives it up.*neither an earlier life of this object nor ADOPT_FROM_CLUSTERS applies/,
      remedy: /^Delete that AlbListener if nobody needs it/,
    },
    {
      reason: 'one of another name in another cluster is named with its cluster',
      owner: owner({ name: 'api', clusterUid: OTHER_CLUSTER }),
      says: /^belongs to AlbListener shop\/api of another cluster/,
      lacks: /only after its owner gives it up/,
      remedy: /^Delete that AlbListener/,
    },
  ])('$reason', ({ owner, home = HOME, says, lacks, remedy }) => {
    expect(describeOwner(owner, KEY, home)).toMatch(says);
    expect(whatAdoptionLacks(owner, KEY, home)).toMatch(lacks);
    expect(remedyForTakenPort('lsn-x', owner, KEY, home)).toMatch(remedy);
  });
});
