/** Operations of STS; every other one is of ALB. */
const STS_OPERATIONS: ReadonlySet<string> = new Set([
  'AssumeRole',
  'AssumeRoleWithOIDC',
  'GetCallerIdentity',
]);

/** The RAM action that allows an operation, as the policies in `deploy/ram` name it. */
export function ramActionOf(operation: string): string {
  return `${STS_OPERATIONS.has(operation) ? 'sts' : 'alb'}:${operation}`;
}
