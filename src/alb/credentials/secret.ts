import type { Credentials } from './credentials.ts';
import { keyFrom } from './key-parts.ts';
import {
  type CredentialsProblem,
  type CredentialsProvider,
  type CredentialsReading,
  fixedCredentials,
} from './provider.ts';

/** What is read of a Secret. */
export const SECRET_KEYS = ['accessKeyId', 'accessKeySecret', 'securityToken', 'roleArn'] as const;

export type SecretData = ReadonlyMap<string, string>;

export type SecretReading =
  | { readonly found: 'secret'; readonly data: SecretData }
  /** It is not there, or nobody has given the right to read it: `problem` says so to people. */
  | { readonly found: 'nothing'; readonly problem: string }
  /** The API server did not say. */
  | { readonly found: 'unread'; readonly problem: string };

export interface SecretCredentialsOptions {
  /** `namespace/name`, for people. */
  readonly name: string;
  /** `latest`: past every cache. */
  readonly read: (age: 'recent' | 'latest') => Promise<SecretReading>;
  /** The keys of a role, for whoever may assume it. */
  readonly assume: (roleArn: string, as: CredentialsProvider) => CredentialsProvider;
  /** Whose keys assume a role where the Secret names a role alone. */
  readonly own: CredentialsProvider;
  /** When to look again for what is missing, milliseconds. */
  readonly retryMs: number;
}

const ROLE_ARN = /^acs:ram::\d{1,32}:role\/[\w.-]{1,64}$/;

/**
 * Credentials from a Secret of the cluster: an access key, or the ARN of a role that is assumed with the access key
 * beside it, or with the operator's own credentials. Read again all the time, so that a change is followed. What it
 * holds counts as a whole: half a key is a problem, never completed from elsewhere.
 */
export class SecretCredentials implements CredentialsProvider {
  readonly #options: SecretCredentialsOptions;
  #last: { readonly data: SecretData; readonly provider: CredentialsProvider } | undefined;

  constructor(options: SecretCredentialsOptions) {
    this.#options = options;
  }

  async current(): Promise<CredentialsReading> {
    const found = await this.#provider('recent');
    return found.ok ? found.provider.current() : found;
  }

  async renew(refused: Credentials): Promise<CredentialsReading> {
    const found = await this.#provider('latest');
    return found.ok ? found.provider.renew(refused) : found;
  }

  /** What the Secret gave when it was last there and whole: for those who must still clean up after it is gone. */
  get lastKnown(): CredentialsProvider | undefined {
    return this.#last?.provider;
  }

  async #provider(age: 'recent' | 'latest'): Promise<Found> {
    const { read, name, retryMs } = this.#options;
    const reading = await read(age);
    switch (reading.found) {
      case 'unread':
        return this.#last === undefined ? unread(reading.problem) : { ok: true, ...this.#last };
      case 'nothing':
        return missing(reading.problem, retryMs);
      case 'secret': {
        const { data } = reading;
        if (this.#last !== undefined && isSame(data, this.#last.data)) return { ok: true, ...this.#last };
        const provider = this.#providerFrom(data);
        if (typeof provider === 'string') return missing(`Secret ${name} ${provider}`, retryMs);
        this.#last = { data, provider };
        return { ok: true, provider };
      }
    }
  }

  /** The provider, or what is wrong with the data. */
  #providerFrom(data: SecretData): CredentialsProvider | string {
    const { own, assume } = this.#options;
    const roleArn = data.get('roleArn')?.trim();
    const hasKey = data.has('accessKeyId') || data.has('accessKeySecret');
    if (roleArn === undefined && !hasKey)
      return 'holds neither roleArn nor accessKeyId and accessKeySecret: add them to its data';
    if (roleArn !== undefined && !ROLE_ARN.test(roleArn))
      return 'holds no ARN of a role in roleArn: write one like acs:ram::123456789012:role/alb-listeners';

    const key = hasKey ? keyFrom((name) => data.get(name)) : undefined;
    if (key !== undefined && !key.ok) return `is no whole key: ${key.part} ${key.problem}`;
    const base = key === undefined ? own : fixedCredentials(key.credentials);
    return roleArn === undefined ? base : assume(roleArn, base);
  }
}

type Found =
  | { readonly ok: true; readonly provider: CredentialsProvider }
  | { readonly ok: false; readonly problem: CredentialsProblem };

function missing(message: string, retryAfterMs: number): Found {
  return {
    ok: false,
    problem: { class: 'credentialsMissing', code: 'CredentialsMissing', message, retryAfterMs },
  };
}

function unread(message: string): Found {
  return { ok: false, problem: { class: 'unavailable', code: 'SecretUnread', message } };
}

function isSame(a: SecretData, b: SecretData): boolean {
  return SECRET_KEYS.every((key) => a.get(key) === b.get(key));
}
