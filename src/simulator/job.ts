import { z } from 'zod';
import { type Listener, listenerSchema } from './listener.ts';
import type { DeepReadonly } from './readonly.ts';

/** An asynchronous job: what ListAsynJobs tells of it, and what is to happen when. */
export const jobSchema = z.strictObject({
  Id: z.string(),
  ApiName: z.string(),
  OperateType: z.enum(['Create', 'Update', 'Delete']),
  Status: z.enum(['Processing', 'Succeeded', 'Failed']),
  ResourceId: z.string(),
  ResourceType: z.literal('listener'),
  CreateTime: z.number(),
  ModifyTime: z.number(),
  ErrorCode: z.string().optional(),
  ErrorMessage: z.string().optional(),
  plan: z.strictObject({
    loadBalancerId: z.string(),
    /** Milliseconds since 1970; null for a job that hangs until someone settles it. */
    endsAt: z.number().nullable(),
    failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    /** `Unchanged`: it ran beside the creation, which decides on the status. */
    finalStatus: z.enum(['Running', 'Stopped', 'Gone', 'Unchanged']),
    /** The listener as it was before, for a job that fails; null for a creation. */
    before: listenerSchema.nullable(),
  }),
});

export type Job = DeepReadonly<z.infer<typeof jobSchema>>;

/** The listener after its job has succeeded; undefined when it is gone. */
export function afterSuccess(job: Job, listener: Listener): Listener | undefined {
  const { finalStatus } = job.plan;
  if (finalStatus === 'Gone') return undefined;
  return {
    ...settled(listener),
    ListenerStatus: finalStatus === 'Unchanged' ? listener.ListenerStatus : finalStatus,
  };
}

/** The listener after its job has failed; undefined when nothing is left of it. */
export function afterFailure(
  job: Job,
  listener: Listener,
  choices: { readonly afterFailedCreate: 'gone' | 'provisioning'; readonly afterFailedUpdate: 'old' | 'new' },
): Listener | undefined {
  const { before, finalStatus } = job.plan;
  if (before === null) return choices.afterFailedCreate === 'gone' ? undefined : listener;
  if (finalStatus === 'Unchanged') {
    return choices.afterFailedUpdate === 'new'
      ? settled(listener)
      : { ...listener, AclConfig: before.AclConfig };
  }
  if (choices.afterFailedUpdate === 'new') {
    return { ...settled(listener), ListenerStatus: before.ListenerStatus };
  }
  // Tags are written at once, outside of jobs: a failed job does not take them back.
  return { ...before, Tags: listener.Tags };
}

/** Associations that were on their way have arrived. */
function settled(listener: Listener): Listener {
  const AdditionalCertificates = listener.AdditionalCertificates.filter(
    ({ Status }) => Status !== 'Diassociating',
  ).map(({ CertificateId }) => ({ CertificateId, Status: 'Associated' as const }));
  const AclRelations = listener.AclConfig.AclRelations.filter(({ Status }) => Status !== 'Dissociating').map(
    ({ AclId }) => ({ AclId, Status: 'Associated' as const }),
  );
  const AclConfig = AclRelations.length === 0 ? { AclRelations } : { ...listener.AclConfig, AclRelations };
  return { ...listener, AdditionalCertificates, AclConfig };
}
