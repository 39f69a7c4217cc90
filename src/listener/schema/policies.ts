import { z } from 'zod';
import { optional, required } from './documented.ts';
import { IGNORABLE_PATHS } from './ignorable-paths.ts';
import { matches, withRules } from './rule.ts';
import { syncInterval } from './sync-interval.ts';
import { setList, text } from './values.ts';

const adopt = z.strictObject({
  listenerId: required(
    withRules(text({ max: 64 }), [
      matches(
        /^lsn-[a-z0-9]+$/,
        'adopt.listenerId is the id of an existing listener: write lsn- and its lowercase letters and digits, for example lsn-o4u54y73wq7b1a2b3c',
      ),
    ]),
    {
      description:
        'Id of the listener to take over, lsn-…. Counts as long as status.listenerId is empty; a later change has no effect.',
    },
  ),
});

/** The operator's own fields: how it treats the listener. No parameter of the cloud is among them. */
export const policyFields = z.strictObject({
  reconcilePolicy: optional(z.enum(['Manage', 'Observe', 'DryRun']), {
    description:
      'What the operator may do in the cloud. Manage: create the listener, keep it as declared and delete it. Observe: read only; status tells what the listener is and where it differs from the spec, and deleting this object leaves the listener as it is. DryRun: read only, too; the cloud is asked what it would say to the next call, and status.plan has its answer and all calls that would be made.',
    effectiveDefault: 'Manage',
  }),
  driftPolicy: optional(z.enum(['Correct', 'Report']), {
    description:
      'What happens when others change the listener. Correct: it is brought back to the spec. Report: it stays as they made it; status.drift lists the differences and the condition Drifted is True. An edit of the spec is applied with either.',
    effectiveDefault: 'Correct',
  }),
  ignoreFields: optional(setList(z.enum(IGNORABLE_PATHS), { max: IGNORABLE_PATHS.length }), {
    description:
      'Settings left to others: paths below spec, each once, for example idleTimeout, tags or xForwardedForConfig.xForwardedForEnabled. Their declared values are used when the listener is created (not those of logConfig, aclConfig and additionalCertificates, which a creation cannot set); after that they are neither compared nor changed.',
  }),
  deletionPolicy: optional(z.enum(['Delete', 'Retain']), {
    description:
      'What becomes of the listener when this object is deleted. Delete: the listener is deleted, and the object stays until it is gone. Retain: the listener stays in the cloud as it is; only the ownership tags are removed, so that it can be adopted again.',
    effectiveDefault: 'Delete',
  }),
  suspend: optional(z.boolean(), {
    description:
      'Whether the operator leaves the listener alone. While true it reads and writes nothing in the cloud; if this object is deleted meanwhile, it stays until suspend is false or removed.',
    effectiveDefault: false,
  }),
  listenerState: optional(z.enum(['Running', 'Stopped']), {
    description:
      'Whether the listener serves clients. Running: it does. Stopped: it keeps its settings and takes no traffic.',
    effectiveDefault: 'Running',
  }),
  syncInterval: optional(syncInterval, {
    description:
      'How long to wait between two comparisons with the cloud when nothing else asks for one: 30s to 24h, for example 30s, 10m or 1h30m.',
    effectiveDefault: 'the setting of the operator',
  }),
  adopt: optional(adopt, {
    description:
      'An existing listener to take over, in place of creating one. Its load balancer, protocol and port must be the declared ones. It must carry no ownership tag of another AlbListener, except of an earlier one with the namespace and name of this one in this cluster, or in a cluster that the platform admin has listed in ADOPT_FROM_CLUSTERS. It is then brought to the spec, or only watched with reconcilePolicy: Observe.',
  }),
});

export type Policies = z.infer<typeof policyFields>;
