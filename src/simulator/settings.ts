import { z } from 'zod';
import { mergePatch } from './merge-patch.ts';
import type { DeepReadonly } from './readonly.ts';

const milliseconds = z.int().min(0);
const quota = z.int().min(0);

/**
 * What a deployment of the simulator can choose. The first group is everything about the cloud that no source
 * confirms; a client has to be right under every value.
 */
export const settingsSchema = z.strictObject({
  /** How long a ClientToken is remembered. */
  tokenLifetimeMs: milliseconds.default(24 * 60 * 60 * 1000),
  /** For how long after its effect a repeated token is still answered with IdempotenceProcessing. */
  tokenProcessingMs: milliseconds.default(0),
  /** What a repeated create token answers once the listener it made is gone. */
  replayAfterDelete: z.enum(['replay', 'create', 'refuse']).default('replay'),
  /** The code for a token that comes back with other parameters. */
  tokenMismatchCode: z
    .enum(['IdempotentParameterMismatch', 'IdempotenceSignatureMismatch', 'IdempotenceParamNotMatch'])
    .default('IdempotentParameterMismatch'),
  /** Whether a refusal is remembered under its token and given again. */
  replayFailures: z.boolean().default(false),
  /** Whether a load balancer is Configuring while one of its listeners is being created. */
  createLocksLoadBalancer: z.boolean().default(true),
  /** ListListeners shows the world as it was this long ago. */
  listLagMs: milliseconds.default(0),
  /** GetListenerAttribute and ListListenerCertificates show a listener as it was this long ago. */
  attributeLagMs: milliseconds.default(0),
  /** Every read and every filter shows tags as they were this long ago, those of a new listener included. */
  tagLagMs: milliseconds.default(0),
  /** What a NextToken stands for: the last item seen, or how many were seen, so that deletions meanwhile hide items. */
  pageToken: z.enum(['cursor', 'offset']).default('cursor'),
  /** The most items on a page, whatever MaxResults asks for; null for no such limit. */
  pageSize: z.int().min(1).nullable().default(null),
  /** What the last page names as the next one: nothing, itself again, or an empty page under a new token each time. */
  afterLastPage: z.enum(['nothing', 'sameToken', 'newTokens']).default('nothing'),
  /** What is left of a listener whose creation failed. */
  afterFailedCreate: z.enum(['gone', 'provisioning']).default('gone'),
  /** Which values are read after an update whose job failed. */
  afterFailedUpdate: z.enum(['old', 'new']).default('old'),
  /** The code for a write to a listener that another write is still changing. */
  busyListenerCode: z
    .enum(['IncorrectStatus.Listener', 'ResourceInConfiguring.Listener'])
    .default('ResourceInConfiguring.Listener'),
  /** Whether a stopped listener can be edited. */
  updateOfStopped: z.enum(['allowed', 'refused']).default('allowed'),
  /** Whether a stopped listener takes ACLs. */
  aclsOfStopped: z.enum(['allowed', 'refused']).default('allowed'),
  /** Whether a listener takes ACLs while it is being created. */
  aclsOfProvisioning: z.enum(['allowed', 'refused']).default('refused'),
  /** What happens to a parameter that the listener's protocol does not have. */
  inapplicableParameters: z.enum(['refused', 'ignored']).default('refused'),
  /** Parameters of which an update says it changed them and keeps the old value, for example `XForwardedForConfig.XForwardedForHostEnabled`. */
  updateKeepsOldValue: z.array(z.string()).default([]),

  provisioningMs: milliseconds.default(3000),
  configuringMs: milliseconds.default(1000),
  /** How long a listener is Deleting before it is gone. */
  deletingMs: milliseconds.default(0),
  /** How long a finished job can be listed. */
  jobRetentionMs: milliseconds.default(24 * 60 * 60 * 1000),

  /** Calls of one operation by one account in 60 seconds before Throttling.User; null for no limit. */
  callsPerMinute: z.int().min(1).nullable().default(null),
  quotas: z
    .strictObject({
      listenersPerLoadBalancer: quota.default(50),
      listenersPerSecurityPolicy: quota.default(10),
      listenersPerServerGroup: quota.default(50),
      serversPerLoadBalancer: z
        .strictObject({ Basic: quota.default(200), Standard: quota.default(1000) })
        .prefault({}),
      /** How often one backend server may be added to one load balancer, counted over its server groups. */
      additionsOfOneServer: quota.default(200),
      additionalCertificatesPerLoadBalancer: z
        .strictObject({ Basic: quota.default(10), Standard: quota.default(25) })
        .prefault({}),
      aclsPerListener: quota.default(3),
      aclEntriesPerListener: quota.default(300),
      tagsPerListener: quota.default(20),
      timeoutSeconds: quota.default(600),
    })
    .prefault({}),
});

export type Settings = DeepReadonly<z.infer<typeof settingsSchema>>;
export type SettingsInput = z.input<typeof settingsSchema>;

/** Changes some settings; what is not named stays, null gives back the default. */
export function mergeSettings(current: Settings, patch: unknown): Settings {
  return settingsSchema.parse(mergePatch(current, patch));
}
