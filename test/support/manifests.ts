import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

export const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type Manifest = z.infer<typeof manifestSchema>;

export function parseManifests(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml)
    .filter(({ contents }) => contents !== null)
    .map((document) => manifestSchema.parse(document.toJS()));
}

/** Names an object of one installation. */
export function nameOf({ kind, metadata }: Manifest): string {
  return [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join('/');
}
