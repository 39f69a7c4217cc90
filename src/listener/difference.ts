import { describeValue, isSameValue, type Value } from './value.ts';

/** One field in which the cloud is not as declared. */
export interface Difference {
  /** Path below `spec`, for example `xForwardedForConfig.xForwardedForEnabled`. */
  readonly path: string;
  readonly declared: Value;
  /** `undefined`: the cloud has nothing there. */
  readonly actual: Value | undefined;
}

/** The declared values that the cloud does not have. What nobody declared does not count. */
export function differencesBetween(
  declared: ReadonlyMap<string, Value>,
  actual: ReadonlyMap<string, Value>,
): readonly Difference[] {
  return [...declared]
    .filter(([path, value]) => !isSameValue(value, actual.get(path)))
    .map(([path, value]) => ({ path, declared: value, actual: actual.get(path) }));
}

/** The difference between two sets: none, or one. Here an empty one says that there shall be nothing. */
export function differenceOfSets(
  path: string,
  declared: readonly string[],
  actual: readonly string[],
): readonly Difference[] {
  const difference = { path, declared: declared.toSorted(), actual: actual.toSorted() };
  return isSameValue(difference.declared, difference.actual) ? [] : [difference];
}

/** Said for people: `requestTimeout 60 → 30`. */
export function describeDifference({ path, declared, actual }: Difference): string {
  return `${path} ${describeValue(actual)} → ${describeValue(declared)}`;
}
