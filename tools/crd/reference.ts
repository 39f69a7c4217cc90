import type { z } from 'zod';
import { ALL_PROTOCOLS, type Protocol } from '../../src/listener/schema/documented.ts';
import { attachmentFields, parameterFields } from '../../src/listener/schema/fields.ts';
import { policyFields } from '../../src/listener/schema/policies.ts';
import { GROUP, KIND, VERSION } from '../../src/listener/schema/resource.ts';
import { statusSchema } from '../../src/listener/schema/status.ts';
import { ABSENT_FIELDS } from '../docs/absent-fields.ts';
import { markdownTable } from '../docs/markdown-table.ts';
import { type DocumentedSchema, toDocumentedSchema } from './documented-schema.ts';
import { writeOrCheck } from './generated-file.ts';

interface Field {
  /** Below spec or status, for example `certificates[].certificateId`. */
  readonly name: string;
  readonly required: boolean;
  /** Listeners it is for: its own, or those of the field it is part of. */
  readonly protocols: readonly Protocol[];
  readonly schema: DocumentedSchema;
}

const LISTENER_HEADER = ['Field', 'Required', 'Type', 'Values', 'Default', 'Listeners', 'Description'];
const parameters = listenerRows(parameterFields);
const attachments = listenerRows(attachmentFields);

const policies = fieldsOf(toDocumentedSchema(policyFields)).map(({ name, required, schema }) => [
  code(name),
  required ? 'yes' : '',
  typeOf(schema),
  valuesOf(schema),
  `${schema.effectiveDefault ?? ''}`,
  schema.description ?? '',
]);

const status = fieldsOf(toDocumentedSchema(statusSchema)).map(({ name, schema }) => [
  code(name),
  typeOf(schema),
  valuesOf(schema),
  schema.description ?? '',
]);

writeOrCheck(
  new URL('../../docs/reference.md', import.meta.url),
  `<!-- Generated from src/listener/schema by npm run generate. Do not edit. -->

# ${KIND} reference

\`apiVersion: ${GROUP}/${VERSION}\`, \`kind: ${KIND}\`. In a terminal: \`kubectl explain ${KIND.toLowerCase()}.spec --recursive\`.

A field that is absent has the default of the cloud or of the operator; the resource itself sets no defaults. A
field of a list or an object is required only where that list or object is given.

## spec: the listener, parameters of CreateListener

Every field is the parameter of CreateListener in lowerCamelCase; the parameter \`Tag\` is \`tags\`. A field whose name
ends in \`From\` or \`Ref\` is in place of a parameter: it says where the operator finds the id. A later edit is made by
UpdateListenerAttribute, one of \`tags\` by TagResources and UnTagResources. A field is refused on listeners of other
protocols than it names.

${markdownTable(LISTENER_HEADER, parameters)}

## spec: the listener, fields with operations of their own

CreateListener does not have these. The operator sets them once the listener runs, by the operations that the
descriptions name; Ready waits for that. A field is refused on listeners of other protocols than it names.

${markdownTable(LISTENER_HEADER, attachments)}

## spec: how the operator treats it

These fields are the operator's own: no parameter of the cloud is among them.

${markdownTable(['Field', 'Required', 'Type', 'Values', 'Default', 'Description'], policies)}

## status

Written by the operator only.

${markdownTable(['Field', 'Type', 'Values', 'Description'], status)}

## Fields that are not there

The API server answers a field that it does not know with \`unknown field\`. Tools that do not ask it to validate get a
warning at most, and the field is dropped. What to write instead:

${markdownTable(
  ['You tried', 'Instead'],
  ABSENT_FIELDS.map(({ tried, instead }) => [tried.map(code).join(', '), instead]),
)}
`,
);

function listenerRows(fields: z.ZodType): string[][] {
  return fieldsOf(toDocumentedSchema(fields)).map(({ name, required, schema, protocols }) => [
    code(name),
    required ? 'yes' : '',
    typeOf(schema),
    valuesOf(schema),
    `${schema.effectiveDefault ?? ''}`,
    protocols.join(', '),
    schema.description ?? '',
  ]);
}

/** Every field below an object, parents before their parts. */
function fieldsOf(
  { properties = {}, required = [] }: DocumentedSchema,
  prefix = '',
  inherited: readonly Protocol[] = ALL_PROTOCOLS,
): Field[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`;
    const protocols = schema.protocols ?? inherited;
    const parts = schema.items
      ? fieldsOf(schema.items, `${name}[].`, protocols)
      : fieldsOf(schema, `${name}.`, protocols);
    return [{ name, required: required.includes(key), protocols, schema }, ...parts];
  });
}

function typeOf({ type, items, format }: DocumentedSchema): string {
  if (items) return `list of ${items.type}s`;
  return format ?? type;
}

function valuesOf(schema: DocumentedSchema): string {
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.items?.enum) return valuesOf(schema.items);
  switch (schema.type) {
    case 'boolean':
    case 'object':
      return '';
    case 'integer':
      return range(schema.minimum, schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum);
    case 'string':
      return schema.format ? '' : `${range(schema.minLength, schema.maxLength)} characters`;
    case 'array':
      return `${range(schema.minItems, schema.maxItems)} ${schema.maxItems === 1 ? 'item' : 'items'}`;
  }
}

function range(low: number | undefined, high: number | undefined): string {
  if (high === undefined) return `${low} or more`;
  if (!low) return `up to ${high}`;
  return low === high ? `${low}` : `${low}–${high}`;
}

function code(text: string): string {
  return `\`${text}\``;
}
