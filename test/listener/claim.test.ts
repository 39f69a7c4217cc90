import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimOf, comingBefore, formatClaim, readClaim } from '../../src/listener/claim.ts';
import type { AlbListener } from '../../src/listener/resource.ts';
import { SPEC, sampleObject } from './sample.ts';

describe('claims', () => {
  it.each([
    { a: 'HTTP', b: 'HTTPS', same: true, reason: 'HTTP and HTTPS both listen on TCP' },
    { a: 'HTTPS', b: 'QUIC', same: false, reason: 'QUIC listens on UDP and may share the number' },
    { a: 'QUIC', b: 'QUIC', same: true, reason: 'one UDP port serves one listener' },
  ] as const)('$a and $b on one port: $reason', ({ a, b, same }) => {
    const claims = [a, b].map((listenerProtocol) => formatClaim(claimOf({ ...SPEC, listenerProtocol })));
    expect(claims[0] === claims[1]).toBe(same);
  });

  it('are read from a spec that breaks rules elsewhere, so that it can still be deleted', () => {
    expect(readClaim({ ...SPEC, requestTimeout: 'soon' })).toEqual(claimOf(SPEC));
  });

  it.each([undefined, null, 'text', {}, { loadBalancerId: 'alb-one' }])('are not made up for %j', (spec) => {
    expect(readClaim(spec)).toBeUndefined();
  });
});

describe('on one port comes first', () => {
  const CLAIM = claimOf(SPEC);
  const firstBefore = (object: AlbListener, claimants: readonly AlbListener[]) =>
    comingBefore(object, CLAIM, claimants)[0];
  const older = sampleObject({ name: 'older', uid: 'b', createdAt: '2026-01-01T00:00:00Z' });
  const younger = sampleObject({ name: 'younger', uid: 'a', createdAt: '2026-01-01T00:00:01Z' });

  it('the older resource for the younger one, and none the other way round', () => {
    expect(firstBefore(younger, [older, younger])).toBe(older);
    expect(firstBefore(older, [older, younger])).toBeUndefined();
  });

  it('whoever already began to create, whatever the age', () => {
    const begun = sampleObject({
      name: 'begun',
      uid: 'a',
      createdAt: '2026-01-01T00:00:01Z',
      status: { creation: { incarnation: 0, startedAt: '2026-01-01T00:00:02.000Z' } },
    });
    expect(firstBefore(older, [older, begun])).toBe(begun);
  });

  it('whoever has the listener, though an older one began to create as well', () => {
    const creation = { incarnation: 0, startedAt: '2026-01-01T00:00:02.000Z' };
    const olderBegun = { ...older, status: { ...older.status, creation } };
    const youngerHas = { ...younger, status: { ...younger.status, creation, listenerId: 'lsn-younger' } };
    expect(firstBefore(olderBegun, [olderBegun, youngerHas])).toBe(youngerHas);
    expect(firstBefore(youngerHas, [olderBegun, youngerHas])).toBeUndefined();
  });

  it('the first of all, not any that comes before: the loser is told who has the port', () => {
    const youngest = sampleObject({ name: 'youngest', uid: 'c', createdAt: '2026-01-01T00:00:02Z' });
    expect(firstBefore(youngest, [younger, older, youngest])).toBe(older);
  });

  it('nobody for what was begun on another load balancer: a reference was moved from there to this port', () => {
    const moved = sampleObject({
      name: 'moved',
      uid: 'c',
      createdAt: '2026-01-01T00:00:02Z',
      status: {
        creation: { incarnation: 1, startedAt: '2026-01-01T00:00:02.000Z' },
        loadBalancerId: 'alb-own',
      },
    });
    expect(firstBefore(younger, [younger, moved])).toBeUndefined();
    expect(firstBefore(moved, [younger, moved])).toBe(younger);
  });

  it('leaves exactly one winner among any claimants, in whatever order they are listed', () => {
    const claimant = fc
      .record({
        uid: fc.uuid(),
        second: fc.integer({ min: 0, max: 2 }),
        status: fc.constantFrom<Partial<AlbListener['status']>>(
          {},
          { creation: { incarnation: 0, startedAt: '2026-01-01T00:00:02.000Z' } },
          { listenerId: 'lsn-one' },
        ),
      })
      .map(
        ({ uid, second, status }): AlbListener =>
          sampleObject({
            uid,
            name: uid,
            createdAt: `2026-01-01T00:00:0${second}Z`,
            status,
          }),
      );
    const claimants = fc.uniqueArray(claimant, { minLength: 1, maxLength: 6, selector: ({ uid }) => uid });
    fc.assert(
      fc.property(claimants, fc.infiniteStream(fc.nat()), (objects, shuffle) => {
        const shuffled = objects.toSorted(() => ((shuffle.next().value ?? 0) % 3) - 1);
        const winners = objects.filter((object) => firstBefore(object, shuffled) === undefined);
        expect(winners).toHaveLength(1);
        // Every other one names that winner.
        const named = objects.map((object) => firstBefore(object, shuffled) ?? object);
        expect(new Set(named)).toEqual(new Set(winners));
      }),
    );
  });
});
