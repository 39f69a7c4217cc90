import { z } from 'zod';
import type { DeepReadonly } from './readonly.ts';

/** One call, whether it was let in or not. Secrets and signatures are never in it. */
export const callSchema = z.strictObject({
  /** Rises by one with each call. */
  sequence: z.int(),
  /** Milliseconds since 1970, when the call arrived. */
  at: z.number(),
  action: z.string(),
  accessKeyId: z.string().nullable(),
  requestId: z.string(),
  parameters: z.record(z.string(), z.string()),
  /** Parameters the operation does not have; the API drops them without a word. */
  ignoredParameters: z.array(z.string()),
  /** `Success`, an error code, or what a fault rule made of the answer; null while the call is in flight. */
  outcome: z.string().nullable(),
  /** Why an error was answered, where its message does not tell. */
  detail: z.string().optional(),
  /** What the call did, whatever was answered. */
  effect: z
    .strictObject({ kind: z.enum(['created', 'changed', 'deleted']), listenerIds: z.array(z.string()) })
    .nullable(),
  /** Whether the answer came from an earlier call with the same ClientToken. */
  replayed: z.boolean(),
  /** Ids of the fault rules that fired. */
  faults: z.array(z.string()),
  /** Whether the caller was still there to be given the answer; null while the call is in flight. */
  reached: z.boolean().nullable(),
});

export type CallRecord = DeepReadonly<z.infer<typeof callSchema>>;

/** The log keeps this many calls; older ones are forgotten. */
export const callLogLimit = 5000;
