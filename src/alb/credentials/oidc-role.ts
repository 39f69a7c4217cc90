import { readFile } from 'node:fs/promises';
import type { Clock } from '../../runtime/clock.ts';
import type { Credentials } from './credentials.ts';
import type { CredentialsProblem, CredentialsProvider, CredentialsReading } from './provider.ts';
import type { OidcRoleSource } from './source.ts';
import { assumeRoleWithOidc } from './sts.ts';

/** A new key is asked for when less than this part of the old one's life is left. */
const LAST_PART = 0.25;
/** After a failure STS is left alone for this long. */
const REST_MS = 5000;

interface Issued {
  readonly credentials: Credentials;
  readonly renewAt: number;
  readonly expiresAt: number;
}

export interface OidcRoleOptions {
  readonly source: OidcRoleSource;
  /** Base URL of STS, from `stsEndpointOf` or `stsEndpointFromUrl`. */
  readonly endpoint: string;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/**
 * RRSA: keys that STS issues for the token of the pod's service account, renewed ahead of their end.
 *
 * One request at a time, whoever asks. A renewal that fails leaves the old key in use for as long as it is valid;
 * without a valid key there is a problem, never the key of somebody else. The token file is read for each request,
 * since the kubelet writes a new token into it all the time.
 */
export class OidcRole implements CredentialsProvider {
  readonly #options: OidcRoleOptions;
  #issued: Issued | undefined;
  #asking: Promise<CredentialsReading> | undefined;
  #failed: { readonly at: number; readonly problem: CredentialsProblem } | undefined;

  constructor(options: OidcRoleOptions) {
    this.#options = options;
  }

  async current(): Promise<CredentialsReading> {
    const valid = this.#valid();
    if (valid === undefined) return this.#ask();
    // In the background: the old key is good for this call.
    if (this.#options.clock.monotonic() >= valid.renewAt) void this.#ask();
    return { ok: true, credentials: valid.credentials };
  }

  async renew(refused: Credentials): Promise<CredentialsReading> {
    const valid = this.#valid();
    if (valid !== undefined && valid.credentials !== refused) return this.current();
    return this.#ask();
  }

  get expiresAt(): number | undefined {
    const { clock } = this.#options;
    return this.#issued && clock.now() + this.#issued.expiresAt - clock.monotonic();
  }

  #valid(): Issued | undefined {
    const issued = this.#issued;
    return issued !== undefined && this.#options.clock.monotonic() < issued.expiresAt ? issued : undefined;
  }

  #ask(): Promise<CredentialsReading> {
    this.#asking ??= this.#askOnce().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askOnce(): Promise<CredentialsReading> {
    const { clock } = this.#options;
    const startedAt = clock.monotonic();
    if (this.#failed !== undefined && startedAt - this.#failed.at < REST_MS)
      return this.#orOld(this.#failed.problem);
    const answer = await this.#request();
    if (!answer.ok) {
      this.#failed = { at: clock.monotonic(), problem: answer.problem };
      return this.#orOld(answer.problem);
    }
    // Counted from before the request, on a clock that does not jump: never believed for too long.
    const life = Math.max(0, answer.expiration - clock.now());
    this.#failed = undefined;
    this.#issued = {
      credentials: answer.credentials,
      renewAt: startedAt + life * (1 - LAST_PART),
      expiresAt: startedAt + life,
    };
    return { ok: true, credentials: answer.credentials };
  }

  async #request() {
    const { source, endpoint, clock } = this.#options;
    const token = await readToken(source.oidcTokenFile);
    if (!token.ok) return token;
    return assumeRoleWithOidc({ endpoint, source, token: token.token, now: clock.now() });
  }

  #orOld(problem: CredentialsProblem): CredentialsReading {
    const valid = this.#valid();
    return valid === undefined ? { ok: false, problem } : { ok: true, credentials: valid.credentials };
  }
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
