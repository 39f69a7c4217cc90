import { assumeRole } from './assume-role.ts';
import { assumeRoleWithOidc } from './assume-role-with-oidc.ts';
import { getCallerIdentity } from './get-caller-identity.ts';
import type { StsOperation } from './operation.ts';

/** The operations of STS, by the name in the request. None is called like one of ALB. */
export const stsOperations: ReadonlyMap<string, StsOperation> = new Map(
  [assumeRole, assumeRoleWithOidc, getCallerIdentity].map((operation) => [operation.action, operation]),
);
