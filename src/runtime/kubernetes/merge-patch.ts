import { isDeepStrictEqual } from 'node:util';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The JSON merge patch (RFC 7396) that turns `from` into `to`; undefined when they are equal.
 *
 * Arrays are replaced whole. A field that is null or undefined in `to` is one that should not be there, since
 * a merge patch cannot set null.
 */
export function mergePatch(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const before = from[field] ?? undefined;
    const after = to[field] ?? undefined;
    if (isDeepStrictEqual(before, after)) continue;
    if (after === undefined) {
      patch[field] = null;
      continue;
    }
    if (!isJsonObject(after)) {
      patch[field] = after;
      continue;
    }
    const inner = mergePatch(isJsonObject(before) ? before : {}, after);
    // A new empty object has no fields to patch, but it has to appear.
    if (inner !== undefined || !isJsonObject(before)) patch[field] = inner ?? {};
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** A value as it looks after a trip over the wire: without undefined fields. Not an object: an empty one. */
export function toJsonObject(value: unknown): JsonObject {
  const copy: unknown = JSON.parse(JSON.stringify(value ?? {}));
  return isJsonObject(copy) ? copy : {};
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
