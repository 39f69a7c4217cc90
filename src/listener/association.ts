/** One thing that is attached to a listener, or on its way to that or from it. */
export interface Association {
  readonly id: string;
  readonly status: string;
}

/** What is to be done about associations, sorted by what the manifest says of them. */
export interface Sorted {
  /** Declared and there. */
  readonly kept: readonly string[];
  /** Declared and not there. */
  readonly missing: readonly string[];
  /** There and not declared. */
  readonly surplus: readonly string[];
}

/** The third word is the cloud's own spelling. */
const UNDER_WAY: ReadonlySet<string> = new Set(['Associating', 'Dissociating', 'Diassociating']);

/** Whether the cloud is still at work on one of them, even where the listener itself shows nothing of it. */
export function someUnderWay(associations: readonly Association[]): boolean {
  return associations.some(({ status }) => UNDER_WAY.has(status));
}

export function sortAssociations(declared: readonly string[], actual: readonly Association[]): Sorted {
  const ids = actual.map(({ id }) => id);
  // Under a word nobody knows it is not taken for done: associating it again brings the cloud's own answer.
  const done = new Set(actual.filter(({ status }) => status === 'Associated').map(({ id }) => id));
  return {
    kept: declared.filter((id) => done.has(id)),
    missing: declared.filter((id) => !done.has(id)),
    surplus: ids.filter((id) => !declared.includes(id)),
  };
}
