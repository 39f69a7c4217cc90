import { Credentials } from './credentials.ts';

/** Where the operator's own credentials come from: exactly one place, which never gives way to another. */
export type CredentialsSource =
  | ({ readonly kind: 'oidcRole' } & OidcRoleSource)
  | { readonly kind: 'directory'; readonly directory: string }
  | { readonly kind: 'fixed'; readonly credentials: Credentials };

export interface OidcRoleSource {
  readonly roleArn: string;
  readonly oidcProviderArn: string;
  readonly oidcTokenFile: string;
  readonly roleSessionName: string;
}

/** As the settings are named; each may be missing or empty. */
export interface CredentialsSettings {
  readonly ALIBABA_CLOUD_ROLE_ARN?: string | undefined;
  readonly ALIBABA_CLOUD_OIDC_PROVIDER_ARN?: string | undefined;
  readonly ALIBABA_CLOUD_OIDC_TOKEN_FILE?: string | undefined;
  readonly ALIBABA_CLOUD_ROLE_SESSION_NAME: string;
  readonly ALB_CREDENTIALS_DIR?: string | undefined;
  readonly ALIBABA_CLOUD_ACCESS_KEY_ID?: string | undefined;
  readonly ALIBABA_CLOUD_ACCESS_KEY_SECRET?: string | undefined;
  readonly ALIBABA_CLOUD_SECURITY_TOKEN?: string | undefined;
}

export type SourceResult =
  | { readonly ok: true; readonly source: CredentialsSource }
  | { readonly ok: false; readonly problem: string };

const SOURCES = {
  RRSA: {
    needed: ['ALIBABA_CLOUD_ROLE_ARN', 'ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'ALIBABA_CLOUD_OIDC_TOKEN_FILE'],
    optional: [],
  },
  'a mounted Secret': { needed: ['ALB_CREDENTIALS_DIR'], optional: [] },
  'an access key': {
    needed: ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'],
    optional: ['ALIBABA_CLOUD_SECURITY_TOKEN'],
  },
} as const;

/**
 * The source whose variables are set. Two at once are refused rather than ranked: a chain that falls from one to the
 * next would sooner or later work under an identity that nobody meant.
 */
export function chooseSource(settings: CredentialsSettings): SourceResult {
  const begun = Object.entries(SOURCES).filter(([, { needed, optional }]) =>
    [...needed, ...optional].some((name) => present(settings[name])),
  );
  const [only, another] = begun;
  if (only === undefined) {
    const ways = Object.entries(SOURCES).map(([name, { needed }]) => `${list(needed)} for ${name}`);
    return { ok: false, problem: `No credentials for Alibaba Cloud: set ${ways.join(', or ')}.` };
  }
  if (another !== undefined) {
    const names = list(begun.map(([name]) => name));
    return {
      ok: false,
      problem: `Credentials come from ${names} at once: unset the variables of all but one.`,
    };
  }
  const [kind, { needed }] = only;
  const missing = needed.filter((name) => !present(settings[name]));
  if (missing.length > 0) {
    return { ok: false, problem: `The credentials are incomplete: set ${list(missing)} for ${kind}.` };
  }
  return { ok: true, source: sourceFrom(settings) };
}

function sourceFrom(settings: CredentialsSettings): CredentialsSource {
  if (present(settings.ALIBABA_CLOUD_ROLE_ARN)) {
    return {
      kind: 'oidcRole',
      roleArn: settings.ALIBABA_CLOUD_ROLE_ARN,
      oidcProviderArn: settings.ALIBABA_CLOUD_OIDC_PROVIDER_ARN ?? '',
      oidcTokenFile: settings.ALIBABA_CLOUD_OIDC_TOKEN_FILE ?? '',
      roleSessionName: settings.ALIBABA_CLOUD_ROLE_SESSION_NAME,
    };
  }
  if (present(settings.ALB_CREDENTIALS_DIR)) {
    return { kind: 'directory', directory: settings.ALB_CREDENTIALS_DIR };
  }
  const { ALIBABA_CLOUD_ACCESS_KEY_ID: id = '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: secret = '' } = settings;
  const token = settings.ALIBABA_CLOUD_SECURITY_TOKEN;
  return { kind: 'fixed', credentials: new Credentials(id, secret, present(token) ? token : undefined) };
}

function present(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat('en').format(names);
}
