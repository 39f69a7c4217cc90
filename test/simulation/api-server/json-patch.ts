import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

const operations = z.array(
  z.object({
    op: z.enum(['test', 'add', 'remove', 'replace']),
    path: z.string().regex(/^\//),
    value: z.unknown().optional(),
  }),
);

type Operation = z.infer<typeof operations>[number];

/** The document after a JSON patch (RFC 6902), or why it cannot be applied. Any one operation that fails undoes all. */
export function jsonPatch(document: unknown, patch: unknown): { result: unknown } | { problem: string } {
  const parsed = operations.safeParse(patch);
  if (!parsed.success) return { problem: 'the patch is not a list of operations' };
  const copy: unknown = structuredClone(document);
  for (const operation of parsed.data) {
    const problem = apply(copy, operation);
    if (problem !== undefined) return { problem: `${operation.op} ${operation.path}: ${problem}` };
  }
  return { result: copy };
}

function apply(document: unknown, operation: Operation): string | undefined {
  const path = operation.path
    .split('/')
    .slice(1)
    .map((field) => field.replaceAll('~1', '/').replaceAll('~0', '~'));
  const field = path.pop() ?? '';
  let parent = document;
  for (const step of path) parent = Array.isArray(parent) ? entry(parent, step) : member(parent, step);
  if (Array.isArray(parent)) return inList(parent, field, operation);
  if (isStructure(parent)) return inStructure(parent, field, operation);
  return 'there is nothing that could hold it';
}

function inStructure(
  parent: Record<string, unknown>,
  field: string,
  { op, value }: Operation,
): string | undefined {
  switch (op) {
    case 'test':
      // Against the RFC, and relied on by ResourceClient: what is not there tests equal to null.
      return isDeepStrictEqual(parent[field] ?? null, value ?? null) ? undefined : 'it differs';
    case 'add':
    case 'replace':
      // Against the RFC too: a field that is not there can be replaced.
      parent[field] = value;
      return;
    case 'remove':
      if (!Object.hasOwn(parent, field)) return 'it is not there';
      delete parent[field];
      return;
  }
}

function inList(parent: unknown[], field: string, { op, value }: Operation): string | undefined {
  const index = field === '-' ? parent.length : /^\d+$/.test(field) ? Number(field) : Number.NaN;
  const isThere = index < parent.length;
  switch (op) {
    case 'test':
      return isThere && isDeepStrictEqual(parent[index], value) ? undefined : 'it differs';
    case 'add':
      if (!(index <= parent.length)) return 'it is beyond the end';
      parent.splice(index, 0, value);
      return;
    case 'replace':
      if (!isThere) return 'it is not there';
      parent[index] = value;
      return;
    case 'remove':
      if (!isThere) return 'it is not there';
      parent.splice(index, 1);
      return;
  }
}

function member(parent: unknown, field: string): unknown {
  return isStructure(parent) ? parent[field] : undefined;
}

function entry(parent: readonly unknown[], field: string): unknown {
  return /^\d+$/.test(field) ? parent[Number(field)] : undefined;
}

function isStructure(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
