import { describe, expect, it } from 'vitest';
import { specSchema } from '../../src/listener/schema/spec.ts';
import { type DocumentedSchema, toDocumentedSchema } from '../../tools/crd/documented-schema.ts';
import { ABSENT_FIELDS } from '../../tools/docs/absent-fields.ts';

const spec = toDocumentedSchema(specSchema);

/** The field at a path below `spec`, where `[]` stands for an item of a list. */
function fieldAt(path: string): DocumentedSchema | undefined {
  return path.split('.').reduce<DocumentedSchema | undefined>((schema, part) => stepInto(schema, part), spec);
}

function stepInto(schema: DocumentedSchema | undefined, part: string): DocumentedSchema | undefined {
  const field = schema?.properties?.[part.replace('[]', '')];
  return part.endsWith('[]') ? field?.items : field;
}

describe('the fields that the reference says are not there', () => {
  it('are not there', () => {
    const tried = ABSENT_FIELDS.flatMap((row) => row.tried);
    expect(tried.filter((path) => fieldAt(path) !== undefined)).toEqual([]);
  });

  it('are each answered once, and those that people try first are among them', () => {
    const tried = ABSENT_FIELDS.flatMap((row) => row.tried);
    expect(tried.filter((path, index) => tried.indexOf(path) !== index)).toEqual([]);
    expect(tried).toEqual(
      expect.arrayContaining(['redirect', 'weight', 'rewrite', 'healthCheck', 'httpsRedirect', 'ports']),
    );
  });

  it('have answers that name fields which are there, each in code', () => {
    for (const { instead, names } of ABSENT_FIELDS) {
      expect(names.filter((path) => fieldAt(path) === undefined)).toEqual([]);
      expect(names.filter((path) => !instead.includes(path))).toEqual([]);
    }
  });
});
