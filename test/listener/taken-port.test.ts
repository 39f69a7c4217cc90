import { describe, expect, it } from 'vitest';
import type { Home } from '../../src/listener/adoption.ts';
import { decideLife } from '../../src/listener/decide-life.ts';
import { type Ownership, ownershipOf, ownershipTags } from '../../src/listener/ownership.ts';
import type { AlbListener } from '../../src/listener/resource.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import type { SeenListener } from '../../src/listener/seen-listener.ts';
import { CLUSTER_UID, HOME, SPEC, sampleListener, sampleObject, UID } from './sample.ts';

const THEIRS = 'lsn-theirs';
const OTHER_CLUSTER = '9c1d2e3f-0000-4000-8000-000000000000';
const listing = (cluster: string): Home => ({ ...HOME, adoptFrom: new Set([cluster]) });

function tagsOf(name: string, clusterUid?: string) {
  return ownershipTags({ uid: 'uid-of-another', namespace: 'shop', name, clusterUid }, 0);
}

interface Row {
  readonly reason: string;
  readonly listener?: Partial<SeenListener>;
  readonly holder?: AlbListener;
  readonly home?: Home;
  readonly spec?: Partial<ResolvedSpec>;
  /** Whether the object would take the listener over. */
  readonly adoptable: boolean;
}

const ROWS: readonly Row[] = [
  { reason: 'no AlbListener made it', listener: { tags: [] }, adoptable: true },
  {
    reason: 'no AlbListener made it, and the object only watches',
    listener: { tags: [] },
    spec: { reconcilePolicy: 'Observe' },
    adoptable: true,
  },
  {
    reason: 'an earlier life of this object made it',
    listener: { tags: tagsOf('web', CLUSTER_UID) },
    adoptable: true,
  },
  {
    reason: 'the object of this name in a cluster that the platform admin has listed made it',
    listener: { tags: tagsOf('web', OTHER_CLUSTER) },
    home: listing(OTHER_CLUSTER),
    adoptable: true,
  },
  {
    reason: 'the object of this name in another cluster made it',
    listener: { tags: tagsOf('web', OTHER_CLUSTER) },
    adoptable: false,
  },
  {
    reason: 'an object of another name made it',
    listener: { tags: tagsOf('api', CLUSTER_UID) },
    adoptable: false,
  },
  {
    reason: 'no AlbListener made it, and it has another protocol',
    listener: { tags: [], listenerProtocol: 'HTTPS' },
    adoptable: false,
  },
  {
    reason: 'an earlier life made it with another protocol',
    listener: { tags: tagsOf('web', CLUSTER_UID), listenerProtocol: 'HTTPS' },
    adoptable: false,
  },
  {
    reason: 'it has no tags, and another AlbListener has its id',
    listener: { tags: [] },
    holder: sampleObject({ name: 'holder', uid: 'uid-of-holder' }),
    adoptable: false,
  },
];

const circumstances = { now: Date.UTC(2026, 0, 1), settle: 120_000, patience: 600_000 };

describe('a port that the listener of somebody else holds', () => {
  it.each(ROWS)('has spec.adopt in its message where that would be heard: $reason', (row) => {
    const { home = HOME, holder, adoptable } = row;
    const spec = { ...SPEC, ...row.spec };
    const listener = sampleListener({ listenerId: THEIRS, ...row.listener });
    const ownership: Ownership = ownershipOf(listener.tags, UID);
    const taken = decideLife(
      sampleObject({ spec }),
      { of: 'cloud', spec, sight: { seen: 'occupied', listener, ownership, holder } },
      { ...circumstances, home },
    );
    expect(taken).toMatchObject({ do: 'report', finding: { reason: 'PortTaken' } });
    const message = taken.do === 'report' ? taken.finding.message : '';
    expect(message.includes(`it over, set spec.adopt.listenerId to ${THEIRS};`)).toBe(
      adoptable && spec.reconcilePolicy !== 'Observe',
    );
    expect(message.includes(`To watch it, set spec.adopt.listenerId to ${THEIRS};`)).toBe(
      adoptable && spec.reconcilePolicy === 'Observe',
    );

    // The very decision that follows when the user does as the message says.
    const adopting = { ...spec, adopt: { listenerId: THEIRS } };
    const next = decideLife(
      sampleObject({ spec: adopting }),
      { of: 'cloud', spec: adopting, sight: { seen: 'candidate', listener, holder } },
      { ...circumstances, home },
    );
    expect(next.do === 'adopt' || next.do === 'watch').toBe(adoptable);
  });
});
