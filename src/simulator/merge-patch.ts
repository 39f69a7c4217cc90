/** JSON merge patch (RFC 7396): structures merge, lists and values are replaced, null removes. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isStructure(patch)) return patch;
  const merged = new Map(isStructure(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function isStructure(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
