import { z } from 'zod';

/** Every value travels as text; these read it back. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export function integer(min: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
}

export const id = z.string().min(1).max(256);

/** At least one and at most `max` items, under the keys 1, 2, … */
export function listOf<Item extends z.ZodType>(item: Item, max: number) {
  return z.array(item).min(1).max(max);
}

const reservedPrefix = /^(aliyun|acs:)/i;
const link = /https?:\/\//i;

function tagText(min: number) {
  return z
    .string()
    .min(min)
    .max(128)
    .refine((text) => !reservedPrefix.test(text), 'must not start with aliyun or acs:')
    .refine((text) => !link.test(text), 'must not contain http:// or https://');
}

export const tag = z.object({ Key: tagText(1), Value: tagText(0).default('') });

export const tags = listOf(tag, 20).refine(
  (given) => new Set(given.map((item) => item.Key)).size === given.length,
  'a key must not repeat',
);

/** A filter on tags: a key, or a key with its value. */
export const tagFilter = listOf(z.object({ Key: z.string(), Value: z.string().optional() }), 20);

export const paging = {
  NextToken: z.string().optional(),
  MaxResults: integer(1, 100).optional(),
};
