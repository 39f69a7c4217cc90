import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimOf, formatClaim, readClaim } from '../../src/listener/claim.ts';
import { linksOf } from '../../src/listener/links.ts';
import { ownershipOf, ownershipTags } from '../../src/listener/ownership.ts';
import { policiesOf } from '../../src/listener/policies.ts';
import { readAlbListener } from '../../src/listener/resource.ts';
import { readSpec, specSchema } from '../../src/listener/schema/spec.ts';
import { readStatus, statusSchema } from '../../src/listener/schema/status.ts';
import { toInstant, toMilliseconds, toSeconds } from '../../src/listener/time.ts';
import { parseObject } from '../../src/runtime/object.ts';
import { SPEC } from '../listener/sample.ts';
import { anySpec } from '../listener/schema/generated-specs.ts';
import { fullStatus } from '../support/full-status.ts';
import { damaged, hostileJson, hostileText, untouchedPrototypes } from './hostile.ts';

const spec = fc.oneof(anySpec, damaged(anySpec), hostileJson(Object.keys(specSchema.shape)));
const status = fc.oneof(damaged(fc.constant(fullStatus)), hostileJson(Object.keys(fullStatus)));

describe('the spec of a stored object', () => {
  it('is a spec or a list of problems with places and words', () => {
    fc.assert(
      fc.property(spec, (raw) => {
        const reading = readSpec(raw);
        if (reading.ok) {
          expect(specSchema.parse(reading.spec)).toEqual(reading.spec);
        } else {
          expect(reading.problems).not.toEqual([]);
          for (const { path, message } of reading.problems) {
            expect(path).toMatch(/^spec/);
            expect(message).not.toBe('');
          }
        }
        expect(untouchedPrototypes()).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('tells its policies, its port and what it refers to, as far as they can be read', () => {
    fc.assert(
      fc.property(spec, status, (raw, written) => {
        const { suspended, observes, retains, syncInterval = 1 } = policiesOf(raw);
        expect([suspended, observes, retains].every((policy) => typeof policy === 'boolean')).toBe(true);
        // Who only watches must never delete.
        if (observes) expect(retains).toBe(true);
        expect(Number.isFinite(syncInterval)).toBe(true);

        const claim = readClaim(raw);
        if (claim !== undefined) expect(Number.isSafeInteger(claim.listenerPort)).toBe(true);

        const { listenerId, configMaps, quicListenerIds } = linksOf(raw, written);
        expect(['string', 'undefined']).toContain(typeof listenerId);
        expect([...configMaps, ...quicListenerIds].every((text) => typeof text === 'string')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is judged in no time, however long its lists are', () => {
    const started = performance.now();
    const { ok } = readSpec({
      ...SPEC,
      tags: Array.from({ length: 20_000 }, () => ({ key: '', value: 'x'.repeat(200) })),
      certificates: Array.from({ length: 20_000 }, () => ({})),
    });
    expect(ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('the status of a stored object', () => {
  it('keeps what is well formed and nothing else', () => {
    fc.assert(
      fc.property(status, (raw) => {
        const kept = readStatus(raw);
        expect(statusSchema.parse(kept)).toEqual(kept);
        expect(readStatus(kept)).toEqual(kept);
        expect(untouchedPrototypes()).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a stored object', () => {
  const metadata = fc.record(
    {
      name: fc.constant('web'),
      namespace: fc.constant('shop'),
      uid: fc.uuid(),
      generation: fc.nat(),
      resourceVersion: fc.nat().map(String),
      creationTimestamp: fc.constant('2026-01-01T00:00:00Z'),
      deletionTimestamp: fc.constant('2026-01-02T00:00:00Z'),
      finalizers: fc.array(hostileText, { maxLength: 3 }),
      annotations: fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
    },
    { requiredKeys: ['name', 'namespace', 'uid', 'generation', 'resourceVersion', 'creationTimestamp'] },
  );

  it('is read whatever its spec and status are', () => {
    const stored = fc.record({
      apiVersion: fc.constant('alb.alibabacloud.com/v1alpha1'),
      kind: fc.constant('AlbListener'),
      metadata,
      spec,
      status,
    });
    fc.assert(
      fc.property(stored, (raw) => {
        const object = parseObject(raw);
        if (object === undefined) throw new Error('The cache takes every object of the API server.');
        const read = readAlbListener(object);
        expect(read.key).toEqual({ namespace: 'shop', name: 'web' });
        expect(read.beingDeleted).toBe(raw.metadata.deletionTimestamp !== undefined);
        expect(['string', 'undefined']).toContain(typeof read.reconcileRequestedAt);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is written by us can be read by us', () => {
  it('as a claim', () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    const protocol = fc.constantFrom('HTTP', 'HTTPS', 'QUIC');
    fc.assert(
      fc.property(hostileText, port, protocol, (loadBalancerId, listenerPort, listenerProtocol) => {
        const declared = { loadBalancerId, listenerPort, listenerProtocol };
        expect(readClaim(declared)).toEqual(claimOf(declared));
        expect(formatClaim(claimOf(declared)).startsWith(`${loadBalancerId}:${listenerPort}/`)).toBe(true);
      }),
    );
  });

  it('as ownership tags, among any others, in any order', () => {
    const tag = fc.record({ key: hostileText, value: hostileText });
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), fc.nat(), fc.array(tag), (uid, another, incarnation, others) => {
        const tags = [
          ...others,
          ...ownershipTags(
            { uid, namespace: 'shop', name: 'x'.repeat(253), clusterUid: undefined },
            incarnation,
          ),
        ];
        expect(tags.every(({ value }) => others.length > 0 || value.length <= 128)).toBe(true);
        expect(ownershipOf(tags, uid)).toEqual({ of: 'us', incarnation });
        expect(ownershipOf(tags.toReversed(), uid)).toEqual({ of: 'us', incarnation });
        if (another !== uid) expect(ownershipOf(tags, another).of).toBe('another');
        expect(ownershipOf(others, uid).of).toBe('nobody');
      }),
    );
  });

  it('as a time, and other text is no time or one that can be written', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), hostileText, (date, text) => {
        const instant = date.getTime();
        expect(toInstant(toMilliseconds(instant))).toBe(instant);
        expect(toInstant(toSeconds(instant))).toBe(Math.floor(instant / 1000) * 1000);
        const read = toInstant(text);
        if (read !== undefined) expect(toInstant(toMilliseconds(read))).toBe(read);
      }),
    );
  });

  it('though someone may have tampered with the incarnation', () => {
    fc.assert(
      fc.property(fc.uuid(), hostileText, (uid, value) => {
        const tags = ownershipTags({ uid, namespace: 'shop', name: 'web', clusterUid: undefined }, 3).map(
          (tag) => (tag.value === '3' ? { ...tag, value } : tag),
        );
        const ownership = ownershipOf(tags, uid);
        expect(ownership.of === 'us' && Number.isSafeInteger(ownership.incarnation)).toBe(true);
        expect(ownership.of === 'us' && ownership.incarnation >= 0).toBe(true);
      }),
    );
  });
});
