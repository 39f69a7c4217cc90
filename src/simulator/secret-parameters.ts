import type { WireParameters } from './parameters.ts';

/** The parameters as they may be shown: an OIDC token is as good as a key. */
export function withoutSecrets(parameters: WireParameters): WireParameters {
  // Nearly every call has none, and is not copied for it.
  if (parameters['OIDCToken'] === undefined) return parameters;
  const { OIDCToken: _, ...shown } = parameters;
  return shown;
}
