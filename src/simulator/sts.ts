import { randomBytes, randomUUID } from 'node:crypto';
import type { WireParameters } from './parameters.ts';
import type { Simulator } from './simulator.ts';
import type { RpcRequest } from './wire/request.ts';

const ACTION = 'AssumeRoleWithOIDC';

interface StsAnswer {
  readonly status: number;
  readonly body: object;
}

/** STS shares the endpoint of this cloud; its own API version tells its requests apart. */
export function isForSts({ parameters }: RpcRequest): boolean {
  return parameters['Version'] === '2015-04-01';
}

/** Issues a key for the token of a role of the inventory. The gateway knows the key until it expires. */
export function assumeRoleWithOidc(simulator: Simulator, parameters: WireParameters, now: number): StsAnswer {
  if (parameters['Action'] !== ACTION) return refused(404, 'InvalidAction.NotFound', 'No such action.');
  const { state } = simulator;
  const role = state.inventory.roles.find(({ RoleArn }) => RoleArn === parameters['RoleArn']);
  if (role === undefined) {
    return refused(404, 'EntityNotExist.Role', 'The role not exists.');
  }
  if (parameters['OIDCProviderArn'] !== role.OIDCProviderArn) {
    return refused(
      400,
      'AuthenticationFail.NoPermission',
      'This operation is forbidden by permission system.',
    );
  }
  if (parameters['OIDCToken'] !== role.OIDCToken) {
    // It repeats the token, so that a client shows whether it keeps it to itself.
    const text = `The OIDC token ${parameters['OIDCToken'] ?? ''} is invalid or expired.`;
    return refused(400, 'AuthenticationFail.OIDCToken.Invalid', text);
  }
  const credential = {
    accessKeyId: `STS.${randomBytes(12).toString('hex')}`,
    accessKeySecret: randomBytes(20).toString('hex'),
    securityToken: `CAIS${randomBytes(40).toString('base64url')}`,
    accountId: role.accountId,
    expiresAt: now + role.lifetimeMs,
    disabled: false,
    deniedActions: [],
  };
  state.inventory = { ...state.inventory, credentials: [...state.inventory.credentials, credential] };
  simulator.saved();
  return {
    status: 200,
    body: {
      RequestId: randomUUID().toUpperCase(),
      Credentials: {
        AccessKeyId: credential.accessKeyId,
        AccessKeySecret: credential.accessKeySecret,
        SecurityToken: credential.securityToken,
        Expiration: new Date(credential.expiresAt).toISOString(),
      },
    },
  };
}

function refused(status: number, Code: string, Message: string): StsAnswer {
  return { status, body: { RequestId: randomUUID().toUpperCase(), Code, Message } };
}
