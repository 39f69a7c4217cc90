import { createHash } from 'node:crypto';
import type { Session } from './session.ts';

/** The id of a user or a role, 18 digits as the cloud has them. It is the same in every run. */
function numericId(text: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`).toString();
  return `2${digits.slice(0, 17)}`;
}

/** Each plain key is a user of its own. Its name does not give the key away, as names of users do not. */
export function userOf(accountId: string, accessKeyId: string) {
  const UserId = numericId(`user/${accountId}/${accessKeyId}`);
  return { UserId, Arn: `acs:ram::${accountId}:user/user-${UserId.slice(-4)}` };
}

export function assumedRoleOf(accountId: string, { RoleArn, RoleSessionName }: Session) {
  const RoleId = numericId(`role/${accountId}/${RoleArn}`);
  const name = `${RoleArn.slice(RoleArn.lastIndexOf('/') + 1)}/${RoleSessionName}`;
  return {
    RoleId,
    AssumedRoleId: `${RoleId}:${RoleSessionName}`,
    /** As GetCallerIdentity has it. */
    ramArn: `acs:ram::${accountId}:assumed-role/${name}`,
    /** As the answer that issues the key has it. */
    stsArn: `acs:sts::${accountId}:assumed-role/${name}`,
  };
}
