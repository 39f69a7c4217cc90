/** A comparable value. Lists are sets: their order has no meaning in any setting of a listener. */
export type Value = string | number | boolean | readonly string[];

/** The values in a structure of settings by their paths, for example `xForwardedForConfig.xForwardedForEnabled`. */
export function valuesOf(settings: object): ReadonlyMap<string, Value> {
  return new Map(leaves('', settings));
}

function leaves(prefix: string, settings: object): readonly [string, Value][] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]): readonly [string, Value][] => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return leaves(`${prefix}${name}.`, value);
    const normal = normalise(name, value);
    return normal === undefined ? [] : [[`${prefix}${name}`, normal]];
  });
}

/** Empty text and empty lists say as little as nothing at all. */
function normalise(name: string, value: unknown): Value | undefined {
  if (name === 'xForwardedForClientSourceIpsTrusted' && typeof value === 'string') {
    return asSet(
      value
        .split(';')
        .map((address) => address.trim())
        .filter((address) => address !== ''),
    );
  }
  if (Array.isArray(value)) return asSet(value.filter((item) => typeof item === 'string'));
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return undefined;
}

function asSet(items: readonly string[]): readonly string[] | undefined {
  return items.length === 0 ? undefined : [...new Set(items)].sort();
}

export function isSameValue(one: Value | undefined, other: Value | undefined): boolean {
  if (typeof one !== 'object') return one === other;
  if (typeof other !== 'object' || one.length !== other.length) return false;
  return one.every((item, index) => item === other[index]);
}

/** Said for people. */
export function describeValue(value: Value | undefined): string {
  if (value === undefined) return '(none)';
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value);
}
