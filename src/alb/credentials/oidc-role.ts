import { readFile } from 'node:fs/promises';
import type { Clock } from '../../runtime/clock.ts';
import { assumeRoleWithOidc } from '../sts/assume-role-with-oidc.ts';
import { IssuedCredentials } from './issued-credentials.ts';
import type { CredentialsProblem, CredentialsProvider } from './provider.ts';
import type { OidcRoleSource } from './source.ts';

export interface OidcRoleOptions {
  readonly source: OidcRoleSource;
  /** Base URL of STS, from `stsEndpointOf` or `stsEndpointFromUrl`. */
  readonly endpoint: string;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/**
 * RRSA: keys for the token of the pod's service account. The token file is read for each request, since the kubelet
 * writes a new token into it all the time.
 */
export function oidcRole({ source, endpoint, clock }: OidcRoleOptions): CredentialsProvider {
  return new IssuedCredentials({
    clock,
    issue: async () => {
      const token = await readToken(source.oidcTokenFile);
      if (!token.ok) return token;
      return assumeRoleWithOidc({ endpoint, source, token: token.token, now: clock.now() });
    },
  });
}

type TokenReading =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly problem: CredentialsProblem };

async function readToken(file: string): Promise<TokenReading> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return { ok: true, token };
  const message = `The file ${file} (ALIBABA_CLOUD_OIDC_TOKEN_FILE) holds no token: mount one for the service account.`;
  return { ok: false, problem: { class: 'authentication', code: 'OidcTokenUnreadable', message } };
}
