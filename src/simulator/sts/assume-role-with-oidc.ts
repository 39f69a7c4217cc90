import { refuse } from '../refusal.ts';
import { issueKey } from './issue-key.ts';
import type { StsOperation } from './operation.ts';
import { unknownRole } from './refusals.ts';
import { readSession, sessionParameters } from './session.ts';

/** A key of a role for whoever brings the token that the role asks for. */
export const assumeRoleWithOidc: StsOperation = {
  action: 'AssumeRoleWithOIDC',
  signed: false,
  parameters: [...sessionParameters, 'OIDCProviderArn', 'OIDCToken'],
  run: (parameters, context) => {
    const wanted = readSession(parameters);
    if (!wanted.ok) return wanted;
    const { session } = wanted;
    const role = context.roles.find(({ RoleArn }) => RoleArn === session.RoleArn);
    if (role === undefined) return { ok: false, refusal: unknownRole() };
    // A role without a provider trusts none.
    if (role.OIDCProviderArn === undefined || parameters['OIDCProviderArn'] !== role.OIDCProviderArn) {
      const text = 'This operation is forbidden by permission system.';
      return { ok: false, refusal: refuse(400, 'AuthenticationFail.NoPermission', text) };
    }
    if (role.OIDCToken === undefined || parameters['OIDCToken'] !== role.OIDCToken) {
      // It repeats the token, so that a client shows whether it keeps it to itself.
      const text = `The OIDC token ${parameters['OIDCToken'] ?? ''} is invalid or expired.`;
      return { ok: false, refusal: refuse(400, 'AuthenticationFail.OIDCToken.Invalid', text) };
    }
    return issueKey(role, session, context);
  },
};
