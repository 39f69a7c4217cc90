import { z } from 'zod';

const objectSchema = z.object({
  metadata: z.object({ name: z.string(), resourceVersion: z.string(), generation: z.int() }),
  status: z.object({
    observedGeneration: z.int(),
    phase: z.string().optional(),
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), observedGeneration: z.int() }))
      .default([]),
  }),
});

/**
 * What is wrong with the status of this version of an AlbListener, whatever its state: the rules that kstatus,
 * Argo CD and `kubectl wait` rely on. Empty when all is well.
 */
export function statusProblems(object: unknown): readonly string[] {
  const parsed = objectSchema.safeParse(object);
  if (!parsed.success) return [`Not the status of an AlbListener: ${JSON.stringify(object)}`];
  const { metadata, status } = parsed.data;
  // Not seen by the operator yet.
  if (status.observedGeneration < 0) return [];

  const statusOf = new Map(status.conditions.map((condition) => [condition.type, condition.status]));
  const ready = statusOf.get('Ready');
  const reconciling = statusOf.get('Reconciling');
  const stalled = statusOf.get('Stalled');
  const rules: Readonly<Record<string, boolean>> = {
    'Ready is always there': ready !== undefined,
    'Synced is always there': statusOf.has('Synced'),
    'Reconciling and Stalled are True or absent': [reconciling, stalled].every(
      (abnormal) => abnormal === undefined || abnormal === 'True',
    ),
    'never Reconciling and Stalled at once': reconciling === undefined || stalled === undefined,
    'Ready is False with Reconciling or Stalled, and not without':
      (ready === 'False') === (reconciling !== undefined || stalled !== undefined),
    'phase Running never with Ready False': status.phase !== 'Running' || ready !== 'False',
    'Ready only in a phase of rest':
      ready !== 'True' || status.phase === 'Running' || status.phase === 'Stopped',
    'no status speaks of a generation that is not there yet':
      status.observedGeneration <= metadata.generation,
    'every condition speaks of the generation that the status speaks of': status.conditions.every(
      ({ observedGeneration }) => observedGeneration === status.observedGeneration,
    ),
  };
  return Object.entries(rules)
    .filter(([, holds]) => !holds)
    .map(([rule]) => `${metadata.name}@${metadata.resourceVersion}: ${rule}. ${JSON.stringify(status)}`);
}
