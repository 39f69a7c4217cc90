import type { KubeObject } from '../runtime/object.ts';

/** In characters. A longer value is no id. */
const LONGEST_ID = 64;

/** The values of the keys that are taken from a ConfigMap, `undefined` where it lacks the key. */
export type TakenValues = ReadonlyMap<string, string | undefined> | 'noConfigMap';

/** A value that cannot be an id counts as empty: it is not kept. */
export function valuesIn({ data }: KubeObject, keys: ReadonlySet<string>): TakenValues {
  const texts = textsOf(data);
  return new Map(
    [...keys].map((key) => {
      const value = texts.get(key);
      return [key, value === undefined || value.length <= LONGEST_ID ? value : ''];
    }),
  );
}

/** Not as a record of zod, which leaves out `__proto__`: to the API server that is a key like any other. */
function textsOf(data: unknown): ReadonlyMap<string, string> {
  if (typeof data !== 'object' || data === null) return new Map();
  const entries: readonly [string, unknown][] = Object.entries(data);
  return new Map(
    entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])),
  );
}
