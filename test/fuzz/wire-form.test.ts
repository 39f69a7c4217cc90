import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { toWireForm } from '../../src/alb/wire-form.ts';
import { nest } from '../../src/simulator/parameters.ts';
import { hostileText } from './hostile.ts';

/** A parameter of the API, as `api.ts` names it. */
const name = fc.stringMatching(/^[a-z][A-Za-z]{0,8}$/).filter((text) => text !== 'tags');
const scalar = fc.oneof(hostileText, fc.boolean(), fc.double(), fc.integer());

it('says what the cloud reads, or refuses by name: any parameters, by the reader of the simulator', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.constantFrom(null, undefined, [], {}),
      fc.array(tie('value'), { maxLength: 12 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(name, value), (parameters) => {
      const wire = toWireForm(parameters);
      if (!wire.ok) {
        expect(wire.problem).toMatch(/^[A-Z][A-Za-z.0-9]* (is|are) /);
        return;
      }
      expect(Object.values(wire.parameters).every((text) => text.isWellFormed())).toBe(true);
      const read = nest(wire.parameters);
      expect('tree' in read && read.tree).toEqual(said(parameters));
    }),
    { numRuns: 2000 },
  );
});

/** What a reader shall find: names in upper case, everything as text, and nothing of what says nothing. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said);
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value)
    .filter(([, inner]) => !saysNothing(inner))
    .map(([field, inner]) => [field.charAt(0).toUpperCase() + field.slice(1), said(inner)]);
  return Object.fromEntries(fields);
}

function saysNothing(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(saysNothing);
}
