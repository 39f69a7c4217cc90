import { z } from 'zod';
import { type About, about, settingsSchema } from './schema.ts';

/** A setting as people see it. */
export interface DescribedSetting extends Omit<About, 'flag'> {
  readonly variable: string;
  /** With its two hyphens; undefined where the value is a secret. */
  readonly flag: string | undefined;
  /** As one would write it; undefined where there is none. */
  readonly standard: string | undefined;
  readonly required: boolean;
}

/** All settings in the order of the table. */
export const describedSettings: readonly DescribedSetting[] = Object.entries(settingsSchema.shape).map(
  ([variable, schema]) => {
    const text = about.get(schema);
    if (text === undefined) throw new Error(`${variable} has no description: register one in schema.ts.`);
    const { flag = kebabCase(variable), ...rest } = text;
    return {
      ...rest,
      variable,
      flag: flag === 'none' ? undefined : `--${flag}`,
      standard: standardOf(schema),
      required: !schema.safeParse(undefined).success,
    };
  },
);

function kebabCase(variable: string): string {
  return variable
    .replace(/^(ALB|ALIBABA_CLOUD)_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}

/** What a variable that is not set stands for, as it would be written; a default lies under the checks put on it. */
function standardOf(schema: z.core.$ZodType): string | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return String(schema.def.defaultValue);
  if (schema instanceof z.ZodPipe) return standardOf(schema.in);
  return undefined;
}
