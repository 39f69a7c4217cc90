import { assumedRoleOf, userOf } from './names.ts';
import type { StsOperation } from './operation.ts';

/** Tells a caller who it is. It needs no permission. */
export const getCallerIdentity: StsOperation = {
  action: 'GetCallerIdentity',
  signed: true,
  parameters: [],
  run: (_, { caller }) => {
    const { accountId: AccountId, accessKeyId } = caller;
    if (caller.securityToken === undefined) {
      const { UserId, Arn } = userOf(AccountId, accessKeyId);
      return { ok: true, body: { IdentityType: 'RAMUser', AccountId, PrincipalId: UserId, UserId, Arn } };
    }
    const { RoleId, AssumedRoleId, ramArn } = assumedRoleOf(
      AccountId,
      caller.assumedRole ?? unnamed(AccountId),
    );
    return {
      ok: true,
      body: { IdentityType: 'AssumedRoleUser', AccountId, PrincipalId: AssumedRoleId, RoleId, Arn: ramArn },
    };
  },
};

/** A temporary key that the inventory brings along comes of no role that is known. */
function unnamed(accountId: string) {
  return { RoleArn: `acs:ram::${accountId}:role/temporary`, RoleSessionName: 'temporary' };
}
