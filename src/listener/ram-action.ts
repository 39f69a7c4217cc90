/** Operations of STS; every other one is of ALB. */
const STS_OPERATIONS: ReadonlySet<string> = new Set([
  'AssumeRole',
  'AssumeRoleWithOIDC',
  'GetCallerIdentity',
]);

/** The RAM action that allows an operation, as a policy names it. `deploy/ram` has policies with all of them. */
export function ramActionOf(operation: string): string {
  return `${STS_OPERATIONS.has(operation) ? 'sts' : 'alb'}:${operation}`;
}
