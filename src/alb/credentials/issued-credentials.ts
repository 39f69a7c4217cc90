import type { Clock } from '../../runtime/clock.ts';
import type { Issue } from '../sts/issued-key.ts';
import type { Credentials } from './credentials.ts';
import type { CredentialsProblem, CredentialsProvider, CredentialsReading } from './provider.ts';

/** A new key is asked for when less than this part of the old one's life is left. */
const LAST_PART = 0.25;
/** After a failure STS is left alone for this long. */
const REST_MS = 5000;

interface Issued {
  readonly credentials: Credentials;
  readonly renewAt: number;
  readonly expiresAt: number;
}

export interface IssuedCredentialsOptions {
  /** Asks for a new key. Never rejects. */
  readonly issue: () => Promise<Issue>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/**
 * Keys of a role that STS issues for a time, renewed ahead of their end.
 *
 * One request at a time, whoever asks. A renewal that fails leaves the old key in use for as long as it is valid;
 * without a valid key there is a problem, never the key of somebody else.
 */
export class IssuedCredentials implements CredentialsProvider {
  readonly #options: IssuedCredentialsOptions;
  #issued: Issued | undefined;
  #asking: Promise<CredentialsReading> | undefined;
  #failed: { readonly at: number; readonly problem: CredentialsProblem } | undefined;

  constructor(options: IssuedCredentialsOptions) {
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
    const { clock, issue } = this.#options;
    const startedAt = clock.monotonic();
    if (this.#failed !== undefined && startedAt - this.#failed.at < REST_MS)
      return this.#orOld(this.#failed.problem);
    const answer = await issue();
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

  #orOld(problem: CredentialsProblem): CredentialsReading {
    const valid = this.#valid();
    return valid === undefined ? { ok: false, problem } : { ok: true, credentials: valid.credentials };
  }
}
