import { cut } from './cut.ts';
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

/** Bounds of a message: what is to be done must fit in behind the differences. */
const MOST_LISTED = 8;
const LONGEST_VALUE = 60;

/** Said for people, as the operator changes it: `requestTimeout 60 → 30, gzipEnabled false → true`. */
export function describeChanges(differences: readonly Difference[]): string {
  return listed(differences.map(({ path, declared, actual }) => change(path, actual, declared)));
}

/** The same as others have changed it: `requestTimeout 30 → 60`. */
export function describeOutsideChanges(differences: readonly Difference[]): string {
  return listed(differences.map(({ path, declared, actual }) => change(path, declared, actual)));
}

function listed(changes: readonly string[]): string {
  const rest = changes.length - MOST_LISTED;
  const shown = changes.slice(0, MOST_LISTED).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Of long lists only what comes and goes: cut, both would look alike. */
function change(path: string, from: Value | undefined, to: Value | undefined): string {
  const [before, after] = [describeValue(from), describeValue(to)];
  const isLong = before.length > LONGEST_VALUE || after.length > LONGEST_VALUE;
  if (!isLong || typeof from !== 'object' || typeof to !== 'object')
    return `${path} ${shortened(before)} → ${shortened(after)}`;
  const parts = [
    ['with', to.filter((item) => !from.includes(item))],
    ['without', from.filter((item) => !to.includes(item))],
  ] as const;
  const said = parts.filter(([, items]) => items.length > 0);
  return `${path} ${said.map(([word, items]) => `${word} ${shortened(describeValue(items))}`).join(' and ')}`;
}

function shortened(text: string): string {
  return text.length > LONGEST_VALUE ? `${cut(text, LONGEST_VALUE)}…` : text;
}
