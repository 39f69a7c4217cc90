import { z } from 'zod';
import { ALL_PROTOCOLS } from '../../src/listener/schema/documented.ts';

const celValidation = z.strictObject({
  rule: z.string(),
  message: z.string(),
  fieldPath: z.string().exactOptional(),
  reason: z.string().exactOptional(),
});

/**
 * What zod may say about our schemas as OpenAPI. Strict: a keyword that has no place in a CRD (a union, a `$ref`,
 * `nullable`, …) stops the generator here, where the path to it is named, and not at the API server.
 */
const documentedSchema = z.strictObject({
  type: z.enum(['object', 'array', 'string', 'integer', 'boolean']),
  description: z.string().exactOptional(),
  effectiveDefault: z.union([z.string(), z.number(), z.boolean()]).exactOptional(),
  protocols: z.array(z.enum(ALL_PROTOCOLS)).exactOptional(),
  format: z.enum(['date-time']).exactOptional(),
  default: z.number().exactOptional(),
  enum: z.array(z.string()).exactOptional(),
  minimum: z.number().exactOptional(),
  maximum: z.number().exactOptional(),
  minLength: z.number().exactOptional(),
  maxLength: z.number().exactOptional(),
  pattern: z.string().exactOptional(),
  minItems: z.number().exactOptional(),
  maxItems: z.number().exactOptional(),
  required: z.array(z.string()).exactOptional(),
  additionalProperties: z.literal(false).exactOptional(),
  'x-kubernetes-list-type': z.enum(['atomic', 'map', 'set']).exactOptional(),
  'x-kubernetes-list-map-keys': z.array(z.string()).exactOptional(),
  'x-kubernetes-validations': z.array(celValidation).exactOptional(),
  get items() {
    return documentedSchema.exactOptional();
  },
  get properties() {
    return z.record(z.string(), documentedSchema).exactOptional();
  },
});

export type DocumentedSchema = z.infer<typeof documentedSchema>;

/** A zod schema as OpenAPI, with the documentation its fields carry. Throws at what a CRD cannot say. */
export function toDocumentedSchema(schema: z.ZodType): DocumentedSchema {
  // The input side: a field with a default is one that a manifest need not have.
  return documentedSchema.parse(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }));
}
