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
export function withRules<S extends z.ZodType>(schema: S, rules: readonly ValueRule<z.output<S>>[]): S {
  return schema
    .superRefine((self, context) => {
      for (const rule of rules.filter((candidate) => !candidate.holds(self))) {
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

function celValidation<T>(rule: ValueRule<T>): CelValidation {
  return {
    rule: rule.cel,
    message: rule.message,
    ...(rule.field && { fieldPath: `.${rule.field.join('.')}` }),
    ...(rule.reason && { reason: rule.reason }),
  };
}
