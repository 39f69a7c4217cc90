/** Parameters as they travel: 1-based dotted keys, `DefaultActions.1.Type`, all values text. */
export type WireParameters = Readonly<Record<string, string>>;

/** A nested parameter: text, a list (keys 1, 2, …) or a structure. */
export type Nested = string | readonly Nested[] | { readonly [name: string]: Nested };

interface Branch {
  text?: string;
  readonly children: Map<string, Branch>;
}

/** Dotted keys → a tree. A key that is both text and a structure gives the name of that key as `conflict`. */
export function nest(
  parameters: WireParameters,
): { readonly tree: Readonly<Record<string, Nested>> } | { readonly conflict: string } {
  const root: Branch = { children: new Map() };
  for (const [key, value] of Object.entries(parameters)) {
    let branch = root;
    for (const part of key.split('.')) {
      const next = branch.children.get(part) ?? { children: new Map() };
      branch.children.set(part, next);
      branch = next;
    }
    branch.text = value;
  }
  const conflict = findConflict(root, '');
  if (conflict !== undefined) return { conflict };
  return { tree: structureOf(root) };
}

/** The dotted keys of a tree of any values. */
export function leafKeys(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [prefix];
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index) => [String(index + 1), item])
    : Object.entries(value);
  return entries.flatMap(([key, item]) => leafKeys(item, prefix === '' ? key : `${prefix}.${key}`));
}

function findConflict(branch: Branch, path: string): string | undefined {
  if (branch.text !== undefined && branch.children.size > 0) return path;
  for (const [name, child] of branch.children) {
    const found = findConflict(child, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function structureOf(branch: Branch): Record<string, Nested> {
  return Object.fromEntries([...branch.children].map(([name, child]) => [name, valueOf(child)]));
}

function valueOf(branch: Branch): Nested {
  if (branch.text !== undefined) return branch.text;
  const names = [...branch.children.keys()];
  if (!names.every((name) => /^[1-9]\d{0,3}$/.test(name))) return structureOf(branch);
  return [...branch.children].sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => valueOf(child));
}
