import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leafKeys, nest } from '../../src/simulator/parameters.ts';

describe('dotted parameters', () => {
  it('become structures, and lists where all keys are numbers', () => {
    expect(nest({ 'A.B': '1', 'L.2.X': 'b', 'L.1.X': 'a', 'L.10.X': 'c', T: '' })).toEqual({
      tree: { A: { B: '1' }, L: [{ X: 'a' }, { X: 'b' }, { X: 'c' }], T: '' },
    });
  });

  it('name the key that is a text and a structure at once', () => {
    expect(nest({ 'A.1.B': '[object Object]', 'A.1.B.C': 'x' })).toEqual({ conflict: 'A.1.B' });
  });

  it('cannot reach a prototype', () => {
    nest({ '__proto__.polluted': 'yes', 'constructor.prototype.polluted': 'yes' });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('come back from any tree of structures, lists and texts', () => {
    const name = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,5}$/);
    const { tree } = fc.letrec<{ tree: unknown; structure: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.array(tie('tree'), { minLength: 1, maxLength: 12 }),
        tie('structure'),
      ),
      structure: fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, tree, { minKeys: 1 }), (given) => {
        const plain: unknown = JSON.parse(JSON.stringify(given));
        const wire = Object.fromEntries(
          leafKeys(plain).map((key) => [key, String(at(plain, key.split('.')))]),
        );
        expect(nest(wire)).toEqual({ tree: plain });
      }),
    );
  });
});

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, part) => {
    if (Array.isArray(inner)) return inner[Number(part) - 1];
    return typeof inner === 'object' && inner !== null ? Reflect.get(inner, part) : undefined;
  }, value);
}
