/**
 * A parameter that is sent as a whole, although parts of it are left to others (`spec.ignoreFields`): those parts are
 * sent as they are.
 *
 * @param path of the parameter below `spec`
 */
export function withPartsOfOthers(
  path: string,
  desired: object,
  actual: object = {},
  ignoreFields: readonly string[] = [],
) {
  const isTheirs = (part: string) => ignoreFields.includes(`${path}.${part}`);
  return Object.fromEntries([
    ...Object.entries(desired).filter(([part]) => !isTheirs(part)),
    ...Object.entries(actual).filter(([part]) => isTheirs(part)),
  ]);
}
