import type { z } from 'zod';

/**
 * A rule a structural schema cannot express, said twice: as CEL for the API server and as TypeScript for
 * everyone who judges a manifest without one. A property test holds the two against each other.
 */
export interface ValueRule<T> {
  /** CEL over `self`, the value the rule is attached to. */
  readonly cel: string;
  /** The same judgement. Only asked about values that already fit their schema. */
  readonly holds: (self: T) => boolean;
  /** Names the field, says what is wrong and what to write instead. */
  readonly message: string;
  /** Where below `self` the violation is reported; `self` itself when absent. */
  readonly field?: readonly string[];
  readonly reason?: 'FieldValueRequired' | 'FieldValueForbidden';
}

/** A rule about a change. Only the API server has both sides of it, so there is nothing to judge elsewhere. */
export interface TransitionRule {
  /** CEL over `self` and `oldSelf`. */
  readonly transitionCel: string;
  readonly message: string;
}

export type Rule<T> = ValueRule<T> | TransitionRule;

/** An entry of `x-kubernetes-validations`. */
export interface CelValidation {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?: string;
}

declare module 'zod' {
  interface GlobalMeta {
    'x-kubernetes-validations'?: readonly CelValidation[];
  }
}

/** Attaches rules to a schema: zod checks them when parsing, the CRD carries them as CEL. Call once per schema. */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  const valueRules = rules.filter((rule) => 'holds' in rule);
  return schema
    .superRefine((self, context) => {
      for (const rule of valueRules.filter((candidate) => !candidate.holds(self))) {
        context.addIssue({ code: 'custom', message: rule.message, path: [...(rule.field ?? [])] });
      }
    })
    .meta({ 'x-kubernetes-validations': rules.map(celValidation) });
}

/** The text matches the pattern. Only syntax that JavaScript and RE2 read alike: no lookaround, no flags. */
export function matches(pattern: RegExp, message: string): ValueRule<string> {
  const re2 = pattern.source.replaceAll(/\\u([\da-f]{4})/gi, String.raw`\x{$1}`);
  return { cel: `self.matches(r'${re2}')`, holds: (self) => pattern.test(self), message };
}

/** The value stays what it was when the object was created. */
export function immutable(field: string): TransitionRule {
  return {
    transitionCel: 'self == oldSelf',
    message: `${field} cannot be changed, since the cloud fixes it when it creates a listener: restore the old value, or delete this AlbListener and create another`,
  };
}

function celValidation<T>(rule: Rule<T>): CelValidation {
  if ('transitionCel' in rule) return { rule: rule.transitionCel, message: rule.message };
  return {
    rule: rule.cel,
    message: rule.message,
    ...(rule.field && { fieldPath: `.${rule.field.join('.')}` }),
    ...(rule.reason && { reason: rule.reason }),
  };
}
