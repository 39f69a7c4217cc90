import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch, toJsonObject } from '../../../src/runtime/kubernetes/merge-patch.ts';

type Json = Readonly<Record<string, unknown>>;

/** How a server applies a merge patch, after the pseudocode of RFC 7396. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else result[field] = applyMergePatch(result[field], value);
  }
  return result;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('a merge patch', () => {
  it.each([
    { from: {}, to: {}, patch: undefined, reason: 'nothing to change' },
    { from: { a: [1, { b: 2 }] }, to: { a: [1, { b: 2 }] }, patch: undefined, reason: 'equal in depth' },
    { from: { a: 1, b: 2 }, to: { a: 1, b: 3 }, patch: { b: 3 }, reason: 'only the field that differs' },
    { from: { a: 1 }, to: {}, patch: { a: null }, reason: 'a field that should not be there is removed' },
    {
      from: { a: { x: 1, y: 2 } },
      to: { a: { x: 1 } },
      patch: { a: { y: null } },
      reason: 'also a nested one',
    },
    { from: { a: [1, 2] }, to: { a: [2] }, patch: { a: [2] }, reason: 'arrays are replaced whole' },
    { from: { a: 1 }, to: { a: { x: 1 } }, patch: { a: { x: 1 } }, reason: 'a value becomes an object' },
    { from: {}, to: { a: {} }, patch: { a: {} }, reason: 'an empty object appears' },
    { from: { a: null }, to: {}, patch: undefined, reason: 'null counts as absent' },
  ])('$reason', ({ from, to, patch }) => {
    expect(mergePatch(from, to)).toEqual(patch);
  });

  it('turns any object into any other, and is not made for equal ones', () => {
    const value = fc.letrec<{ json: unknown; object: Json }>((tie) => ({
      json: fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()), tie('object')),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__x'), tie('json'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    })).object;
    fc.assert(
      fc.property(value, value, (from, to) => {
        const patch = mergePatch(from, to);
        expect(applyMergePatch(from, patch ?? {})).toEqual(to);
        expect(mergePatch(to, to)).toBeUndefined();
      }),
    );
  });
});

it('drops undefined fields, as the wire does', () => {
  expect(toJsonObject({ a: undefined, b: [{ c: undefined, d: 1 }] })).toEqual({ b: [{ d: 1 }] });
  expect(toJsonObject(undefined)).toEqual({});
});
