import { z } from 'zod';
import { type AccessFields, accessFields } from './access.ts';
import { type attachmentFields, listenerFields } from './fields.ts';
import { type Policies, policyFields } from './policies.ts';
import { type Problem, problemsOf } from './problem.ts';
import { withRules } from './rule.ts';
import { specRules } from './rules.ts';

export type { Problem } from './problem.ts';

/** What a user declares: the listener, and how the operator shall treat it. There are no defaults. */
export const specSchema = withRules(
  z.strictObject({ ...listenerFields.shape, ...accessFields.shape, ...policyFields.shape }),
  specRules,
).meta({
  description:
    'The listener as it shall be, and how the operator shall treat it. A field that is absent has the default of the cloud.',
});

export type AlbListenerSpec = z.infer<typeof specSchema>;

/** A spec in which every reference has become the id it stands for. */
export type ResolvedSpec = Omit<
  AlbListenerSpec,
  'loadBalancerId' | 'loadBalancerIdFrom' | 'quicConfig' | 'defaultActions'
> & {
  loadBalancerId: string;
  quicConfig?: { quicUpgradeEnabled?: boolean; quicListenerId?: string };
  defaultActions: {
    type: 'ForwardGroup';
    forwardGroupConfig: { serverGroupTuples: { serverGroupId: string }[] };
  }[];
};

type Attachments = z.infer<typeof attachmentFields>;

/** What is the operator's own or has operations of its own. */
type NoParameter = keyof Policies | keyof AccessFields | keyof Attachments;

/** The parameters of CreateListener that a manifest can declare. */
export type ApiParameters = Omit<ResolvedSpec, NoParameter>;

/** What the spec says of the listener itself: the parameters of CreateListener, and nothing that has an operation of its own. */
export function apiParameters(spec: ResolvedSpec): ApiParameters {
  const {
    deletionPolicy,
    suspend,
    reconcilePolicy,
    driftPolicy,
    ignoreFields,
    listenerState,
    syncInterval,
    adopt,
    regionId,
    credentialsSecretRef,
    additionalCertificates,
    aclConfig,
    logConfig,
    ...parameters
  } = spec;
  return parameters satisfies ApiParameters & Without<NoParameter>;
}

/** Holds for an object whose type has none of the names: a field forgotten above does not compile. */
type Without<Names extends string> = { readonly [Name in Names]?: never };

export type SpecReading =
  | { readonly ok: true; readonly spec: AlbListenerSpec }
  /** At least one problem. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Judges a spec as the API server does at `kubectl apply`. Never throws. */
export function readSpec(raw: unknown): SpecReading {
  const parsed = specSchema.safeParse(withoutNulls(raw, specSchema), { reportInput: true });
  if (parsed.success) return { ok: true, spec: parsed.data };
  return { ok: false, problems: problemsOf(parsed.error.issues, 'spec') };
}

/**
 * The API server drops a field that is null before it validates, so a null field is an absent one. A field it does
 * not know it refuses, null or not.
 */
function withoutNulls(raw: unknown, schema: unknown): unknown {
  if (schema instanceof z.ZodExactOptional) return withoutNulls(raw, schema.unwrap());
  if (Array.isArray(raw)) {
    return schema instanceof z.ZodArray ? raw.map((item) => withoutNulls(item, schema.element)) : raw;
  }
  if (!(schema instanceof z.ZodObject) || typeof raw !== 'object' || raw === null) return raw;
  const fields = new Map<string, unknown>(Object.entries(schema.shape));
  const kept = Object.entries(raw).filter(([name, value]) => value !== null || !fields.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutNulls(value, fields.get(name))]));
}
