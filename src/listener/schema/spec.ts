import type { z } from 'zod';
import { specFields } from './fields.ts';
import { withRules } from './rule.ts';
import { specRules } from './rules.ts';

/** What a user declares. Every field is the CreateListener parameter in lowerCamelCase; there are no defaults. */
export const specSchema = withRules(specFields, specRules).meta({
  description: 'The listener as it shall be. A field that is absent has the default of the cloud.',
});

export type AlbListenerSpec = z.infer<typeof specSchema>;

export interface Problem {
  /** Where, for example `spec.certificates[0].certificateId`. */
  readonly path: string;
  /** What is wrong and what to write instead. */
  readonly message: string;
}

export type SpecReading =
  | { readonly ok: true; readonly spec: AlbListenerSpec }
  /** At least one problem. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Judges a spec as the API server does at `kubectl apply`. Never throws. */
export function readSpec(raw: unknown): SpecReading {
  const parsed = specSchema.safeParse(withoutNulls(raw), { reportInput: true });
  if (parsed.success) return { ok: true, spec: parsed.data };
  return { ok: false, problems: parsed.error.issues.flatMap(problemsOf) };
}

/** The API server drops a field that is null before it validates, so a null field is an absent one. */
function withoutNulls(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map(withoutNulls);
  if (typeof raw !== 'object' || raw === null) return raw;
  const kept = Object.entries(raw).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNulls(value)]));
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      message:
        'unknown field: correct its name or remove it (kubectl explain alblistener.spec lists all fields)',
    }));
  }
  const missing = issue.input === undefined;
  return [
    { path: pathText(issue.path), message: missing ? 'required field is missing: add it' : issue.message },
  ];
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    'spec',
  );
}
