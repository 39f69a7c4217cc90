import { z } from 'zod';
import type { DeepReadonly } from './readonly.ts';
import type { Refusal } from './refusal.ts';
import { stsOperations } from './sts/index.ts';

/** Which calls a rule is for, and how often it fires. */
const scope = {
  /** An operation, or `*` for all of ALB; one of STS has to be named. */
  operation: z.string().default('*'),
  /** Wire parameters that must have these values, for example `{"ListenerPort": "80"}`. */
  match: z.record(z.string(), z.string()).default({}),
  /** Calls that match and are let pass before the rule begins to fire. */
  skip: z.int().min(0).default(0),
  /** How often the rule fires; null for always. */
  count: z.int().min(1).nullable().default(null),
  /** Chance of firing on a call that matches. */
  probability: z.number().min(0).max(1).default(1),
};

/** `before`: the call does nothing at the cloud. For `delay` and `hold`: it does it later. `after`: it has taken effect. */
const effect = z.enum(['before', 'after']).default('before');

/** A rule as it is given. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...scope,
    kind: z.literal('error'),
    effect,
    status: z.int().min(100).max(599).default(400),
    code: z.string(),
    message: z.string().default('Injected by a fault rule.'),
    retryAfterMs: z.int().min(0).optional(),
  }),
  /** The connection is reset. */
  z.strictObject({ ...scope, kind: z.literal('cut'), effect }),
  /** There is never an answer. */
  z.strictObject({ ...scope, kind: z.literal('hang'), effect }),
  z.strictObject({ ...scope, kind: z.literal('delay'), effect, ms: z.int().min(0) }),
  /** Raw text instead of an answer: HTML, truncated JSON, nothing at all. */
  z.strictObject({
    ...scope,
    kind: z.literal('body'),
    effect,
    status: z.int().min(200).max(599),
    text: z.string(),
    contentType: z.string().default('text/html'),
  }),
  /** The call waits until it is released over the control endpoint. */
  z.strictObject({ ...scope, kind: z.literal('hold'), effect }),
  /** The job that the call starts fails. */
  z.strictObject({
    ...scope,
    kind: z.literal('failJob'),
    code: z.string(),
    message: z.string().default('Injected by a fault rule.'),
  }),
  /** The job that the call starts never ends by itself. */
  z.strictObject({ ...scope, kind: z.literal('hangJob') }),
]);

export const faultRuleSchema = z.strictObject({
  id: z.string(),
  fault: faultSchema,
  matched: z.int(),
  fired: z.int(),
});

export type FaultInput = z.input<typeof faultSchema>;
export type Fault = DeepReadonly<z.infer<typeof faultSchema>>;
export type FaultRule = DeepReadonly<z.infer<typeof faultRuleSchema>>;
export type JobFault = Extract<Fault, { kind: 'failJob' | 'hangJob' }>;
/** Faults of the call itself, in the order in which they happen to it. */
export type CallFault = Exclude<Fault, JobFault>;

/** Whether the rule is for this call at all. */
export function matches(fault: Fault, action: string, parameters: Readonly<Record<string, string>>): boolean {
  const meant = fault.operation === '*' ? !stsOperations.has(action) : fault.operation === action;
  if (!meant) return false;
  return Object.entries(fault.match).every(([name, value]) => parameters[name] === value);
}

/** Counts a matching call. `draw` gives a number in [0, 1). */
export function trigger(
  rule: FaultRule,
  draw: () => number,
): { readonly rule: FaultRule; readonly fires: boolean } {
  const { fault } = rule;
  const exhausted = fault.count !== null && rule.fired >= fault.count;
  const skipped = rule.matched < fault.skip;
  const fires = !exhausted && !skipped && (fault.probability === 1 || draw() < fault.probability);
  return { rule: { ...rule, matched: rule.matched + 1, fired: rule.fired + (fires ? 1 : 0) }, fires };
}

export function isJobFault(fault: Fault): fault is JobFault {
  return fault.kind === 'failJob' || fault.kind === 'hangJob';
}

/** The error answer that a fault rule asks for. */
export function refusalOf(fault: Extract<CallFault, { kind: 'error' }>): Refusal {
  const { status, code, message, retryAfterMs } = fault;
  return { status, code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
