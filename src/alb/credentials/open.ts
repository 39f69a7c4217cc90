import type { Clock } from '../../runtime/clock.ts';
import { CredentialsDirectory } from './directory.ts';
import { oidcRole } from './oidc-role.ts';
import { type CredentialsProvider, fixedCredentials } from './provider.ts';
import type { CredentialsSource } from './source.ts';

/** The provider of the one source that was chosen. */
export function openSource(
  source: CredentialsSource,
  { stsEndpoint, clock }: { readonly stsEndpoint: string; readonly clock: Clock },
): CredentialsProvider {
  switch (source.kind) {
    case 'oidcRole':
      return oidcRole({ source, endpoint: stsEndpoint, clock });
    case 'directory':
      return new CredentialsDirectory(source.directory, clock);
    case 'fixed':
      return fixedCredentials(source.credentials);
  }
}
