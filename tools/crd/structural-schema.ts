import type { DocumentedSchema } from './documented-schema.ts';

/** A schema as the API server wants it: structural, bounded, and without what only our own pages read. */
export interface StructuralSchema {
  description?: string;
  type: DocumentedSchema['type'];
  format?: 'date-time' | 'int32' | 'int64';
  default?: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  required?: string[];
  items?: StructuralSchema;
  properties?: Record<string, StructuralSchema>;
  'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-validations'?: DocumentedSchema['x-kubernetes-validations'];
}

/**
 * Throws, naming the path, at what the API server would refuse, at what it could not judge within the budget of
 * CEL (text and lists without a limit), and at a field nobody has described.
 */
export function toStructuralSchema(schema: DocumentedSchema, path: string): StructuralSchema {
  const { 'x-kubernetes-validations': validations, default: initial } = schema;
  return {
    ...describe(schema),
    type: schema.type,
    ...(initial !== undefined && { default: initial }),
    ...typeKeywords(schema, path),
    ...(validations && { 'x-kubernetes-validations': validations }),
  };
}

function typeKeywords(schema: DocumentedSchema, path: string): Partial<StructuralSchema> {
  switch (schema.type) {
    case 'object':
      return objectKeywords(schema, path);
    case 'array':
      return listKeywords(schema, path);
    case 'string':
      return textKeywords(schema, path);
    case 'integer':
      return integerKeywords(schema, path);
    case 'boolean':
      return {};
  }
}

function objectKeywords(
  { required, properties = {} }: DocumentedSchema,
  path: string,
): Partial<StructuralSchema> {
  const fields = Object.entries(properties).map(([name, field]): [string, StructuralSchema] => {
    if (field.description === undefined) throw new Error(`${path}.${name} needs a description.`);
    return [name, toStructuralSchema(field, `${path}.${name}`)];
  });
  return { ...(required && { required }), properties: Object.fromEntries(fields) };
}

function listKeywords(schema: DocumentedSchema, path: string): Partial<StructuralSchema> {
  const { items, minItems, maxItems } = schema;
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  if (items === undefined || maxItems === undefined) throw new Error(`${path} needs items and maxItems.`);
  if (listType === undefined) throw new Error(`${path} needs a list type: who merges it, and how?`);
  if (keys?.some((key) => !items.required?.includes(key))) {
    throw new Error(`${path} is a map by ${keys.join(', ')}, so its items must require that.`);
  }
  return {
    'x-kubernetes-list-type': listType,
    ...(keys && { 'x-kubernetes-list-map-keys': keys }),
    ...(minItems !== undefined && { minItems }),
    maxItems,
    items: toStructuralSchema(items, `${path}[]`),
  };
}

function textKeywords(schema: DocumentedSchema, path: string): Partial<StructuralSchema> {
  const { enum: values, format, minLength, maxLength, pattern } = schema;
  if (values) return { enum: values };
  // A format bounds no length either: a fraction of a second may have a million digits.
  if (maxLength === undefined) throw new Error(`${path} needs maxLength.`);
  // zod spells a format out as a pattern too; the API server knows the format itself.
  if (format) return { format, maxLength };
  if (pattern?.includes('(?'))
    throw new Error(`${path}: RE2 has no lookaround, so it cannot read ${pattern}.`);
  return {
    ...(minLength !== undefined && { minLength }),
    maxLength,
    ...(pattern !== undefined && { pattern }),
  };
}

const INT32_MAX = 2 ** 31 - 1;

/** Without a bound of ours zod states that of JavaScript's safe integers, which is nobody's business. */
function integerKeywords({ minimum, maximum }: DocumentedSchema, path: string): Partial<StructuralSchema> {
  if (minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER)
    throw new Error(`${path} needs a minimum.`);
  if (maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER) return { format: 'int64', minimum };
  return { format: maximum <= INT32_MAX ? 'int32' : 'int64', minimum, maximum };
}

/** List items have no description of their own: that of the list speaks for them. */
function describe({ description, effectiveDefault, protocols }: DocumentedSchema): Partial<StructuralSchema> {
  if (description === undefined) return {};
  const sentences = [description];
  if (effectiveDefault !== undefined) sentences.push(`Default: ${effectiveDefault}.`);
  if (protocols !== undefined) sentences.push(`${protocols.join(' and ')} listeners only.`);
  return { description: sentences.join(' ') };
}
