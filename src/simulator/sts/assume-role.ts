import { issueKey } from './issue-key.ts';
import type { StsOperation } from './operation.ts';
import { notAuthorized, unknownRole } from './refusals.ts';
import { readSession, sessionParameters } from './session.ts';

/** A key of a role for a caller of an account that the role trusts. */
export const assumeRole: StsOperation = {
  action: 'AssumeRole',
  signed: true,
  parameters: [...sessionParameters, 'ExternalId'],
  run: (parameters, context) => {
    const wanted = readSession(parameters);
    if (!wanted.ok) return wanted;
    const { session } = wanted;
    const role = context.roles.find(({ RoleArn }) => RoleArn === session.RoleArn);
    if (role === undefined) return { ok: false, refusal: unknownRole() };
    const { accountId } = context.caller;
    if (!role.trustedAccountIds.includes(accountId)) {
      return { ok: false, refusal: notAuthorized(`the role does not trust the account ${accountId}`) };
    }
    if (role.ExternalId !== undefined && parameters['ExternalId'] !== role.ExternalId) {
      return { ok: false, refusal: notAuthorized('the role asks for another ExternalId') };
    }
    return issueKey(role, session, context);
  },
};
