import { z } from 'zod';

const objectSchema = z.object({
  metadata: z.object({ generation: z.int(), deletionTimestamp: z.string().optional() }),
  status: z.object({
    observedGeneration: z.int(),
    phase: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string() })).default([]),
  }),
});

/**
 * Names the phase and the combination of conditions of an object: `running-ready`, `failed-stalled-drifted`.
 * `-edited` where the status speaks of an earlier generation, `-deleted` where the object is being deleted as well.
 */
export function stateOf(object: unknown): string {
  const { metadata, status } = objectSchema.parse(object);
  const deleted = metadata.deletionTimestamp !== undefined;
  if (status.observedGeneration < 0) return deleted ? 'new-deleted' : 'new';
  const parts = [
    status.phase?.toLowerCase() ?? 'nophase',
    standing(status.conditions),
    ...(status.conditions.some(({ type }) => type === 'Drifted') ? ['drifted'] : []),
    ...(deleted && status.phase !== 'Deleting' ? ['deleted'] : []),
    ...(!deleted && status.observedGeneration !== metadata.generation ? ['edited'] : []),
  ];
  return parts.join('-');
}

/** The reason in force, if any. */
export function reasonIn(object: unknown): string {
  const { conditions } = objectSchema.parse(object).status;
  return conditions.find(({ type }) => type === 'Ready')?.reason ?? '';
}

function standing(conditions: readonly { type: string; status: string }[]): string {
  const statusOf = new Map(conditions.map(({ type, status }) => [type, status]));
  if (statusOf.get('Stalled') === 'True') return 'stalled';
  if (statusOf.get('Reconciling') === 'True') return 'reconciling';
  return statusOf.get('Ready') === 'True' ? 'ready' : 'suspended';
}
