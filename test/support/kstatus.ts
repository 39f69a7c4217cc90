import { z } from 'zod';

type Kstatus = 'Terminating' | 'InProgress' | 'Failed' | 'Current';

const objectSchema = z.object({
  metadata: z.object({ generation: z.int(), deletionTimestamp: z.string().optional() }),
  status: z
    .object({
      observedGeneration: z.int().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});

/**
 * What kstatus says about an object of a kind it does not know; Flux and `kapp` ask it. Rules and their order:
 * kubernetes-sigs/cli-utils, pkg/kstatus/status.
 */
export function kstatusOf(object: unknown): Kstatus {
  const { metadata, status } = objectSchema.parse(object);
  const statusOf = new Map(status.conditions.map((condition) => [condition.type, condition.status]));
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (status.observedGeneration !== undefined && status.observedGeneration !== metadata.generation) {
    return 'InProgress';
  }
  if (statusOf.get('Reconciling') === 'True') return 'InProgress';
  if (statusOf.get('Stalled') === 'True') return 'Failed';
  const ready = statusOf.get('Ready');
  return ready === undefined || ready === 'True' ? 'Current' : 'InProgress';
}
