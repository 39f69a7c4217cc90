import { z } from 'zod';

declare module 'zod' {
  interface GlobalMeta {
    minLength?: number;
    maxLength?: number;
    'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
    'x-kubernetes-list-map-keys'?: readonly string[];
  }
}

/**
 * A string whose length is counted as the API server counts it: in code points. zod's own `min` and `max` count
 * UTF-16 units and would refuse long text outside the basic plane that the API server accepts.
 */
export function text({ min = 0, max }: { min?: number; max: number }) {
  return z
    .string()
    .refine((value) => codePoints(value) >= min, {
      error: `must be at least ${min} characters long`,
    })
    .refine((value) => codePoints(value) <= max, { error: `must be at most ${max} characters long` })
    .meta({ ...(min > 0 && { minLength: min }), maxLength: max });
}

/** A list that one writer owns as a whole: server-side apply replaces it instead of merging items. */
export function atomicList<S extends z.ZodType>(item: S, { min, max }: { min: number; max: number }) {
  return z.array(item).min(min).max(max).meta({ 'x-kubernetes-list-type': 'atomic' });
}

/** A list in which no two items are alike: under server-side apply each writer owns the items it names. */
export function setList<S extends z.ZodType<string>>(item: S, { max }: { max: number }) {
  return z
    .array(item)
    .max(max)
    .superRefine((items, context) => {
      for (const [index, value] of items.entries()) {
        if (items.indexOf(value) === index) continue;
        context.addIssue({
          code: 'custom',
          message: `${JSON.stringify(value)} is listed twice: remove one of the two`,
          path: [index],
        });
      }
    })
    .meta({ 'x-kubernetes-list-type': 'set' });
}

/** A list whose items are told apart by one key: no two alike, and server-side apply merges by it. */
export function mapList<K extends string, S extends z.ZodType<Readonly<Record<K, string>>>>(
  item: S,
  key: K,
  { min, max }: { min: number; max: number },
) {
  return z
    .array(item)
    .min(min)
    .max(max)
    .superRefine((items, context) => {
      const seen = new Set<string>();
      for (const [index, { [key]: value }] of items.entries()) {
        if (seen.has(value)) {
          context.addIssue({
            code: 'custom',
            message: `${key} ${JSON.stringify(value)} is listed twice: remove one of the two`,
            path: [index, key],
          });
        }
        seen.add(value);
      }
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] });
}

function codePoints(value: string): number {
  return Array.from(value).length;
}
