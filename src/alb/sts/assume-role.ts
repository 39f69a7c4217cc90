import type { CredentialsProvider } from '../credentials/provider.ts';
import { type Issue, LIFETIME_S, readIssuedKey, stsUnavailable } from './issued-key.ts';
import { signedSts } from './signed-sts.ts';

const OPERATION = 'AssumeRole';

export interface RoleToAssume {
  readonly roleArn: string;
  /** Names this operator in the audit log of the account. */
  readonly roleSessionName: string;
  /**
   * Says for whom the role is assumed. It is the operator's word, not that of whoever asks for the role: a trust
   * policy that demands it keeps everybody else from having the operator assume the role for them.
   */
  readonly externalId: string;
}

/** Asks for keys of a role as somebody who may assume it. Every call is one request and its answer a new key. */
export function roleAssumer(
  endpoint: string,
  as: CredentialsProvider,
  { roleArn, roleSessionName, externalId }: RoleToAssume,
): () => Promise<Issue> {
  const sts = signedSts(endpoint, as);
  return async () => {
    const answer = await sts(OPERATION, {
      RoleArn: roleArn,
      RoleSessionName: roleSessionName,
      ExternalId: externalId,
      DurationSeconds: String(LIFETIME_S),
    });
    if (answer.outcome === 'yes') {
      return readIssuedKey(answer.value) ?? stsUnavailable(OPERATION, 'STS answered without a key.');
    }
    const { notSent, ...problem } = answer.error;
    const message = `STS gave no key for ${roleArn} (ExternalId ${externalId}): ${problem.message}`;
    return { ok: false, problem: { ...problem, message } };
  };
}
