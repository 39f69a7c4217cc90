import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toDocumentedSchema } from '../../../tools/crd/documented-schema.ts';
import { toStructuralSchema } from '../../../tools/crd/structural-schema.ts';

function convert(schema: z.ZodType) {
  return toStructuralSchema(toDocumentedSchema(schema), 'spec');
}

function described<S extends z.ZodType>(schema: S): S {
  return schema.meta({ description: 'Says something.' });
}

const text = z.string().meta({ maxLength: 9 });

describe('a structural schema', () => {
  it('bounds integers and names their format', () => {
    expect(convert(z.int32().min(1).max(65_535))).toEqual({
      type: 'integer',
      format: 'int32',
      minimum: 1,
      maximum: 65_535,
    });
  });

  it('does not carry the limit of integers in JavaScript', () => {
    expect(convert(z.int().min(0))).toEqual({ type: 'integer', format: 'int64', minimum: 0 });
  });

  it('names the format of a time without the pattern zod has for it', () => {
    expect(convert(z.iso.datetime({ offset: true }).max(64).meta({ maxLength: 64 }))).toEqual({
      type: 'string',
      format: 'date-time',
      maxLength: 64,
    });
  });

  it('requires what a manifest must have, which a field with a default is not', () => {
    const schema = z.strictObject({ a: described(z.boolean()), b: described(z.int32().min(0).default(1)) });
    expect(convert(schema)).toMatchObject({
      type: 'object',
      required: ['a'],
      properties: { b: { default: 1 } },
    });
  });

  it('ends a description with default and protocols', () => {
    const flag = z
      .boolean()
      .meta({ description: 'A flag.', effectiveDefault: true, protocols: ['HTTP', 'HTTPS'] });
    expect(convert(flag)).toEqual({
      type: 'boolean',
      description: 'A flag. Default: true. HTTP and HTTPS listeners only.',
    });
  });

  it.each([
    { reason: 'CEL needs a bound of text', schema: z.string(), error: 'spec needs maxLength' },
    { reason: 'CEL needs a bound of lists', schema: z.array(text), error: 'spec needs items and maxItems' },
    {
      reason: 'server-side apply needs to know how to merge',
      schema: z.array(text).max(1),
      error: 'spec needs a list type',
    },
    {
      reason: 'a map needs its keys',
      schema: z
        .array(z.strictObject({ key: described(text).optional() }))
        .max(1)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'] }),
      error: 'spec is a map by key',
    },
    { reason: 'integers begin somewhere', schema: z.int(), error: 'spec needs a minimum' },
    {
      reason: 'people read the CRD',
      schema: z.strictObject({ a: z.boolean() }),
      error: 'spec.a needs a description',
    },
    {
      reason: 'RE2 has no lookaround',
      schema: text.regex(/^(?=a)/).meta({ maxLength: 9 }),
      error: 'RE2 has no lookaround',
    },
    {
      reason: 'a union has no place in a structural schema',
      schema: z.union([text, z.boolean()]),
      error: 'anyOf',
    },
    { reason: 'null has none either', schema: text.nullable(), error: 'nullable' },
  ])('is refused to a schema that cannot have one, since $reason', ({ schema, error }) => {
    expect(() => convert(schema)).toThrow(error);
  });
});
