import type { Role } from '../inventory.ts';
import { assumedRoleOf } from './names.ts';
import type { StsContext, StsResult } from './operation.ts';
import type { Session } from './session.ts';

/** A key of the role, and the answer that hands it out. */
export function issueKey(role: Role, session: Session, { now, newKey }: StsContext): StsResult {
  const { accountId, deniedActions, lifetimeMs } = role;
  const key = newKey();
  const expiresAt = now + lifetimeMs;
  const { stsArn, AssumedRoleId } = assumedRoleOf(accountId, session);
  return {
    ok: true,
    issued: { ...key, accountId, assumedRole: session, expiresAt, disabled: false, deniedActions },
    body: {
      AssumedRoleUser: { Arn: stsArn, AssumedRoleId },
      Credentials: {
        AccessKeyId: key.accessKeyId,
        AccessKeySecret: key.accessKeySecret,
        SecurityToken: key.securityToken,
        Expiration: `${new Date(expiresAt).toISOString().slice(0, 19)}Z`,
      },
    },
  };
}
