/** A manifest's value under the names of the API: `{ xForwardedForSLBIdEnabled: true }` is `{ XForwardedForSLBIdEnabled: true }`. */
export function toCloudForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCloudForm);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.slice(0, 1).toUpperCase() + name.slice(1),
      toCloudForm(inner),
    ]),
  );
}

/** The paths of everything that is neither a list nor an object, with `N` for a place in a list. Each once. */
export function leafPaths(value: unknown, path: readonly string[] = []): readonly string[] {
  if (typeof value !== 'object' || value === null) return [path.join('.')];
  const inner = Array.isArray(value)
    ? value.flatMap((item) => leafPaths(item, [...path, 'N']))
    : Object.entries(value).flatMap(([name, item]) => leafPaths(item, [...path, name]));
  return [...new Set(inner)];
}
