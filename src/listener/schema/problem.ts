import type { z } from 'zod';

export interface Problem {
  /** Where, for example `spec.certificates[0].certificateId`. */
  readonly path: string;
  /** What is wrong and what to write instead. */
  readonly message: string;
}

/** What zod found below `root`, in the words of someone who writes manifests. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], root: string): Problem[] {
  return issues
    .filter((issue, index) => !isEcho(issue, index, issues))
    .flatMap((issue) => {
      const paths =
        issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
      return paths.map((path) => ({ path: pathText(root, path), message: messageOf(issue) }));
    });
}

/** zod goes on to the bounds when the type is wrong already, and names the bounds of all integers before ours. */
function isEcho(issue: z.core.$ZodIssue, index: number, issues: readonly z.core.$ZodIssue[]): boolean {
  if (!isBound(issue)) return false;
  return issues.some(
    (other, at) =>
      pathText('', other.path) === pathText('', issue.path) &&
      (other.code === 'invalid_type' || (isBound(other) && at > index)),
  );
}

function isBound({ code }: z.core.$ZodIssue): boolean {
  return code === 'too_small' || code === 'too_big';
}

/** Needs issues that carry the input they are about (zod's `reportInput`). */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined) return 'required field is missing: add it';
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'unknown field: correct its name or remove it (kubectl explain alblistener.spec lists all fields)';
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return atBound(issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return atBound(issue.origin, 'at most', issue.maximum);
    case 'custom':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'invalid_union':
    case 'not_multiple_of':
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  int: 'an integer',
  number: 'an integer',
  string: 'a string',
  boolean: 'a boolean: true or false',
  object: 'an object',
  array: 'an array',
};

function atBound(origin: string, side: 'at least' | 'at most', bound: number | bigint): string {
  if (origin !== 'array') return `must be ${side} ${bound}`;
  return `must have ${side} ${bound} ${bound === 1 ? 'item' : 'items'}`;
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    root,
  );
}
