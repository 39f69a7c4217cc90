/** Parameters as they go over the wire, or why the API's wire form cannot say them. */
type WireForm =
  | { readonly ok: true; readonly parameters: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problem: string };

/**
 * Flattens nested lowerCamelCase parameters to the API's dotted keys:
 * `{ certificates: [{ certificateId: '1' }] }` is `Certificates.1.CertificateId=1`.
 *
 * pop-core flattens lists alone and sends an object as `[object Object]`, `undefined` as that word and an empty
 * list not at all. So it is given flat text only, and what the wire cannot say is refused by name here:
 *
 * - An empty list. It would vanish: an update would keep what it was meant to clear, and a filter for no listener
 *   would match all of them.
 * - A hole in a list, and anything that is not text, a boolean or a finite number.
 *
 * `undefined` is left out, and so is an object that has nothing to say. `tags` is `Tag` in every request.
 */
export function toWireForm(parameters: object): WireForm {
  const flat: Record<string, string> = {};
  for (const [name, value] of fields(parameters)) {
    const problem = flattenInto(flat, name === 'tags' ? 'Tag' : upperFirst(name), value);
    if (problem !== undefined) return { ok: false, problem };
  }
  return { ok: true, parameters: flat };
}

function flattenInto(flat: Record<string, string>, key: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) return `${key} is not well-formed Unicode.`;
    flat[key] = value;
    return undefined;
  }
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
    flat[key] = String(value);
    return undefined;
  }
  if (Array.isArray(value)) return flattenList(flat, key, value);
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of fields(value)) {
      const problem = flattenInto(flat, `${key}.${upperFirst(name)}`, inner);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  return `${key} is neither text, nor a boolean, nor a finite number.`;
}

function flattenList(
  flat: Record<string, string>,
  key: string,
  list: readonly unknown[],
): string | undefined {
  if (list.length === 0) return `${key} is an empty list, and the API has no way to say "none".`;
  for (const [index, item] of list.entries()) {
    const before = Object.keys(flat).length;
    const problem = flattenInto(flat, `${key}.${index + 1}`, item);
    if (problem !== undefined) return problem;
    if (Object.keys(flat).length === before)
      return `${key}.${index + 1} is empty: a list cannot have a hole.`;
  }
  return undefined;
}

function fields(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value);
}

function upperFirst(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
