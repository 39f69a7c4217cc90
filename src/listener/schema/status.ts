import { z } from 'zod';
import { observedSchema } from './observed.ts';
import { MAX_TAGS } from './tags.ts';
import { atomicList, text } from './values.ts';

const listenerId = text({ min: 1, max: 64 });
/** The API server takes a fraction of a second of any length. */
const dateTime = z.iso.datetime({ offset: true }).max(64).meta({ maxLength: 64 });
const generation = z.int().min(0);
const MAX_CONDITIONS = 16;
/** Characters of a RequestId, a JobId or an error code of the cloud in the history. */
export const LONGEST_ID = 128;
/** Writes to the cloud that a status remembers, besides the creation. */
export const MOST_WRITES = 5;
/** Of manifests of which none came to be carried out before the next one. */
export const MAX_MANAGED_TAG_KEYS = 8 * MAX_TAGS;

export const PHASES = [
  'Pending',
  'Provisioning',
  'Running',
  'Configuring',
  'Stopped',
  'Deleting',
  'Failed',
] as const;

/** The conditions that the operator writes. */
export const CONDITION_TYPES = ['Ready', 'Synced', 'Reconciling', 'Stalled', 'Drifted'] as const;

const conditionSchema = z.object({
  type: text({ min: 1, max: 316 }).meta({
    description: 'What the condition is about: Ready, Synced, Reconciling, Stalled or Drifted.',
  }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it holds.' }),
  observedGeneration: generation.exactOptional().meta({
    description:
      'Generation of the spec the condition was judged for. Older than metadata.generation: out of date.',
  }),
  lastTransitionTime: dateTime.meta({ description: 'When status last changed.' }),
  reason: text({ min: 1, max: 128 })
    .regex(/^[A-Z][A-Za-z0-9]*$/)
    .meta({
      description: 'Why, as one word for programs.',
    }),
  message: text({ max: 2048 }).meta({ description: 'Why, in words for people, and what to do about it.' }),
});

/** Values are written out for people; the writer cuts them. */
const drift = z.object({
  path: text({ min: 1, max: 128 }).meta({
    description: 'Path below spec, for example xForwardedForConfig.xForwardedForEnabled.',
  }),
  declared: text({ max: 256 }).meta({ description: 'Value the spec asks for.' }),
  actual: text({ max: 256 }).meta({ description: 'Value the cloud reports.' }),
});

const plan = z.object({
  verdict: z.enum(['Accepted', 'Refused', 'Unknown']).meta({
    description:
      'What the cloud says to the first call, asked with DryRun. Accepted: it would carry it out. Refused: it would not, message says why. Unknown: it cannot be asked, or has not answered.',
  }),
  message: text({ max: 1024 }).meta({ description: 'The verdict in words for people.' }),
  calls: atomicList(
    z.object({
      operation: text({ min: 1, max: 64 }).meta({
        description: 'Operation of the ALB API, for example CreateListener.',
      }),
      fields: atomicList(text({ min: 1, max: 128 }), { min: 0, max: 64 }).meta({
        description: 'Paths below spec that the call brings in place.',
      }),
    }),
    { min: 1, max: 32 },
  ).meta({ description: 'The calls that would be made, in their order.' }),
  changes: atomicList(drift, { min: 0, max: 32 }).meta({
    description:
      'Fields of the existing listener that would change. None for a listener that would be created.',
  }),
});

/** One write to the cloud, as Alibaba Cloud support asks for it. */
const cloudWrite = z.object({
  operation: text({ min: 1, max: 64 }).meta({
    description: 'Operation of the ALB API, for example CreateListener.',
  }),
  at: dateTime.meta({ description: 'When it was answered.' }),
  outcome: z.enum(['Accepted', 'Succeeded', 'Failed', 'Refused', 'Unknown']).meta({
    description:
      'Accepted: the cloud has taken it. Succeeded: the listener was seen as declared after it. Failed: its job has failed. Refused: it has changed nothing. Unknown: there was no readable answer, or one that does not tell whether it took effect.',
  }),
  code: text({ max: LONGEST_ID }).exactOptional().meta({
    description: 'Error code of the cloud, where it was refused or the outcome is unknown.',
  }),
  requestId: text({ max: LONGEST_ID }).exactOptional().meta({
    description: 'RequestId of the call, for a support ticket.',
  }),
  jobId: text({ min: 1, max: LONGEST_ID }).exactOptional().meta({
    description: 'Id of the asynchronous job that it started.',
  }),
});

/**
 * For people only: no decision and no search for a listener may read it.
 *
 * Users with the right to write a status can write it, an older CRD drops it, and it misses writes that no transition
 * followed.
 */
const history = z.object({
  creation: cloudWrite.exactOptional().meta({
    description: 'The call that last created a listener, or may have created one.',
  }),
  writes: atomicList(cloudWrite, { min: 1, max: MOST_WRITES }).exactOptional().meta({
    description:
      'The last writes, newest first. One that is refused again and again is there once, as it was last answered.',
  }),
});

export const statusSchema = z
  .object({
    observedGeneration: z.int().min(-1).default(-1).meta({
      description:
        'Generation of the spec this status speaks of; -1 before the operator has seen the object.',
    }),
    phase: z.enum(PHASES).exactOptional().meta({
      description:
        'The state in one word, derived from the conditions: Pending (not created yet), Provisioning (the cloud is creating it), Running, Configuring (a change is under way), Stopped, Deleting, Failed (a person must act).',
    }),
    listenerId: listenerId.exactOptional().meta({ description: 'Id of the listener in the cloud, lsn-….' }),
    loadBalancerId: text({ max: 64 }).exactOptional().meta({
      description: 'Load balancer the listener was created on.',
    }),
    regionId: text({ min: 1, max: 64 }).exactOptional().meta({ description: 'Region of the listener.' }),
    accountId: text({ min: 1, max: 32 })
      .regex(/^[0-9]+$/)
      .exactOptional()
      .meta({
        description:
          'Alibaba Cloud account of the listener. In any other one it cannot be seen, so credentials of another account are not used.',
      }),
    creation: z
      .object({
        incarnation: z.int().min(0).meta({
          description:
            'How many listeners of this object were proven gone before this one. Part of the ClientToken.',
        }),
        startedAt: dateTime.meta({
          description: 'When the creation was first written down, before any call.',
        }),
        unsettledAt: dateTime.exactOptional().meta({
          description: 'When a create call last ended without a readable answer: the listener may exist.',
        }),
      })
      .exactOptional()
      .meta({
        description:
          'The creation, written before the first call so that no crash can create a second listener.',
      }),
    recovery: z
      .object({
        since: dateTime.meta({ description: 'When the operator found the status empty.' }),
      })
      .exactOptional()
      .meta({
        description:
          'Set when the finalizer was found without a status: it was wiped, or the manifest came with the finalizer. A listener of this object may exist, so it is searched for by the ownership tag; no port is claimed by this. Removed once the search has found it, or none a settle time later.',
      }),
    unusableSince: dateTime.exactOptional().meta({
      description:
        'Since when the credentials of an object without a creation are unusable: after the settle time it no longer claims its port.',
    }),
    operation: z
      .object({
        kind: z.enum(['Create', 'Update', 'Delete']).meta({ description: 'What was asked of the cloud.' }),
        jobId: text({ min: 1, max: 128 }).meta({ description: 'Id of the asynchronous job of the cloud.' }),
        requestId: text({ max: 128 }).meta({ description: 'RequestId of the call, for a support ticket.' }),
        startedAt: dateTime.meta({ description: 'When the call was answered.' }),
      })
      .exactOptional()
      .meta({ description: 'The asynchronous operation under way in the cloud.' }),
    history: history.exactOptional().meta({
      description:
        'The last calls that changed something in the cloud, with what Alibaba Cloud support asks for. Written only together with another change of the status; the operator itself never relies on it.',
    }),
    observed: observedSchema.exactOptional().meta({
      description: 'The listener as the cloud reports it, with the values that are in effect.',
    }),
    drift: atomicList(drift, { min: 0, max: 32 }).exactOptional().meta({
      description: 'Fields in which the listener is not as declared.',
    }),
    convergence: z
      .object({
        difference: text({ min: 1, max: 64 }).meta({
          description: 'Digest of the fields that differed and of their values.',
        }),
        updates: z.int().min(1).meta({
          description:
            'How many updates in a row the cloud accepted and that difference was still there, or refused because the listener stays stopped.',
        }),
      })
      .exactOptional()
      .meta({
        description: 'Updates that changed nothing, counted so that they are not repeated for ever.',
      }),
    accessGuard: z
      .object({
        starts: z.int().min(0).max(3).meta({
          description:
            'How many times the listener was started to attach its lists, because the cloud refused them while it was stopped. At most 3; an edit starts the count again.',
        }),
        refusedWhile: atomicList(z.enum(['Provisioning', 'Running', 'Stopped']), { min: 0, max: 3 })
          .exactOptional()
          .meta({ description: 'States of the listener in which the cloud refused its lists.' }),
        refusal: text({ max: 512 }).exactOptional().meta({
          description: 'What the cloud said when it last refused them.',
        }),
      })
      .exactOptional()
      .meta({
        description:
          'There from the creation until the listener was first seen with the access control that its manifest declares, or the cloud answered that its lists are attached. As long as it is there, a listener that is open without its access control lists may be stopped.',
      }),
    managedTagKeys: atomicList(text({ min: 1, max: 128 }), { min: 0, max: MAX_MANAGED_TAG_KEYS })
      .exactOptional()
      .meta({
        description:
          'Keys of the tags that a manifest of this object has set: those that no longer stand in the spec are removed from the listener.',
      }),
    managedAttachments: atomicList(z.enum(['additionalCertificates', 'aclConfig']), { min: 0, max: 2 })
      .exactOptional()
      .meta({
        description:
          'Which of additionalCertificates and aclConfig a manifest of this object has set: what was set is removed from the listener when it leaves the spec.',
      }),
    plan: plan.exactOptional().meta({
      description: 'What the operator would do, while reconcilePolicy is DryRun.',
    }),
    installation: text({ min: 1, max: 128 }).exactOptional().meta({
      description:
        'Name of the installation of the operator that works on this object. An installation that finds its own name replaced here says so: two on one object are a mistake.',
    }),
    handledReconcileAt: text({ max: 64 }).exactOptional().meta({
      description:
        'Value of the annotation alb.alibabacloud.com/reconcile-requested-at that was last acted on.',
    }),
    conditions: z
      .array(conditionSchema)
      .max(MAX_CONDITIONS)
      .exactOptional()
      .meta({
        description:
          'Ready and Synced always; Reconciling while work is under way; Stalled when a person must act; Drifted while others have changed the listener and that is only reported.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      }),
  })
  .meta({ description: 'What the operator knows about the listener. Written by the operator only.' });

export type AlbListenerStatus = z.infer<typeof statusSchema>;
export type Condition = z.infer<typeof conditionSchema>;
export type Drift = z.infer<typeof drift>;
export type Plan = z.infer<typeof plan>;
export type CloudWrite = z.infer<typeof cloudWrite>;
export type History = z.infer<typeof history>;
export type ConditionType = (typeof CONDITION_TYPES)[number];
export type Phase = (typeof PHASES)[number];

const anyFields = z.record(z.string(), z.unknown());

/**
 * Reads a status that anyone may have written: an older or newer operator, a restored backup, a person.
 * Keeps each field and each condition that is well formed and drops the rest. Never throws.
 */
export function readStatus(raw: unknown): AlbListenerStatus {
  const given = anyFields.safeParse(raw).data ?? {};
  const { conditions: _, ...single } = statusSchema.shape;
  const kept = Object.entries(single).filter(
    ([name, field]) => name in given && field.safeParse(given[name]).success,
  );
  const status = statusSchema.parse(Object.fromEntries(kept.map(([name]) => [name, given[name]])));
  const conditions = readConditions(given['conditions']);
  return conditions.length === 0 ? status : { ...status, conditions };
}

function readConditions(raw: unknown): Condition[] {
  const byType = new Map<string, Condition>();
  for (const item of Array.isArray(raw) ? raw : []) {
    const { data } = conditionSchema.safeParse(item);
    if (data && !byType.has(data.type)) byType.set(data.type, data);
  }
  return [...byType.values()].slice(0, MAX_CONDITIONS);
}
