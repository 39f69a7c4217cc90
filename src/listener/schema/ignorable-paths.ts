import { z } from 'zod';
import { attachmentFields, settingFields } from './fields.ts';
import { listenerReference } from './references.ts';

/**
 * Every setting that can be left to others, by its path below `spec`, for example `idleTimeout` or
 * `xForwardedForConfig.xForwardedForEnabled`. A list is one setting.
 */
export const IGNORABLE_PATHS: readonly string[] = [
  ...leafPaths(settingFields),
  ...leafPaths(attachmentFields.pick({ logConfig: true })),
  'aclConfig',
  'additionalCertificates',
];

function leafPaths(fields: z.ZodObject, prefix = ''): string[] {
  return Object.entries(fields.shape).flatMap(([name, field]) => {
    const value: unknown = field instanceof z.ZodExactOptional ? field.unwrap() : field;
    // Another way to say a setting that has its own path.
    if (value === listenerReference) return [];
    return value instanceof z.ZodObject ? leafPaths(value, `${prefix}${name}.`) : [`${prefix}${name}`];
  });
}
